"""What an exam says: a verdict, the sentence a learner reads, and the record a class report counts."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from attention_course.checks import CheckError

if TYPE_CHECKING:
    from autograder.exercise import Case, WrongVariant
    from autograder.outcome import Outcome

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
    "mutation": "It changes an array it was given; work on a copy.",
}


@dataclass(frozen=True)
class Failure:
    """A case that an answer does not get right, what the answer did there and what is the matter with that."""

    case: Case
    outcome: Outcome
    problem: str


class ExamError(CheckError):
    """A hidden exam failed. The message names a concept or a misconception, never an input."""


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
        name, error = function or exercise, failure.outcome.error
        if failure.problem == "unwritten" or error == "NotImplementedError":
            return cls(exercise, False, seed, "not written", "", f"{name} is still to be written.")
        if twin:
            return cls(exercise, False, seed, failure.case.concept, twin.name, f"{name}: {twin.hint}")
        message = f"{name}: not right yet for {failure.case.concept}. {_detail(failure)}"
        return cls(exercise, False, seed, failure.case.concept, "", message)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def _detail(failure: Failure) -> str:
    if failure.problem != "error":
        return _DETAIL[failure.problem]
    error, line = failure.outcome.error, failure.outcome.line
    if error == "TypeError" and not line:
        return "It cannot be called the way the docstring says (TypeError). Compare the names of the arguments."
    where = f", at your line `{line}`" if line else ""
    wanted = f"; the docstring asks for {failure.case.raises}" if failure.case.raises else ""
    return f"It raises {error}{where}{wanted}."


def announce(verdict: Verdict) -> None:
    """Publish the verdict beside the cell's output when this runs in a kernel; elsewhere do nothing."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        from IPython.display import publish_display_data

        publish_display_data({MIME: verdict.as_dict(), "text/plain": ""})
