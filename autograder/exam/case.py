"""What an exam is made of: cases, wrong variants, and how an answer failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from autograder.exam.compare import FLOAT32, Tolerance
from autograder.exam.outcome import AnswerElsewhere, Outcome, call_quietly, silence


@dataclass(frozen=True)
class Case:
    """One call of the learner's function.

    Args:
        concept: completes "not right yet for ..."; names the idea and never the input.
        args, kwargs: plain data: arrays, tensors, numbers, strings, lists, tuples, dicts, None.
        tolerance: how close the numbers must be.
        expected: the right result, or a function without arguments that makes it, for one that takes long: cases are
            drawn several times, and it is called once. Left out, the reference is called.
        also: further results that are right too.
        raises: the name of the built-in exception that the call must raise instead.
        function: which function of an exercise of several is called.
        use: how the case uses the answer, where one call does not say it: `use(answer, *args, **kwargs)` makes an
            object of a class, say, loads its state, calls it, and returns plain data. It lives in
            `attention_course.probes`, because it runs where the answer runs: it knows nothing worth hiding and judges
            nothing.
        beside: what else of the learner's the use needs, such as a class that the graded cell passes on; it is called
            as `use(answer, *beside, *args, **kwargs)`.
        together: the names of other functions of the exercise that the use needs, such as the class that a loader
            fills; the answer's own come before what is `beside`.
        read: what is compared of the result, where that is not the result itself: `read(result)` sees it on the
            grader's side. A result that it cannot read is compared as it is.
        memory: the most bytes by which the call may make the answer's process grow; 0 for as many as it likes. It is
            measured from outside, where the answer lives in another process that can be looked at, and else not at
            all. Earlier cases must have called the function, so that nothing is counted that only a first call needs.
        enlarged: of a case with `memory`: `enlarged(held)` is a case that no answer can get right with so many bytes
            that its process had before, and could use again unseen; None if this one is large enough.
    """

    concept: str
    args: tuple = ()
    kwargs: dict = field(default_factory=dict)
    tolerance: Tolerance = FLOAT32
    expected: Any = ...
    also: tuple = ()
    raises: str = ""
    function: str = ""
    use: Callable[..., Any] | None = None
    beside: tuple = ()
    together: tuple[str, ...] = ()
    read: Callable[[Any], Any] | None = None
    memory: int = 0
    enlarged: Callable[[int], Case | None] = lambda held: None

    @property
    def functions(self) -> set[str]:
        """Which functions of an exercise of several take part."""
        return {self.function, *self.together}

    def call(self, answer: Callable) -> Outcome:
        """What an answer does in this case."""
        if isinstance(answer, AnswerElsewhere):
            outcome = answer.outcome(self.use, self.args, self.kwargs, self.beside, measured=self.memory > 0)
        else:
            beside = [other.here() if isinstance(other, AnswerElsewhere) else other for other in self.beside]
            called = answer if self.use is None else partial(self.use, answer, *beside)
            outcome = call_quietly(called, self.args, self.kwargs)
        if self.read is None or outcome.error:
            return outcome
        with suppress(Exception), silence():  # whatever a learner returns, it is no error of the exam's
            return replace(outcome, result=self.read(outcome.result))
        return outcome


def in_any_order(rng: np.random.Generator, first: Case, others: Iterable[Case]) -> Iterator[Case]:
    """The first case, then the others in an order of their own, so that no list of answers fits them.

    Where there are few possible results, as True and False, let a coin decide on those of twenty cases besides: then
    one list in a million fits.
    """
    yield first
    others = list(others)
    yield from (others[place] for place in rng.permutation(len(others)))


@dataclass(frozen=True)
class WrongVariant:
    """A plausible misconception, and the hint that somebody who holds it needs.

    `answer` is what `Exercise.judge` takes. `function` says which function of an exercise of several has gone wrong.
    """

    name: str
    hint: str
    answer: Any
    function: str = ""


@dataclass(frozen=True)
class Failure:
    """A case that an answer does not get right, what the answer did there, what is the matter with that, and what was
    expected."""

    case: Case
    outcome: Outcome
    problem: str
    expected: Any = None
