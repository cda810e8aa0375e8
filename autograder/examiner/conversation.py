"""Question and answer with a learner's kernel, which may say anything, nothing, or be gone."""

from __future__ import annotations

import builtins
import contextlib
import itertools
import secrets
import socket
from collections.abc import Collection
from typing import Any

from attention_course.answering import wire
from autograder.exam.outcome import Memory
from autograder.kernels.peak import Peak

MOST_STALE = 16
"""Replies to earlier questions, left over from an exam that was cut short, are passed over; this many at most."""


class LostKernelError(BaseException):
    """The exam cannot go on. Not an Exception: no `except` of a hidden test may take it for an answer.

    Args:
        name: an incident's: "kernel died", "time limit" or "no answer".
    """

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name


class Conversation:
    """The examiner's side of the connection to one kernel.

    Args:
        connection: its socket.
        deadline: on `time.monotonic()`'s clock, for everything that is asked.
        own_lines: the lines of the learner's own cells: no other line of code is ever repeated to anybody.
        peak: what tells the kernel's memory, where that can be had.
    """

    def __init__(
        self,
        connection: socket.socket,
        deadline: float,
        own_lines: Collection[str] = (),
        peak: Peak | None = None,
    ):
        self._connection, self._deadline, self._own_lines, self._peak = connection, deadline, own_lines, peak
        self._numbers = itertools.count(secrets.randbits(48))  # no late reply to another exam may fit

    def ask(self, word: str, *more: Any) -> list:
        """The reply to a question, without its number.

        Raises:
            LostKernelError: there is none, or none that can be read.
        """
        number = next(self._numbers)
        try:
            wire.send(self._connection, wire.pack([number, word, *more]), self._deadline)
            for _ in range(MOST_STALE):
                reply = wire.receive(self._connection, self._deadline)
                if type(reply) is not list or not reply:
                    break
                if reply[0] == number:
                    return reply[1:]
        except wire.LateError:
            raise LostKernelError("time limit") from None
        except wire.ClosedError:
            raise LostKernelError("kernel died") from None
        except (wire.WireError, MemoryError):
            pass
        raise LostKernelError("no answer")

    def ask_for_memory(self, word: str, *more: Any) -> tuple[list, Memory | None]:
        """The reply to a question, and the memory that the kernel had and took meanwhile; None where nothing tells it.

        Raises:
            LostKernelError: there is no reply, or the kernel's process has ended although something replies.
        """
        if self._peak is None:
            return self.ask(word, *more), None
        try:
            before = self._peak.restart()
            reply = self.ask(word, *more)
            return reply, Memory(before - self._peak.born, self._peak.bytes() - before)
        except OSError:
            raise LostKernelError("kernel died") from None

    def say_it_is_over(self) -> None:
        """Let the kernel go on with its next cell."""
        with contextlib.suppress(wire.WireError):  # if it is gone, whoever runs it will notice
            wire.send(self._connection, wire.pack([0, "over"]), self._deadline)

    def known_line(self, line: Any) -> str:
        """The line of code that a kernel says has failed, "" unless the learner has written it."""
        return line if type(line) is str and line in self._own_lines else ""


def known_error(name: Any) -> str:
    """The name of an error that a kernel reports: a built-in exception's, so that no text gets through."""
    if name == "StdinNotImplementedError":
        return name
    kind = getattr(builtins, name, None) if type(name) is str else None
    return name if isinstance(kind, type) and issubclass(kind, BaseException) else "Exception"
