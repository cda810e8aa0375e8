"""The CPU time of a kernel and of all that it started, read from outside."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def tree_cpu_seconds(pid: int) -> float:
    """Seconds of CPU time, user and system, of a process, its living descendants and those that they waited for.

    What a process does not wait for is counted by whoever inherits it, in a sandbox its guard. Resolution 10 ms.

    Raises:
        ProcessLookupError: there is no such process.
    """
    total = _own_seconds(pid)
    for child in _children(pid):
        with contextlib.suppress(ProcessLookupError):  # ended meanwhile: its parent has it
            total += tree_cpu_seconds(child)
    return total


def _own_seconds(pid: int) -> float:
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        raise ProcessLookupError(pid) from None
    fields = text.rpartition(")")[2].split()  # the name before the bracket may hold spaces
    return sum(map(int, fields[11:15])) / _TICKS  # utime, stime, cutime, cstime of proc_pid_stat(5)


def _children(pid: int) -> list[int]:
    """Direct children; any thread of a process may have started one."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in (_PROC / str(pid) / "task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (thread / "children").read_text().split())
    return found
