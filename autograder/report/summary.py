"""From the two flat tables of `records` to what the report says of an assignment and of the course."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from autograder.report.statistics import Interval, correlation_interval, discrimination, wilson
from autograder.submission.incident import NAMES

if TYPE_CHECKING:
    from autograder.report.records import Event, Result

FULL, KNOWN, UNKNOWN, BROKEN, UNWRITTEN, BY_HAND = (
    "full points",
    "misconception recognised",
    "wrong, cause not recognised",
    "could not be run",
    "not written",
    "graded by hand or to be",
)
OUTCOMES = (FULL, KNOWN, UNKNOWN, BROKEN, UNWRITTEN, BY_HAND)
"""What became of an exercise in one submission."""

UNREADABLE = ("not a notebook", "no notebook")
"""Incidents of a file that holds no answer at all."""

ANY_ERROR = "raises an error"
"""The concept of an answer that fails outside the exam."""


def outcome(result: Result) -> str:
    """One of OUTCOMES. Points decide first: a grade by hand may overrule a verdict."""
    if result.points >= result.maximum:
        return FULL
    if result.waiting or (result.manual and not result.concept):
        return BY_HAND
    if result.concept == "not written":
        return UNWRITTEN
    if result.misconception:
        return KNOWN
    return BROKEN if result.concept in NAMES or result.concept == ANY_ERROR else UNKNOWN


@dataclass(frozen=True)
class Submission:
    """What one student got in one assignment; `readable` is False for a file that holds no answer."""

    student: str
    results: Mapping[str, Result]
    readable: bool = True

    @cached_property
    def total(self) -> float:
        return sum(result.points for result in self.results.values())


@dataclass(frozen=True)
class ExerciseSummary:
    """One exercise over all readable submissions.

    `earned` is the share of the points (difficulty: high is easy), `full` how many got full points, `full_range` the
    95 % interval of their share. `counts` has the number of submissions per outcome, `concepts` what failed first in
    the wrong ones.
    """

    name: str
    maximum: float
    students: int
    mean: float | None
    earned: float | None
    full: int
    full_range: Interval | None
    discrimination: float | None
    discrimination_range: Interval | None
    manual: int
    counts: Mapping[str, int]
    concepts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Pattern:
    """A mistake and who made it; `misconception` is "" where no known one explains it, `concept` where one does."""

    assignment: str
    exercise: str
    misconception: str
    concept: str
    students: tuple[str, ...]

    @property
    def learners(self) -> int:
        return len(self.students)


@dataclass(frozen=True)
class AssignmentSummary:
    """All that the report says of one assignment. `ungraded` names students whose submission has no grade yet."""

    name: str
    exercises: tuple[ExerciseSummary, ...]
    submissions: tuple[Submission, ...]
    misconceptions: tuple[Pattern, ...]
    unrecognised: tuple[Pattern, ...]
    events: tuple[Event, ...]
    ungraded: tuple[str, ...]

    @cached_property
    def maximum(self) -> float:
        return sum(exercise.maximum for exercise in self.exercises)

    @cached_property
    def totals(self) -> list[float]:
        return [submission.total for submission in self.submissions]

    @cached_property
    def unreadable(self) -> int:
        return sum(not submission.readable for submission in self.submissions)

    @cached_property
    def manual(self) -> int:
        return sum(result.manual for submission in self.submissions for result in submission.results.values())


def summarise(
    results: Sequence[Result], events: Sequence[Event], submitted: Mapping[str, Iterable[str]]
) -> list[AssignmentSummary]:
    """One summary per assignment, in the order of their names.

    Args:
        submitted: the students who handed in something, by assignment, graded or not.
    """
    names = {result.assignment for result in results} | {event.assignment for event in events} | set(submitted)
    return [
        _assignment(
            name,
            [result for result in results if result.assignment == name],
            [event for event in events if event.assignment == name],
            submitted.get(name, ()),
        )
        for name in sorted(names)
    ]


def _assignment(
    name: str, results: Sequence[Result], events: Sequence[Event], submitted: Iterable[str]
) -> AssignmentSummary:
    submissions = _submissions(results, events)
    readable = [submission for submission in submissions if submission.readable]
    lost = [r for s in readable for r in s.results.values() if outcome(r) in (KNOWN, UNKNOWN)]
    return AssignmentSummary(
        name,
        tuple(_exercise(exercise, results, readable) for exercise in dict.fromkeys(r.exercise for r in results)),
        tuple(submissions),
        _patterns(r for r in lost if outcome(r) == KNOWN),
        _patterns(r for r in lost if outcome(r) == UNKNOWN),
        tuple(events),
        tuple(sorted(set(submitted) - {submission.student for submission in submissions})),
    )


def _submissions(results: Sequence[Result], events: Sequence[Event]) -> list[Submission]:
    """Each student's results. A file without an answer stays out of the statistics unless somebody gave it points."""
    per_student: dict[str, dict[str, Result]] = {event.student: {} for event in events}
    for result in results:
        per_student.setdefault(result.student, {})[result.exercise] = result
    unreadable = {event.student for event in events if event.incident in UNREADABLE}
    return [
        Submission(student, rows, student not in unreadable or any(r.points or r.manual for r in rows.values()))
        for student, rows in sorted(per_student.items())
    ]


def _exercise(name: str, results: Sequence[Result], readable: Sequence[Submission]) -> ExerciseSummary:
    answered = [submission for submission in readable if name in submission.results]
    rows = [submission.results[name] for submission in answered]
    points, possible = [row.points for row in rows], sum(row.maximum for row in rows)
    counts = Counter(outcome(row) for row in rows)
    index = discrimination(points, [submission.total for submission in answered])
    return ExerciseSummary(
        name=name,
        maximum=max(result.maximum for result in results if result.exercise == name),
        students=len(rows),
        mean=sum(points) / len(rows) if rows else None,
        earned=sum(points) / possible if possible else None,
        full=counts[FULL],
        full_range=wilson(counts[FULL], len(rows)) if rows else None,
        discrimination=index,
        discrimination_range=correlation_interval(index, len(rows)),
        manual=sum(row.manual for row in rows),
        counts={kind: counts[kind] for kind in OUTCOMES},
        concepts=_by_count(row.concept for row in rows if row.concept and outcome(row) in (KNOWN, UNKNOWN)),
    )


def _by_count(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """(name, count), the most frequent first, equal ones by name."""
    return tuple(sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))


def _patterns(results: Iterable[Result]) -> tuple[Pattern, ...]:
    """Learners per misconception, or per concept where no misconception is known; the most frequent first."""
    learners: dict[tuple[str, str, str, str], set[str]] = {}
    for result in results:
        concept = "" if result.misconception else result.concept
        key = (result.assignment, result.exercise, result.misconception, concept)
        learners.setdefault(key, set()).add(result.student)
    ordered = sorted(learners.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return tuple(Pattern(*key, tuple(sorted(who))) for key, who in ordered)


@dataclass(frozen=True)
class StudentSummary:
    """One student over the whole course: points per assignment handed in, and how many incidents."""

    student: str
    points: Mapping[str, float]
    incidents: int

    @cached_property
    def total(self) -> float:
        return sum(self.points.values())


def students(assignments: Sequence[AssignmentSummary]) -> list[StudentSummary]:
    """Everybody of whom there is a graded submission, in the order of their names."""
    points: dict[str, dict[str, float]] = {}
    incidents = Counter(event.student for assignment in assignments for event in assignment.events)
    for assignment in assignments:
        for submission in assignment.submissions:
            points.setdefault(submission.student, {})[assignment.name] = submission.total
    return [StudentSummary(student, of, incidents[student]) for student, of in sorted(points.items())]


def incident_counts(events: Iterable[Event]) -> tuple[tuple[str, int], ...]:
    """(name, number of submissions), the most frequent first. A submission with one name twice counts once."""
    return _by_count(name for name, *_ in {(event.incident, event.assignment, event.student) for event in events})
