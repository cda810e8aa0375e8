"""One exercise as the grader knows it: its exam, the wrong variants with their hints, the right variants.

An exam is data: a list of cases, each an input and the concept it probes. The same cases examine a learner's answer,
prove that right variants pass and wrong ones fail, find which misconception explains a wrong answer, and kill mutants.
Answers meet an exam only through calls with plain data, so that they may live in another process.
"""

from __future__ import annotations

import inspect
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from autograder.exam.case import Case, Failure, WrongVariant
from autograder.exam.compare import EXACT, difference
from autograder.exam.misconception import misconception, remembers
from autograder.exam.outcome import Outcome, silence
from autograder.exam.reference import reference
from autograder.exam.verdict import ExamBrokenError, ExamError, Verdict, announce

SEED_VARIABLE = "ATTENTION_COURSE_SEED"
DEFAULT_SEED = 2026
_MOST_REMEMBERED = 4
_computed: dict[tuple[Exercise, int], dict[Any, Any]] = {}
DIFFERS = ("value", "shape", "nan")
"""Problems of an answer that returned something of the right sort."""


class Exercise:
    """The exam of one exercise and the variants that prove it.

    An exercise may ask for several functions. An answer to it is a dict of functions by name, and in the graded cell
    they are passed in order; a function that the dict leaves out is the reference's.

    Args:
        notebook: the notebook's name, number included.
        name: the exercise's name: the cell's grade_id and, of a single function or value, the name the learner defines.
        cases: called as `cases(rng)`, or `cases(rng, *given)` when the graded cell passes more values; yields Cases.
            It must draw from `rng` alone: it runs afresh for each answer, so nobody's in-place change reaches another.
        functions: the names of the functions, where there are several.
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
        functions: tuple[str, ...] = (),
        reference: Callable | None = None,
        value: bool = False,
        usable: Callable[[Any], bool] = lambda answer: False,
        survivors: dict[str, str] | None = None,
    ):
        self.notebook, self.name, self.functions, self.value, self.usable = notebook, name, functions, value, usable
        self._cases, self.own_reference = cases, reference
        self.survivors = survivors or {}
        self.wrong_variants: list[WrongVariant] = []
        self.right_variants: list[Any] = []

    def wrong(self, hint: str, *, function: str = "") -> Callable[[Callable], Callable]:
        """Decorator: register a misconception with its hint."""

        def register(answer: Callable) -> Callable:
            whole = {function: answer} if function else answer
            self.wrong_variants.append(WrongVariant(answer.__name__, hint, whole, function))
            return answer

        return register

    def right(self, answer: Callable | None = None, *, function: str = "") -> Callable:
        """Decorator: register an independent right variant."""
        if answer is None:
            return lambda named: self.right(named, function=function)
        self.right_variants.append({function: answer} if function else answer)
        return answer

    @cached_property
    def reference(self) -> Any:
        """The right answer; of several functions, a dict of them by name."""
        with silence():  # the given cells that a reference rests on may print and draw
            if self.functions:
                return {function: reference(self.notebook, function) for function in self.functions}
            return self.own_reference or reference(self.notebook, self.name)

    @property
    def nothing_given(self) -> tuple[None, ...]:
        """What a graded cell passes on for a learner who has none of the earlier values."""
        return (None,) * (len(inspect.signature(self._cases).parameters) - 1)

    def cases(self, seed: int, given: tuple = ()) -> Iterator[Case]:
        """The cases of this exam, drawn afresh."""
        yield from self._cases(np.random.default_rng([seed, zlib.crc32(self.name.encode())]), *given)

    def right_results(self, seed: int, given: tuple = ()) -> Iterator[Any]:
        """What is expected in each case. It is remembered for a few seeds, unless it rests on what is given."""
        if given:
            yield from map(self._expected, self.cases(seed, given))
            return
        known = self.remembered(seed).setdefault("right results", [])
        yield from known
        for case in islice(self.cases(seed), len(known), None):
            known.append(self._expected(case))
            yield known[-1]

    def remembered(self, seed: int) -> dict[Any, Any]:
        """What was computed of a seed's cases and does not depend on the answer; of the last few exams."""
        if (self, seed) not in _computed and len(_computed) == _MOST_REMEMBERED:
            del _computed[next(iter(_computed))]
        return _computed.setdefault((self, seed), {})

    def judge(self, answer: Any, *given: Any, seed: int | None = None) -> Verdict:
        """Examine an answer without raising.

        Args:
            answer: the learner's function; for a value exercise, the value; for several functions, a dict of them.
            given: what the graded cell passes on besides, e.g. the learner's own earlier results.
            seed: draws the inputs; by default the recorded one of this grading run.
        """
        seed = int(os.environ.get(SEED_VARIABLE, DEFAULT_SEED)) if seed is None else seed
        called = (lambda *args, **kwargs: answer) if self.value else answer
        failure = self.first_failure(called, seed, given)
        if failure is None:
            return Verdict(self.name, True, seed)
        twin = misconception(self, called, failure, seed, given)
        if twin is None and failure.problem in DIFFERS:
            if not self.value and remembers(self, called, failure, seed, given):
                failure = replace(failure, problem="stale")
            elif self._left_to_chance(called, failure):
                failure = replace(failure, problem="random")
        return Verdict.failed(self.name, seed, failure, twin.function if twin else failure.case.function, twin)

    def first_failure(self, answer: Any, seed: int, given: tuple = ()) -> Failure | None:
        """The first case that an answer does not get right; here the answer to a value exercise is a function too."""
        cases = (self.cases(seed, given) for _ in range(2))  # to call the answer with, and to compare
        met: set[str] = set()
        for case, pristine, right in zip(*cases, self.right_results(seed, given), strict=True):
            function, outcome = self.function(answer, case.function), self.call(answer, case)
            while outcome.memory and (larger := case.enlarged(outcome.memory.held)):
                case, pristine, right = deepcopy(larger), larger, self._expected(larger)
                outcome = self.call(answer, case)
            problem = self.problem(pristine, function, outcome, right)
            if problem == "error" and _is_unwritten(outcome, first=case.function not in met):
                problem = "unwritten"
            if problem:
                return Failure(pristine, outcome, problem, right)
            met.add(case.function)
        return None

    def __call__(self, answer: Any, *more: Any) -> None:
        """The line in a hidden test cell: announce the verdict, raise if it is a bad one.

        Args:
            answer, more: the function, or all the functions of the exercise in order, or the value; then what else
                the cases need.

        Raises:
            ExamError: the answer is not right; the message is the learner's feedback.
            ExamBrokenError: the exam itself failed.
        """
        if self.functions:
            several = (answer, *more)[: len(self.functions)]
            answer, more = dict(zip(self.functions, several, strict=True)), more[len(self.functions) - 1 :]
        try:
            verdict = self.judge(answer, *more)
        except Exception as error:
            raise ExamBrokenError(f"the exam of {self.name} raises {type(error).__name__}: {error}") from error
        announce(verdict)
        if not verdict.passed:
            raise ExamError(verdict.message)

    def function(self, answer: Any, function: str) -> Any:
        """What an answer gives to call in a case."""
        if not function:
            return answer
        return answer[function] if function in answer else self.reference[function]

    def call(self, answer: Any, case: Case) -> Outcome:
        """What an answer does in a case."""
        others = (self.function(answer, name) for name in case.together)
        return replace(case, beside=(*others, *case.beside)).call(self.function(answer, case.function))

    def _expected(self, case: Case) -> Any:
        if case.expected is not ... or case.raises:
            return case.expected() if callable(case.expected) else case.expected
        right = self.call(self.reference, case)
        if right.error:
            raise RuntimeError(f"the reference of {self.name} raises {right.error} for {case.concept}")
        return right.result

    def problem(self, case: Case, function: Any, outcome: Outcome, expected: Any) -> str | None:
        """One word for what is the matter with an outcome, None if nothing is."""
        if not callable(function):
            return "uncallable"
        if outcome.error != case.raises:
            return "error" if outcome.error else "unraised"
        if outcome.error:
            return None
        if difference(outcome.arguments, [*case.args, case.kwargs], EXACT):
            return "mutation"
        problems = [difference(outcome.result, right, case.tolerance) for right in (expected, *case.also)]
        if None in problems:
            return "memory" if outcome.memory and outcome.memory.grown > case.memory else None
        if outcome.result is None or outcome.result is ...:
            return "unwritten" if self.value else "nothing"
        return problems[0]

    def _left_to_chance(self, answer: Any, failure: Failure) -> bool:
        """Whether a second call of the failed case gives something else."""
        again = self.call(answer, deepcopy(failure.case))
        return not failure.outcome.agrees_with(again, failure.case.tolerance)


def _is_unwritten(outcome: Outcome, *, first: bool) -> bool:
    """Whether an answer is the stub that was handed out, or stops at one of its own.

    NotImplementedError is also what PyTorch raises on a device without numbers, at a line of an answer that is there.

    Args:
        first: it is the first case of its function; a stub gets no further.
    """
    return outcome.error == "NotImplementedError" and (first or outcome.line.startswith("raise NotImplementedError"))
