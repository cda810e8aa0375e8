"""The four arrays that learners work out by hand. Each is held against the learner's own array before it."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from attention_course.checks.report import CheckError, expect_shape, visible_check

TOKENS = ("我 (I) = (1, 0)", "喜欢 (like) = (0, 1)", "吃 (eat) = (1, 1)", "苹果 (apple) = (0, 0)")

SQUARED_LENGTHS = (1, 1, 2, 0)

ROUNDED = 5e-4
"""Slack for a sum of numbers that a learner typed with four decimals."""

RATIO_ROUNDED = 4e-4
"""Slack for a weight against up to e times another, each of them off by up to 0.0001."""

ZERO_IN_FOUR_DECIMALS = 8
"""How far a score must be behind the largest of its row for its weight to come near 0.0000."""


NO_EXP = (
    "0 / 0 is NaN. A sum of e to the power of something is never 0: is `np.exp` of the scores there, before dividing?"
)


def _value(value, shape: tuple[int, ...], name: str, not_finite: str = "") -> NDArray:
    """The learner's value as a float array of that shape, or a sentence about what it is instead."""
    if value is None:
        raise CheckError(f"{name} is still empty. Write `{name} = ...` in the cell above, run it, then run this one.")
    try:
        array = np.asarray(value)
    except Exception:  # a list of lists of different lengths, or an object that cannot be converted
        raise CheckError(
            f"{name} should be a {shape[0]} x {shape[1]} array; do all its rows have one length?"
        ) from None
    if array.dtype.kind not in "iuf":
        raise CheckError(f"{name} should be an array of numbers; it is {type(value).__name__}.")
    expect_shape(array, shape, name)
    if not np.isfinite(array).all():
        raise CheckError(
            f"{name} has a NaN or an infinity in it; every entry here is an ordinary number. {not_finite}".rstrip()
        )
    return array.astype(float)


def _remark_on_lists(value) -> None:
    """A list of lists has the right numbers, but a softmax of one's own may stop at it."""
    if isinstance(value, (list, tuple)):
        print(f"scores is a {type(value).__name__}. Write `np.array(...)` around it: the next cells calculate with it.")


def _given(value, shape: tuple[int, ...]) -> NDArray | None:
    """An earlier value of the learner's, or None if nothing can be concluded from it."""
    try:
        return _value(value, shape, "")
    except CheckError:
        return None


@visible_check(points=2)
def scores(matrix) -> None:
    """Shape, symmetry, squared lengths on the diagonal, one entry by hand."""
    typed, matrix = matrix, _value(matrix, (4, 4), "scores")
    if not np.allclose(matrix, matrix.T):
        i, j = np.argwhere(~np.isclose(matrix, matrix.T))[0]
        raise CheckError(
            f"the dot product of two vectors does not depend on which comes first, but your [{i}, {j}] is "
            f"{matrix[i, j]:g} and your [{j}, {i}] is {matrix[j, i]:g}. Work out both again."
        )
    if not np.allclose(matrix[1, 2], 1):
        raise CheckError(f"{TOKENS[1]} meets {TOKENS[2]}: 0·1 + 1·1 = 1, but your scores[1, 2] is {matrix[1, 2]:g}.")
    for i, (token, squared) in enumerate(zip(TOKENS, SQUARED_LENGTHS, strict=True)):
        if not np.allclose(matrix[i, i], squared):
            raise CheckError(
                "a vector's dot product with itself is its squared length: square its numbers and add. "
                f"This is {token}, but your scores[{i}, {i}] is {matrix[i, i]:g}."
            )
    if not np.allclose(matrix[3], 0):
        raise CheckError(f"{TOKENS[3]}. What is 0·a + 0·b, whatever a and b are? Your last row is {matrix[3]}.")
    _remark_on_lists(typed)


@visible_check(points=2)
def weights(matrix, scores) -> None:
    """Positive, rows sum to 1, equal scores equal weights, larger score larger weight, one ratio by hand."""
    _expect_weights(_value(matrix, (4, 4), "weights", NO_EXP), _given(scores, (4, 4)))


def _expect_weights(matrix: NDArray, scores: NDArray | None) -> None:
    _expect_distribution(matrix, scores, "weights")
    if scores is not None:
        _expect_same_order(matrix, scores, "weights")
        _expect_ratio(matrix, scores, "weights", math.e, "e = 2.718")


def _follow(weights: NDArray, scores: NDArray) -> bool:
    """Whether the learner's own weights may serve to judge what comes after them: wrong ones must not cost twice."""
    try:
        _expect_weights(weights, scores)
    except CheckError:
        return False
    return True


@visible_check(points=1)
def scaled_weights(matrix, scores, weights) -> None:
    """As for the weights; besides, every row is at least as even as before."""
    matrix = _value(matrix, (4, 4), "scaled_weights", NO_EXP)
    scores, weights = _given(scores, (4, 4)), _given(weights, (4, 4))
    _expect_distribution(matrix, scores, "scaled_weights")
    if scores is not None:
        _expect_same_order(matrix, scores, "scaled_weights")
    if scores is not None and weights is not None and _follow(weights, scores):
        if (matrix.max(axis=-1) > weights.max(axis=-1) + ROUNDED).any():
            raise CheckError("a row got sharper: its largest weight grew. Dividing scores brings them closer together.")
        spread = np.ptp(scores, axis=-1)
        if np.allclose(matrix, weights, atol=ROUNDED) and ((spread > 0.1) & (spread < ZERO_IN_FOUR_DECIMALS)).any():
            raise CheckError("scaled_weights are the same as weights. Divide the scores before the softmax.")
    if scores is not None:
        _expect_ratio(matrix, scores, "scaled_weights", 2.0281, "e to the power of 1/√2, which is 2.028,")


def _expect_distribution(matrix: NDArray, scores: NDArray | None, name: str) -> None:
    behind = 0 if scores is None else scores.max(axis=-1, keepdims=True) - scores
    impossible = (matrix < 0) | ((matrix == 0) & (behind < ZERO_IN_FOUR_DECIMALS))
    if impossible.any():
        i, j = np.argwhere(impossible)[0]
        raise CheckError(f"e to any power is above 0, so every weight is; {name}[{i}, {j}] is {matrix[i, j]:g}.")
    sums = matrix.sum(axis=-1)
    if not np.allclose(sums, 1, rtol=0, atol=ROUNDED):
        raise CheckError(
            f"each row of {name} must sum to 1, yours sum to {sums.round(4)}.{_why_not_1(matrix, sums)}".rstrip()
        )


def _why_not_1(matrix: NDArray, sums: NDArray) -> str:
    if np.allclose(matrix.sum(axis=0), 1, rtol=0, atol=ROUNDED):
        return " Your columns sum to 1: along which axis do the weights of one query lie?"
    return _if_rounded(matrix, np.abs(sums - 1).max(), terms=matrix.shape[-1])


def _if_rounded(matrix: NDArray, gap: float, terms: float) -> str:
    """A sentence about rounding, where one decimal too few in each of `terms` numbers explains a gap.

    Args:
        matrix: the numbers as the learner gave them.
        gap: how far a sum or a product of them is off.
        terms: how often the error of a single number enters.
    """
    for decimals in (1, 2, 3):
        if np.array_equal(matrix, matrix.round(decimals)) and gap <= terms * 0.5 * 10**-decimals + 1e-9:
            return " Rounded too much? Give 4 decimals."
    return ""


def _expect_same_order(matrix: NDArray, scores: NDArray, name: str) -> None:
    for i, (row, wanted) in enumerate(zip(matrix, scores, strict=True)):
        by_score = np.argsort(wanted, kind="stable")
        for low, high in pairwise(by_score):
            equal = np.isclose(wanted[low], wanted[high])
            if equal and abs(row[low] - row[high]) > ROUNDED:
                raise CheckError(
                    f"row {i}: scores[{i}, {low}] and scores[{i}, {high}] are both {wanted[low]:g}, so they are equal, "
                    f"but the {name} there are {row[low]:g} and {row[high]:g}."
                )
            if not equal and row[low] > row[high] + ROUNDED:
                raise CheckError(
                    f"row {i}: scores[{i}, {high}] = {wanted[high]:g} is larger than scores[{i}, {low}] = "
                    f"{wanted[low]:g}, so its weight must be larger too."
                )


def _expect_ratio(matrix: NDArray, scores: NDArray, name: str, ratio: float, words: str) -> None:
    """Some pairs by hand: scores of one row that differ by 1 have weights in a fixed ratio."""
    for i, j, k in ((0, 2, 1), (1, 1, 0), (2, 0, 3)):
        gap = abs(matrix[i, j] - ratio * matrix[i, k])
        if np.isclose(scores[i, j] - scores[i, k], 1) and gap > RATIO_ROUNDED:
            raise CheckError(
                f"row {i}: scores[{i}, {j}] = {scores[i, j]:g} and scores[{i}, {k}] = {scores[i, k]:g} differ by 1, so "
                f"{name}[{i}, {j}] and {name}[{i}, {k}] should stand in the ratio of {words} to 1; yours are "
                f"{matrix[i, j]:g} and {matrix[i, k]:g}.{_if_rounded(matrix, gap, terms=1 + ratio)}"
            )


@visible_check(points=1)
def output(matrix, weights) -> None:
    """Shape, averages stay between the smallest and the largest value, an even row gives the middle, two entries."""
    matrix = _value(matrix, (4, 2), "output")
    weights = _given(weights, (4, 4))
    averages = weights is None or ((weights >= 0).all() and np.allclose(weights.sum(axis=-1), 1, atol=ROUNDED))
    if averages and ((matrix < -ROUNDED).any() or (matrix > 1 + ROUNDED).any()):
        raise CheckError("an average of zeros and ones lies between 0 and 1; one of your outputs does not.")
    if weights is not None:
        _expect_averages(matrix, weights)


def _expect_averages(matrix: NDArray, weights: NDArray) -> None:
    for i, row in enumerate(weights):
        gap = np.abs(matrix[i] - 0.5).max()
        if np.allclose(row, 0.25, atol=ROUNDED) and gap > ROUNDED:
            raise CheckError(
                f"row {i} of your weights is four quarters, so its output is the middle of all four vectors, "
                f"(0.5, 0.5); yours is {matrix[i].round(4)}.{_if_rounded(matrix, gap, terms=1)}"
            )
    by_hand = {
        (0, 1): ("second numbers of the vectors: 0, 1, 1, 0", weights[0, 1] + weights[0, 2]),
        (2, 0): ("first numbers of the vectors: 1, 0, 1, 0", weights[2, 0] + weights[2, 2]),
    }
    for (i, c), (numbers, expected) in by_hand.items():
        gap = abs(matrix[i, c] - expected)
        if gap > ROUNDED:
            raise CheckError(
                f"output[{i}, {c}] averages the {numbers}. With row {i} of your weights that gives {expected:.4f}; "
                f"yours is {matrix[i, c]:.4f}.{_if_rounded(matrix, gap, terms=1)}"
            )
