"""A cell's limits: it is interrupted when it reaches one, and a kernel that does not care comes to an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from nbclient.exceptions import DeadKernelError

from autograder.submission.messages import own_memory

if TYPE_CHECKING:
    from autograder.submission.running import Kernel

GRACE = 3.0
"""Seconds between an interrupt and the end of a kernel that does not care."""
LOOK = 0.05
"""Seconds between two looks at a cell that takes longer."""
MOST_MEMORY = 512 << 20
"""Bytes by which the grader may grow while a cell runs: the parts of a message without end wait out of sight."""


class Watch:
    """Interrupts a cell at its limit, and ends a kernel that goes on nevertheless.

    Args:
        cpu_seconds: the limit.
        until: when the notebook as a whole has taken too long.
        enough: when this becomes true, the cell has a last moment to end by itself.
    """

    def __init__(self, kernel: Kernel, cpu_seconds: float, until: float, enough: Callable[[], bool]):
        self._kernel, self._limit, self._enough = kernel, cpu_seconds, enough
        self._cpu_before, self._interrupt_at, self._kill_at = -1.0, 0.0, 0.0
        now = time.monotonic()
        self._too_long = now + cpu_seconds * kernel.limits.wall_seconds / kernel.limits.cpu_seconds
        self._until, self._memory = until, own_memory()
        self._next = now + LOOK  # most cells end before the first look, which costs as much as such a cell

    def look(self, *, listening: bool) -> None:
        """Do what is due; called again and again while the cell runs.

        Args:
            listening: messages still arrive; whether the kernel has ended is asked when there are none left.

        Raises:
            DeadKernelError: the kernel has ended.
        """
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + LOOK
        kernel = self._kernel
        if not listening and not kernel._alive():
            raise DeadKernelError("the kernel has ended")
        if own_memory() > self._memory + MOST_MEMORY:
            kernel._ran.problem = "too much output"
            raise DeadKernelError("what the kernel sends fills the grader's memory")
        if self._kill_at:
            if now > self._kill_at:
                raise DeadKernelError("the kernel did not care about the interrupt")
        elif self._interrupt_at:
            self._interrupt_if(now > self._interrupt_at, now)
        elif self._enough():
            self._interrupt_at = now + GRACE
        elif self._is_over(now):
            kernel._ran.problem, kernel._ran.late = "time limit", now > self._until
            self._interrupt_if(True, now)

    def _is_over(self, now: float) -> bool:
        if self._cpu_before < 0:
            self._cpu_before = self._kernel._cpu_seconds()
        return now > min(self._too_long, self._until) or self._kernel._cpu_seconds() - self._cpu_before > self._limit

    def _interrupt_if(self, due: bool, now: float) -> None:
        if due:
            self._kernel._interrupt()
            self._kill_at = now + GRACE
