"""Errors carried forward: after a failed exam a right version takes the answer's place; one error costs once."""

from __future__ import annotations

from typing import Any

from autograder.exams import EXAMS
from autograder.reference import reference

FUNCTION = "This costs once: later exercises were graded with a right version in its place."
VALUE = "This costs once: what follows from your own numbers counts as right."


def carried(notebook: str, name: str) -> str:
    """What a learner is told about later exercises after a failed exam; "" for an exercise without an exam."""
    exercises = {e.name: e for e in EXAMS[notebook].EXERCISES} if notebook in EXAMS else {}
    if name not in exercises:
        return ""
    return VALUE if exercises[name].value else FUNCTION


def carry(notebook: str, name: str, namespace: dict[str, Any]) -> None:
    """Put the reference answers of an exercise into the learner's namespace.

    A wrong value that later exercises can go on from (a score matrix with a slip in it) stays: those are examined
    against what follows from it.
    """
    exercise = next(e for e in EXAMS[notebook].EXERCISES if e.name == name)
    if exercise.value and name in namespace and exercise.usable(namespace[name]):
        return
    for defined in exercise.functions or (name,):
        namespace[defined] = reference(notebook, defined)
