"""What grading left behind, as two flat tables: one row per exercise of a submission, one per incident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

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
    """Read the gradebook and the autograded notebooks of a course.

    Returns:
        (results, events), in the order of assignment, student and cell. A student without a submission has no rows.
    """
    results: list[Result] = []
    events: list[Event] = []
    with Gradebook(course.database) as gradebook:
        for assignment in sorted(gradebook.assignments, key=lambda a: a.name):
            for submission in sorted(assignment.submissions, key=lambda s: s.student.id):
                for notebook in submission.notebooks:
                    name, student = assignment.name, submission.student.id
                    graded = _graded(course.folder("autograded", student, name) / f"{notebook.name}.ipynb")
                    verdicts = _verdicts(graded)
                    scores = {grade.name: grade for grade in notebook.grades}
                    # the notebook first: the gradebook keeps no order of its cells after a second release
                    cells = dict.fromkeys([*verdicts, *(cell.name for cell in notebook.notebook.source_cells)])
                    order = {cell: number for number, cell in enumerate(cells)}
                    for cell in sorted(scores, key=lambda c: order.get(c, 0)):
                        grade, verdict = scores[cell], verdicts.get(cell, {})
                        results.append(
                            Result(
                                name,
                                student,
                                cell.removeprefix("check_"),
                                grade.score,
                                grade.max_score,
                                grade.manual_score is not None,
                                verdict.get("concept", ""),
                                verdict.get("misconception", ""),
                                verdict.get("message", ""),
                                grade.needs_manual_grade and grade.manual_score is None,
                            )
                        )
                    events += [Event(name, student, i.name, i.cell, i.message) for i in incidents(graded)]
    return results, events


def read_lateness(course: Course) -> list[Late]:
    """The submissions that were late, in the order of assignment and student."""
    with Gradebook(course.database) as gradebook:
        return [
            Late(
                assignment.name,
                submission.student.id,
                assignment.duedate,
                submission.timestamp,
                sum(notebook.score for notebook in submission.notebooks),
                submission.late_submission_penalty or 0.0,
            )
            for assignment in sorted(gradebook.assignments, key=lambda a: a.name)
            for submission in sorted(assignment.submissions, key=lambda s: s.student.id)
            if submission.total_seconds_late > 0
        ]


def _graded(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4) if path.exists() else nbformat.v4.new_notebook()


def _verdicts(notebook: nbformat.NotebookNode) -> dict[str, dict]:
    """The verdicts in a graded notebook's check cells, by grade_id."""
    return {
        cell.metadata.nbgrader.grade_id: cell.metadata[KEY]["verdict"]
        for cell in notebook.cells
        if KEY in cell.metadata and "nbgrader" in cell.metadata
    }
