"""Start a process that is shut in: namespaces, a root of its own, no rights, limits on what it uses.

    server --clone--> guard --fork--> kernel

The guard is process 1 of the new namespaces. It builds the root, waits until the kernel is ready, takes away what only
the start needed, gives up its own rights, forwards signals and collects the dead. When it ends, the Linux kernel ends
all in there.
"""

from __future__ import annotations

import contextlib
import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.kernels import landlock, linux, procfs
from autograder.kernels.home import copy_files, write_settings
from autograder.kernels.layout import HOME, Layout
from autograder.kernels.limits import MEBIBYTE, Limits
from autograder.kernels.syscalls import system_call_filter

NAMESPACES = linux.NEW_MOUNT | linux.NEW_UTS | linux.NEW_IPC | linux.NEW_PID | linux.NEW_NET
READY = b"ready"
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_FIRST_ACCOUNT = 1_900_000_000
"""Kernels started by root run under user ids from here on, which no system gives to anybody (systemd's UIDS-GIDS)."""

_TERMINALS = 16

Payload = Callable[[Callable[[], None]], None]
"""What runs inside: called with a function that it must call once it is ready for a learner's code."""


@dataclass(frozen=True)
class Sandbox:
    """Where and under which limits one process runs."""

    layout: Layout
    limits: Limits
    base: Path
    """An empty folder, of no other use, on which the new root is put."""
    meeting: Path
    """A folder seen at the same place until the payload is ready: it binds its sockets there."""
    account: int
    """The user id inside."""
    files: Path | None = None
    """A folder whose files are copied into the working folder."""


def account(slot: int) -> int:
    """The user id for a kernel: its own when root starts it, else that of the user."""
    return _FIRST_ACCOUNT + (os.getpid() % 4096) * 256 + slot % 256 if os.geteuid() == 0 else os.geteuid()


def start(
    payload: Payload, sandbox: Sandbox, keep: tuple[int, ...] = (), admit: Callable[[int], None] = lambda pid: None
) -> tuple[int, int]:
    """Start a payload in a sandbox.

    Args:
        keep: descriptors that it inherits.
        admit: called with the process id of the guard before anything runs inside.

    Returns:
        The guard's process id, and a descriptor to read: b"ready" and then end of file when the payload is ready, else
        the reason why it is not.

    Raises:
        OSError: the machine refuses a namespace.
    """
    system_call_filter()  # compiled here, once, for all that are started
    procfs.prepare()
    go_in, go_out = os.pipe()
    status_in, status_out = os.pipe()
    as_root = os.geteuid() == 0
    pid = linux.clone(NAMESPACES if as_root else NAMESPACES | linux.NEW_USER)
    if pid == 0:
        _guard(payload, sandbox, keep, go_in, status_out)
    os.close(go_in)
    os.close(status_out)
    try:
        if as_root:
            for path in (sandbox.meeting, *sandbox.meeting.iterdir()):
                os.chown(path, sandbox.account, sandbox.account, follow_symlinks=False)
        else:
            _map_user(pid, sandbox.account, os.getegid())
        admit(pid)
        os.write(go_out, b"1")
    except OSError:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(status_in)
        raise
    finally:
        os.close(go_out)
    return pid, status_in


def start_open(payload: Payload, keep: tuple[int, ...] = ()) -> tuple[int, int]:
    """Start a payload without isolation, in a session of its own; returns as `start` does."""
    status_in, status_out = os.pipe()
    pid = os.fork()
    if pid == 0:
        linux.die_with_parent()
        close_descriptors(keep=(status_out, *keep))
        _run(payload, status_out)
    os.close(status_out)
    return pid, status_in


def _map_user(pid: int, user: int, group: int) -> None:
    """Let the user and nobody else exist in a process's user namespace."""
    process = Path("/proc", str(pid))
    (process / "setgroups").write_text("deny")
    (process / "uid_map").write_text(f"{user} {user} 1")
    (process / "gid_map").write_text(f"{group} {group} 1")


def _guard(payload: Payload, sandbox: Sandbox, keep: tuple[int, ...], go: int, status: int) -> None:
    """Process 1 of the namespaces; never returns."""
    code = 1
    try:
        linux.die_with_parent()
        close_descriptors(keep=(go, status, *keep))
        if os.read(go, 1) != b"1":
            os._exit(1)  # the server ended meanwhile
        linux.set_dumpable(False)  # not before: the server could not write this process's user map
        os.close(go)
        build_root(sandbox)
        _silence()  # with the new root's /dev/null: a descriptor from the old one is the only thing left of it
        listen, tell = os.pipe()
        kernel = os.fork()
        if kernel == 0:
            os.close(status)
            os.close(listen)
            _run(payload, tell, sandbox)
        os.close(tell)
        with open(listen, "rb") as pipe:
            word = pipe.read()
        linux.unmount(sandbox.meeting)
        with contextlib.suppress(OSError):
            os.removedirs(sandbox.meeting)
        _become_user(sandbox.account)  # with no right to send signals to others it must be the kernel's own user
        linux.die_with_parent()
        linux.set_dumpable(False)
        os.write(status, word)
        close_descriptors(keep=())
        code = _watch(kernel)
    except BaseException:
        with contextlib.suppress(OSError):
            os.write(status, traceback.format_exc().encode())
    finally:
        os._exit(code)


def _run(payload: Payload, tell: int, sandbox: Sandbox | None = None) -> None:
    """Run the payload in this process, in the sandbox if there is one; never returns."""

    def ready() -> None:
        os.write(tell, READY)
        os.close(tell)

    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if sandbox:
            confine(sandbox)
        payload(ready)
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0
    except BaseException:
        with contextlib.suppress(OSError):
            os.write(tell, traceback.format_exc().encode())
    finally:
        os._exit(code)


def confine(sandbox: Sandbox) -> None:
    """Give up every right, for good. The order matters: each step may need what the next takes away."""
    linux.set_dumpable(True)  # inherited from the guard, it would make the process's own /proc/self unreadable
    Path("/proc/self/oom_score_adj").write_text("1000")  # when memory runs out, the machine ends this first
    linux.drop_bounding_capabilities()
    _become_user(sandbox.account)
    linux.forbid_new_privileges()
    linux.set_dumpable(True)  # the change of user has undone it
    sandbox.limits.apply()
    landlock.keep_from_writing_to_proc()
    system_call_filter().load()


def _become_user(user: int) -> None:
    """Give up root, if that is what this process is, and every capability."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    linux.drop_capabilities()


def _watch(kernel: int) -> int:
    """Forward signals to the kernel's process group and collect the dead; the kernel's exit code, or 128 + signal."""

    def forward(signum: int, _: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(kernel, signum)

    for signum in _FORWARDED:
        signal.signal(signum, forward)
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == kernel:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def build_root(sandbox: Sandbox) -> None:
    """Make and enter a root that holds the layout, private folders, a fresh /proc and little else."""
    linux.mount("none", "/", flags=linux.RECURSIVE | linux.PRIVATE)
    root, layout = sandbox.base, sandbox.layout
    linux.mount("root", root, "tmpfs", linux.NO_SUID | linux.NO_DEV, f"size={MEBIBYTE},mode=755")
    _private_folders(root, sandbox)  # first: the environment may itself lie in /tmp
    for path in (*layout.readable, *layout.devices):
        _show(root, path)
        linux.make_read_only(_within(root, path), recursive=True, devices=path in layout.devices)
    for path in layout.hidden:
        linux.mount("hidden", _within(root, path), "tmpfs", linux.NO_SUID | linux.NO_DEV, "size=4k,mode=000")
    for path, target in layout.links:
        _within(root, path).symlink_to(target)
    _show(root, sandbox.meeting)
    _kernel_filesystems(root)
    write_settings(root, sandbox.account)
    linux.pivot_root(root)
    linux.make_read_only("/")
    linux.set_host_name("sandbox")


def _private_folders(root: Path, sandbox: Sandbox) -> None:
    """What the kernel may write: each folder in memory, of limited size, gone with the kernel."""
    for folder, mode in ((HOME, 700), (Path("/tmp"), 1777), (Path("/dev/shm"), 1777)):
        _within(root, folder).mkdir(parents=True)
        options = f"size={sandbox.limits.scratch},nr_inodes=20000,mode={mode},uid={sandbox.account}"
        linux.mount("scratch", _within(root, folder), "tmpfs", linux.NO_SUID | linux.NO_DEV, options)
    if sandbox.files:
        copy_files(sandbox.files, _within(root, HOME), sandbox.account)


def _kernel_filesystems(root: Path) -> None:
    """/proc with the processes of the sandbox alone, and some pseudo-terminals for shell commands.

    All sandboxes and the machine share 4096 of these: one kernel could see that another holds the last.
    """
    for folder in ("proc", "dev/pts"):
        (root / folder).mkdir(parents=True)
    linux.mount("proc", root / "proc", "proc", linux.NO_SUID | linux.NO_DEV | linux.NO_EXEC)
    procfs.cover(root / "proc", root / ".proc")
    options = f"newinstance,ptmxmode=0666,mode=0620,max={_TERMINALS}"
    linux.mount("devpts", root / "dev/pts", "devpts", linux.NO_SUID | linux.NO_EXEC, options)
    (root / "dev/ptmx").symlink_to("pts/ptmx")
    (root / "dev/fd").symlink_to("/proc/self/fd")


def _show(root: Path, path: Path) -> None:
    """Mount a file or folder at its own place below another root."""
    target = _within(root, path)
    if path.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    linux.mount(str(path), target, flags=linux.BIND | linux.RECURSIVE)


def _within(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")


def close_descriptors(keep: tuple[int, ...]) -> None:
    """Close every descriptor but some; standard input and output become /dev/null."""
    _silence()
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) not in keep:
            with contextlib.suppress(OSError):  # the descriptor of the listing itself
                os.close(int(name))


def _silence() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.close(null)
