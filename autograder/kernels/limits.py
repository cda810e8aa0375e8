"""How much of the machine one kernel may use."""

from __future__ import annotations

import resource
from dataclasses import dataclass

MEBIBYTE = 2**20


@dataclass(frozen=True)
class Limits:
    """Limits of one kernel; sizes in bytes. Generous for every notebook of the course, small for a machine."""

    memory: int = 3 * 1024 * MEBIBYTE
    """What a kernel may allocate beyond what it is born with; of all its processes together where cgroups allow it."""
    processes: int = 64
    """Processes and threads at once."""
    file: int = 256 * MEBIBYTE
    """The longest file."""
    scratch: int = 512 * MEBIBYTE
    """All files in each of /home/learner, /tmp and /dev/shm."""
    open_files: int = 1024
    cpu_seconds: int = 3600
    """CPU time of one process in its whole life: a stop behind the time limit that the grader sets for a cell."""

    def apply(self) -> None:
        """Bind the calling process and its descendants, for good."""
        mapped, private = _mapped_bytes()
        for kind, value in (
            (resource.RLIMIT_DATA, private + self.memory),
            # every thread reserves some hundred megabytes that it never uses; shared memory counts only here
            (resource.RLIMIT_AS, mapped + 2 * self.memory),
            (resource.RLIMIT_NPROC, self.processes),
            (resource.RLIMIT_FSIZE, self.file),
            (resource.RLIMIT_NOFILE, self.open_files),
            (resource.RLIMIT_CPU, self.cpu_seconds),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_MSGQUEUE, 0),  # memory that no other limit counts
        ):
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))


def _mapped_bytes() -> tuple[int, int]:
    """What the calling process has mapped, libraries included, and its private data (proc_pid_statm(5))."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        pages = [int(number) for number in statm.read().split()]
    return pages[0] * resource.getpagesize(), pages[5] * resource.getpagesize()
