"""What wrong answers with two faults are told: does the sentence name one of the two, or something else?

    python benchmarks/hints.py                 # a sample of all notebooks, some minutes
    python benchmarks/hints.py 01 --each 60 --show

The answers are composed, so that their faults are known: a registered wrong variant with a slip more in it (a generated
mutant of its text); two slips in the reference, one of which alone is a registered misconception; and wrong variants of
two functions of one exercise. A slip that alone does just what a registered variant does bears its name. Answers whose
second fault changes nothing are left out: they have one.
"""

from __future__ import annotations

import ast
import inspect
import random
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any

import typer

from attention_course.answering.quiet import silence
from autograder.exam.exercise import Exercise
from autograder.exam.mutants import TimeUpError, mutants, reference_source, time_limit
from autograder.exam.outcome import Outcome
from autograder.exams import EXAMS

SEED, SECONDS = 11, 20.0
TOLD = (
    *("It raises", "It returns None", "It should be a function", "It cannot be called", "is still to be written"),
    *("It changes what it was given", "It returns something where", "There is a NaN"),
)
"""Sentences that are a fault: what stops the answer, and at which of its lines; what it must not do and does."""
ALIKE = (
    *("Every number", "The right numbers", "The numbers are", "Some of the numbers", "The length of axis"),
    *("It has ", "It is ", "It says ", "Something ", "Of its "),
)
"""Sentences that say how the result is like the right one."""


@dataclass(frozen=True)
class Composed:
    """An answer with two faults, and the registered names that they have."""

    answer: Any
    faults: set[str]
    how: str


def outcomes(exercise: Exercise, answer: Any) -> list[tuple[str, Outcome]]:
    """(function, outcome) of each case."""
    cases = exercise.cases(SEED, exercise.nothing_given)
    return [(case.function, case.call(exercise.function(answer, case.function))) for case in cases]


class Faults:
    """The names of the faults of an exercise, by what an answer does in all cases."""

    def __init__(self, exercise: Exercise):
        self._exercise = exercise
        self._tolerances = [case.tolerance for case in exercise.cases(SEED, exercise.nothing_given)]
        self._variants = {v.name: (v.function, outcomes(exercise, v.answer)) for v in exercise.wrong_variants}
        self.right = outcomes(exercise, exercise.reference)

    def names(self, found: list[tuple[str, Outcome]]) -> set[str]:
        """The variants that do all that an answer does."""
        return {name for name, (function, theirs) in self._variants.items() if self.same(found, theirs, function)}

    def same(self, found: list, theirs: list, function: str) -> bool:
        """Whether two answers do the same in all cases of a function."""
        triples = zip(found, theirs, self._tolerances, strict=True)
        return all(mine.agrees_with(their, t) for (name, mine), (_, their), t in triples if name == function)


def sources(exercise: Exercise) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """(variant, function, text, its globals) of each wrong variant that can be written anew."""
    for variant in exercise.wrong_variants:
        answer = variant.answer[variant.function] if variant.function else variant.answer
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(answer)))
        except (OSError, TypeError, SyntaxError):
            continue
        (node,) = tree.body
        names = getattr(answer, "__globals__", None) or vars(sys.modules[answer.__module__])
        alone = inspect.isclass(answer) or not inspect.getclosurevars(answer).nonlocals
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and alone:
            node.decorator_list = []
            yield variant.name, variant.function, ast.unparse(tree), names


def made(text: str, names: dict[str, Any], *wanted: str) -> list[Any]:
    """What a text defines."""
    namespace = dict(names)
    exec(compile(text, "<composed>", "exec"), namespace)
    return [namespace[name] for name in wanted]


def composed(exercise: Exercise, faults: Faults, rng: random.Random) -> Iterator[Composed]:
    """Answers with two faults, in an order of their own."""
    text, names = reference_source(exercise)
    slips = dict(mutants(text))
    wanted = exercise.functions or (exercise.reference.__name__,)
    alone: dict[str, set[str]] = {}

    def answer(source: str) -> Any:
        parts = made(source, names, *wanted)
        return dict(zip(wanted, parts, strict=True)) if exercise.functions else parts[0]

    def name(slip: str) -> set[str]:
        if slip not in alone:
            alone[slip] = faults.names(outcomes(exercise, answer(slips[slip])))
        return alone[slip]

    def compose(kind: str, plan: Any) -> Composed | None:
        if kind == "pair":
            return Composed({**plan[0].answer, **plan[1].answer}, {plan[0].name, plan[1].name}, kind)
        if kind == "slips":
            if not name(plan):
                return None
            second, source = rng.choice(list(mutants(slips[plan])))
            more = name(second) if second in slips else set()
            return Composed(answer(source), name(plan) | more, f"{plan}; {second}")
        variant, function, defined, source, of, slip = plan
        (part,) = made(source, of, defined)
        change = slip.split(": ", 1)[1]
        more = set().union(*(name(one) for one in slips if one.split(": ", 1)[1] == change))
        return Composed({function: part} if function else part, {variant} | more, f"{variant} with {slip}")

    variants = exercise.wrong_variants
    plans: list[tuple[str, Any]] = [("pair", (v, w)) for v in variants for w in variants if v.function < w.function]
    plans += [("slips", slip) for slip in slips]
    for variant, function, source, of in sources(exercise):
        defined = ast.parse(source).body[0].name  # type: ignore[attr-defined]
        plans += [("variant", (variant, function, defined, changed, of, slip)) for slip, changed in mutants(source)]
    rng.shuffle(plans)
    for kind, plan in plans:
        one = None
        with suppress(Exception, TimeUpError), time_limit(SECONDS), silence():
            one = compose(kind, plan)
        if one is not None:
            yield one


def verdict(exercise: Exercise, faults: Faults, one: Composed) -> tuple[str, str]:
    """("named", "told", "alike", "vague", "other" or "", the sentence); "" for an answer that has not two faults."""
    try:
        with time_limit(SECONDS), silence():
            found = outcomes(exercise, one.answer)
            judged = exercise.judge(one.answer, *exercise.nothing_given, seed=SEED)
    except (Exception, TimeUpError):
        return "", ""
    exact = faults.names(found)
    if judged.passed or (exact & one.faults and one.how != "pair"):
        return "", ""
    if judged.misconception:
        return "named" if judged.misconception in one.faults | exact else "other", f"{judged.misconception}"
    for kind, begins in (("told", TOLD), ("alike", ALIKE)):
        if any(sentence in judged.message for sentence in begins):
            return kind, judged.message
    return "vague", judged.message


def main(
    notebook: Annotated[str, typer.Argument(help="how its name begins; all if left out")] = "",
    each: Annotated[int, typer.Option(help="answers of each exercise")] = 12,
    show: Annotated[bool, typer.Option("--show", help="print the answers that are told something else")] = False,
) -> None:
    """Print a table: exercise, answers, what they were told."""
    kinds = ("named", "told", "alike", "vague", "other")
    total: Counter[str] = Counter()
    print(f"| notebook | exercise | {' | '.join(kinds)} |\n|---|---|{'---|' * len(kinds)}")
    for name, package in EXAMS.items():
        for exercise in package.EXERCISES if name.startswith(notebook) else ():
            if exercise.value:  # its wrong variants are values: nothing can be composed
                continue
            with silence():
                faults = Faults(exercise)
            rng = random.Random(f"{exercise.notebook} {exercise.name}")
            tries = islice(composed(exercise, faults, rng), 4 * each)
            judged = ((*verdict(exercise, faults, one), one) for one in tries)
            found = list(islice((row for row in judged if row[0]), each))
            counts = Counter(kind for kind, _, _ in found)
            total.update(counts)
            print(f"| {name[:2]} | {exercise.name} | {' | '.join(str(counts[kind]) for kind in kinds)} |", flush=True)
            for kind, sentence, one in found if show else ():
                if kind in ("other", "vague"):
                    print(f"    {kind}: {one.how} is told: {sentence}")
    count = max(sum(total.values()), 1)
    print(f"\n{count} answers with two faults: " + ", ".join(f"{kind} {total[kind] / count:.1%}" for kind in kinds))


if __name__ == "__main__":
    typer.run(main)
