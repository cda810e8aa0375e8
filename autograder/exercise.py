"""One exercise as the grader knows it: its exam, the wrong variants with their hints, the right variants.

An exam is data: a list of cases, each an input and the concept it probes. The same cases examine a learner's answer,
prove that right variants pass and wrong ones fail, find which misconception explains a wrong answer, and kill mutants.
Answers meet an exam only through calls with plain data, so that they may live in another process.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from autograder.compare import FLOAT64, Tolerance, difference
from autograder.outcome import Outcome, call_quietly
from autograder.reference import reference
from autograder.verdict import ExamError, Verdict, announce

SEED_VARIABLE = "ATTENTION_COURSE_SEED"
DEFAULT_SEED = 2026


@dataclass(frozen=True)
class Case:
    """One call of the learner's function.

    Args:
        concept: completes "not right yet for ..."; names the idea and never the input.
        args, kwargs: plain data: arrays, numbers, strings, lists, tuples, dicts, None.
        tolerance: how close the numbers must be.
        expected: the right result; left out, the reference is called.
        also: further results that are right too.
    """

    concept: str
    args: tuple = ()
    kwargs: dict = field(default_factory=dict)
    tolerance: Tolerance = FLOAT64
    expected: Any = ...
    also: tuple = ()


@dataclass(frozen=True)
class WrongVariant:
    """A plausible misconception, and the hint that somebody who holds it needs."""

    name: str
    hint: str
    answer: Callable


class Exercise:
    """The exam of one exercise and the variants that prove it.

    Args:
        notebook: the notebook's id, e.g. "01_attention_from_scratch".
        name: the exercise's name: the cell's grade_id and the name the learner defines.
        cases: called as `cases(rng)`, or `cases(rng, *given)` when the graded cell passes more values; yields Cases.
            It must draw from `rng` alone: it is run afresh for each answer, so nobody's in-place change reaches another.
        reference: the right answer; by default the one in the solutions notebook.
        value: the answer is a value the learner computed, not a function.
        usable: for a value, whether later exercises can go on from this answer although it is wrong.
        survivors: mutants of the reference that no test can kill: {description: why it is equivalent}.
    """

    def __init__(
        self,
        notebook: str,
        name: str,
        cases: Callable[..., Iterable[Case]],
        *,
        reference: Callable | None = None,
        value: bool = False,
        usable: Callable[[Any], bool] = lambda answer: False,
        survivors: dict[str, str] | None = None,
    ):
        self.notebook, self.name, self.value, self.usable = notebook, name, value, usable
        self._cases, self._reference = cases, reference
        self.survivors = survivors or {}
        self.wrong_variants: list[WrongVariant] = []
        self.right_variants: list[Callable] = []

    # -- writing an exam ------------------------------------------------------------------------------------------

    def wrong(self, hint: str) -> Callable[[Callable], Callable]:
        """Decorator: register a misconception with its hint."""

        def register(answer: Callable) -> Callable:
            self.wrong_variants.append(WrongVariant(answer.__name__, hint, answer))
            return answer

        return register

    def right(self, answer: Callable) -> Callable:
        """Decorator: register an independent right variant."""
        self.right_variants.append(answer)
        return answer

    # -- using it -------------------------------------------------------------------------------------------------

    @cached_property
    def reference(self) -> Callable:
        return self._reference or reference(self.notebook, self.name)

    def cases(self, seed: int, given: tuple = ()) -> Iterator[Case]:
        """The cases of this exam, drawn afresh."""
        yield from self._cases(np.random.default_rng([seed, zlib.crc32(self.name.encode())]), *given)

    def run(self, answer: Callable, seed: int, given: tuple = ()) -> list[Outcome]:
        """What the answer does on every case; an error is an outcome too."""
        return [call_quietly(answer, case.args, case.kwargs) for case in self.cases(seed, given)]

    def judge(self, answer: Any, *given: Any, seed: int | None = None) -> Verdict:
        """Examine an answer without raising.

        Args:
            answer: the learner's function (for a value exercise, the value).
            given: what the graded cell passes on besides, e.g. the learner's own earlier results.
            seed: draws the inputs; by default the recorded one of this grading run.
        """
        seed = int(os.environ.get(SEED_VARIABLE, DEFAULT_SEED)) if seed is None else seed
        function = (lambda *args, **kwargs: answer) if self.value else answer
        outcomes = self.run(function, seed, given)
        expected = self._expected(seed, given)
        for case, pristine, outcome, right in zip(
            self.cases(seed, given), self.cases(seed, given), outcomes, expected, strict=True
        ):
            problem = self._problem(pristine, outcome, right)
            if problem:
                twin = self._misconception(outcomes, seed, given)
                return Verdict.failed(self.name, seed, case.concept, problem, outcome, twin)
        return Verdict(self.name, True, seed)

    def __call__(self, answer: Any, *given: Any) -> None:
        """The line in a hidden test cell: announce the verdict, raise if it is a bad one.

        Raises:
            ExamError: the answer is not right; the message is the learner's feedback.
        """
        verdict = self.judge(answer, *given)
        announce(verdict)
        if not verdict.passed:
            raise ExamError(verdict.message)

    # -- the parts ------------------------------------------------------------------------------------------------

    def _expected(self, seed: int, given: tuple) -> list[Any]:
        return [
            self.reference(*case.args, **case.kwargs) if case.expected is ... else case.expected
            for case in self.cases(seed, given)
        ]

    @staticmethod
    def _problem(case: Case, outcome: Outcome, expected: Any) -> str | None:
        if outcome.error:
            return "error"
        if difference(list(outcome.args_after), list(case.args), Tolerance(0, 0)):
            return "changes its input"
        problems = [difference(outcome.result, right, case.tolerance) for right in (expected, *case.also)]
        return None if None in problems else problems[0]

    def _misconception(self, outcomes: list[Outcome], seed: int, given: tuple) -> WrongVariant | None:
        """The one wrong variant that does on every case what the learner's answer did, if there is just one."""
        twins = [
            variant
            for variant in self.wrong_variants
            if all(
                mine.agrees_with(theirs, case.tolerance)
                for mine, theirs, case in zip(
                    outcomes, self.run(variant.answer, seed, given), self.cases(seed, given), strict=True
                )
            )
        ]
        return twins[0] if len(twins) == 1 else None
