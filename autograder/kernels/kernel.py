"""Become an ipykernel: what a freshly forked process runs."""

from __future__ import annotations

import importlib
import os
import random
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import zmq
from ipykernel import ipkernel, kernelapp
from ipykernel.iostream import IOPubThread
from traitlets.config import Config
from traitlets.config.loader import DeferredConfigString
from zmq.eventloop.zmqstream import ZMQStream

from autograder.kernels import ANSWERS_VARIABLE
from autograder.kernels.layout import HOME

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
INLINE = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}


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


def run_kernel(request: KernelRequest, answers: int | None, ready: Callable[[], None]) -> None:
    """Turn this process into the kernel; returns when it is shut down.

    Args:
        answers: the descriptor for the examiner, if there is one.
        ready: called when the sockets are bound and before any cell runs.
    """
    isolated = request.isolation == "full"
    environment = {**_sandbox_environment(), **request.environment} if isolated else {**request.environment, **INLINE}
    if answers is not None:
        environment[ANSWERS_VARIABLE] = str(answers)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(HOME if isolated else request.cwd)
    if isolated:
        _forget_the_grader()
    _be_a_new_process(request.arguments)
    kernelapp.IOPubThread = LocalIOPubThread  # type: ignore[misc]
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
        **INLINE,
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


class WarmKernelApp(kernelapp.IPKernelApp):
    """ipykernel's application, without the command line parser for the only form of command line that there is."""

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """Take `-f FILE --Class.trait=value ...`; leave anything else to the parser, which costs 15 ms."""
        options = [re.fullmatch(r"--(\w+)\.(\w+)=(.*)", option) for option in (argv or [])[2:]]
        if not argv or argv[0] != "-f" or not all(options):
            super().parse_command_line(argv)
            return
        self.connection_file = argv[1]
        given = Config()
        for option in filter(None, options):
            given[option[1]][option[2]] = DeferredConfigString(option[3])
        self.update_config(given)


class LocalIOPubThread(IOPubThread):
    """ipykernel's IOPub thread, with the pipe for forked children's output on a unix socket instead of a TCP port.

    The name begins with @: Linux's abstract namespace, which is the sandbox's own.
    """

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
