"""What grading left behind, as two flat tables: one row per exercise of a submission, one per incident."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_notebook
from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
    Notebook,
    SourceCell,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import select

from autograder.course import Course
from autograder.submission.incident import KEY, incidents


@dataclass(frozen=True)
class Result:
    """One exercise of one submission.

    `points` is what the gradebook says: the manual score where there is one, else the examiner's. `misconception` is
    the name of the wrong variant that explains the answer, "" if none or several do; `concept` what failed first.
    """

    assignment: str
    student: str
    exercise: str
    points: float
    maximum: float
    manual: bool
    concept: str = ""
    misconception: str = ""
    message: str = ""
    waiting: bool = False
    """For a person's grade."""


@dataclass(frozen=True)
class Late:
    """A submission that was handed in after the assignment was due.

    `points` are those before nbgrader takes `penalty` off; both times are UTC, without a zone, as nbgrader keeps them.
    """

    assignment: str
    student: str
    due: datetime
    handed_in: datetime
    points: float
    penalty: float

    @property
    def seconds(self) -> float:
        """How late it was."""
        return (self.handed_in - self.due).total_seconds()

    @property
    def score(self) -> float:
        """What nbgrader exports."""
        return max(0.0, self.points - self.penalty)


@dataclass(frozen=True)
class Event:
    """One incident of one submission."""

    assignment: str
    student: str
    incident: str
    cell: str
    message: str


def read_records(course: Course) -> tuple[list[Result], list[Event]]:
    """Read the gradebook, one query a table, and the autograded notebooks of a course.

    Returns:
        (results, events), in the order of assignment, student and cell. A student without a submission has no rows.
    """
    results: list[Result] = []
    events: list[Event] = []
    with Gradebook(course.database) as gradebook:
        notebooks = gradebook.db.execute(_NOTEBOOKS).all()
        grades = _by_first(gradebook.db.execute(_GRADES).all())
        source_cells = _by_first(gradebook.db.execute(_SOURCE_CELLS).all())
    coursedir = course.coursedir  # reading the course's settings takes longer than a notebook
    for name, student, file, submitted, released in sorted(notebooks):
        folder = coursedir.format_path(coursedir.autograded_directory, student, name)
        graded = _graded(Path(folder, f"{file}.ipynb"))
        verdicts = _verdicts(graded)
        # the notebook first: the gradebook keeps no order of its cells after a second release
        cells = dict.fromkeys([*verdicts, *(cell for (cell,) in source_cells[released])])
        order = {cell: number for number, cell in enumerate(cells)}
        for cell, points, maximum, manual, needed in sorted(grades[submitted], key=lambda row: order.get(row[0], 0)):
            verdict = verdicts.get(cell, {})
            said = {key: verdict.get(key, "") for key in ("concept", "misconception", "message")}
            exercise = cell.removeprefix("check_")
            by_hand, waiting = manual is not None, bool(needed) and manual is None
            results.append(Result(name, student, exercise, points, maximum, by_hand, **said, waiting=waiting))
        events += [Event(name, student, i.name, i.cell, i.message) for i in incidents(graded)]
    return results, events


def read_lateness(course: Course) -> list[Late]:
    """The submissions that were late, extensions granted, in the order of assignment and student."""
    with Gradebook(course.database) as gradebook:
        submissions = gradebook.db.execute(_SUBMISSIONS).all()
        scores = _by_first(gradebook.db.execute(_SCORES).all())
    found = []
    for name, student, number, due, extension, handed_in in sorted(submissions, key=lambda row: row[:2]):
        due = due and due + (extension or timedelta())
        if due and handed_in and handed_in > due:
            points, penalties = zip(*scores[number], strict=True) if scores[number] else ((), ())
            found.append(Late(name, student, due, handed_in, sum(points), sum(p or 0.0 for p in penalties)))
    return found


_NOTEBOOKS = (
    select(Assignment.name, SubmittedAssignment.student_id, Notebook.name, SubmittedNotebook.id, Notebook.id)
    .join(SubmittedAssignment, SubmittedAssignment.assignment_id == Assignment.id)
    .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
    .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
)
_GRADES = select(
    Grade.notebook_id, BaseCell.name, Grade.score, Grade.max_score, Grade.manual_score, Grade.needs_manual_grade
).join(BaseCell, BaseCell.id == Grade.cell_id)
_SUBMISSIONS = select(
    Assignment.name,
    SubmittedAssignment.student_id,
    SubmittedAssignment.id,
    Assignment.duedate,
    SubmittedAssignment.extension,
    SubmittedAssignment.timestamp,
).join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
_SCORES = select(SubmittedNotebook.assignment_id, SubmittedNotebook.score, SubmittedNotebook.late_submission_penalty)
_SOURCE_CELLS = select(SourceCell.notebook_id, SourceCell.name)


def _by_first(rows: Iterable[Any]) -> defaultdict[str, list[tuple]]:
    """Rows by what stands first in them, without it."""
    found: defaultdict[str, list[tuple]] = defaultdict(list)
    for first, *others in rows:
        found[first].append(tuple(others))
    return found


def _graded(path: Path) -> NotebookNode:
    """A graded notebook, an empty one where there is none. The grader has written it and need not validate it."""
    return from_dict(json.loads(path.read_bytes())) if path.exists() else new_notebook()


def _verdicts(notebook: NotebookNode) -> dict[str, dict]:
    """The verdicts in a graded notebook's check cells, by grade_id."""
    return {
        cell.metadata.nbgrader.grade_id: cell.metadata[KEY]["verdict"]
        for cell in notebook.cells
        if KEY in cell.metadata and "nbgrader" in cell.metadata
    }
