"""The warm server: one process that has imported everything and forks a kernel for each request.

It has one thread and one loop. A client connects, sends a request with the examiner's descriptor, and gets {"pid"} or
{"failed"}, later {"exit"}; it sends {"signal"}. When a connection closes, its kernel is killed; when the process that
started the server ends, the server ends, and with it every kernel. (Watched through a pipe: Linux's parent-death signal
would fire as soon as the thread that started the server ends.)
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from autograder.kernels import IsolationError, isolation, reason
from autograder.kernels.cgroups import Cgroups
from autograder.kernels.kernel import KernelRequest, grader_modules, run_kernel
from autograder.kernels.layout import course_layout
from autograder.kernels.limits import Limits
from autograder.kernels.preload import preload

_MESSAGE_LIMIT = 1 << 18
_FAILURE_LIMIT = 1 << 14


@dataclass
class Kernel:
    """A kernel that runs, or is about to."""

    connection: socket.socket
    slot: int
    isolated: bool
    pid: int = 0
    process: int = -1
    """pidfd: readable when the process has ended."""
    status: int = -1
    said: bytes = b""
    meter: list[Any] = field(default_factory=list)
    """As `Cgroups.add` gave it when the kernel was made."""
    peak: str = ""
    """As `Cgroups.peak` gave it then."""


class Server:
    """Forks kernels on request.

    Args:
        listener: a listening socket of type SOCK_SEQPACKET.
        life: a pipe that reaches end of file when the server's owner ends.
        base: the server's own folder, removed at the end.
    """

    def __init__(self, listener: socket.socket, life: int, base: Path, limits: Limits):
        self._listener, self._life, self._base, self._limits = listener, life, base, limits
        self._selector = selectors.DefaultSelector()
        self._cgroups = Cgroups(limits)
        self._slots: set[int] = set()
        self._kernels: list[Kernel] = []
        (base / "root").mkdir()

    def serve(self) -> None:
        """Serve until the owner ends."""
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._life, selectors.EVENT_READ, self._end)
        while True:
            for key, _ in self._selector.select():
                if self._selector.get_map().get(key.fd) is key:  # else taken out by an earlier event of this round
                    key.data()

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        self._selector.register(connection, selectors.EVENT_READ, partial(self._requested, connection))

    def _end(self) -> None:
        for kernel in self._kernels:
            os.kill(kernel.pid, signal.SIGKILL)
            os.waitpid(kernel.pid, 0)
        self._cgroups.close()
        shutil.rmtree(self._base, ignore_errors=True)
        os._exit(0)

    def _requested(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        try:
            data, descriptors, _, _ = socket.recv_fds(connection, _MESSAGE_LIMIT, 1)
        except OSError:
            data, descriptors = b"", []
        if not data:
            connection.close()
            return
        kernel = Kernel(connection, self._free_slot(), isolated=json.loads(data)["isolation"] == "full")
        try:
            self._fork(kernel, KernelRequest(**json.loads(data)), descriptors[0] if descriptors else None)
        except (OSError, IsolationError) as error:
            self._send(kernel, failed=reason(error))
            self._slots.discard(kernel.slot)
            connection.close()
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _fork(self, kernel: Kernel, request: KernelRequest, answers: int | None) -> None:
        keep = () if answers is None else (answers,)
        payload = partial(run_kernel, request, answers)
        if kernel.isolated:
            layout = course_layout(map(Path, request.private))
            account = isolation.account(kernel.slot)
            base, meeting = self._base / "root", Path(request.meeting)
            files = Path(request.files) if request.files else None
            place = isolation.Sandbox(layout, self._limits, base, meeting, account, files)

            def admit(pid: int) -> None:
                kernel.meter = self._cgroups.add(pid, kernel.slot)
                kernel.peak = self._cgroups.peak(kernel.slot)

            kernel.pid, kernel.status = isolation.start(payload, place, keep, admit)
        else:
            kernel.pid, kernel.status = isolation.start_open(payload, keep)
        self._kernels.append(kernel)
        kernel.process = os.pidfd_open(kernel.pid)
        register = partial(self._selector.register, events=selectors.EVENT_READ)
        register(kernel.connection, data=partial(self._commanded, kernel))
        register(kernel.status, data=partial(self._told, kernel))
        register(kernel.process, data=partial(self._ended, kernel))

    def _told(self, kernel: Kernel) -> None:
        """The start of a kernel has succeeded, or failed with a reason."""
        part = os.read(kernel.status, _FAILURE_LIMIT)
        kernel.said += part
        if part and len(kernel.said) < _FAILURE_LIMIT:
            return
        self._selector.unregister(kernel.status)
        os.close(kernel.status)
        kernel.status = -1  # the number will be another kernel's
        if kernel.said == isolation.READY:
            self._send(kernel, pid=kernel.pid, meter=kernel.meter, peak=kernel.peak)
        else:
            self._send(kernel, failed=kernel.said.decode(errors="replace") or "it ended before it was ready")

    def _commanded(self, kernel: Kernel) -> None:
        try:
            data = kernel.connection.recv(_MESSAGE_LIMIT)
        except OSError:
            data = b""
        signum = json.loads(data)["signal"] if data else signal.SIGKILL
        if not kernel.isolated:  # in a sandbox the guard hands signals on to the group
            with contextlib.suppress(ProcessLookupError):
                os.killpg(kernel.pid, signum)
        if kernel.isolated or signum == signal.SIGKILL:
            os.kill(kernel.pid, signum)
        if not data:
            self._selector.unregister(kernel.connection)

    def _ended(self, kernel: Kernel) -> None:
        _, status = os.waitpid(kernel.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if kernel.isolated and code > 128:
            code = 128 - code
        self._kernels.remove(kernel)
        self._selector.unregister(kernel.process)
        os.close(kernel.process)
        if kernel.status >= 0:
            self._told(kernel)
        self._send(kernel, exit=code)
        with contextlib.suppress(KeyError):
            self._selector.unregister(kernel.connection)
        kernel.connection.close()
        self._slots.discard(kernel.slot)

    def _send(self, kernel: Kernel, **message: Any) -> None:
        with contextlib.suppress(OSError):  # the client has gone
            kernel.connection.send(json.dumps(message).encode())

    def _free_slot(self) -> int:
        slot = next(number for number in range(len(self._slots) + 1) if number not in self._slots)
        self._slots.add(slot)
        return slot


def main(listener: int, life: int, base: str, limits: str) -> None:
    """Import everything, then serve. The first connection may be made before that: it waits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's to handle
    server = Server(socket.socket(fileno=listener), life, Path(base), Limits(**json.loads(limits)))
    preload()
    grader_modules()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # until now it could be ended like that, from now on it ends in order
    server.serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:5])
