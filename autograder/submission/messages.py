"""What a kernel sends, at a bounded cost to whoever receives it: it may send anything, as fast as it likes.

JSON takes thirty and more times its size as objects, so a message is measured before it is read. A message that is too
large is received as far as its headers; the grader then knows that something was shown, and does without it.
"""

from __future__ import annotations

import os
from typing import Any, cast

import zmq
from jupyter_client.session import Session

from autograder.submission.parsing import values_in

MOST_MESSAGE = 16 << 20
"""Bytes of a message that is read."""
_MOST_FRAME = 2 * MOST_MESSAGE
"""Bytes of a part of a message that is received; who sends more loses the connection and what was under way."""
_MOST_WAITING = 8
"""Messages that wait to be received; what is sent besides waits in the kernel, which is limited."""
_MOST_HEADER = 1 << 16
_MOST_VALUES = 200_000
"""Values in a message that is read; see `values_in`. A figure that is drawn in the browser has some thousands."""
_MOST_PARTS = 16

TOO_LARGE = "too large"
"""A key of messages that were not read to their end."""


def bounded(context: zmq.Context) -> zmq.Context:
    """The same context, for sockets that take in messages of a bounded size and a bounded number."""
    shadow = zmq.Context(context)
    shadow.setsockopt(zmq.MAXMSGSIZE, _MOST_FRAME)
    shadow.setsockopt(zmq.RCVHWM, _MOST_WAITING)
    return shadow


def received(channel: zmq.Socket, session: Session) -> dict[str, Any]:
    """A message, as far as it is used here. Its signature, made in the learner's process, would tell nothing.

    Raises:
        Exception: it is none.
    """
    _, parts = session.feed_identities(_parts(channel))
    frames = cast(list[bytes], parts)
    header, parent = (session.unpack(frame) if len(frame) <= _MOST_HEADER else {} for frame in frames[1:3])
    message = {"msg_type": header["msg_type"], "header": header, "parent_header": parent}
    metadata, content = frames[3:5]
    if len(metadata) + len(content) > MOST_MESSAGE or _values(metadata) + _values(content) > _MOST_VALUES:
        return {**message, "metadata": {}, "content": {"status": "ok"}, TOO_LARGE: True}
    return {**message, "metadata": session.unpack(metadata), "content": session.unpack(content)}


def _parts(channel: zmq.Socket) -> list[bytes]:
    """The parts of a message; those that nobody reads are dropped one by one."""
    parts = [channel.recv(zmq.NOBLOCK)]
    while channel.getsockopt(zmq.RCVMORE):
        part = channel.recv(zmq.NOBLOCK)
        if len(parts) < _MOST_PARTS:
            parts.append(part)
    return parts


def _values(frame: bytes) -> int:
    raw = sum(map(frame.count, (b"[", b"{", b",")))
    return raw if raw <= _MOST_VALUES else values_in(frame.decode("utf-8", "replace"), _MOST_VALUES)


def own_memory() -> int:
    """Bytes of memory that this process takes up, libraries left out; 0 where no file tells (proc_pid_statm(5))."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            resident, shared = (int(number) for number in statm.read().split()[1:3])
    except OSError:
        return 0
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE")
