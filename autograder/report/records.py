"""What grading left behind, as two flat tables: one row per exercise of a submission, one per incident."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
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
        for cell, points, maximum, manual in sorted(grades[submitted], key=lambda row: order.get(row[0], 0)):
            verdict = verdicts.get(cell, {})
            said = (verdict.get(key, "") for key in ("concept", "misconception", "message"))
            exercise = cell.removeprefix("check_")
            results.append(Result(name, student, exercise, points, maximum, manual is not None, *said))
        events += [Event(name, student, i.name, i.cell, i.message) for i in incidents(graded)]
    return results, events


_NOTEBOOKS = (
    select(Assignment.name, SubmittedAssignment.student_id, Notebook.name, SubmittedNotebook.id, Notebook.id)
    .join(SubmittedAssignment, SubmittedAssignment.assignment_id == Assignment.id)
    .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
    .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
)
_GRADES = select(Grade.notebook_id, BaseCell.name, Grade.score, Grade.max_score, Grade.manual_score).join(
    BaseCell, BaseCell.id == Grade.cell_id
)
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
