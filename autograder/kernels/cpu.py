"""The CPU time of a kernel and of all that it started, read from outside."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


METERS = ("cpuacct.usage", "cpu.stat")
"""A control group's file with the CPU time of all that ever ran in it: of version 1, and of version 2."""


def group_cpu_seconds(file: str) -> float:
    """Seconds of CPU time of all processes that a control group has or had, whoever waited for them or did not.

    Args:
        file: its cpuacct.usage (nanoseconds) or cpu.stat (usage_usec ...).

    Raises:
        OSError: there is no such group.
    """
    text = Path(file).read_text()
    if file.endswith("cpu.stat"):
        return int(re.findall(r"usage_usec (\d+)", text)[0]) / 1e6
    return int(text) / 1e9


class TreeMeter:
    """The CPU time of a process and of what it starts, where there are no control groups.

    A child that nobody waits for, because its parent ignores SIGCHLD, takes its time along. What was seen of it while
    it lived is kept here; the shorter it lives the less that is, and the grader's clock has the last word.
    """

    def __init__(self, pid: int):
        self.pid = pid
        self._seen: dict[tuple[int, str], float] = {}

    def seconds(self) -> float:
        """Until now, of what is known. Each look adds to what is known.

        Raises:
            ProcessLookupError: the process has ended.
        """
        self._look(self.pid)
        return max(tree_cpu_seconds(self.pid), sum(self._seen.values()))

    def _look(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            fields = _fields(pid)
            self._seen[pid, fields[19]] = sum(map(int, fields[11:13])) / _TICKS
            for child in children(pid):
                self._look(child)


def tree_cpu_seconds(pid: int) -> float:
    """Seconds of CPU time, user and system, of a process, its living descendants and those that they waited for.

    What a process does not wait for is counted by whoever inherits it, in a sandbox its guard. Resolution 10 ms.

    Raises:
        ProcessLookupError: there is no such process.
    """
    total = _own_seconds(pid)
    for child in children(pid):
        with contextlib.suppress(ProcessLookupError):  # ended meanwhile: its parent has it
            total += tree_cpu_seconds(child)
    return total


def _own_seconds(pid: int) -> float:
    return sum(map(int, _fields(pid)[11:15])) / _TICKS  # utime, stime, cutime, cstime of proc_pid_stat(5)


def _fields(pid: int) -> list[str]:
    """What Linux says of a process, from its state on; number 19 is when it started."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        raise ProcessLookupError(pid) from None
    return text.rpartition(")")[2].split()  # the name before the bracket may hold spaces


def children(pid: int) -> list[int]:
    """Direct children; any thread of a process may have started one."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in (_PROC / str(pid) / "task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (thread / "children").read_text().split())
    return found
