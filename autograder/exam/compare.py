"""Is this answer the expected one? Plain data against plain data, with a word for the way in which they differ."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Tolerance:
    """|got - expected| <= absolute + relative * |expected|, element by element.

    The default lets an answer be computed in float32, whatever came in: no exercise names a precision. float32 holds
    numbers to 6e-8; a few dozen operations on numbers around 1 stay within 1e-5, and no other formula comes as near.
    """

    relative: float = 1e-4
    absolute: float = 1e-5


FLOAT32 = Tolerance()
EXACT = Tolerance(0, 0)


class NotPlainError(TypeError):
    """What an exam expects is not plain data."""


def difference(got: Any, expected: Any, tolerance: Tolerance = FLOAT32) -> str | None:
    """Say how `got` differs from `expected`, or None where they agree.

    Args:
        got: what a learner's code returned; any object, also one whose methods raise.
        expected: None, bool, number, str, ndarray, tensor, or a list, tuple, set or dict of those.

    Returns:
        None, or one of "kind" (not that sort of value), "shape", "nan" (not finite where it should be), "value".

    Raises:
        NotPlainError: `expected` is none of those.
    """
    try:
        return _difference(got, expected, tolerance)
    except NotPlainError:
        raise
    except Exception:  # a learner's object may raise anything from any method
        return "kind"


def _difference(got: Any, expected: Any, tolerance: Tolerance) -> str | None:
    if isinstance(expected, (np.ndarray, np.generic, bool, int, float)) and not isinstance(expected, np.str_):
        return _numbers_differ(np.asarray(got), np.asarray(expected), tolerance)
    if _is_tensor(expected):
        return _numbers_differ(_as_array(got), _as_array(expected), tolerance) if _is_tensor(got) else "kind"
    if expected is None:
        return None if got is None else "kind"
    if isinstance(expected, str):
        if not isinstance(got, str):
            return "kind"
        return None if str.__eq__(got, expected) is True else "value"
    if isinstance(expected, (set, frozenset)):
        if not isinstance(got, (set, frozenset)):
            return "kind"
        return None if _plain(got) == _plain(expected) else "value"
    if isinstance(expected, (list, tuple)):
        if not isinstance(got, (list, tuple, np.ndarray)):
            return "kind"
        if len(got) != len(expected):
            return "shape"
        return _first(_difference(g, e, tolerance) for g, e in zip(got, expected, strict=True))
    if isinstance(expected, Mapping):
        if not isinstance(got, Mapping):
            return "kind"
        if set(got) != set(expected):
            return "shape"
        return _first(_difference(got[key], expected[key], tolerance) for key in expected)
    raise NotPlainError(f"an exam may expect plain data only, not {type(expected).__name__}")


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")  # nobody has a tensor where torch was not imported
    return torch is not None and isinstance(value, torch.Tensor)


def _as_array(tensor: Any) -> np.ndarray:
    """A tensor's numbers; NumPy has no bfloat16, and float64 holds every number of the smaller types."""
    tensor = tensor.detach().cpu()
    return (tensor.double() if tensor.is_floating_point() else tensor).numpy()


def _numbers_differ(got: np.ndarray, expected: np.ndarray, tolerance: Tolerance) -> str | None:
    if expected.dtype.kind not in "biuf":
        raise NotPlainError(f"an exam may expect arrays of numbers only, not of {expected.dtype}")
    if got.dtype.kind not in "biuf" or (expected.dtype.kind == "b") != (got.dtype.kind == "b"):
        return "kind"
    if got.shape != expected.shape:
        return "shape"
    if np.array_equal(got, expected):
        return None
    if expected.dtype.kind in "biu" and got.dtype.kind in "biu":
        return "value"
    got, expected = got.astype(np.float64), expected.astype(np.float64)
    if np.any(np.isfinite(expected) & ~np.isfinite(got)):
        return "nan"
    close = np.allclose(got, expected, rtol=tolerance.relative, atol=tolerance.absolute, equal_nan=True)
    return None if close else "value"


def _plain(value: Any) -> Any:
    """Sets of tuples with NumPy integers in them compare as sets of tuples of Python integers."""
    if isinstance(value, (set, frozenset)):
        return {_plain(item) for item in value}
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    plain = value.item() if isinstance(value, np.generic) else value
    if type(plain) not in (bool, int, float, str):
        raise TypeError(f"{type(plain).__name__} is no plain member of a set")
    return plain


def _first(differences: Iterable[str | None]) -> str | None:
    return next((d for d in differences if d is not None), None)
