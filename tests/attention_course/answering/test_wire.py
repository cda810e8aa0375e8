"""Plain data arrives as it left; whatever else arrives is refused with one kind of error, in bounded time."""

import collections
import contextlib
import json
import math
import socket
import struct
import threading
import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attention_course.answering import arrays, wire
from attention_course.answering.unpack import ArrayLike, Opaque


def over_the_wire(value, *, views=True):
    """The value that arrives."""
    return received(wire.pack(value, views=views), views=views)


def received(message, *, views=False, seconds=5):
    """What a receiver makes of raw bytes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = threading.Thread(target=_send, args=(theirs, message))
        sender.start()
        try:
            return wire.receive(ours, time.monotonic() + seconds, views=views)
        finally:
            ours.close()
            sender.join()


def _send(connection, message):
    try:
        connection.sendall(message)
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the receiver has seen enough


def same(one, other):
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray | np.generic):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, torch.Tensor):
        return (
            one.dtype == other.dtype
            and one.shape == other.shape
            and arrays.pack_tensor(one)[1] == arrays.pack_tensor(other)[1]
        )
    if isinstance(one, float):
        return struct.pack("d", one) == struct.pack("d", other) or (math.isnan(one) and math.isnan(other))
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return one == other


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=20)
keys = st.integers() | st.text() | st.booleans() | st.tuples(st.integers(), st.text())
plain = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(keys, inner, max_size=4)
        | st.sets(keys, max_size=4)
        | st.frozensets(keys, max_size=4)
    ),
    max_leaves=20,
)


@given(plain)
@settings(max_examples=200, deadline=None)
def test_plain_data_arrives_as_it_left(value):
    assert same(over_the_wire(value), value)


DTYPES = ["bool", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 4)])
def test_arrays_and_numbers_arrive_as_they_left(dtype, shape):
    array = np.random.default_rng(0).integers(0, 2, size=shape).astype(dtype)
    assert same(over_the_wire(array), array)
    assert same(over_the_wire(array, views=False), array)
    number = np.dtype(dtype).type(1)
    assert same(over_the_wire(number), number)


@pytest.mark.parametrize("name", sorted(arrays.TORCH))
@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_tensors_arrive_as_they_left(name, shape):
    tensor = torch.ones(shape).to(getattr(torch, name))
    assert same(over_the_wire(tensor), tensor)


def test_a_gradient_stays_behind():
    assert over_the_wire(torch.ones(2, requires_grad=True)).requires_grad is False
    assert type(over_the_wire(torch.nn.Parameter(torch.ones(2)))) is torch.Tensor


X = np.arange(60.0).reshape(3, 4, 5)


@pytest.mark.parametrize(
    "view",
    [X.T, X[::2, ::-1, 1:4:2], X[::-1], np.broadcast_to(X[0, 0], (7, 5)), np.asfortranarray(X), X[1:1].T, X[:, 1:2]],
)
def test_a_view_keeps_its_strides_and_comes_back_whole(view):
    arrived = over_the_wire(view)
    np.testing.assert_array_equal(arrived, view)
    assert arrived.flags.writeable == view.flags.writeable
    if view.size:
        assert arrived.strides == view.strides
    whole = over_the_wire(view, views=False)
    np.testing.assert_array_equal(whole, view)
    assert whole.flags.c_contiguous


T = torch.arange(60.0).reshape(3, 4, 5)


@pytest.mark.parametrize(
    "view", [T.mT, T[::2, :, 1:4:2], T[:, 0].expand(2, 3, 5), T.permute(2, 0, 1).bool(), T[2, 1:].to(torch.bfloat16).mT]
)
def test_a_tensors_view_keeps_its_strides_and_comes_back_whole(view):
    arrived = over_the_wire(view)
    assert torch.equal(arrived, view)
    assert arrived.stride() == view.stride()
    whole = over_the_wire(view, views=False)
    assert torch.equal(whole, view)
    assert whole.is_contiguous()


Point = collections.namedtuple("Point", "x y")


class Text(str):
    def __str__(self):
        raise RuntimeError


class Liar(np.ndarray):
    def __eq__(self, other):
        return True

    def tobytes(self, *args):
        return b""


class FalseTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        raise RuntimeError


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        (Point(1, 2), (1, 2)),
        (Text("a"), "a"),
        (collections.OrderedDict(a=1), {"a": 1}),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        (np.ones(2).view(Liar), np.ones(2)),
        (np.array([[1, 2]]).view(np.matrix), np.array([[1, 2]])),
        (np.ma.masked_array([1, 2], [True, False]), np.array([1, 2])),
        (np.array(["我", "ab"]), np.array(["我", "ab"])),
        (np.str_("a"), "a"),
        (np.arange(3).astype(">i4"), np.arange(3).astype("<i4")),
        (np.ones(2, np.longdouble), np.ones(2)),
        (..., ...),
        (torch.Size([2, 3]), (2, 3)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_nearly_plain_arrives_as_the_plain_thing(sent, arrives):
    assert same(over_the_wire(sent, views=False), arrives)


def test_an_array_of_objects_arrives_as_one():
    arrived = over_the_wire(np.array([["a", 1], [None, 2.5]], dtype=object))
    assert arrived.tolist() == [["a", 1], [None, 2.5]]


@pytest.mark.parametrize(
    "sent", [range(3), memoryview(b"ab"), collections.deque([1, 2])], ids=lambda v: type(v).__name__
)
def test_what_reads_as_an_array_still_does(sent):
    arrived = over_the_wire(sent)
    assert isinstance(arrived, ArrayLike)
    np.testing.assert_array_equal(np.asarray(arrived), np.asarray(sent))


@pytest.mark.parametrize(
    "sent",
    [
        object(),
        len,
        iter([1]),
        np.array(["2026-01-01"], dtype="M8[D]"),
        torch.ones(2, device="meta"),
        torch.eye(2).to_sparse(),
        torch.ones(2).as_subclass(FalseTensor),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_plain_arrives_as_nothing_in_particular(sent):
    assert isinstance(over_the_wire(sent), Opaque)


def nested(depth):
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


def test_what_is_too_deep_or_too_large_is_not_sent():
    itself: list = []
    itself.append(itself)
    for value in (nested(50), itself, np.zeros(20 << 20)):
        with pytest.raises(wire.WireError):
            wire.pack(value)


def message(tree, *pieces, sizes=None, magic=b"ans1"):
    """A message with any header."""
    header = tree if isinstance(tree, bytes) else json.dumps([tree, sizes or [len(p) for p in pieces]]).encode()
    return struct.pack("<4sI", magic, len(header)) + header + b"".join(pieces)


EIGHT = struct.pack("<d", 1.0)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"ans1",
        b"HTTP/1.1 200 OK\r\n\r\n",
        message(1, magic=b"ans2"),
        struct.pack("<4sI", b"ans1", 0xFFFFFFFF),
        message(b"\xff\xfe"),
        message(b"{}"),
        message(b"[1]"),
        message(b"[NaN,[]]"),
        message(b"[1e999,[]]"),
        message(b"[" + b"1" * 5000 + b",[]]"),
        message(b"[" * 100_000),
        message(1 << 70),
        message({}),
        message([]),
        message([["list"], []]),
        message(["pickle", 0], b"cos\nsystem\n(S'id'\ntR."),
        message(["int", "z"]),
        message(["int", "f" * 5000]),
        message(["float", "1.5"]),
        message(["set", [["list", []]]]),
        message(["dict", [[["list", []], 1]]]),
        message(["dict", [[1]]]),
        message(["set", list(range(10_001))]),
        message(["bytes", 0]),
        message(["bytes", -1], b"a"),
        message(["bytes", True], b"a"),
        message(1, sizes=[1 << 40]),
        message(1, sizes=[-1]),
        message(1, sizes=[1.5]),
        message(1, sizes=[0] * 10_001),
        message(["array", ["<f8", [1], None, 0, False], 0], EIGHT[:7]),
        message(["array", ["<f8", [2], None, 0, False], 0], EIGHT),
        message(["array", ["<f8", [-1], None, 0, False], 0], EIGHT),
        message(["array", ["<f8", [1 << 60], None, 0, False], 0], EIGHT),
        message(["array", ["<f8", [1], [8], 0, False], 0], EIGHT),
        message(["array", ["<f8", [1 << 30], [0], 0, False], 0], EIGHT),
        message(["array", ["|O8", [1], None, 0, False], 0], EIGHT),
        message(["array", [["<f8"], [1], None, 0, False], 0], EIGHT),
        message(["array", ["<f8", [1] * 40, None, 0, False], 0], EIGHT),
        message(["array", ["<f8", [1], None, 8, False], 0], EIGHT),
        message(["array", ["V8", [1], None, 0, False], 0], EIGHT),
        message(["number", ["<f8", [1], None, 0, False], 0], EIGHT),
        message(["tensor", ["float64", [1], [1]], 0], EIGHT),
        message(["tensor", ["float64", [1 << 40], [0]], 0], EIGHT),
        message(["tensor", ["qint8", [8], None], 0], EIGHT),
        message(["tensor", ["load", [8], None], 0], EIGHT),
        message(["list", [["array", ["<f8", [1], None, 0, False], 0]] * 2], EIGHT),
        message(["objects", [2], "O", [1]]),
        message(["objects", [-1, -1], "O", [1]]),
        message(["objects", [1], "U", [1]]),
        message(["objects", [2000], "U", ["a" * 10_000] + [""] * 1999]),
        message(["like", 1]),
        message(["complex", 1, "x"]),
        message(b"[" + json.dumps(nested(60)).replace("[", '["list",[').replace("]", "]]").encode() + b",[]]"),
    ],
    ids=range(55),
)
def test_what_is_malformed_is_refused(content):
    with pytest.raises(wire.WireError):
        received(content)


def test_a_view_out_of_its_bytes_is_refused_on_both_sides():
    for views in (False, True):
        for strides, offset in ([[8], 8], [[1 << 40], 0], [[-8], 0]):
            with pytest.raises(wire.WireError):
                received(message(["array", ["<f8", [2], strides, offset, False], 0], EIGHT * 2), views=views)
        with pytest.raises(wire.WireError):
            received(message(["tensor", ["float64", [3], [1]], 0], EIGHT * 2), views=views)


def test_a_third_truth_value_is_true():
    assert received(message(["array", ["|b1", [2], None, 0, False], 0], b"\x02\x00")).view(np.uint8).tolist() == [1, 0]
    assert received(message(["tensor", ["bool", [2], None], 0], b"\x02\x00")).view(torch.uint8).tolist() == [1, 0]


def test_a_slow_drip_does_not_stretch_the_time():
    ours, theirs = socket.socketpair()
    stop = threading.Event()

    def drip():
        for byte in wire.pack(list(range(1000))):
            if stop.wait(0.02):
                return
            theirs.sendall(bytes([byte]))

    dripping = threading.Thread(target=drip)
    started = time.monotonic()
    with ours, theirs:
        dripping.start()
        with pytest.raises(wire.LateError):
            wire.receive(ours, started + 0.3)
        stop.set()
        dripping.join()
    assert time.monotonic() - started < 2


def test_who_does_not_read_does_not_stop_the_sender():
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(wire.LateError):
        wire.send(ours, wire.pack(np.zeros(1 << 20)), time.monotonic() + 0.2)


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_random_bytes_are_refused(content):
    with pytest.raises(wire.WireError):
        received(message(content))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 1 << 70) | st.floats() | st.text(max_size=4)
    | st.sampled_from(["list", "tuple", "set", "dict", "array", "tensor", "number", "objects", "like", "<f8", "U"]),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=30,
)  # fmt: skip


@given(json_values, st.lists(st.binary(max_size=16), max_size=3))
@settings(max_examples=500, deadline=None)
def test_any_header_gives_a_value_or_one_kind_of_error(tree, pieces):
    with contextlib.suppress(wire.WireError):
        received(message(tree, *pieces))


@given(plain, st.data())
@settings(max_examples=300, deadline=None)
def test_a_damaged_message_gives_a_value_or_one_kind_of_error(value, data):
    content = bytearray(wire.pack([value, np.arange(3), torch.ones(2), np.array(["a"])], views=False))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(wire.WireError):
        received(bytes(content))
