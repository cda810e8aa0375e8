"""One submission's examination: the examiner asks, the kernel serves, and each may fail the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils

from autograder.examiner.client import Examiner
from autograder.running import GRACE, Ran
from autograder.twins import Twins

SERVE = "__import__('attention_course.answering.shim').answering.shim.serve(globals())"
STAND_IN = "__import__('attention_course.answering.shim').answering.shim.stand_in(globals(), {sources!r}, {names!r})"
_MOST_PRINTED = 20_000


@dataclass
class Result:
    """What came of one graded cell.

    `ran` has a problem if the kernel failed on the way, and then nothing else counts. `error` is the error output of
    the cell, `broken` says what is wrong with the exam itself, `carry` what goes into a failed answer's place.
    """

    ran: Ran
    error: dict[str, str] = field(default_factory=dict)
    verdict: dict[str, Any] = field(default_factory=dict)
    broken: str = ""
    printed: NotebookNode | None = None
    carry: dict[str, Any] | None = None


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
        self._examiner: Examiner | None = None

    def close(self) -> None:
        """End the session; the next examination begins another."""
        if self._examiner:
            self._examiner.close()
        self._examiner = None

    def _session(self) -> Examiner:
        if self._examiner is None:
            self._examiner = Examiner(*self._opening)
        return self._examiner

    def examine(self, text: str, exercise: str) -> Result:
        """Examine one graded cell.

        Args:
            text: what the examiner runs of it.
            exercise: its name.
        """
        if self._kernels.exhausted:
            return Result(Ran(problem="kernel died", alive=False))
        kernel, examiner = self._kernels.examined, self._session()
        patience = kernel.limits.wall_seconds + 4 * GRACE
        request = {"given": _given(self._nb, exercise), "cell": text, "exercise": exercise, "seconds": patience}
        examiner.examine(request, kernel.answers)
        ran = kernel.run(SERVE, silent=True, enough=lambda: examiner.has_replied)
        reply = None if ran.problem and not examiner.has_replied else examiner.reply(GRACE)
        if reply is None or reply["lost"]:
            self.close()  # it may still be waiting for an answer
            ran.problem = ran.problem or (reply["lost"] if reply else "no answer")
            ran.alive = ran.alive and ran.problem == "time limit"  # else nobody knows what is on the connection
        if not ran.alive:
            self._kernels.replace(kernel)
        if reply is None or reply["lost"]:
            return Result(ran)
        ran.problem = ""
        printed = new_output("stream", name="stdout", text=reply["printed"][:_MOST_PRINTED])
        shown = printed if reply["printed"] else None
        return Result(ran, reply["error"] or {}, reply["verdict"], reply["broken"], shown, reply["carry"])

    def go_on(self, exercise: str, result: Result) -> str:
        """Put a right version into a failed answer's place; what the learner is told about that."""
        carry = result.carry or self._session().carry(exercise)
        if carry["names"]:
            self._kernels.part()
            self._kernels.put(STAND_IN.format(**carry))
        return carry["sentence"]


def _own_lines(nb: NotebookNode) -> set[str]:
    """The lines of the learner's own cells, as errors quote them."""
    own = [c.source for c in nb.cells if c.cell_type == "code" and not c.metadata.get("nbgrader", {}).get("locked")]
    return {line.strip()[:120] for source in own for line in source.splitlines()}


def _given(nb: NotebookNode, exercise: str) -> list[str]:
    """The given cells above the check of an exercise."""
    texts = []
    for cell in nb.cells:
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("grade_id", "").removeprefix("check_") == exercise and marks.get("grade"):
            break
        if cell.cell_type == "code" and utils.is_locked(cell) and not utils.is_grade(cell):
            texts.append(cell.source)
    return texts
