"""What an exam says: a verdict, the sentence a learner reads, and the record a class report counts."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from attention_course.checks import CheckError

if TYPE_CHECKING:
    from autograder.exercise import WrongVariant
    from autograder.outcome import Outcome

MIME = "application/vnd.attention-course.verdict+json"
"""Output type under which a graded cell announces its verdict; the autograde step moves it into cell metadata."""

_DETAIL = {
    "kind": "The answer is not the sort of value that was asked for; compare it with the docstring.",
    "shape": "The shape of the answer is not the one in the docstring.",
    "nan": "There is a NaN or an infinity where a number should be.",
    "value": "The sort and the shape of the answer are right, its values are not.",
    "changes its input": "It changes the array it was given; work on a copy.",
}


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
        cls, exercise: str, seed: int, concept: str, problem: str, outcome: Outcome, twin: WrongVariant | None
    ) -> Verdict:
        if twin:
            message = f"{exercise}: {twin.hint}"
        elif outcome.error == "NotImplementedError":
            message, concept = f"{exercise} is still to be written.", "not written"
        elif problem == "error":
            where = f", at your line `{outcome.line}`" if outcome.line else ""
            message = f"{exercise}: not right yet for {concept}. It raises {outcome.error}{where}."
        else:
            message = f"{exercise}: not right yet for {concept}. {_DETAIL[problem]}"
        return cls(exercise, False, seed, concept, twin.name if twin else "", message)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def announce(verdict: Verdict) -> None:
    """Publish the verdict beside the cell's output when this runs in a kernel; elsewhere do nothing."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        from IPython.display import publish_display_data

        publish_display_data({MIME: verdict.as_dict(), "text/plain": ""})
