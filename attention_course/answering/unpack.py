"""Plain data out of what `pack` made of it; every limit and every type is checked, the other side may be anybody."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from attention_course.answering.arrays import WireError, unpack_array, unpack_tensor
from attention_course.answering.pack import MOST_DEPTH, WHOLE

MOST_VALUES = 1_000_000
MOST_MEMBERS = 10_000
"""Of a set or a dict: members can be made to collide, and then each costs time for every other."""

_LONGEST = 4096
"""Hexadecimal digits of a whole number."""


class Opaque:
    """What a learner's code returned and cannot be sent: it equals nothing that an exam expects."""


class ArrayLike:
    """An object that is no array, and reads as one: a range, a memoryview, a table of another library."""

    def __init__(self, array: np.ndarray):
        self.array = array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.array, dtype=dtype)


class Decoder:
    """Reads the value of one message.

    Args:
        pieces: the raw bytes that came with it.
        views: whether arrays may have strides.
    """

    def __init__(self, pieces: list[bytearray], *, views: bool):
        self._pieces, self._views, self._left = pieces, views, MOST_VALUES

    def read(self, tree: Any, depth: int = 0) -> Any:
        """The value of a tree.

        Raises:
            WireError: it is malformed, too deep, too large, or what it asks for cannot be made.
        """
        self._left -= 1
        if depth > MOST_DEPTH or self._left < 0:
            raise WireError("too deep or too large")
        if tree is None or type(tree) in (bool, str, int, float):
            return self._plain(tree)
        if type(tree) is not list or not tree or type(tree[0]) is not str:
            raise WireError("no value begins like this")
        kind, fields = tree[0], tree[1:]
        if kind in ("list", "tuple", "set", "frozenset") and len(fields) == 1:
            return self._several(kind, fields[0], depth)
        reader = _READERS.get((kind, len(fields)))
        if reader is None:
            raise WireError("no such kind of value")
        return reader(self, *fields, depth + 1)

    def _plain(self, value: Any) -> Any:
        if type(value) is int and not -WHOLE <= value < WHOLE:
            raise WireError("a long whole number has a form of its own")
        if type(value) is float and not math.isfinite(value):
            raise WireError("a number that is none has a form of its own")
        return value

    def _several(self, kind: str, members: Any, depth: int) -> Any:
        if type(members) is not list:
            raise WireError("a list of members is missing")
        if kind in ("set", "frozenset") and len(members) > MOST_MEMBERS:
            raise WireError("a set with too many members")
        read = [self.read(member, depth + 1) for member in members]
        try:
            return {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}[kind](read)
        except TypeError:
            raise WireError("what is in a set must be hashable") from None

    def _dict(self, entries: Any, depth: int) -> dict:
        if type(entries) is not list or len(entries) > MOST_MEMBERS:
            raise WireError("a dict is a list of few entries")
        if not all(type(entry) is list and len(entry) == 2 for entry in entries):
            raise WireError("an entry is a key and a value")
        try:
            return {self.read(key, depth): self.read(value, depth) for key, value in entries}
        except TypeError:
            raise WireError("a key must be hashable") from None

    def _int(self, digits: Any, depth: int) -> int:
        if type(digits) is not str or len(digits) > _LONGEST:
            raise WireError("too long a whole number")
        try:
            return int(digits, 16)
        except ValueError:
            raise WireError("no whole number") from None

    def _float(self, name: Any, depth: int) -> float:
        if name not in ("nan", "inf", "-inf"):
            raise WireError("no number of that name")
        return float(name)

    def _complex(self, real: Any, imaginary: Any, depth: int) -> complex:
        parts = self.read(real, depth), self.read(imaginary, depth)
        if not all(type(part) is float for part in parts):
            raise WireError("a complex number has two floats")
        return complex(*parts)

    def _piece(self, number: Any) -> bytearray:
        if type(number) is not int or not 0 <= number < len(self._pieces):
            raise WireError("no such piece of bytes")
        return self._pieces[number]

    def _bytes(self, number: Any, depth: int) -> bytes:
        return bytes(self._piece(number))

    def _array(self, described: Any, number: Any, depth: int) -> np.ndarray:
        content = self._once(number)
        try:
            return unpack_array(described, content, views=self._views)
        except (TypeError, ValueError, OverflowError) as error:  # NumPy's own refusals
            raise WireError(str(error)) from None

    def _number(self, described: Any, number: Any, depth: int) -> Any:
        array = self._array(described, number, depth)
        if array.shape != ():
            raise WireError("a number has no shape")
        return array[()]

    def _tensor(self, described: Any, number: Any, depth: int) -> Any:
        content = self._once(number)
        try:
            return unpack_tensor(described, content, views=self._views)
        except (TypeError, ValueError, OverflowError, RuntimeError) as error:  # PyTorch's own refusals
            raise WireError(str(error)) from None

    def _once(self, number: Any) -> bytearray:
        """A piece of bytes, which makes one array: the same bytes a thousand times over would fill the memory."""
        content = self._piece(number)
        self._pieces[number] = bytearray()
        return content

    def _objects(self, shape: Any, kind: Any, members: Any, depth: int) -> np.ndarray:
        if type(shape) is not list or type(members) is not list or not all(type(size) is int for size in shape):
            raise WireError("an array of objects has a shape and members")
        if kind not in ("U", "O") or len(shape) > 16 or math.prod(shape) != len(members) or min(shape, default=0) < 0:
            raise WireError("an array's shape does not fit its members")
        array = np.empty(len(members), dtype=object)
        for place, member in enumerate(members):
            array[place] = self.read(member, depth)
        if kind == "U":
            if not all(type(member) is str for member in array):
                raise WireError("an array of texts holds texts")
            longest = max((len(member) for member in array), default=1)
            if 4 * longest * len(members) > 64 << 20:
                raise WireError("an array of texts that is too large")
            array = array.astype(f"U{max(longest, 1)}")
        return array.reshape(shape)

    def _like(self, tree: Any, depth: int) -> ArrayLike:
        array = self.read(tree, depth)
        if type(array) is not np.ndarray:
            raise WireError("what reads as an array is an array")
        return ArrayLike(array)


_READERS: dict[tuple[str, int], Callable[..., Any]] = {
    ("int", 1): Decoder._int,
    ("float", 1): Decoder._float,
    ("complex", 2): Decoder._complex,
    ("bytes", 1): Decoder._bytes,
    ("ellipsis", 0): lambda decoder, depth: ...,
    ("object", 0): lambda decoder, depth: Opaque(),
    ("like", 1): Decoder._like,
    ("dict", 1): Decoder._dict,
    ("array", 2): Decoder._array,
    ("number", 2): Decoder._number,
    ("tensor", 2): Decoder._tensor,
    ("objects", 3): Decoder._objects,
}
