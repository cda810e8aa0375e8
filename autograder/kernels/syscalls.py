"""Which system calls a sandboxed kernel may make: all but those that reach the kernel's soft parts.

A list of what is forbidden rather than of what is allowed: NumPy, PyTorch and a learner's shell commands use hundreds,
and a right answer that fails because a library called something new is the worse error here. The namespaces are the
wall; this is the second one.
"""

from __future__ import annotations

import errno
from functools import lru_cache
from typing import Any

from autograder.kernels import IsolationError, linux

FORBIDDEN = """
mount umount2 pivot_root chroot unshare setns move_mount open_tree fsopen fsconfig fsmount fspick mount_setattr
ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd
bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register
keyctl add_key request_key
kexec_load kexec_file_load init_module finit_module delete_module
open_by_handle_at name_to_handle_at fanotify_init quotactl quotactl_fd acct swapon swapoff reboot syslog
settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname
personality modify_ldt iopl ioperm vhangup lookup_dcookie
mbind set_mempolicy migrate_pages move_pages
shmget semget msgget mq_open memfd_secret
"""
"""The last line is memory that no limit of a single process counts."""

_UNIX = 1
_TYPE_INTO_TERMINAL = 0x5412  # ioctl TIOCSTI
_NAMESPACES = (linux.NEW_MOUNT, linux.NEW_UTS, linux.NEW_IPC, linux.NEW_USER, linux.NEW_PID, linux.NEW_NET, 0x2000000)


@lru_cache
def system_call_filter() -> Any:
    """The filter, compiled once per server; its `load` binds the calling process and its descendants for good.

    Raises:
        IsolationError: libseccomp is not installed.
    """
    seccomp = _library()
    refuse = seccomp.ERRNO(errno.EPERM)
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    for name in FORBIDDEN.split():
        if _known(seccomp, name):
            rules.add_rule(refuse, name)
    for flag in _NAMESPACES:
        rules.add_rule(refuse, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")  # its flags are out of sight; the C library then uses clone
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "memfd_create")
    rules.add_rule(seccomp.ERRNO(errno.EACCES), "socket", seccomp.Arg(0, seccomp.NE, _UNIX))
    rules.add_rule(seccomp.ERRNO(errno.EACCES), "socketpair", seccomp.Arg(0, seccomp.NE, _UNIX))
    rules.add_rule(refuse, "ioctl", seccomp.Arg(1, seccomp.MASKED_EQ, 0xFFFFFFFF, _TYPE_INTO_TERMINAL))
    return rules


def _library() -> Any:
    try:
        import pyseccomp
    except (ImportError, OSError, RuntimeError) as error:
        raise IsolationError("the library libseccomp is missing (Debian: libseccomp2, Fedora: libseccomp)") from error
    return pyseccomp


def _known(seccomp: Any, name: str) -> bool:
    """Whether this machine's libseccomp knows a system call; an older one has not heard of the newest."""
    try:
        return seccomp.resolve_syscall(seccomp.Arch.NATIVE, name) >= 0
    except (OSError, ValueError):
        return False
