"""A learner's namespace in a process of its own, and a conversation with it."""

import socket
import subprocess
import sys
import time

import pytest

from autograder.examiner.answers import look_up
from autograder.examiner.conversation import Conversation

SERVE = """
import socket, sys
from attention_course.answering import shim

namespace = {}
exec(compile(sys.argv[2], "<cell>", "exec"), namespace)
shim.serve(namespace, socket.socket(fileno=int(sys.argv[1])))
"""


class Elsewhere:
    """A process that has run a text and answers questions about its names."""

    def __init__(self, text, serve=SERVE):
        self.connection, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-c", serve, str(theirs.fileno()), text]
            self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stderr=subprocess.DEVNULL)

    def conversation(self, seconds=30, own_lines=()):
        return Conversation(self.connection, time.monotonic() + seconds, own_lines)

    def answers(self, *names, **how):
        return look_up(self.conversation(**how), names)

    def answer(self, name, **how):
        return self.answers(name, **how)[name]

    def close(self):
        self.connection.close()
        self.process.kill()
        self.process.wait()


@pytest.fixture
def elsewhere():
    """elsewhere(text) -> Elsewhere; all are ended after the test."""
    started = []

    def start(text, **options):
        started.append(Elsewhere(text, **options))
        return started[-1]

    yield start
    for one in started:
        one.close()
