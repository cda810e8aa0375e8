"""The learner's own arrays, for a cell that goes on from them: fit to be used, and in words."""

from __future__ import annotations

import numpy as np

from attention_course.checks.report import CheckError
from attention_course.figures.worked_example.style import glossed


def needed(value, shape: tuple[int, ...], name: str, where: str = "above") -> np.ndarray:
    """The learner's value as an array, or a sentence about what to finish first.

    Args:
        value: anything at all.
        shape: what it should have.
        name: of the exercise it comes from.
        where: that exercise stands.

    Raises:
        CheckError: it is no array of numbers of that shape.
    """
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.shape != shape or not np.isfinite(array).all():
        raise CheckError(f"this cell needs your `{name}`: finish that exercise {where}, then run this cell again.")
    return array


def in_words(matrix, tokens: list[str], name: str = "weights") -> str:
    """A matrix of weights as a sentence per row, for the alternative text of a figure."""
    matrix = needed(matrix, (len(tokens), len(tokens)), name)
    rows = (", ".join(f"{glossed(t)} {w:.2f}" for t, w in zip(tokens, row, strict=True)) for row in matrix)
    return "; ".join(f"row {glossed(token)}: {row}" for token, row in zip(tokens, rows, strict=True)) + "."


def points_in_words(points, tokens: list[str], name: str = "output") -> str:
    """A point of the plane for each token as a sentence, for the alternative text of a figure."""
    points = needed(points, (len(tokens), 2), name)
    return "; ".join(f"{glossed(token)} ({x:.2f}, {y:.2f})" for token, (x, y) in zip(tokens, points, strict=True)) + "."
