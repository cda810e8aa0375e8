"""What an exam says: a verdict, the sentence a learner reads, and the record a class report counts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any

from attention_course.checks import CheckError
from autograder.exam.case import Failure, WrongVariant
from autograder.exam.likeness import likeness, plain_likeness

MIME = "application/vnd.attention-course.verdict+json"
"""Output type under which a graded cell announces its verdict; the autograde step moves it into cell metadata."""

_DETAIL = {
    "uncallable": "It should be a function. Does another line give its name to something else?",
    "nothing": "It returns None. Is there a `return` on the last line?",
    "kind": "The answer is not the sort of value that was asked for; compare it with the docstring.",
    "shape": "The shape of the answer is not the one in the docstring.",
    "nan": "There is a NaN or an infinity where a number should be.",
    "value": "The sort and the shape of the answer are right, its values are not.",
    "unraised": "It returns something where the docstring asks for an error.",
    "random": "Two calls with the same arguments give different results. What in it is left to chance, or remembered?",
    "stale": "It returns what an earlier call with other arguments returned. What does it remember between two calls?",
    "memory": "The answer is right, but on the way it takes more memory than the docstring allows.",
    "mutation": "It changes what it was given; work on a copy.",
}

_DETAIL_OF_USE = {
    "kind": "What comes of it is not the sort of thing that was asked for; compare it with the docstring.",
    "shape": "What comes of it has sizes or names that are not those in the docstring.",
    "value": "What comes of it is of the right sort and size, but not right.",
}
"""Of a case that does more than call an answer: what is compared is not what a call returned."""


class ExamError(CheckError):
    """A hidden exam failed. The message names a concept or a misconception, never an input."""


class ExamBrokenError(Exception):
    """An exam could not be held to its end, through no fault of the answer."""


@dataclass(frozen=True)
class Verdict:
    """The result of one exam.

    `misconception` is the name of the wrong variant that explains the answer, "" if none or several do.
    """

    exercise: str
    passed: bool
    seed: int
    concept: str = ""
    misconception: str = ""
    message: str = ""

    @classmethod
    def failed(
        cls, exercise: str, seed: int, failure: Failure, function: str = "", twin: WrongVariant | None = None
    ) -> Verdict:
        """The verdict on a wrong answer.

        Args:
            failure: the first case that the answer does not get right.
            function: of which function of the exercise the sentence speaks; by default the exercise's own.
            twin: the wrong variant that does what the answer does, if there is just one.
        """
        name = function or exercise
        if failure.problem == "unwritten":
            return cls(exercise, False, seed, "not written", "", f"{name} is still to be written.")
        if twin:
            return cls(exercise, False, seed, failure.case.concept, twin.name, f"{name}: {twin.hint}")
        message = f"{name}: not right yet for {failure.case.concept}. {_detail(failure)}"
        return cls(exercise, False, seed, failure.case.concept, "", message)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def _detail(failure: Failure) -> str:
    if failure.problem != "error":
        shown = failure.case.use is None and failure.case.read is None
        details = _DETAIL if shown else {**_DETAIL, **_DETAIL_OF_USE}
        alike = _alike(failure, shown=shown) if failure.problem in ("value", "shape", "kind") else ""
        return f"{details[failure.problem]} {alike}".rstrip()
    error, line = failure.outcome.error, failure.outcome.line
    if error == "TypeError" and not line:
        return "It cannot be called the way the docstring says (TypeError). Compare the names of the arguments."
    where = f", at your line `{line}`" if line else ""
    wanted = f"; the docstring asks for {failure.case.raises}" if failure.case.raises else ""
    return f"It raises {error}{where}{wanted}."


def _alike(failure: Failure, *, shown: bool) -> str:
    """How the result is like the right one; "" for whatever a learner's object may raise when it is looked at.

    Args:
        shown: what is compared is what the answer returned.
    """
    with suppress(Exception):
        pair = failure.outcome.result, failure.expected
        return likeness(*pair, failure.case.tolerance) or (plain_likeness(*pair) if shown else "")
    return ""


_collected: list[Verdict] | None = None
"""Where verdicts go while a graded cell runs in the examiner's process."""


@contextmanager
def collected() -> Iterator[list[Verdict]]:
    """The verdicts that are announced inside this block, in order."""
    global _collected
    before, _collected = _collected, []
    try:
        yield _collected
    finally:
        _collected = before


def announce(verdict: Verdict) -> None:
    """Hand the verdict to the examiner; in a kernel, publish it beside the cell's output; elsewhere do nothing."""
    if _collected is not None:
        _collected.append(verdict)
        return
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        from IPython.display import publish_display_data

        publish_display_data({MIME: verdict.as_dict(), "text/plain": ""})
