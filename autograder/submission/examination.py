"""One submission's examination: the examiner asks, a kernel serves, and each may fail the other."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, from_dict
from nbgrader import utils

from autograder.examiner.client import Examiner, ExaminerError
from autograder.submission.dependence import rests_on
from autograder.submission.ran import Ran
from autograder.submission.running import Kernel
from autograder.submission.twins import Twins
from autograder.submission.watch import GRACE

SERVE = "__import__('attention_course.answering.shim').answering.shim.serve(globals())"
_MOST_PRINTED = 20_000


@dataclass
class Result:
    """What came of one graded cell.

    `ran` has a problem if the kernel failed on the way, and then nothing else counts. `error` is the error output of
    the cell, `broken` says what is wrong with the exam itself, `printed` is what the learner may see of what it said,
    `carry` what goes into a failed answer's place.
    """

    ran: Ran
    error: dict[str, str] = field(default_factory=dict)
    verdict: dict[str, Any] = field(default_factory=dict)
    broken: str = ""
    printed: NotebookNode | None = None
    carry: dict[str, Any] | None = None

    @property
    def passed(self) -> bool:
        return not (self.ran.problem or self.error or self.broken)


class Examination:
    """All graded cells of a submission, in order.

    Args:
        nb: the submission.
        notebook: its name.
        source: nbgrader's source directory.
        seed: draws the inputs of the exams.
        kernels: where the answers live.
    """

    def __init__(self, nb: NotebookNode, notebook: str, source: Path, seed: int, kernels: Twins):
        self._nb, self._kernels = nb, kernels
        self._opening = (notebook, source, seed, _own_lines(nb))
        self._sessions: dict[Kernel, Examiner] = {}

    def close(self) -> None:
        """End the sessions."""
        for kernel in list(self._sessions):
            self._close(kernel)

    def _close(self, kernel: Kernel) -> None:
        """End a kernel's session; its next examination begins another."""
        if kernel in self._sessions:
            self._sessions.pop(kernel).close()

    def _session(self, kernel: Kernel) -> Examiner:
        if kernel not in self._sessions:
            self._sessions[kernel] = Examiner(*self._opening)
        return self._sessions[kernel]

    def examine(self, cell: NotebookNode, text: str, exercise: str, *, hidden: bool = True) -> Result:
        """Examine one graded cell: in the kernel that is seen and, if an earlier failure may be to blame, in its twin.

        Args:
            text: what the examiner runs of it.
            exercise: its name.
            hidden: learners do not see that text, nor what its assertions say.
        """
        if self._kernels.exhausted:
            return Result(Ran(problem="kernel died", alive=False))
        request = {"given": _given(self._nb, cell), "cell": text, "exercise": exercise, "hidden": hidden}
        result = self._examine(self._kernels.seen, request)
        if result.passed or not rests_on(cells_above(self._nb, cell), text, self._kernels.replaced):
            return result
        twin, _ = self._kernels.twin()
        if self._kernels.exhausted:
            return Result(Ran(problem="kernel died", alive=False))
        return replace(self._examine(twin, request), printed=None)

    def _examine(self, kernel: Kernel, request: dict[str, Any]) -> Result:
        left = kernel.limits.examined_until - time.monotonic()
        if left <= 0:
            return Result(Ran(problem="time limit", late=True, begun=False))
        examiner = self._session(kernel)
        patience = min(kernel.limits.wall_seconds, left) + 4 * GRACE
        examiner.examine({**request, "seconds": patience}, *kernel.examined)
        ran = kernel.run(SERVE, silent=True, enough=lambda: examiner.has_replied)
        try:
            reply = None if ran.problem and not examiner.has_replied else examiner.reply(GRACE)
        except ExaminerError as error:  # out of memory or time, at what the kernel has sent
            self._close(kernel)
            self._kernels.replace(kernel)  # nobody knows what is on its connection
            return Result(Ran(), broken=str(error))
        if reply is None or reply["lost"]:
            self._close(kernel)  # it may still be waiting for an answer
            ran.problem = ran.problem or (reply["lost"] if reply else "no answer")
            ran.alive = ran.alive and ran.problem == "time limit"  # else nobody knows what is on the connection
        if not ran.alive:
            self._kernels.replace(kernel)
        if reply is None or reply["lost"]:
            return Result(ran)
        ran.problem, ran.late = "", False
        printed = from_dict({"output_type": "stream", "name": "stdout", "text": reply["printed"][:_MOST_PRINTED]})
        shown = printed if reply["printed"] else None
        return Result(ran, reply["error"] or {}, reply["verdict"], reply["broken"], shown, reply["carry"])

    def go_on(self, exercise: str, result: Result) -> str:
        """Put a right version into a failed answer's place; what the learner is told about that."""
        carry = result.carry or self._session(self._kernels.seen).carry(exercise)
        if carry["names"]:
            self._kernels.put(carry["sources"], carry["names"])
        return carry["sentence"]


def _own_lines(nb: NotebookNode) -> set[str]:
    """The lines of the learner's own cells, as errors quote them."""
    own = [c.source for c in nb.cells if c.cell_type == "code" and not c.metadata.get("nbgrader", {}).get("locked")]
    return {line.strip()[:120] for source in own for line in source.splitlines()}


def cells_above(nb: NotebookNode, cell: NotebookNode) -> list[NotebookNode]:
    """The cells of a notebook above one of them."""
    return list(takewhile(lambda other: other is not cell, nb.cells))


def _given(nb: NotebookNode, cell: NotebookNode) -> list[str]:
    """The given cells above a check."""
    above = [other for other in cells_above(nb, cell) if other.cell_type == "code"]
    return [other.source for other in above if utils.is_locked(other) and not utils.is_grade(other)]
