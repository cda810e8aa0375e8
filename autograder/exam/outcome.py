"""One call of an answer: its result or its error, and what became of its arguments. Its printing goes nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from attention_course.answering import quiet
from attention_course.answering.quiet import silence
from autograder.exam.compare import EXACT, NotPlainError, Tolerance, difference

__all__ = ["AnswerElsewhere", "Memory", "Outcome", "call_quietly", "silence"]


class Memory(NamedTuple):
    """Bytes, as seen from outside of a process: what it had taken since it began, and how far it grew for a call."""

    held: int
    grown: int


@dataclass(frozen=True)
class Outcome:
    """What a call did.

    `arguments` are the positional ones and the dict of keyword ones, as the call left them. `error` is the name of
    the exception's type, "" if there was none; `line` the line of the answer that raised it. `memory`
    is that of the answer's process, None where nobody has measured it.
    """

    result: Any
    arguments: list
    error: str = ""
    line: str = ""
    memory: Memory | None = None

    def agrees_with(self, other: Outcome, tolerance: Tolerance) -> bool:
        """Whether both did the same: both raised, or both returned the same and left their inputs the same."""
        if self.error or other.error:
            return bool(self.error) and bool(other.error)
        try:
            same = difference(self.result, other.result, tolerance) is None
            return same and difference(self.arguments, other.arguments, EXACT) is None
        except NotPlainError:  # the other variant returned something no exam would expect
            return False


class AnswerElsewhere:
    """An answer that lives in another process, and is called there."""

    def outcome(
        self, use: Callable | None, args: tuple, kwargs: dict, beside: tuple = (), *, measured: bool = False
    ) -> Outcome:
        """What the answer does there, called directly or by `use(answer, *beside, *args, **kwargs)`.

        Args:
            measured: whether to say what memory the process there takes for it, where that can be had.
        """
        raise NotImplementedError

    def here(self) -> Any:
        """A right version of it in this process, for the reference and the variants, which are called here."""
        raise NotImplementedError


def call_quietly(answer: Callable, args: tuple, kwargs: dict) -> Outcome:
    """Call an answer with everything it prints, shows and warns about kept away from the graded cell."""
    result, error, line = quiet.call(answer, args, kwargs)
    return Outcome(result, [*args, kwargs], error, line)
