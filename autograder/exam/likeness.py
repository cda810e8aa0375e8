"""How wrong numbers are like the right ones, in one sentence: a fact about the answer, and a question to go on from."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exam.compare import Tolerance

_SOME = 0.25
"""The share of right numbers from which on it is worth saying that some are."""


def likeness(got: Any, expected: Any, tolerance: Tolerance) -> str:
    """What a result has in common with the expected one, "" if nothing can be said.

    Nothing of the inputs or of the expected numbers comes out.

    Args:
        got: what the answer returned, of the right sort.
        expected: what it should have returned.
    """
    mine, right = _numbers(got), _numbers(expected)
    if mine is None or right is None:
        return ""
    if mine.ndim != right.ndim:
        return f"It has {_axes(mine.ndim)}, and {right.ndim} were asked for."
    if len(np.unique(right)) < 3 or not np.isfinite(mine).all():
        return _lengths(mine.shape, right.shape)

    def same(one: np.ndarray, other: np.ndarray) -> bool:
        return one.shape == other.shape and np.allclose(one, other, tolerance.relative, tolerance.absolute)

    if right.ndim > 1 and same(mine, np.swapaxes(right, -1, -2)):
        return "The numbers are right, but two axes have changed places."
    if mine.size == right.size and same(np.sort(mine, axis=None), np.sort(right, axis=None)):
        return "The right numbers stand in the wrong places. Which axis, or which order, is another?"
    if mine.shape != right.shape:
        return _lengths(mine.shape, right.shape)
    if same(mine, -right):
        return "Every number has the wrong sign."
    with np.errstate(invalid="ignore"):  # where -inf is expected, as of a token that is shut out, there is no factor
        factor = float((mine * right).sum() / (right * right).sum())
    if abs(factor) > tolerance.absolute and same(mine, factor * right):
        return "Every number is the same multiple of what it should be. Is a factor missing, or one too many?"
    if np.ptp(right) > 100 * tolerance.absolute and same(mine - right, np.full(right.shape, (mine - right).mean())):
        return "Every number is off by the same amount. Is something added that should not be, or left out?"
    if any(same(mine, np.round(right, digits)) for digits in range(4)):
        return "The numbers are rounded. Where do the decimals get lost?"
    share = np.isclose(mine, right, tolerance.relative, tolerance.absolute).mean()
    return (
        "Some of the numbers are right, others are not. What do the right ones have in common?"
        if share >= _SOME
        else ""
    )


def plain_likeness(got: Any, expected: Any) -> str:
    """The same for what is no array: a truth, a set, a list, or another sort of thing than was asked for."""
    mine, right = _sort(got), _sort(expected)
    if mine != right and mine not in _AS_GOOD.get(right, ()):
        return f"It is {mine}, and {right} is asked for." if mine and right else ""
    if right == "True or False":
        return f"It says {bool(got)} where {bool(expected)} is right." if bool(got) != bool(expected) else ""
    if right == "a set":
        said = ["something is missing in it"] * bool(expected - got) + ["something in it does not belong"] * bool(
            got - expected
        )
        return f"{' and '.join(said)}.".capitalize() if said else ""
    if right in ("a list", "a tuple"):
        if len(got) != len(expected):
            return f"It has {_entries(len(got))}, and {len(expected)} were asked for."
        count = sum(type(one) is type(other) and bool(one == other) for one, other in zip(got, expected, strict=True))
        return (
            f"Of its {len(got)} entries {count} {'is' if count == 1 else 'are'} right." if 0 < count < len(got) else ""
        )
    return ""


_SORTS = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
    tuple: "a tuple",
    set: "a set",
    dict: "a dict",
    np.ndarray: "an array",
}


_AS_GOOD = {
    "a whole number": ("a number", "an array", "a tensor"),
    "a number": ("a whole number", "an array", "a tensor"),
    "a list": ("a tuple", "an array"),
    "a tuple": ("a list", "an array"),
    "an array": ("a whole number", "a number", "a list", "a tuple", "a tensor"),
}
"""Other sorts that the comparison takes as well, so that they are never what is wrong."""


def _sort(value: Any) -> str:
    """In words what a value is; "" where it is nothing that an exam asks for."""
    if hasattr(value, "detach"):
        return "a tensor"
    plain = value.item() if isinstance(value, np.generic) else value
    return _SORTS.get(set if isinstance(plain, frozenset) else type(plain), "")


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def _axes(count: int) -> str:
    return "no axis" if count == 0 else "1 axis" if count == 1 else f"{count} axes"


def _lengths(mine: tuple[int, ...], right: tuple[int, ...]) -> str:
    """Which axes of a shape have another length, counted from the last."""
    places = [str(axis) for axis in range(-1, -len(right) - 1, -1) if mine[axis] != right[axis]]
    if not places:
        return ""
    return f"The length of axis {' and of axis '.join(places)} is another; -1 is the last."


def _numbers(value: Any) -> np.ndarray | None:
    """The numbers of an array or a tensor; None of anything else."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().double().numpy()
    value = np.asarray(value) if isinstance(value, (int, float, np.generic)) else value
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "iufb" or value.size > 1_000_000:
        return None
    return value.astype(float)
