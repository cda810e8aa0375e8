"""Messages between the grader's exam and the learner's kernel: a JSON header and raw bytes, each of stated length.

    4 bytes   b"ans1"
    4 bytes   length of the header, little-endian
    header    JSON: [value, [length of each piece of bytes]]
    pieces    one after the other

Never pickle, nothing that is evaluated. Both sides read with the same limits; the grader's side allows no views.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from itertools import accumulate
from typing import Any

from attention_course.answering.arrays import WireError
from attention_course.answering.pack import Pieces, encode
from attention_course.answering.unpack import Decoder

MAGIC = b"ans1"
MOST_HEADER = 16 << 20
MOST_BYTES = 128 << 20
MOST_PIECES = 10_000
_START = struct.Struct("<4sI")


def _refuse(constant: str) -> None:
    raise ValueError(constant)


_ENCODER, _DECODER = json.JSONEncoder(allow_nan=False, separators=(",", ":")), json.JSONDecoder(parse_constant=_refuse)
"""Made once: `json.dumps` and `json.loads` with options make new ones for every message."""


class ClosedError(WireError):
    """The other side is gone."""


class LateError(WireError):
    """The other side did not send, or take, a whole message in time."""


def pack(value: Any, *, views: bool = True) -> bytes:
    """One message.

    Args:
        views: whether arrays keep their strides.

    Raises:
        WireError: the value is too large or too deep.
    """
    pieces = Pieces(views=views)
    try:
        tree = encode(value, pieces)
        header = _ENCODER.encode([tree, [len(piece) for piece in pieces]]).encode()
    except (RecursionError, ValueError) as error:
        raise WireError(f"cannot be sent: {type(error).__name__}") from None
    if len(header) > MOST_HEADER or len(pieces) > MOST_PIECES or sum(map(len, pieces)) > MOST_BYTES:
        raise WireError("too large to be sent")
    return b"".join([_START.pack(MAGIC, len(header)), header, *pieces])


def send(connection: socket.socket, message: bytes, deadline: float | None = None) -> None:
    """Send a packed message.

    Args:
        deadline: on `time.monotonic()`'s clock.

    Raises:
        ClosedError, LateError: the other side does not take it.
    """
    try:
        connection.settimeout(_left(deadline))
        connection.sendall(message)
    except TimeoutError:
        raise LateError("the message was not taken in time") from None
    except OSError as error:
        raise ClosedError(str(error)) from None


def receive(connection: socket.socket, deadline: float | None = None, *, views: bool = False) -> Any:
    """Receive the value of one message.

    Args:
        deadline: on `time.monotonic()`'s clock, for the whole message: one byte at a time does not stretch it.
        views: whether arrays may come with strides: in the grader's messages, and never in what it gets back.

    Raises:
        ClosedError, LateError: no whole message came.
        WireError: it is malformed or too large. The connection is of no use after that.
    """
    magic, length = _START.unpack(_exactly(connection, _START.size, deadline))
    if magic != MAGIC or length > MOST_HEADER:
        raise WireError("not a message, or its header is too long")
    tree, sizes = _header(_exactly(connection, length, deadline))
    together = _exactly(connection, sum(sizes), deadline)
    ends = list(accumulate(sizes))
    pieces = [together[end - size : end] for size, end in zip(sizes, ends, strict=True)]
    return Decoder(pieces, views=views).read(tree)


def _header(text: bytearray) -> tuple[Any, list[int]]:
    try:
        header = _DECODER.decode(text.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise WireError(f"the header cannot be read: {type(error).__name__}") from None
    if type(header) is not list or len(header) != 2 or type(header[1]) is not list:
        raise WireError("a header is a value and sizes")
    sizes = header[1]
    if len(sizes) > MOST_PIECES or not all(type(size) is int and size >= 0 for size in sizes):
        raise WireError("sizes are whole numbers, and not too many")
    if sum(sizes) > MOST_BYTES:
        raise WireError("too many bytes")
    return header[0], sizes


def _exactly(connection: socket.socket, length: int, deadline: float | None) -> bytearray:
    content = bytearray(length)
    view = memoryview(content)
    try:
        while view:
            connection.settimeout(_left(deadline))
            count = connection.recv_into(view)
            if count == 0:
                raise ClosedError("the other side is gone")
            view = view[count:]
    except TimeoutError:
        raise LateError("no whole message came in time") from None
    except OSError as error:
        raise ClosedError(str(error)) from None
    return content


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
