"""What this machine can do to shut a kernel in: each feature tried for real, one line each."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.kernels import IsolationError, isolation, landlock, linux, reason
from autograder.kernels.cgroups import Cgroups
from autograder.kernels.layout import course_layout
from autograder.kernels.limits import Limits
from autograder.kernels.syscalls import system_call_filter

_NAMESPACES = {
    "mounts": linux.NEW_MOUNT,
    "processes": linux.NEW_PID,
    "network": linux.NEW_NET,
    "shared memory and queues": linux.NEW_IPC,
    "host name": linux.NEW_UTS,
}
_SWITCHES = {
    "kernel/unprivileged_userns_clone": "0",
    "kernel/apparmor_restrict_unprivileged_userns": "1",
    "user/max_user_namespaces": "0",
}
"""Settings in /proc/sys with the value that forbids user namespaces to ordinary users."""


@dataclass(frozen=True)
class Finding:
    """One feature of the machine."""

    name: str
    problem: str = ""
    """Why it is missing; empty when it is there."""
    needed: bool = True
    """Without it, kernels are not isolated; else isolation is weaker, as `problem` says."""


def examine() -> list[Finding]:
    """Try every feature. The last is all of them together, and it decides."""
    if sys.platform != "linux":
        return [Finding("isolation", f"there is none for {sys.platform}; only Linux has what it takes")]
    return [
        _account(),
        *(_tried(f"a namespace of its own: {name}", _namespace(flag)) for name, flag in _NAMESPACES.items()),
        _tried("a filter of system calls (libseccomp)", _filter),
        _landlock(),
        _cgroups(),
        _tried("a sandbox of all these, with a private root", _sandbox),
    ]


def possible(findings: list[Finding]) -> bool:
    """Whether kernels can be isolated here."""
    return not any(finding.problem for finding in findings if finding.needed)


def report(findings: list[Finding]) -> Iterator[str]:
    """One line for each finding, and the verdict."""
    for finding in findings:
        word = "yes" if not finding.problem else "no " if finding.needed else "   "
        yield f"{word}  {finding.name}" + (f": {finding.problem}" if finding.problem else "")
    if possible(findings):
        yield "isolation: full is possible on this machine"
    else:
        yield "isolation: only none is possible on this machine; read docs/security.md before you use --isolation none"


def _account() -> Finding:
    if os.geteuid() == 0:
        return _tried("a user of its own for each kernel", lambda: _in_child(_change_user))
    name = "user namespaces for ordinary users"
    found = _tried(name, _namespace(0))
    switches = [f"{key.replace('/', '.')}={value}" for key, value in _SWITCHES.items() if _setting(key) == value]
    if found.problem and switches:
        return Finding(name, f"{found.problem}; switched off by {', '.join(switches)}")
    return found


def _landlock() -> Finding:
    weaker = "Linux 5.19 with it is missing; kernels may alter which of them Linux ends first when memory runs out"
    return Finding("nothing to write in /proc (Landlock)", "" if landlock.possible() else weaker, needed=False)


def _cgroups() -> Finding:
    groups = Cgroups(Limits())
    with contextlib.closing(groups):
        weaker = "this user may not make them here; memory and processes are limited for each process, not in sum"
        return Finding("control groups for memory and processes", "" if groups else weaker, needed=False)


def _tried(name: str, attempt: Callable[[], None]) -> Finding:
    try:
        attempt()
    except (OSError, IsolationError) as error:
        return Finding(name, reason(error))
    return Finding(name)


def _namespace(flag: int) -> Callable[[], None]:
    def attempt() -> None:
        _library_or_error()
        user = 0 if flag and os.geteuid() == 0 else linux.NEW_USER
        pid = linux.clone(flag | user)
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)

    return attempt


def _library_or_error() -> None:
    system_call_filter()  # our system calls' numbers come from the same library


def _change_user() -> None:
    os.setgroups([])
    os.setresuid(*[isolation.account(0)] * 3)


def _filter() -> None:
    filter_ = system_call_filter()
    _in_child(filter_.load)


def _in_child(attempt: Callable[[], None]) -> None:
    """Try in a process that is given up afterwards.

    Raises:
        OSError: it failed.
    """
    pid = os.fork()
    if pid == 0:
        code = 1
        with contextlib.suppress(BaseException):
            attempt()
            code = 0
        os._exit(code)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise OSError("the machine refuses it")


def _sandbox() -> None:
    """Start a process in the sandbox that a kernel would get.

    Raises:
        IsolationError: it does not come up; the message says why.
    """
    with tempfile.TemporaryDirectory() as folder:
        base, meeting = Path(folder, "root"), Path(folder, "meeting")
        base.mkdir()
        meeting.mkdir()
        place = isolation.Sandbox(course_layout(), Limits(), base, meeting, isolation.account(0))
        pid, status = isolation.start(lambda ready: ready(), place)
        with open(status, "rb") as pipe:
            said = pipe.read()
        os.waitpid(pid, 0)
    if said != isolation.READY:
        lines = said.decode(errors="replace").strip().splitlines()
        raise IsolationError(lines[-1] if lines else "the process ended at once")


def _setting(name: str) -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys", name).read_text().strip()
    return ""
