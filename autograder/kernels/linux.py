"""The few system calls that isolation needs and that Python 3.11 does not offer.

Flags and structures are those of Linux's headers sched.h, mount.h, prctl.h and capability.h in include/uapi/linux.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
from functools import lru_cache
from pathlib import Path

NEW_MOUNT, NEW_UTS, NEW_IPC, NEW_USER, NEW_PID, NEW_NET = (
    0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
NO_SUID, NO_DEV, NO_EXEC, BIND, RECURSIVE, PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
DETACH = 2

_READ_ONLY, _ATTR_NO_SUID, _ATTR_NO_DEV = 1, 2, 4
_SYMLINK_NO_FOLLOW, _AT_RECURSIVE = 0x100, 0x8000
_DEATH_SIGNAL, _DUMPABLE, _DROP_BOUND, _NO_NEW_PRIVILEGES = 1, 4, 24, 38
_CAPABILITY_VERSION = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)
_libc_with_gil = ctypes.PyDLL(None, use_errno=True)


def _check(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


_SAME_EVERYWHERE = {"landlock_create_ruleset": 444, "landlock_add_rule": 445, "landlock_restrict_self": 446}
"""Numbers of system calls that a libseccomp may not have heard of, on all architectures."""


@lru_cache
def _number(name: str) -> int:
    """A system call's number on this machine's architecture."""
    if name in _SAME_EVERYWHERE:
        return _SAME_EVERYWHERE[name]
    import pyseccomp

    return pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)


def call(name: str, *arguments: int | bytes | None) -> int:
    """A system call by its name.

    Raises:
        OSError: Linux refuses it.
    """
    values = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return _check(_libc.syscall(ctypes.c_long(_number(name)), *values), name)


def clone(namespaces: int) -> int:
    """os.fork, with the child in new namespaces.

    The C library's fork handlers do not run in the child, which must therefore not run a learner's code itself but fork
    once more in the ordinary way. The GIL is held throughout, as in os.fork.

    Returns:
        0 in the child; in the parent, the child's process id.

    Raises:
        OSError: the kernel refuses one of the namespaces.
    """
    number = ctypes.c_long(_number("clone"))
    flags = ctypes.c_long(namespaces | signal.SIGCHLD)
    zero = ctypes.c_long(0)
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = _libc_with_gil.syscall(number, flags, zero, zero, zero, zero)
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    return _check(pid, "clone into new namespaces")


def mount(source: str, target: str | Path, kind: str = "", flags: int = 0, options: str = "") -> None:
    """mount(2)."""
    result = _libc.mount(
        source.encode(), os.fsencode(target), kind.encode() or None, ctypes.c_ulong(flags), options.encode() or None
    )
    _check(result, f"mount {target}")


def make_read_only(target: str | Path, *, recursive: bool = False, devices: bool = False) -> None:
    """mount_setattr(2), Linux 5.12: read-only, without set-user-id programs and device files.

    Args:
        recursive: also what is mounted below.
        devices: leave device files usable.
    """
    attributes = _READ_ONLY | _ATTR_NO_SUID | (0 if devices else _ATTR_NO_DEV)
    structure = struct.pack("=QQQQ", attributes, 0, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    call("mount_setattr", -100, os.fsencode(target), flags | _SYMLINK_NO_FOLLOW, structure, len(structure))


def unmount(target: str | Path) -> None:
    """umount2(2), at once, even where it is in use."""
    _check(_libc.umount2(os.fsencode(target), DETACH), f"unmount {target}")


def pivot_root(root: Path) -> None:
    """Make a folder the root of everything, and let go of the old root (pivot_root(2), its last example)."""
    os.chdir(root)
    call("pivot_root", b".", b".")
    unmount(".")
    os.chdir("/")


def set_host_name(name: str) -> None:
    _check(_libc.sethostname(name.encode(), len(name)), "sethostname")


def die_with_parent() -> None:
    """Be killed when the parent ends. The kernel forgets it at a change of user, so call it again after one."""
    _check(_libc.prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0), "prctl")


def set_dumpable(value: bool) -> None:
    """Whether other processes of the same user may look into this one through /proc."""
    _check(_libc.prctl(_DUMPABLE, int(value), 0, 0, 0), "prctl")


def forbid_new_privileges() -> None:
    """Programs started from here gain nothing from set-user-id bits or file capabilities."""
    _check(_libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "prctl")


def drop_bounding_capabilities() -> None:
    """Nothing started from here can have a capability again."""
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
    for capability in range(last + 1):
        _check(_libc.prctl(_DROP_BOUND, capability, 0, 0, 0), "drop capabilities")


def drop_capabilities() -> None:
    """Give up every capability of this process."""
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    _check(_libc.capset(header, bytes(24)), "capset")
