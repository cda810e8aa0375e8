"""Become an ipykernel: what a freshly forked process runs."""

from __future__ import annotations

import importlib
import logging
import os
import random
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import zmq
from ipykernel import iostream, ipkernel, kernelapp
from ipykernel.iostream import IOPubThread, OutStream
from traitlets import Float, Type
from traitlets.config import Config
from traitlets.config.loader import DeferredConfigString
from zmq.eventloop.zmqstream import ZMQStream

from attention_course.answering import shim
from autograder.kernels import ANSWERS_VARIABLE
from autograder.kernels.layout import HOME

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
PRELOADED = {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "KINETO_LOG_LEVEL": "99"}
"""What modules that are imported already would have set or read in a process of their own."""


@dataclass(frozen=True)
class KernelRequest:
    """What a client asks the server for."""

    arguments: list[str]
    """ipykernel's command line, e.g. ["-f", ".../connection.json"]."""
    environment: dict[str, str]
    """Environment of a kernel that is not isolated; what one that is gets besides its own."""
    cwd: str
    """Working folder of a kernel that is not isolated."""
    meeting: str
    """The folder with the connection file, where the kernel binds its sockets."""
    isolation: str
    """ "full" or "none"."""
    private: list[str]
    """Folders that must not be seen from a sandbox."""
    files: str = ""
    """A folder whose files a kernel that is isolated finds copied into its own; "" for none."""


def run_kernel(request: KernelRequest, answers: int | None, ready: Callable[[], None]) -> None:
    """Turn this process into the kernel; returns when it is shut down.

    Args:
        answers: the descriptor for the examiner, if there is one.
        ready: called when the sockets are bound and before any cell runs.
    """
    isolated = request.isolation == "full"
    own = _sandbox_environment() if isolated else {}
    environment = {**own, **request.environment, **PRELOADED}
    if answers is not None:
        environment[ANSWERS_VARIABLE] = str(answers)
    os.environ.clear()
    os.environ.update(environment)
    if answers is not None:
        shim.connect(answers)
    os.chdir(HOME if isolated else request.cwd)
    if isolated:
        _forget_the_grader()
    _be_a_new_process(request.arguments)
    kernelapp.IOPubThread = LocalIOPubThread  # type: ignore[misc]
    kernelapp.ShellChannelThread = NoShellChannelThread  # type: ignore[misc,assignment]
    iostream.OutStream = PromptOutStream  # type: ignore[misc]
    app = WarmKernelApp.instance()
    with _no_list_of_modules():
        app.initialize(request.arguments)
    ready()
    app.start()


def _sandbox_environment() -> dict[str, str]:
    """Nothing of the grader's own environment, and what a notebook needs."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(HOME),
        "USER": "learner",
        "LOGNAME": "learner",
        "SHELL": "/bin/sh",
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",
        "MPLCONFIGDIR": str(HOME / ".matplotlib"),
        "NBGRADER_EXECUTION": "autograde",
        **ONE_THREAD,
    }


@cache
def grader_modules() -> tuple[str, ...]:
    """What the server has imported of the grader; called before the fork: to look through sys.modules copies it."""
    return tuple(name for name in sys.modules if name.split(".")[0] == "autograder")


def _forget_the_grader() -> None:
    """The grader's modules are not on the disk in there, and not to be found in memory by name either."""
    for name in grader_modules():
        del sys.modules[name]
    importlib.invalidate_caches()


def _be_a_new_process(arguments: list[str]) -> None:
    """Undo what a forked process shares with its siblings and a new one would not."""
    sys.argv = ["ipykernel_launcher.py", *arguments]
    if "" not in sys.path:
        sys.path.insert(0, "")
    tempfile.tempdir = None
    random.seed()
    sys.modules["numpy"].random.seed()


class _SystemWithoutModules:
    """The module sys, with an empty `modules`."""

    modules: ClassVar[dict[str, ModuleType]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


@contextmanager
def _no_list_of_modules() -> Iterator[None]:
    """ipykernel asks each of 3,600 modules for its file, for its debugger: a third of the start, in copied pages."""
    ipkernel.sys = _SystemWithoutModules()  # type: ignore[assignment]
    try:
        yield
    finally:
        ipkernel.sys = sys


class OneShellKernel(ipkernel.IPythonKernel):
    """IPython's kernel without subshells: there is one client, which runs one cell at a time."""

    _supports_kernel_subshells = False
    _execute_sleep = Float(0)  # else it waits before each reply for a thread that sends what was printed


class WarmKernelApp(kernelapp.IPKernelApp):
    """ipykernel's application, with less to do: half of what a short cell takes is not the cell."""

    kernel_class = Type(OneShellKernel)

    def initialize(self, argv: list[str] | None = None) -> None:
        """As usual, then quieter: ipykernel formats several messages a cell for a log that shows warnings only."""
        super().initialize(argv)
        self.log.setLevel(logging.WARNING)

    def load_config_file(self, suppress_errors: bool | None = None) -> None:
        """Nothing: what a user of this machine has configured is not the learner's."""

    def _configure_logging(self) -> None:
        """Nothing: the log goes to standard error, which is closed to kernels."""

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """Take `-f FILE --Class.trait=value ...`; leave anything else to the parser, which costs 15 ms."""
        options = [re.fullmatch(r"--(\w+)\.(\w+)=(.*)", option) for option in (argv or [])[2:]]
        if not argv or argv[0] != "-f" or not all(options):
            super().parse_command_line(argv)
            return
        self.connection_file = argv[1]
        given = Config()
        given.HistoryManager.enabled = False  # no database, nor a thread for it; In and Out are there all the same
        for option in filter(None, options):
            given[option[1]][option[2]] = DeferredConfigString(option[3])
        self.update_config(given)


class NoShellChannelThread:
    """In the place of ipykernel's thread for subshells: each message would pass through it."""

    def __init__(self, context: zmq.Context, **options: Any):
        self.parent_thread = threading.current_thread()
        """Cells that await are interrupted in this thread alone."""

    def __bool__(self) -> bool:
        return False

    def is_alive(self) -> bool:
        return False


class PromptOutStream(OutStream):
    """ipykernel's standard output, without the thread that sends on what was written after a fifth of a second.

    It is sent when it is much, when more is written after so long, and when the cell ends.
    """

    _MUCH, _LONG = 1 << 16, 0.2

    def __init__(self, *args: Any, **options: Any):
        self._sending = threading.RLock()
        self._unsent, self._since = 0, 0.0
        super().__init__(*args, **options)  # starts a thread that writes

    def write(self, string: str) -> int | None:  # type: ignore[override]
        """Write text, from any thread."""
        written = super().write(string)
        self._since = self._since if self._unsent else time.monotonic()
        self._unsent += len(string)
        if self._unsent > self._MUCH or time.monotonic() - self._since > self._LONG:
            self.flush()
        return written

    def _schedule_flush(self) -> None:
        """Nothing: `write` sees to it."""

    def flush(self) -> None:
        """Send what was written, before this returns and before anything that is sent afterwards."""
        with self._sending:
            if self._buffers:
                self._unsent = 0
                self._flush()


class LocalIOPubThread(IOPubThread):
    """ipykernel's IOPub thread, for the output of forked children alone; all else is sent by whoever has it to send.

    The pipe for the children is a unix socket instead of a TCP port. Its name begins with @: Linux's abstract
    namespace, which is the sandbox's own.
    """

    def __init__(self, *args: Any, **options: Any):
        self._sending = threading.RLock()
        super().__init__(*args, **options)

    def _setup_xpub_listener(self) -> None:
        """Nothing: that would read, in the thread, a socket that others send on."""

    def send_multipart(self, *args: Any, **options: Any) -> None:
        """Send at once, one thread after the other."""
        with self._sending:
            self._really_send(*args, **options)

    def _setup_pipe_in(self) -> None:
        self._pipe_uuid = os.urandom(16)
        self._pipe_address = f"ipc://@iopub-{os.urandom(16).hex()}"
        pipe = self.socket.context.socket(zmq.PULL)
        pipe.linger = 0
        pipe.bind(self._pipe_address)
        self._pipe_in = ZMQStream(pipe, self.io_loop)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def _setup_pipe_out(self) -> tuple[zmq.Context, zmq.Socket]:
        context = zmq.Context()
        pipe = context.socket(zmq.PUSH)
        pipe.linger = 3000
        pipe.connect(self._pipe_address)
        return context, pipe
