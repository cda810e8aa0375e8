"""One call of an answer: its result or its error, and what became of its arguments. Its printing goes nowhere."""

from __future__ import annotations

import contextlib
import io
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.compare import Tolerance, difference


@dataclass(frozen=True)
class Outcome:
    """What a call did.

    `error` is the name of the exception's type, "" if there was none; `line` the line of the answer that raised it.
    """

    result: Any
    args_after: tuple
    error: str = ""
    line: str = ""

    def agrees_with(self, other: Outcome, tolerance: Tolerance) -> bool:
        """Whether both did the same: both raised, or both returned the same and left their inputs the same."""
        if self.error or other.error:
            return bool(self.error) and bool(other.error)
        try:
            same = difference(self.result, _plain(other.result), tolerance) is None
            return same and difference(list(self.args_after), list(other.args_after), Tolerance(0, 0)) is None
        except TypeError:  # the other variant returned something no exam would expect
            return False


class _Nowhere(io.TextIOBase):
    """A stream that forgets: a learner's print inside a hidden exam must neither leak inputs nor fill the memory."""

    def write(self, text: str) -> int:
        return len(text)


def call_quietly(answer: Callable, args: tuple, kwargs: dict) -> Outcome:
    """Call an answer with everything it prints and warns about kept away from the graded cell."""
    with (
        contextlib.redirect_stdout(_Nowhere()),
        contextlib.redirect_stderr(_Nowhere()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        try:
            return Outcome(answer(*args, **kwargs), args)
        except (Exception, SystemExit) as error:
            return Outcome(None, args, type(error).__name__, _line_of(error))


def _line_of(error: BaseException) -> str:
    """The deepest line of the notebook's own code in the traceback: a cell's, never a library's or ours."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "ipykernel_" in f.filename or f.filename[:1] == "<"]
    return (frames[-1].line or "").strip() if frames else ""


def _plain(result: Any) -> Any:
    return np.asarray(result) if isinstance(result, np.generic) else result
