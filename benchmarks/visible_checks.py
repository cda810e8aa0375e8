"""How many of the registered wrong answers of all exams pass the visible check of their exercise.

    python benchmarks/visible_checks.py              # all notebooks, several minutes
    python benchmarks/visible_checks.py 03 --names   # one notebook, and which ones pass

Whoever reads "the visible checks hold" believes it. So few of the wrong answers that the exams know should get that
line, and none of the likely ones. An answer that raises any error counts as noticed.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from inspect import signature
from types import ModuleType
from typing import Annotated, Any

import typer

from autograder.exam.exercise import Exercise
from autograder.exam.reference import reference_namespace
from autograder.exams import EXAMS


def passes(checks: ModuleType, exercise: Exercise, variant: Any) -> bool:
    """Whether the visible check of an exercise lets a registered wrong variant through."""
    check, answer = getattr(checks, exercise.name), variant.answer
    if exercise.functions:
        answers = {**exercise.reference, **answer}
        given = [answers[name] for name in exercise.functions]
    else:
        if exercise.value:
            answer = answer(*next(exercise.cases(seed=1, given=exercise.nothing_given)).args)
        earlier = [reference_namespace(exercise.notebook)[name] for name in list(signature(check).parameters)[1:]]
        given = [answer, *earlier]
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        try:
            check(*given)
        except Exception:  # a CheckError, or whatever the wrong answer itself raises
            return False
    return True


def exercises(wanted: str) -> Iterator[tuple[ModuleType, Exercise]]:
    for notebook, package in EXAMS.items():
        if notebook.startswith(wanted):
            checks = import_module(f"attention_course.checks.{package.__name__.rsplit('.', 1)[-1]}")
            yield from ((checks, exercise) for exercise in package.EXERCISES)


def main(
    notebook: Annotated[str, typer.Argument(help="how its name begins; all if left out")] = "",
    names: Annotated[bool, typer.Option("--names", help="print the variants that pass")] = False,
) -> None:
    """Print a table: notebook, exercise, wrong variants, those that pass."""
    total: Counter[str] = Counter()
    print("| notebook | exercise | wrong variants | pass the visible check |\n|---|---|---|---|")
    for checks, exercise in exercises(notebook):
        through = [variant for variant in exercise.wrong_variants if passes(checks, exercise, variant)]
        total.update(wrong=len(exercise.wrong_variants), through=len(through))
        print(
            f"| {exercise.notebook[:2]} | {exercise.name} | {len(exercise.wrong_variants)} | {len(through)} |",
            flush=True,
        )
        for variant in through if names else ():
            print(f"    {variant.name}: {variant.hint}")
    print(f"\n{total['through']} of {total['wrong']} pass: {total['through'] / max(total['wrong'], 1):.1%}")


if __name__ == "__main__":
    typer.run(main)
