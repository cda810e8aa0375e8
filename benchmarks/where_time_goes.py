"""Where the seconds of a graded submission go: the steps of our own grader, timed in one process."""

from __future__ import annotations

import contextlib
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from rich.console import Console

from autograder.class_run import autograde, grade_class, pool, stages
from autograder.course import Course
from autograder.kernels import ISOLATION_VARIABLE
from autograder.submission import execute
from autograder.submission.examination import Examination
from autograder.submission.twins import Twins

STEPS = {
    "take in: read, restore, sanitise": (grade_class.ClassRun, "take_in"),
    "run": (pool, "run_submission"),
    "run: start a kernel": (Twins, "start"),
    "run: the learner's and the given cells": (execute.ExecuteAndExamine, "_run"),
    "run: examine graded cells": (Examination, "examine"),
    "run: of which in second kernels, with right versions": (Twins, "twin"),
    "run: end the kernels": (Twins, "stop"),
    "record": (grade_class.ClassRun, "_record"),
    "record: gradebook and files": (stages.SplitAutograde, "record"),
}
"""Where each step is done: (owner, name of the function)."""


@contextlib.contextmanager
def _timed() -> Iterator[dict[str, float]]:
    """Seconds spent in each step inside the block."""
    spent: dict[str, float] = defaultdict(float)

    def timing(step: str, function: Any) -> Any:
        def timed(*arguments: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                spent[step] += time.perf_counter() - started

        return timed

    originals = {step: getattr(owner, name) for step, (owner, name) in STEPS.items()}
    for step, (owner, name) in STEPS.items():
        setattr(owner, name, timing(step, originals[step]))
    try:
        yield spent
    finally:
        for step, (owner, name) in STEPS.items():
            setattr(owner, name, originals[step])


def where_time_goes(course: Course, assignment: str, isolation: str) -> list[str]:
    """Grade the class in this process, and say how long the steps take, as rows of Markdown.

    The first submission is graded before: what starts once, the warm processes, would hide what is done each time.
    """
    os.environ[ISOLATION_VARIABLE] = isolation
    students = course.students(assignment)
    quiet = Console(quiet=True)
    with grade_class.ClassRun(course, assignment, isolation) as run:
        list(run.grade(run.plan(students[:1], False), pool.InProcess()))
    started = time.perf_counter()
    with _timed() as spent:
        autograde.autograde(course, assignment, console=quiet, isolation=isolation)
    count = len(students) - 1
    whole = (time.perf_counter() - started) / count
    rows = ["| step, one submission after the other | ms a submission |", "|---|---|"]
    rows += [f"| {step} | {spent[step] / count * 1000:.0f} |" for step in STEPS]
    return [*rows, f"| all | {whole * 1000:.0f} |"]
