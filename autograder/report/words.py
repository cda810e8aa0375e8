"""Numbers and sentences for a reader who has never seen a class report; nothing here is HTML but `code`."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from autograder.report.summary import AssignmentSummary, ExerciseSummary

GOOD, WEAK = 0.3, 0.2
"""Rules of thumb for a discrimination index: good from the first, worth a look below the second."""


def number(value: float | None) -> str:
    """A number with at most two decimals; a dash where there is none.

    >>> number(2.0), number(1.375), number(None)
    ('2', '1.38', '–')
    """
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "−")


def signed(value: float | None) -> str:
    """A correlation: always two decimals, a minus sign of a digit's width; a dash where there is none."""
    return "–" if value is None else f"{round(value, 2) + 0:.2f}".replace("-", "−")


def percent(share: float | None) -> str:
    """A share in whole percent, never rounded to none or all; a dash where there is none.

    >>> percent(0.375), percent(0.999), percent(None)
    ('38 %', '> 99 %', '–')
    """
    if share is None:
        return "–"
    if 0.99 < share < 1:
        return "> 99 %"
    return "< 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"


def plural(count: int, one: str, many: str = "") -> str:
    """
    >>> plural(1, "submission"), plural(3, "submission")
    ('1 submission', '3 submissions')
    """
    return f"{count} {one if count == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """
    >>> duration(40), duration(5400), duration(200_000)
    ('less than a minute', '1 h 30 min', '2 days 7 h')
    """
    minutes = int(seconds) // 60
    if minutes < 1:
        return "less than a minute"
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return plural(days, "day") + (f" {hours} h" if hours else "")
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    return " ".join(parts)


def listed(names: Sequence[str], most: int) -> str:
    """
    >>> listed(["ana", "bo", "cy"], 2)
    'ana, bo and 1 more'
    """
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def code(name: str) -> Markup:
    """A name of the course's in code type, escaped."""
    return Markup("<code>{}</code>").format(name)


def caution(students: int) -> str:
    """What a sample of this size allows."""
    if students == 1:
        return "n = 1: these are one student's results, not yet a pattern."
    if students < 10:
        return f"n = {students}: too few for a pattern; look at the students one by one."
    if students < 50:
        return f"n = {students}: a difference of a few students may be chance."
    return f"n = {students}."


def stands_out(assignment: AssignmentSummary) -> list[Markup]:
    """The findings an instructor should not miss, most useful first; [] if there are none."""
    findings = [
        _hardest(assignment),
        _misconception(assignment),
        _unwritten(assignment),
        *(_backwards(exercise) for exercise in assignment.exercises),
        _uniform(assignment),
    ]
    return [finding for finding in findings if finding]


def _hardest(assignment: AssignmentSummary) -> Markup | None:
    shares = [(e.earned, e) for e in assignment.exercises if e.earned is not None and e.students > 2]
    if len(shares) < 2 or len({share for share, _ in shares}) == 1:
        return None
    share, exercise = min(shares, key=lambda pair: pair[0])
    return Markup("Hardest exercise: {}, {} of its points were earned.").format(code(exercise.name), percent(share))


def _misconception(assignment: AssignmentSummary) -> Markup | None:
    if not assignment.misconceptions or assignment.misconceptions[0].learners < 2:
        return None
    top = assignment.misconceptions[0]
    sentence = Markup("Most common misconception: {} in {}, {}.")
    return sentence.format(spoken(top.misconception), code(top.exercise), plural(top.learners, "learner"))


def _unwritten(assignment: AssignmentSummary) -> Markup | None:
    most = max(assignment.exercises, key=lambda e: e.counts["not written"], default=None)
    if most is None or most.counts["not written"] < 2:
        return None
    count = plural(most.counts["not written"], "submission")
    return Markup("Most often left unwritten: {}, in {}.").format(code(most.name), count)


def _backwards(exercise: ExerciseSummary) -> Markup | None:
    """Only where the whole interval is negative: with few students a value below 0 may be chance."""
    if exercise.discrimination_range is None or exercise.discrimination_range[1] >= 0:
        return None
    sentence = Markup("Check the exam of {}: those who did well elsewhere did worse here (discrimination {}).")
    return sentence.format(code(exercise.name), signed(exercise.discrimination))


def _uniform(assignment: AssignmentSummary) -> Markup | None:
    """A class in which everybody has the same total."""
    totals = assignment.totals
    if len(totals) < 2 or min(totals) != max(totals):
        return None
    if totals[0] >= assignment.maximum > 0:
        return Markup("Everybody has full points, so no exercise can tell students apart.")
    if totals[0] == 0:
        return Markup("Nobody has a point yet. If that surprises you, look at the named verdicts first.")
    return None


def spoken(name: str) -> str:
    """A misconception's name as words."""
    return name.replace("_", " ")
