"""A process that has a notebook's exams and references loaded, and forks a session for each submission.

Loading takes a second or two, a fork some milliseconds. It is the grader's own process: learners' code never enters it.
Run as `python -m autograder.examiner.warm DESCRIPTOR`; it ends when the other end of that connection is closed.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import resource
import signal
import socket
import sys
import traceback

import scipy.special  # noqa: F401  variants import it when they are called, which would be in each session anew

from attention_course.answering import quiet, wire
from autograder.exam.reference import SOURCE_VARIABLE, given_sources, reference_namespace
from autograder.examiner import session
from autograder.exams import EXAMS

MOST_MEMORY = 2 << 30
"""Bytes that a session may allocate beyond what it is born with. The course's exams pass within it."""
MOST_CPU_SECONDS = 1800
"""CPU time of a session; all exams of a notebook take a part of a minute. Each one has a deadline besides."""


def prepare(notebook: str, source: str) -> None:
    """Load what every session of a notebook needs.

    Args:
        source: nbgrader's source directory. One process sees one content of a notebook, in whichever directory.
    """
    os.environ[SOURCE_VARIABLE] = source
    if notebook in EXAMS:
        EXAMS[notebook]
        with (
            contextlib.suppress(Exception),
            quiet.silence(),
        ):  # a session meets the same error
            reference_namespace(notebook)
            session.Session(notebook)  # what it remembers of the source, each session knows from the start
            for text in given_sources(notebook):
                session.names_in(text)
        if "torch" in sys.modules:
            importlib.import_module("torch._dynamo")  # else the first variant on another device does, for a second
    gc.freeze()  # a collection in a session would otherwise touch, and so copy, every page


def serve(connection: socket.socket) -> None:
    """Fork a session for each connection handed over: one byte with its descriptor, then what it examines."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # sessions end by themselves and nobody asks how
    while True:
        mark, descriptors, _, _ = socket.recv_fds(connection, 1, 1)
        if not mark:
            return
        prepare(**wire.receive(connection))
        with socket.socket(fileno=descriptors[0]) as control:
            if os.fork() == 0:
                connection.close()
                _session(control)


def _session(control: socket.socket) -> None:
    """Never returns: the child must not run on in its parent's place."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _limit()
        wire.send(control, wire.pack(os.getpid()))
        session.hold(control)
        status = 0
    except wire.ClosedError:  # the grader has no more questions
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _limit() -> None:
    """Bind this process: what a learner's code returns may make an exam count, or compare, without end."""
    with contextlib.suppress(OSError, ValueError):  # another system may know no such limit, or have a lower one
        with open("/proc/self/statm", encoding="ascii") as statm:
            mapped = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (mapped + MOST_MEMORY,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS,) * 2)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as grader, contextlib.suppress(KeyboardInterrupt, wire.ClosedError):
        serve(grader)
