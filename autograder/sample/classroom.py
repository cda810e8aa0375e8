"""The learners of the sample class: who submits what, and what it must score.

What belongs to one notebook stands in its exams' package, in a module `sample`, if it has one: LEARNERS, those of the
honest learners who hand it in; UNRELIABLE, names of right variants on which another answer may not be able to build;
`submissions(course)`, those with a story of their own.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder import ROOT
from autograder.exam.reference import source_notebook
from autograder.exams import EXAMS
from autograder.sample import edits
from autograder.sample.edits import Edit

HONEST = {
    "amara": 1.0, "bela": 1.0, "chidi": 0.9, "dunja": 0.8, "emre": 0.7, "fatou": 0.5, "goran": 0.25, "hana": 0.0,
}  # fmt: skip
"""Learners who hand in whole notebooks, and the share of exercises each is likely to get right."""


@dataclass(frozen=True)
class Submission:
    """One submitted notebook and what grading it must find.

    `lost` names the exercises that score zero (every other scores full); `misconceptions` gives, for some of them,
    the wrong variant that feedback must name; `incidents` the named verdicts that must be on record.
    """

    student: str
    assignment: str
    story: str
    notebook: NotebookNode | bytes
    lost: frozenset[str] = frozenset()
    misconceptions: dict[str, str] = field(default_factory=dict)
    incidents: frozenset[str] = frozenset()
    filename: str = ""

    def expected_points(self) -> dict[str, float]:
        """Points per exercise, by construction."""
        return {
            name: 0.0 if name in self.lost else points for name, points in Classwork(self.assignment).points().items()
        }


class Classwork:
    """One notebook of the sample class, and how its submissions are made.

    Args:
        assignment: the notebook's name.
    """

    edits = edits

    def __init__(self, assignment: str):
        self.assignment, self._exam = assignment, EXAMS[assignment]
        self._sample = _sample_of(self._exam)

    def submissions(self) -> Iterator[Submission]:
        """All of them, the honest ones first."""
        for student in getattr(self._sample, "LEARNERS", HONEST):
            yield self.honest_answers(student, HONEST[student])
        yield from getattr(self._sample, "submissions", lambda course: ())(self)

    def released(self) -> NotebookNode:
        """The notebook as learners get it."""
        return nbformat.read(ROOT / "notebooks" / self.assignment / f"{self.assignment}.ipynb", as_version=4)

    def solved(self) -> NotebookNode:
        """The released notebook with the reference answers typed in."""
        return copy.deepcopy(_solved(self.assignment))

    def points(self) -> dict[str, float]:
        """Points per exercise, in order."""
        return {
            cell.metadata.nbgrader.grade_id.removeprefix("check_"): float(cell.metadata.nbgrader.points)
            for cell in _source(self.assignment).cells
            if cell.metadata.get("nbgrader", {}).get("grade")
        }

    def submission(
        self,
        student: str,
        story: str,
        *changes: Edit,
        lost: Iterable[str] = (),
        incidents: Iterable[str] = (),
        **more: Any,
    ) -> Submission:
        """The solved notebook with some changes."""
        notebook = self.solved()
        for change in changes:
            notebook = change(notebook)
        found = frozenset(lost), more.pop("misconceptions", {}), frozenset(incidents)
        return Submission(student, self.assignment, story, notebook, *found, **more)

    def mistaken(self, exercise: str, variant: str) -> Edit:
        """A wrong variant typed into its exercise's cell."""
        asked = next(e for e in self._exam.EXERCISES if e.name == exercise)
        wrong = next(w for w in asked.wrong_variants if w.name == variant)
        return edits.write(exercise, edits.variant_text(asked, wrong.answer))

    def in_another_style(self) -> list[Edit]:
        """The first right variant of every function typed in, in the place of the reference answers."""
        changes = []
        for exercise in self._exam.EXERCISES:
            several = {
                name: f for v in reversed(exercise.right_variants) if isinstance(v, dict) for name, f in v.items()
            }
            answer = several or exercise.right_variants[0]
            changes.append(edits.write(exercise.name, edits.variant_text(exercise, answer)))
        return changes

    def file(self, student: str, story: str, content: bytes, incidents: Iterable[str]) -> Submission:
        """A file that is no notebook, and loses everything."""
        everything = frozenset(self.points())
        return Submission(student, self.assignment, story, content, everything, {}, frozenset(incidents))

    def honest_answers(self, student: str, ability: float) -> Submission:
        """Each exercise right with the given probability, else wrong or left blank.

        Of values that follow from each other one is wrong at most: what is wrong in itself might be right after a slip.
        """
        dice = random.Random(f"{student} {self.assignment}")  # a str seed is the same in every process
        notebook, source = self.released(), _source(self.assignment)
        unreliable: set[str] = getattr(self._sample, "UNRELIABLE", set())
        lost: set[str] = set()
        misconceptions = {}
        slipped = False
        for exercise in self._exam.EXERCISES:
            given = edits.given_names(source, exercise)
            if dice.random() < ability or (exercise.value and slipped and ability):
                right = [v for v in exercise.right_variants if not _names(v) & unreliable]
                answer = edits.variant_text(exercise, dice.choice(right), given)
            else:
                lost.add(exercise.name)
                slipped = slipped or exercise.value
                if ability == 0 or dice.random() < 0.25:
                    continue  # left as it was released
                wrong = dice.choice(exercise.wrong_variants)
                misconceptions[exercise.name] = wrong.name
                answer = edits.variant_text(exercise, wrong.answer, given)
            edits.write(exercise.name, answer)(notebook)
        story = f"about {ability:.0%} of the exercises right" if ability else "submits the notebook as it was released"
        return Submission(student, self.assignment, story, notebook, frozenset(lost), misconceptions)


def classroom() -> list[Submission]:
    """The whole class, the same on every call."""
    return [submission for assignment in EXAMS for submission in Classwork(assignment).submissions()]


def write_class(folder: Path, submissions: list[Submission] | None = None) -> int:
    """Write submissions to folder/submitted/STUDENT/ASSIGNMENT/, where nbgrader looks; return how many.

    Args:
        submissions: some of the class, by default all of it.
    """
    submissions = classroom() if submissions is None else submissions
    for submission in submissions:
        place = folder / "submitted" / submission.student / submission.assignment
        place.mkdir(parents=True, exist_ok=True)
        content = submission.notebook
        if not isinstance(content, bytes):
            content = nbformat.writes(content).encode()
        (place / f"{submission.filename or submission.assignment}.ipynb").write_bytes(content)
    return len(submissions)


def _sample_of(exam: ModuleType) -> ModuleType | None:
    """The module `sample` in a notebook's exams, if there is one."""
    name = f"{exam.__name__}.sample"
    return import_module(name) if find_spec(name) else None


def _source(assignment: str) -> NotebookNode:
    return nbformat.read(source_notebook(assignment), as_version=4)


@cache
def _solved(assignment: str) -> NotebookNode:
    notebook = Classwork(assignment).released()
    for exercise in EXAMS[assignment].EXERCISES:
        edits.write(exercise.name, edits.reference_text(exercise))(notebook)
    return notebook


def _names(variant: Any) -> set[str]:
    return {f.__name__ for f in (variant.values() if isinstance(variant, dict) else [variant])}
