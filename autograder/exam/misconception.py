"""Which misconception explains a wrong answer: the wrong variants are called in the same cases and compared."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

from autograder.exam.case import Case, Failure, WrongVariant
from autograder.exam.outcome import Outcome, repeats

if TYPE_CHECKING:
    from autograder.exam.exercise import Exercise

_TRIED = 2
"""Failed cases in which all variants are called; those that agree in one of them are called in all."""
_ENOUGH = 2
"""Telling cases in which a variant that does not do all that the answer does must agree with it."""


class Step(NamedTuple):
    """What an answer did in one case, and what is the matter with it, None if nothing is."""

    place: int
    """The case's number among all of its seed."""
    case: Case
    outcome: Outcome
    problem: str | None


def misconception(
    exercise: Exercise, answer: Any, failure: Failure, seed: int, given: tuple = ()
) -> WrongVariant | None:
    """The one wrong variant that explains an answer, if there is just one.

    First the variants count that do in every case what the answer does. If there is none, the answer may have a second
    fault: then those count that do the same in cases which only one reason can have, and get every case right that the
    answer gets right; of those, the one that explains most cases.

    Of an exercise of several functions only the cases in which a failed one takes part count: the others may be wrong
    as well.
    """
    functions = frozenset(failure.case.functions)
    variants = [variant for variant in exercise.wrong_variants if variant.function in functions]
    if failure.problem == "memory" or not variants:  # the variants are in this process, where nothing measures it
        return None
    steps = list(_steps(exercise, answer, functions, seed, given))
    if all(step.outcome.error for step in steps):  # whoever raises everywhere holds no misconception of ours
        return None
    known: dict[Any, Any] = {} if given else exercise.remembered(seed)
    failed = [step for step in steps if step.problem]
    tried = [step for step in failed if step.outcome.telling][:_TRIED]
    explained: dict[str, int] = {}
    twins = []
    for variant in variants:
        if not any(_agree(exercise, variant, step, known) for step in (*failed[:1], *tried)):
            continue
        agreeing = _agreeing(steps, _steps_of(exercise, variant, functions, seed, given, known))
        if agreeing is None:
            continue
        if len(agreeing) == len(steps):
            twins.append(variant)
        explained[variant.name] = sum(step.outcome.telling for step in agreeing if step.problem)
    if twins:
        return twins[0] if len(twins) == 1 else None
    return _best(exercise, explained, sum(step.outcome.telling for step in failed))


def remembers(exercise: Exercise, answer: Any, failure: Failure, seed: int, given: tuple = ()) -> bool:
    """Whether an answer gives results of earlier calls again in most cases, and not by chance in one or two."""
    steps = _steps(exercise, answer, frozenset({failure.case.function}), seed, given)
    outcomes = [step.outcome for step in steps if step.outcome.telling]
    again = [repeats(outcome, outcomes[:number]) for number, outcome in enumerate(outcomes)]
    return 2 * sum(again) > len(outcomes)


def _best(exercise: Exercise, explained: dict[str, int], telling: int) -> WrongVariant | None:
    """The variant that explains most, if it explains enough and no other explains as much."""
    most = max(explained.values(), default=0)
    names = [name for name, count in explained.items() if count == most]
    if most < min(_ENOUGH, max(telling, 1)) or len(names) > 1:
        return None
    return next(variant for variant in exercise.wrong_variants if variant.name == names[0])


def _steps(
    exercise: Exercise, answer: Any, functions: frozenset[str], seed: int, given: tuple, after: int = -1
) -> Iterator[Step]:
    """What an answer does in each case of some functions behind a place; an error is an outcome too."""
    cases = (exercise.cases(seed, given) for _ in range(2))  # to call the answer with, and to compare
    triples = zip(*cases, exercise.right_results(seed, given), strict=True)
    for place, (case, pristine, right) in enumerate(triples):
        if case.functions & functions and place > after:
            outcome = exercise.call(answer, case)
            problem = exercise.problem(pristine, exercise.function(answer, case.function), outcome, right)
            yield Step(place, pristine, outcome, None if problem == "memory" else problem)


def _steps_of(
    exercise: Exercise, variant: WrongVariant, functions: frozenset[str], seed: int, given: tuple, known: dict[Any, Any]
) -> Iterator[Step]:
    """What a wrong variant does, remembered as far as anybody has asked."""
    found = known.setdefault((functions, variant.function, variant.name), [])
    yield from found
    after = found[-1].place if found else -1
    for step in _steps(exercise, variant.answer, functions, seed, given, after):
        found.append(step)
        yield step


def _agree(exercise: Exercise, variant: WrongVariant, step: Step, known: dict[Any, Any]) -> bool:
    """Whether a variant does in a case what the answer does."""
    key = variant.function, variant.name, step.place
    if key not in known:
        known[key] = exercise.call(variant.answer, deepcopy(step.case))
    return step.outcome.agrees_with(known[key], step.case.tolerance)


def _agreeing(steps: list[Step], theirs: Iterator[Step]) -> list[Step] | None:
    """The cases in which a variant does what the answer does; None where it fails in one that the answer gets right."""
    agreeing = []
    for mine, their in zip(steps, theirs, strict=True):
        if mine.problem is None and their.problem:
            return None
        if mine.outcome.agrees_with(their.outcome, mine.case.tolerance):
            agreeing.append(mine)
    return agreeing
