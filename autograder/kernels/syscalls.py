"""Which system calls a sandboxed kernel may make: all but those that reach the kernel's soft parts.

A list of what is forbidden rather than of what is allowed: NumPy, PyTorch and a learner's shell commands use hundreds,
and a right answer that fails because a library called something new is the worse error here. The namespaces are the
wall; this is the second one.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
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
shmctl semctl msgctl mq_unlink
inotify_init inotify_init1 inotify_add_watch fanotify_mark
io_setup io_submit
sync syncfs ustat statmount listmount
"""
"""From shmget on: memory that no limit of a single process counts, and what one kernel could learn of another by."""

ABSENT = "clone3 memfd_create pidfd_open mincore cachestat readahead sysinfo"
"""Answered as by a Linux that does not know them; programs then go another way. clone3: its flags are out of sight.
pidfd_open numbers the processes of the whole machine, sysinfo counts them; the next three are about its page cache."""

WITHOUT_EFFECT = "flock fadvise64"
"""Answered with success. A lock lies on an inode that other kernels see as well: those of /usr, of /dev/null, of
/proc/self/ns, and the one that Linux has for all eventfds of the machine. To refuse locks would stop sqlite3, shelve
and filelock, whose files lie in folders that nobody else writes: there a lock that holds nobody up does no harm."""

_UNIX = 1
_LOCKS = (5, 6, 7, 36, 37, 38)  # fcntl F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW
_TOLD_OF_INODES = (1024, 1025, 1026, 1035, 1036, 1037, 1038)  # F_SETLEASE, F_GETLEASE, F_NOTIFY, F_GET_RW_HINT ...
_TYPE_INTO_TERMINAL, _ADD_KEY_TO_FILESYSTEM = 0x5412, 0xC0506617  # ioctl TIOCSTI, FS_IOC_ADD_ENCRYPTION_KEY
_MERGEABLE, _COLD, _PAGE_OUT = 12, 20, 21  # madvise
_MERGE_ALL = 67  # prctl PR_SET_MEMORY_MERGE
_HUGE_TABLE, _WITH_PIDFD = 0x40000, 0x1000  # mmap MAP_HUGETLB: the machine's own pool; clone CLONE_PIDFD
_COOKIE, _PEER_PIDFD, _SOCKET_LEVEL = 57, 77, 1  # getsockopt SO_COOKIE, SO_PEERPIDFD of SOL_SOCKET
_INT = 0xFFFFFFFF
_NAMESPACES = (linux.NEW_MOUNT, linux.NEW_UTS, linux.NEW_IPC, linux.NEW_USER, linux.NEW_PID, linux.NEW_NET, 0x2000000)


@lru_cache
def system_call_filter() -> Any:
    """The filter, compiled once per server; its `load` binds the calling process and its descendants for good.

    Raises:
        IsolationError: libseccomp is not installed.
    """
    seccomp = _library()
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    for names, error in ((FORBIDDEN, errno.EPERM), (ABSENT, errno.ENOSYS), (WITHOUT_EFFECT, 0)):
        for name in names.split():
            if _known(seccomp, name):
                rules.add_rule(seccomp.ERRNO(error), name)
    for error, name, *conditions in _rules_on_arguments():
        if _known(seccomp, name):
            compared = [seccomp.Arg(place, seccomp.MASKED_EQ, mask, value) for place, mask, value in conditions]
            rules.add_rule(seccomp.ERRNO(error), name, *compared)
    for name in ("socket", "socketpair"):
        rules.add_rule(seccomp.ERRNO(errno.EACCES), name, seccomp.Arg(0, seccomp.NE, _UNIX))
    for name in ("preadv2", "pwritev2"):  # RWF_NOWAIT tells what is in the page cache
        rules.add_rule(seccomp.ERRNO(errno.EOPNOTSUPP), name, seccomp.Arg(5, seccomp.NE, 0))
    return rules


def _rules_on_arguments() -> Iterator[tuple[Any, ...]]:
    """(error, system call, (place of an argument, mask, value) ...): refused where all arguments are so."""
    for flag in (*_NAMESPACES, _WITH_PIDFD):
        yield errno.EPERM, "clone", (0, flag, flag)
    for number in (_TYPE_INTO_TERMINAL, _ADD_KEY_TO_FILESYSTEM):
        yield errno.EPERM, "ioctl", (1, _INT, number)
    for command in _LOCKS:
        yield 0, "fcntl", (1, _INT, command)
    for command in _TOLD_OF_INODES:
        yield errno.EINVAL, "fcntl", (1, _INT, command)
    for advice in (_MERGEABLE, _COLD, _PAGE_OUT):
        yield errno.EINVAL, "madvise", (2, _INT, advice)
    yield errno.EINVAL, "prctl", (0, _INT, _MERGE_ALL)
    yield errno.ENOMEM, "mmap", (3, _HUGE_TABLE, _HUGE_TABLE)
    for option in (_COOKIE, _PEER_PIDFD):
        yield errno.ENOPROTOOPT, "getsockopt", (1, _INT, _SOCKET_LEVEL), (2, _INT, option)


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
