"""What has changed in a running course: said before a class is graded, with the command that settles it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from datetime import UTC

from nbgrader.api import Gradebook

from autograder.course import GradingError


def check_points(gradebook: Gradebook, assignment: str, source: bytes) -> Iterator[str]:
    """Compare the graded cells of the source notebook with those that the gradebook knows of.

    Returns:
        What the gradebook holds and the source does not: that costs whoever is graded now, and nobody graded before.

    Raises:
        GradingError: an exercise has no place in the gradebook, or its points have changed; no score could be trusted.
    """
    now = graded_cells(source)
    released = {
        cell.name: cell.max_score
        for notebook in gradebook.find_assignment(assignment).notebooks
        if notebook.name == assignment  # an own assignment may have others beside it, which are not graded here
        for cell in notebook.grade_cells
    }
    differing = [f"{name} is new" for name in now if name not in released]
    differing += [
        f"{name} has {now[name]:g} points, {released[name]:g} there" for name in now if _differ(now, released, name)
    ]
    if differing:
        raise GradingError(
            f"{assignment} is not what the gradebook knows ({'; '.join(differing)}). Release it again, and grade "
            f"everybody alike: `nbgrader generate_assignment {assignment} --force`, then "
            f"`python -m autograder grade {assignment} --force`"
        )
    for name in released:
        if name not in now:
            yield (
                f"{name} ({released[name]:g} points) is in the gradebook and no longer in the notebook: whoever is "
                f"graded now gets 0 for it. Put it back, or let the gradebook forget the assignment with its scores "
                f"and grade everybody anew: `nbgrader db assignment remove {assignment} --force`"
            )


def graded_cells(source: bytes) -> dict[str, float]:
    """The points of each graded cell of a notebook, by grade_id."""
    marks = [cell["metadata"].get("nbgrader", {}) for cell in json.loads(source)["cells"]]
    return {mark["grade_id"]: float(mark["points"]) for mark in marks if mark.get("grade")}


def graded_otherwise(versions: dict[str, str], exam: str, left: Collection[str], assignment: str) -> Iterator[str]:
    """Say how many results rest on another version of the exam than those that will be added.

    Args:
        versions: the version that each student's recorded result rests on.
        left: students who are not graded in this run.
    """
    others = [student for student in left if versions.get(student, exam) != exam]
    if others:
        yield (
            f"{len(others)} of {len(versions)} results are of another version of the exam and stay as they are; "
            f"`python -m autograder grade {assignment} --force` grades everybody alike"
        )


def manual_grades(gradebook: Gradebook, assignment: str, waiting: Collection[str]) -> Iterator[str]:
    """Name the manual grades that were given to an earlier submission and will count for the new one too."""
    for submission in gradebook.assignment_submissions(assignment):
        if submission.student.id not in waiting:
            continue
        names = [g.name for notebook in submission.notebooks for g in notebook.grades if g.manual_score is not None]
        if names:
            yield (
                f"{submission.student.id} is graded again, and the manual grade of {', '.join(sorted(names))} still "
                "counts; look at it in formgrader"
            )


def due(gradebook: Gradebook, assignment: str, timestamps: Collection[str]) -> Iterator[str]:
    """Say when an assignment is due as nbgrader understands it, where submissions say when they came.

    A date that was written without a zone is taken for UTC, be it of the assignment or of a submission; on this
    computer's clock a wrong hour is seen at once.

    Args:
        timestamps: what the timestamp.txt of each submission says that is graded now, "" where there is none.
    """
    date = gradebook.find_assignment(assignment).duedate
    given = [text.strip() for text in timestamps if text.strip()]
    if date is None or not given:
        return
    here = date.replace(tzinfo=UTC).astimezone()
    clock = "" if not here.utcoffset() else f", that is {here:%Y-%m-%d %H:%M} {here.tzname()}"
    yield (
        f"{assignment} is due {date:%Y-%m-%d %H:%M} UTC{clock}. A date without a zone is taken for UTC; to change it: "
        f'`nbgrader db assignment add {assignment} --duedate="2030-01-31 23:59 Europe/Berlin"`'
    )
    bare = sum(not has_zone(text) for text in given)
    if bare:
        yield f"{bare} of {len(given)} timestamps name no zone and are taken for UTC"


def has_zone(text: str) -> bool:
    """Whether a time says in which zone it is: in a word or a number at its end, or as ISO 8601 has it."""
    return bool(re.search(r":\d\d(?:\.\d+)?\s*(?![AP]M$)(?:[A-Z][\w/+-]*|[+-]\d\d:?\d\d)$", text.strip(), re.I))


def _differ(now: dict[str, float], released: dict[str, float], name: str) -> bool:
    return name in released and now[name] != released[name]
