"""Plain data as JSON and raw bytes, and back.

None, booleans, texts, whole numbers below 2^63 and finite floats are themselves; everything else is a list that begins
with its kind: `["tuple", [1, 2]]`, `["float", "nan"]`, `["array", [...], 0]`, the last number naming a piece of bytes.
Two kinds stand for what is not plain: `["like", x]` for an object that NumPy can read as the array x, and `["object"]`
for one that it cannot. `unpack` is the way back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from attention_course.answering.arrays import WireError, is_tensor, pack_array, pack_tensor

MOST_DEPTH = 40
WHOLE = 1 << 63
"""Whole numbers from here on are sent as hexadecimal digits."""


class Pieces(list[bytes]):
    """The raw bytes of a message.

    Args:
        views: whether arrays keep their strides; else they are sent as if contiguous.
    """

    def __init__(self, *, views: bool):
        super().__init__()
        self.views = views


def encode(value: Any, pieces: Pieces, depth: int = 0) -> Any:
    """Plain data as what JSON can hold; bytes are added to `pieces`.

    What is not plain is sent as near to it as can be: a namedtuple as a tuple, a parameter as a tensor, an object of
    an unknown class as no more than that.

    Raises:
        WireError: it is nested too deeply, or holds itself.
    """
    if depth > MOST_DEPTH:
        raise WireError(f"nested more than {MOST_DEPTH} deep")
    if value is None or value is True or value is False:
        return value
    for kind, how in _ENCODERS:
        if isinstance(value, kind):
            return how(value, pieces, depth + 1)
    if is_tensor(value):
        return _tensor(value, pieces)
    return _other(value, pieces, depth + 1)


def _whole(value: int, pieces: Pieces, depth: int) -> Any:
    number = int(value)
    return number if -WHOLE <= number < WHOLE else ["int", f"{number:x}"]


def _float(value: float, pieces: Pieces, depth: int) -> Any:
    number = float(value)
    return number if math.isfinite(number) else ["float", repr(number)]


def _complex(value: complex, pieces: Pieces, depth: int) -> Any:
    return ["complex", encode(value.real, pieces, depth), encode(value.imag, pieces, depth)]


def _bytes(value: bytes, pieces: Pieces, depth: int) -> Any:
    return ["bytes", _piece(bytes(value), pieces)]


def _members(name: str) -> Callable[[Iterable, Pieces, int], Any]:
    def several(value: Iterable, pieces: Pieces, depth: int) -> Any:
        return [name, [encode(member, pieces, depth) for member in value]]

    return several


def _mapping(value: Mapping, pieces: Pieces, depth: int) -> Any:
    return ["dict", [[encode(k, pieces, depth), encode(v, pieces, depth)] for k, v in value.items()]]


def _scalar(value: np.generic, pieces: Pieces, depth: int) -> Any:
    if isinstance(value, (np.str_, np.bytes_)):
        return encode(value.item(), pieces, depth)
    return _array(np.asarray(value), pieces, depth, "number")


def _array(value: np.ndarray, pieces: Pieces, depth: int, kind: str = "array") -> Any:
    array = np.asarray(value)
    if array.dtype.kind in "UO":
        return ["objects", list(array.shape), array.dtype.kind, [encode(x, pieces, depth) for x in array.ravel()]]
    try:
        described, content = pack_array(array if pieces.views else np.ascontiguousarray(array).reshape(array.shape))
    except WireError:
        return ["object"]
    return [kind, described, _piece(content, pieces)]


def _tensor(value: Any, pieces: Pieces) -> Any:
    try:
        described, content = pack_tensor(value if pieces.views else value.detach().contiguous())
    except (WireError, RuntimeError, NotImplementedError):  # sparse, quantised, or without numbers
        return ["object"]
    return ["tensor", described, _piece(content, pieces)]


def _other(value: Any, pieces: Pieces, depth: int) -> Any:
    if value is ...:
        return ["ellipsis"]
    if hasattr(value, "__array__") or isinstance(value, (Sequence, memoryview)):
        try:
            array = np.asarray(value)
            if array.dtype.kind in "biufc":
                return ["like", _array(array, pieces, depth)]
        except Exception:  # it only looked like one
            return ["object"]
    return ["object"]


def _piece(content: bytes, pieces: Pieces) -> int:
    pieces.append(content)
    return len(pieces) - 1


_ENCODERS: list[tuple[type, Callable[..., Any]]] = [
    (np.generic, _scalar),  # before float, of which np.float64 is one
    (np.ndarray, _array),
    (str, lambda value, pieces, depth: str.__str__(value)),
    (int, _whole),
    (float, _float),
    (complex, _complex),
    (bytes, _bytes),
    (list, _members("list")),
    (tuple, _members("tuple")),
    (set, _members("set")),
    (frozenset, _members("frozenset")),
    (Mapping, _mapping),
]
