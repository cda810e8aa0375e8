"""The grader's handle on the examiner: one session for each submission, forked from one warm process per notebook."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from attention_course.answering import wire
from attention_course.figures import FIGURES_VARIABLE
from autograder.kernels.peak import Peak

_START_SECONDS = 120
_MOST_WARM = 4
_lock = threading.Lock()


class ExaminerError(RuntimeError):
    """The grader's own examiner does not answer."""


class Examiner:
    """One submission's session.

    Args:
        notebook: its name.
        source: nbgrader's source directory, which holds the references.
        seed: draws the inputs of the exams.
        own_lines: the lines of the learner's own cells.
    """

    def __init__(self, notebook: str, source: Path, seed: int, own_lines: Iterable[str]):
        self._control, theirs = socket.socketpair()
        with theirs, _lock:
            _warm_process(source / notebook / f"{notebook}.ipynb").open(theirs, notebook, source)
        try:
            self._pid = wire.receive(self._control, time.monotonic() + _START_SECONDS)
            opening = {"notebook": notebook, "seed": seed, "lines": sorted(own_lines)}
            wire.send(self._control, wire.pack(opening))
        except wire.WireError as error:
            self._control.close()
            raise ExaminerError(f"no examiner could be started: {error}") from None

    def examine(self, request: dict[str, Any], connection: socket.socket, peak: Peak | None = None) -> None:
        """Begin the examination of a cell (see `Session.examine`).

        Args:
            request: also "seconds": the longest that it may take.
            connection: to the kernel, which must serve from now on.
            peak: what tells the kernel's memory.
        """
        socket.send_fds(self._control, [b"R"], [connection.fileno(), *(peak.descriptors if peak else ())])
        wire.send(self._control, wire.pack({**request, "born": peak.born if peak else 0}))

    def carry(self, exercise: str) -> dict[str, Any]:
        """What is to be put into the place of an answer that nobody can look at any more."""
        self._control.sendall(b"C")
        wire.send(self._control, wire.pack({"exercise": exercise}))
        return self.reply(_START_SECONDS) or {}

    @property
    def has_replied(self) -> bool:
        """Whether `reply` would return at once."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        return bool(poll.poll(0))

    def reply(self, seconds: float) -> dict[str, Any] | None:
        """What came of an examination; None if nothing does within so many seconds.

        Raises:
            ExaminerError: the session has ended.
        """
        try:
            return wire.receive(self._control, time.monotonic() + seconds)
        except wire.LateError:
            return None
        except wire.ClosedError:
            raise ExaminerError("the examiner ended in the middle of an examination") from None

    def close(self) -> None:
        """End the session, whatever it is doing."""
        self._control.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)


class _Warm:
    """A warm process and the connection to it."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._connection, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "autograder.examiner.warm", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                # with one thread forking is safe, and the cores are for the kernels; given cells draw for nobody here
                env={**os.environ, "OMP_NUM_THREADS": "1", FIGURES_VARIABLE: "none"},
                start_new_session=True,  # Ctrl-C is for the grader, which may want to finish what is under way
            )

    @property
    def usable(self) -> bool:
        return self.owner == os.getpid() and self._process.poll() is None

    def open(self, control: socket.socket, notebook: str, source: Path) -> None:
        socket.send_fds(self._connection, [b"N"], [control.fileno()])
        wire.send(self._connection, wire.pack({"notebook": notebook, "source": str(source.absolute())}))

    def close(self) -> None:
        self._connection.close()
        if self.owner != os.getpid():  # it belongs to the process that this one was forked from
            return
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_warm: dict[str, _Warm] = {}


def begin(notebook: str, source: Path) -> None:
    """Start a notebook's warm process before it is needed: it imports for a second."""
    with _lock:
        _warm_process(source / notebook / f"{notebook}.ipynb")


def _warm_process(source: Path) -> _Warm:
    """The warm process of a source notebook's content: no session may rest on a reference that has been edited."""
    content = source.read_bytes() if source.exists() else b""
    key = hashlib.sha256(source.name.encode() + content).hexdigest()
    warm = _warm.pop(key, None)
    if warm is not None and not warm.usable:
        warm.close()
        warm = None
    _warm[key] = warm or _Warm()
    while len(_warm) > _MOST_WARM:
        _warm.pop(next(iter(_warm))).close()
    return _warm[key]


@atexit.register
def close_all() -> None:
    """End the warm processes."""
    with _lock:
        while _warm:
            _warm.popitem()[1].close()
