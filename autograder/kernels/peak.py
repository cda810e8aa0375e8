"""The most memory that a kernel has had at one moment, read from outside, where nothing that it runs can bend it.

A kernel's control group knows it of all the kernel's processes together. Where there are no groups, Linux knows it of
the kernel's own process. Elsewhere than on Linux nobody does.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Sequence

from autograder.kernels.cpu import children

GROUP_PEAKS = ("memory.max_usage_in_bytes", "memory.peak")
"""A control group's file with its peak: of version 1, and of version 2, where it can be reset since Linux 6.12."""
_MOST = 1 << 14
"""Characters that are read of a file; /proc/PID/status has some 1500."""


class Peak:
    """A kernel's peak, by descriptors, which can be handed to another process.

    Args:
        descriptors: a control group's file, to read and to write; or /proc/PID/status to read and /proc/PID/clear_refs
            to write. They are closed by `close`.
        born: the bytes in use when the kernel was ready.
    """

    def __init__(self, descriptors: Sequence[int], born: int = 0):
        self.descriptors, self.born = tuple(descriptors), born

    def restart(self) -> int:
        """Forget the peak until now; the bytes that are in use.

        Raises:
            OSError: the kernel has ended, or the system refuses.
        """
        os.pwrite(self.descriptors[-1], b"5", 0)  # clear_refs takes 5 for the peak (proc_pid_clear_refs(5)), groups all
        return self.bytes()

    def bytes(self) -> int:
        """The most since the last restart.

        Raises:
            OSError: the kernel has ended.
        """
        text = os.pread(self.descriptors[0], _MOST, 0).decode(errors="replace")
        if len(self.descriptors) == 1:
            return int(text)
        found = re.search(r"^VmHWM:\s+(\d+) kB", text, re.MULTILINE)  # a learner's name for the process comes before
        if found is None:
            raise ProcessLookupError("the process has no memory any more")
        return int(found[1]) * 1024

    def close(self) -> None:
        """Close the descriptors."""
        for descriptor in self.descriptors:
            os.close(descriptor)


def of_kernel(pid: int, group: str, *, guarded: bool) -> Peak | None:
    """The peak of a kernel that has just been started; None where it cannot be had.

    Args:
        pid: its process, or the guard's.
        group: the file of its control group (see GROUP_PEAKS), "" if there is none.
        guarded: whether `pid` is a guard's, whose first child is the kernel.
    """
    if sys.platform != "linux":
        return None
    if group and (peak := _opened((group, os.O_RDWR))):
        return peak
    with contextlib.suppress(IndexError):
        process = f"/proc/{children(pid)[0] if guarded else pid}"
        return _opened((f"{process}/status", os.O_RDONLY), (f"{process}/clear_refs", os.O_WRONLY))
    return None


def _opened(*files: tuple[str, int]) -> Peak | None:
    """The peak that these files tell, if they can be opened and used."""
    peak = Peak(())
    try:
        for file, how in files:
            peak.descriptors += (os.open(file, how | os.O_CLOEXEC),)
        peak.born = peak.restart()
    except (OSError, ValueError):
        peak.close()
        return None
    return peak
