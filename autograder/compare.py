"""Is this answer the expected one? Plain data against plain data, with a word for the way in which they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Tolerance:
    """|got - expected| <= absolute + relative * |expected|, element by element.

    The default suits float64 arithmetic in another order: reordering a sum of n terms moves it by about n * 1e-16
    relatively, so 1e-7 passes every order and no other formula.
    """

    relative: float = 1e-7
    absolute: float = 1e-9


FLOAT64 = Tolerance()
FLOAT32 = Tolerance(1e-4, 1e-5)
"""For inputs in float32: an answer computed in float32 or in float64 is right."""


def difference(got: Any, expected: Any, tolerance: Tolerance = FLOAT64) -> str | None:
    """Say how `got` differs from `expected`, or None where they agree.

    Args:
        got: what a learner's code returned; any object.
        expected: None, bool, number, str, ndarray, or a list, tuple, set or dict of those.

    Returns:
        None, or one of "kind" (not that sort of value), "shape", "nan" (not finite where it should be), "value".
    """
    if isinstance(expected, (np.ndarray, np.generic)) or _is_number(expected):
        return _numbers_differ(got, np.asarray(expected), tolerance)
    if isinstance(expected, (bool, np.bool_)):
        if not isinstance(got, (bool, np.bool_)):
            return "kind"
        return None if bool(got) == bool(expected) else "value"
    if expected is None or isinstance(expected, str):
        return None if type(got) is type(expected) and got == expected else ("value" if isinstance(got, str) else "kind")
    if isinstance(expected, (set, frozenset)):
        if not isinstance(got, (set, frozenset)):
            return "kind"
        return None if _plain(got) == _plain(expected) else "value"
    if isinstance(expected, (list, tuple)):
        if not isinstance(got, (list, tuple, np.ndarray)):
            return "kind"
        if len(got) != len(expected):
            return "shape"
        return _first(difference(g, e, tolerance) for g, e in zip(got, expected, strict=True))
    if isinstance(expected, Mapping):
        if not isinstance(got, Mapping):
            return "kind"
        if set(got) != set(expected):
            return "shape"
        return _first(difference(got[key], expected[key], tolerance) for key in expected)
    raise TypeError(f"an exam may expect plain data only, not {type(expected).__name__}")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _numbers_differ(got: Any, expected: np.ndarray, tolerance: Tolerance) -> str | None:
    try:
        array = np.asarray(got)
    except Exception:  # a learner's object may raise anything from __array__
        return "kind"
    if array.dtype.kind not in "biuf" or (expected.dtype.kind == "b") != (array.dtype.kind == "b"):
        return "kind"
    if array.shape != expected.shape:
        return "shape"
    if expected.dtype.kind in "bi" and array.dtype.kind in "biu":
        return None if np.array_equal(array, expected) else "value"
    array = array.astype(np.float64)
    if np.any(np.isfinite(expected) & ~np.isfinite(array)):
        return "nan"
    close = np.allclose(array, expected, rtol=tolerance.relative, atol=tolerance.absolute, equal_nan=True)
    return None if close else "value"


def _plain(value: Any) -> Any:
    """Sets of tuples with NumPy integers in them compare as sets of tuples of Python integers."""
    if isinstance(value, (set, frozenset)):
        return {_plain(item) for item in value}
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return value.item() if isinstance(value, np.generic) else value


def _first(differences) -> str | None:
    return next((d for d in differences if d is not None), None)
