"""One call of an answer: its result or its error, and what became of its arguments. Its printing goes nowhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, starmap
from typing import Any, NamedTuple

import numpy as np

from attention_course.answering import quiet
from attention_course.answering.quiet import silence
from autograder.exam.compare import EXACT, NotPlainError, Tolerance, difference

__all__ = ["AnswerElsewhere", "Memory", "Outcome", "call_quietly", "silence"]


_MOST = 5000


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

    @property
    def telling(self) -> bool:
        """Whether two answers that have this in common are likely to have it for one reason: several numbers, finite
        and not all the same. An error, a NaN, a yes or a zero can have many."""
        values = list(_numbers(self.result)) if not self.error else []
        return len(values) > 2 and all(map(math.isfinite, values)) and len(set(values)) > 2


def repeats(outcome: Outcome, earlier: Iterable[Outcome]) -> bool:
    """Whether a call has returned what an earlier one did, to the last digit, though they have no argument in common.

    Whoever passes over one argument of several gives the same again where the others are the same. Whole numbers come
    again by themselves: counts, shapes, and ids out of a few.
    """
    if not outcome.telling or all(map(float.is_integer, _numbers(outcome.result))):
        return False
    return any(
        not other.error
        and _same(outcome.result, other.result)
        and not any(starmap(_in_common, zip(outcome.arguments, other.arguments, strict=False)))
        for other in earlier
    )


def _in_common(one: Any, other: Any) -> bool:
    """Whether two arguments are the same, and no small thing that many calls share."""
    if isinstance(one, dict) and isinstance(other, dict):
        return any(_in_common(one[name], other[name]) for name in one.keys() & other.keys())
    return len(list(_numbers(one))) > 2 and _same(one, other)


def _same(one: Any, other: Any) -> bool:
    try:
        return difference(one, other, EXACT) is None
    except NotPlainError:
        return False


def _numbers(result: Any) -> Iterator[float]:
    """Numbers in a result, a few thousand at most."""
    if isinstance(result, (tuple, list)):
        yield from islice(chain.from_iterable(map(_numbers, result)), _MOST)
    elif isinstance(result, dict):
        yield from _numbers(list(result.values()))
    elif isinstance(result, (bool, int, float, np.number)):
        yield float(result)
    elif hasattr(result, "detach"):
        yield from _numbers(result.detach().cpu().to_dense().double().numpy())
    elif isinstance(result, np.ndarray) and result.dtype.kind in "biuf":
        yield from result.ravel()[:_MOST].astype(float).tolist()


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
