"""The kernel a learner sees and, where an earlier failure could be to blame for a later one, its twin.

The twin runs the same cells and has a right version in the place of each failed answer, so that one error costs once.
It is started when it is first needed, catches up, and waits until it is needed again. Nothing that it prints or shows
is kept: a learner's code in it could read the right version.
"""

from __future__ import annotations

import marshal
from collections.abc import Collection
from typing import Any

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode

from autograder.kernels import IsolationError
from autograder.submission.ran import Limits, Ran
from autograder.submission.running import Kernel

STAND_IN = "__import__('attention_course.answering.shim').answering.shim.stand_in(globals(), {cells!r}, {names!r})"
AGAIN = "__import__('attention_course.answering.shim').answering.shim.run_again({sources!r})"
_SHORT = 2.0
"""CPU seconds for running again a cell that was interrupted: what it defines before its endless loop is wanted."""


def sealed(sources: list[str]) -> list[bytes]:
    """Cells of the grader's, compiled: what a kernel can run and show nobody, without a line of text or docstring."""
    return [marshal.dumps(compile(text, "<right version>", "exec", dont_inherit=True, optimize=2)) for text in sources]


class Twins:
    """Both kernels of a submission.

    Args:
        restarts: kernels that the submission may end.
        options: traits of the kernels' clients.
        folder: where the kernels work, if they are not shut in.
        figures: whether the course's own figures are drawn for the learner; nobody looks at the twin's.
        files: whether kernels that are shut in find copies of the folder's files.
    """

    def __init__(
        self,
        limits: Limits,
        restarts: int,
        options: dict[str, Any],
        folder: str | None,
        *,
        figures: bool = False,
        files: bool = False,
    ):
        self._limits, self._left, self._folder = limits, restarts, folder
        self._options = {"files": files, **options}
        self.seen = self._kernel(figures=figures)
        """The kernel that the learner sees."""
        self.replaced: set[str] = set()
        """The names that mean something else in the twin."""
        self._twin: Kernel | None = None
        self._script: list[tuple[str, float]] = []
        """What the twin is still to run: cells and right versions in their order, with limits in CPU seconds."""
        self.language: NotebookNode = NotebookNode()

    def _kernel(self, *, figures: bool = False) -> Kernel:
        return Kernel(self._limits, self._folder, figures=figures, **self._options)

    def start(self) -> None:
        _start(self.seen)
        self.language = self.seen.language

    def stop(self) -> None:
        self.seen.stop()
        if self._twin:
            self._twin.stop()

    @property
    def exhausted(self) -> bool:
        """Whether the submission has ended more kernels than it may."""
        return self._left < 0

    def run(self, source: str, *, examined: bool = False) -> Ran:
        """Run a cell in the kernel that is seen; the twin does so when it catches up.

        Args:
            examined: it belongs to an exam, which has time of its own.
        """
        ran = self._run(self.seen, source, until=None if examined else self._limits.until)
        if ran.alive and ran.begun:
            self._script.append(self.seen.harmless[-1])
        return ran

    def put(self, sources: list[str], names: Collection[str]) -> None:
        """Give some names another meaning in the twin, by the grader's own cells, from this point on."""
        source = STAND_IN.format(cells=sealed(sources), names=list(names))
        self._script.append((source, self._limits.cpu_seconds))
        self.replaced.update(names)

    def twin(self) -> tuple[Kernel, Ran]:
        """The twin, with all that has been run so far, and what it makes of the last cell."""
        if self._twin is None:
            self._twin = self._kernel()
            if not self.exhausted:
                self._start_again(self._twin)
        missed, self._script = self._script, []
        self._run_together(self._twin, missed[:-1])
        ran = Ran()
        for source, cpu_seconds in missed[-1:]:
            ran = self._run(self._twin, source, silent=True, cpu_seconds=cpu_seconds)
        return self._twin, ran

    def _run_together(self, kernel: Kernel, cells: list[tuple[str, float]]) -> None:
        """Run cells: all at once if that goes well, which saves nearly all of the time, else one by one."""
        if not cells or self.exhausted:
            return
        sources = [source for source, _ in cells]
        endless = any(limit <= _SHORT for _, limit in cells)
        if not endless and not any("await" in source for source in sources):  # those need the kernel's own loop
            ran = kernel.run(AGAIN.format(sources=sources), silent=True)
            if ran.alive and not ran.problem and not ran.asked_to_exit:
                kernel.harmless += cells
                return
            self.replace(kernel)
        for source, cpu_seconds in cells:
            self._run(kernel, source, silent=True, cpu_seconds=cpu_seconds)

    def _run(
        self,
        kernel: Kernel,
        source: str,
        *,
        silent: bool = False,
        cpu_seconds: float | None = None,
        until: float | None = None,
    ) -> Ran:
        if self.exhausted:
            return Ran(problem="kernel died", alive=False)
        ran = kernel.run(source, silent=silent, cpu_seconds=cpu_seconds, until=until)
        if not ran.begun:
            return ran
        if ran.asked_to_exit:
            ran.problem, ran.alive = "kernel died", False
        if ran.alive:
            kernel.harmless.append((source, _SHORT if ran.problem else cpu_seconds or self._limits.cpu_seconds))
        else:
            self.replace(kernel)
        return ran

    def replace(self, kernel: Kernel) -> None:
        """Put a new kernel, in the same state, in the place of one that is lost."""
        self._left -= 1
        if self.exhausted:
            return
        kernel.stop()
        self._start_again(kernel)

    def _start_again(self, kernel: Kernel) -> None:
        try:
            _start(kernel)
        except DeadKernelError:
            self._left = -1


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
