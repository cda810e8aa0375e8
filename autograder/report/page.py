"""The report as one HTML page and six CSV texts, from records alone: no gradebook, no nbgrader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from attention_course.figures.canvas import SEQUENTIAL
from autograder.report import figures, tables, words
from autograder.report.policy import POLICY
from autograder.report.summary import (
    OUTCOMES,
    UNWRITTEN,
    AssignmentSummary,
    Submission,
    incident_counts,
    outcome,
    students,
    summarise,
)
from autograder.submission.incident import NAMES

if TYPE_CHECKING:
    from autograder.report.records import Event, Late, Result

Hints = Mapping[tuple[str, str, str], str]
"""What to tell a learner, by (assignment, exercise, misconception)."""

LONGEST_TABLE = 60
"""Rows of a table on the page; the CSV files have all of them."""


@dataclass(frozen=True)
class Report:
    """The page and the tables beside it, by file name."""

    html: str
    csv: Mapping[str, str]

    def write(self, folder: Path) -> Path:
        """Write everything into a folder and return the path of the page."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in {**self.csv, "index.html": self.html}.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
        return folder / "index.html"


def render(
    results: Sequence[Result],
    events: Sequence[Event],
    submitted: Mapping[str, Iterable[str]] | None = None,
    hints: Hints | None = None,
    late: Sequence[Late] = (),
) -> Report:
    """Make the report.

    Args:
        results, events: as `autograder.report.records.read_records` gives them.
        submitted: who handed in something, by assignment; an assignment that nobody handed in may be named too.
        hints: by (assignment, exercise, misconception); a misconception without a hint shows its name.
        late: the submissions that were late, as `autograder.report.records.read_lateness` gives them.
    """
    hints = hints or {}
    assignments = summarise(results, events, submitted or {})
    everybody = students(assignments)
    html = _template().render(
        assignments=[_assignment(a, [s for s in late if s.assignment == a.name]) for a in assignments],
        course=_course(assignments, everybody),
        hints=hints,
    )
    return Report(
        html,
        {
            "results.csv": tables.results_csv(results),
            "late.csv": tables.late_csv(late),
            "incidents.csv": tables.incidents_csv(events),
            "exercises.csv": tables.exercises_csv(assignments),
            "misconceptions.csv": tables.misconceptions_csv(assignments, hints),
            "students.csv": tables.students_csv(assignments, everybody),
        },
    )


def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("autograder.report"),
        autoescape=True,  # names and messages come from submissions
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    spoken = (words.number, words.signed, words.percent, words.code, words.spoken, words.listed, words.duration)
    environment.filters |= {f.__name__: f for f in spoken} | {"mean": np.mean, "median": np.median}
    environment.globals |= {"plural": words.plural, "caution": words.caution, "NAMES": NAMES}
    environment.globals |= {"LONGEST_TABLE": LONGEST_TABLE, "shade": shade, "POLICY": POLICY}
    return environment.get_template("index.html")


def _course(assignments: Sequence[AssignmentSummary], everybody: Sequence) -> dict:
    """What the first section shows."""
    maximum = sum(assignment.maximum for assignment in assignments)
    totals = [student.total for student in everybody]
    graded = sum(bool(assignment.submissions) for assignment in assignments)
    return {
        "maximum": maximum,
        "students": sorted(everybody, key=lambda s: (s.total, s.student)),
        "submissions": sum(len(assignment.submissions) for assignment in assignments),
        "totals": figures.histogram(totals, maximum, "points in the course")
        if len(totals) > 1 and graded > 1
        else None,
        "incidents": incident_counts(event for assignment in assignments for event in assignment.events),
    }


def _assignment(assignment: AssignmentSummary, late: Sequence[Late]) -> dict:
    """What the section of an assignment shows."""
    exercises = assignment.exercises
    readable = len(assignment.submissions) - assignment.unreadable
    lowest = sorted(assignment.submissions, key=lambda s: (s.total, s.student))
    several = readable > 2 and len(exercises) > 1
    return {
        "summary": assignment,
        "readable": readable,
        "findings": words.stands_out(assignment),
        "totals": figures.histogram(assignment.totals, assignment.maximum, "points")
        if len(assignment.submissions) > 1
        else None,
        "outcomes": figures.outcomes(exercises) if readable > 1 and exercises else None,
        "full_shares": figures.full_shares(exercises) if several else None,
        "discriminations": figures.discriminations(exercises) if several else None,
        "map": figures.class_map(assignment) if len(assignment.submissions) > LONGEST_TABLE and exercises else None,
        "rows": [_grade_row(submission, assignment) for submission in lowest[:LONGEST_TABLE]],
        "verdicts": incident_counts(assignment.events),
        "late": sorted(late, key=lambda s: s.due - s.handed_in),
        "lost": {kind: sum(e.counts[kind] for e in exercises) for kind in OUTCOMES},
    }


def _grade_row(submission: Submission, assignment: AssignmentSummary) -> dict:
    found = [submission.results.get(exercise.name) for exercise in assignment.exercises]
    return {
        "student": submission.student,
        "readable": submission.readable,
        "total": submission.total,
        "cells": [_grade_cell(result) if result else None for result in found],
    }


def _grade_cell(result: Result) -> dict:
    marks = ("m" if result.manual else "") + ("n" if outcome(result) == UNWRITTEN else "")
    share = result.points / result.maximum if result.maximum else 1.0
    return {"points": result.points, "style": shade(share), "marks": marks}


@lru_cache(maxsize=1000)
def shade(share: float) -> str:
    """Inline style of a cell: the course's colour map, softened, with the ink that reads best on it."""
    colour = np.array(matplotlib.colormaps[SEQUENTIAL](float(np.clip(share, 0, 1)))[:3])
    softened = 1 - 0.75 * (1 - colour)
    red, green, blue = map(float, softened)
    linear = np.where(softened <= 0.04045, softened / 12.92, ((softened + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ [0.2126, 0.7152, 0.0722])
    ink = "#fff" if luminance < 0.179 else "#000"  # where both inks have the same contrast
    return f"background:{matplotlib.colors.to_hex((red, green, blue))};color:{ink}"
