"""The kernel a learner sees and, from the first failed exam on, its twin that exams meet.

The twin has run the same cells and has a right version in the place of each failed answer, so that one error costs
once. Nothing that it prints or shows is kept: a learner's code in it could read the right version.
"""

from __future__ import annotations

from typing import Any

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode

from autograder.kernels import IsolationError
from autograder.running import Kernel, Limits, Ran

_SHORT = 2.0
"""CPU seconds for running again a cell that was interrupted: what it defines before its endless loop is wanted."""


class Twins:
    """Both kernels of a submission; one and the same while nothing has failed.

    Args:
        restarts: kernels that the submission may end.
        options: traits of the kernels' clients.
        folder: where the kernels work, if they are not shut in.
        figures: whether the course's own figures are drawn for the learner; nobody looks at the twin's.
    """

    def __init__(
        self, limits: Limits, restarts: int, options: dict[str, Any], folder: str | None, *, figures: bool = False
    ):
        self._limits, self._left, self._options, self._folder = limits, restarts, options, folder
        self._seen = self._examined = self._kernel(figures=figures)
        self.language: NotebookNode = NotebookNode()

    def _kernel(self, *, figures: bool = False) -> Kernel:
        return Kernel(self._limits, self._folder, figures=figures, **self._options)

    def start(self) -> None:
        _start(self._seen)
        self.language = self._seen.language

    def stop(self) -> None:
        for kernel in {self._seen, self._examined}:
            kernel.stop()

    @property
    def apart(self) -> bool:
        """Whether exams meet another kernel than the learner sees."""
        return self._seen is not self._examined

    @property
    def exhausted(self) -> bool:
        """Whether the submission has ended more kernels than it may."""
        return self._left < 0

    @property
    def examined(self) -> Kernel:
        """The kernel that exams meet."""
        return self._examined

    def run(self, source: str, *, judge_errors_only: bool = False) -> tuple[Ran, Ran]:
        """Run a cell in both.

        Args:
            judge_errors_only: leave the examined kernel out where the cell does well in the other.

        Returns:
            (what the learner sees, what counts)
        """
        ran = self._run(self._seen, source)
        if not self.apart or not ran.alive or (judge_errors_only and not ran.error and not ran.problem):
            return ran, ran
        return ran, self._run(self._examined, source, silent=True)

    def _run(self, kernel: Kernel, source: str, *, silent: bool = False) -> Ran:
        if self.exhausted:
            return Ran(problem="kernel died", alive=False)
        ran = kernel.run(source, silent=silent)
        if ran.asked_to_exit:
            ran.problem, ran.alive = "kernel died", False
        if ran.alive:
            kernel.harmless.append((source, _SHORT if ran.problem else self._limits.cpu_seconds))
        else:
            self.replace(kernel)
        return ran

    def replace(self, kernel: Kernel) -> None:
        """Put a new kernel, in the same state, in the place of one that is lost."""
        self._left -= 1
        if self.exhausted:
            return
        kernel.stop()
        try:
            _start(kernel)
        except DeadKernelError:
            self._left = -1

    def part(self) -> None:
        """Let exams meet a kernel of their own from now on, if they do not already."""
        if self.apart or self.exhausted:
            return
        self._examined = self._kernel()
        self._examined.harmless = list(self._seen.harmless)
        try:
            _start(self._examined)
        except DeadKernelError:
            self._left = -1

    def put(self, source: str) -> None:
        """Run the grader's own text in the examined kernel, also whenever it is replaced."""
        self._run(self._examined, source, silent=True)


def _start(kernel: Kernel) -> None:
    """Start a kernel, and start another if it dies meanwhile: that may be the machine's fault, out of memory perhaps.

    Raises:
        DeadKernelError: the second has died too.
        IsolationError: the second could not be shut in either.
    """
    for attempt in (1, 2):
        try:
            return kernel.start()
        except RuntimeError as error:  # IsolationError, and as nbclient and jupyter_client say it
            kernel.stop()
            if attempt == 2 and isinstance(error, IsolationError):
                raise
            if attempt == 2:
                raise DeadKernelError(str(error)) from error
