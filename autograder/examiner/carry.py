"""Errors carried forward: after a failed exam a right version takes the answer's place; one error costs once."""

from __future__ import annotations

from typing import Any

from autograder.exam.exercise import Exercise
from autograder.exam.reference import sources_up_to
from autograder.exams import EXAMS

FUNCTION = "This costs once: later exercises were graded with a right version in its place."
VALUE = "This costs once: what follows from your own numbers counts as right."


def _exercise(notebook: str, name: str) -> Exercise | None:
    exercises = EXAMS[notebook].EXERCISES if notebook in EXAMS else []
    return next((exercise for exercise in exercises if exercise.name == name), None)


def carried(notebook: str, name: str) -> str:
    """What a learner is told about later exercises after a failed exam; "" for an exercise without an exam."""
    exercise = _exercise(notebook, name)
    if exercise is None:
        return ""
    return VALUE if exercise.value else FUNCTION


def right_version(notebook: str, name: str, answers: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What a kernel needs to put a right version into an answer's place after a failed exam.

    A wrong value that later exercises can go on from (a score matrix with a slip in it) stays: those are examined
    against what follows from it.

    Args:
        answers: the learner's values, by name.

    Returns:
        (texts of cells to run, names to take from them), both empty where the learner's own answer stays.
    """
    exercise = _exercise(notebook, name)
    if exercise is None or (exercise.value and name in answers and exercise.usable(answers[name])):
        return [], []
    return sources_up_to(notebook, name), list(exercise.functions or (name,))
