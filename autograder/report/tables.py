"""The six CSV tables: everything the page shows and all that it leaves out, for a spreadsheet or a program."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from autograder.report.summary import (
    OUTCOMES,
    UNKNOWN,
    AssignmentSummary,
    ExerciseSummary,
    Pattern,
    StudentSummary,
    outcome,
)
from autograder.submission.incident import NAMES

if TYPE_CHECKING:
    from autograder.report.records import Event, Late, Result

_SIGNS = "=+@＝＋－＠﹦﹢﹣﹫⁺⁻⁼₊₋₌−-"
_BLANKS = r"\s\x00-\x1f\ufeff\u200b-\u200f\u2060"
_FORMULA = re.compile(rf"[{_BLANKS}]*[{_SIGNS}]|[\t\r\n]")
"""A spreadsheet takes a cell that begins like this for a formula, and runs it; some pass over blanks or take full-width
signs for the others."""
_RUN = re.compile(rf"([;|,{_BLANKS}\"']++)([{_SIGNS}]?)")
_SEPARATOR = re.compile(r"[;|,\t\r\n]")


def _disarmed(run: re.Match[str]) -> str:
    """A sign after a separator, which begins a cell where a spreadsheet divides cells there, with an apostrophe."""
    divides = run[2] and _SEPARATOR.search(run[1])
    return f"{run[1]}'{run[2]}" if divides else run[0]


def cell(value: object) -> object:
    """A value as it stands in a CSV cell: text that looks like a formula gets an apostrophe, None is empty.

    The same holds for what would be a cell of its own in a file whose cells are divided by ; or | or tabs.

    >>> cell("=1+1"), cell("a;=1+1"), cell(-2), cell(None)
    ("'=1+1", "a;'=1+1", -2, '')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return round(value, 6)
    if not isinstance(value, str):
        return value
    value = _RUN.sub(_disarmed, value)
    return "'" + value if _FORMULA.match(value) else value


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """CSV text with a header line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow([cell(name) for name in header])  # a header holds names of assignments
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def results_csv(results: Iterable[Result]) -> str:
    """One row per exercise of a submission."""
    header = ["assignment", "student", "exercise", "points", "maximum", "manual", "outcome"]
    header += ["concept", "misconception", "message"]
    rows = (
        [
            *(r.assignment, r.student, r.exercise, r.points, r.maximum, int(r.manual), outcome(r)),
            *(r.concept, r.misconception, r.message),
        ]
        for r in results
    )
    return to_csv(header, rows)


def late_csv(late: Iterable[Late]) -> str:
    """One row per submission that was late; times in UTC."""
    header = ["assignment", "student", "due", "handed_in", "seconds_late", "points", "penalty", "score"]
    rows = (
        [
            *(s.assignment, s.student, f"{s.due:%Y-%m-%d %H:%M:%S}", f"{s.handed_in:%Y-%m-%d %H:%M:%S}"),
            *(s.seconds, s.points, s.penalty, s.score),
        ]
        for s in late
    )
    return to_csv(header, rows)


def incidents_csv(events: Iterable[Event]) -> str:
    """One row per incident of a submission."""
    header = ["assignment", "student", "incident", "meaning", "cell", "message"]
    rows = ((e.assignment, e.student, e.incident, NAMES.get(e.incident, ""), e.cell, e.message) for e in events)
    return to_csv(header, rows)


def exercises_csv(assignments: Iterable[AssignmentSummary]) -> str:
    """One row per exercise."""
    header = ["assignment", "exercise", "maximum", "students", "mean", "share_earned", "full_points"]
    header += ["share_full", "share_full_low", "share_full_high"]
    header += ["discrimination", "discrimination_low", "discrimination_high", "manual"]
    header += [kind.replace(",", "").replace(" ", "_") for kind in OUTCOMES[1:]]
    header += ["concept_failed_most", "concept_failed_times"]
    return to_csv(header, (_exercise_row(a.name, e) for a in assignments for e in a.exercises))


def _exercise_row(assignment: str, e: ExerciseSummary) -> list[object]:
    share = e.full / e.students if e.students else None
    return [
        *(assignment, e.name, e.maximum, e.students, e.mean, e.earned, e.full),
        *(share, *(e.full_range or (None, None))),
        *(e.discrimination, *(e.discrimination_range or (None, None)), e.manual),
        *(e.counts[kind] for kind in OUTCOMES[1:]),
        *(e.concepts[0] if e.concepts else (None, None)),
    ]


def misconceptions_csv(assignments: Iterable[AssignmentSummary], hints: Mapping[tuple[str, str, str], str]) -> str:
    """One row per misconception, then the mistakes that no known misconception explains, by concept."""
    header = ["assignment", "exercise", "kind", "misconception", "concept", "learners", "students", "hint"]

    def row(p: Pattern) -> tuple:
        kind = "misconception" if p.misconception else UNKNOWN
        hint = hints.get((p.assignment, p.exercise, p.misconception), "")
        names = " ".join(p.students)
        return p.assignment, p.exercise, kind, p.misconception, p.concept, p.learners, names, hint

    return to_csv(header, (row(p) for a in assignments for p in (*a.misconceptions, *a.unrecognised)))


def students_csv(assignments: Sequence[AssignmentSummary], students: Iterable[StudentSummary]) -> str:
    """One row per student, one column of points per assignment; empty where nothing was graded."""
    maximum = sum(assignment.maximum for assignment in assignments)
    header = ["student", *(a.name for a in assignments), "total", "maximum", "submissions", "incidents"]
    rows = (
        [s.student, *(s.points.get(a.name) for a in assignments), s.total, maximum, len(s.points), s.incidents]
        for s in students
    )
    return to_csv(header, rows)
