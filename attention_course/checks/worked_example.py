"""Visible checks of notebook 02."""

from __future__ import annotations

import textwrap
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from attention_course.checks.report import CheckError, as_numbers, called, expect_shape, passed

ROUNDED = 5e-4
"""Slack for a sum of numbers that a learner typed with four decimals."""

ZERO_IN_FOUR_DECIMALS = 8
"""How far a score must be behind the largest of its row for its weight to come near 0.0000."""


def _value(value, shape: tuple[int, ...], name: str) -> NDArray:
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
        raise CheckError(f"{name} has a NaN or an infinity in it; every entry here is an ordinary number.")
    return array.astype(float)


def _given(value, shape: tuple[int, ...]) -> NDArray | None:
    """An earlier value of the learner's, or None if nothing can be concluded from it."""
    try:
        return _value(value, shape, "")
    except CheckError:
        return None


def _flag(result, name: str) -> bool:
    if not isinstance(result, (bool, np.bool_)):
        raise CheckError(f"{name} should return True or False; it returned {_shown(result)}.")
    return bool(result)


def _shown(result) -> str:
    """What a learner's function returned, short enough for a message."""
    return "None (is there a `return`?)" if result is None else f"a value of type {type(result).__name__}"


def scores(matrix) -> None:
    """Shape, symmetry, squared lengths on the diagonal, one entry by hand."""
    matrix = _value(matrix, (4, 4), "scores")
    if not np.allclose(matrix, matrix.T):
        i, j = np.argwhere(~np.isclose(matrix, matrix.T))[0]
        raise CheckError(
            f"the dot product of two vectors does not depend on which comes first, but your [{i}, {j}] is "
            f"{matrix[i, j]:g} and your [{j}, {i}] is {matrix[j, i]:g}. Work out both again."
        )
    if not np.allclose(matrix[1, 2], 1):
        raise CheckError(f"喜欢 (0, 1) meets 吃 (1, 1): 0·1 + 1·1 = 1, but your scores[1, 2] is {matrix[1, 2]:g}.")
    if not np.allclose(matrix[0, 0], 1):
        raise CheckError(
            "a vector's dot product with itself is its squared length. 我 (1, 0) has length 1, but your "
            f"scores[0, 0] is {matrix[0, 0]:g}."
        )
    if not np.allclose(matrix[3], 0):
        raise CheckError(f"苹果 is (0, 0). What is 0·a + 0·b, whatever a and b are? Your last row is {matrix[3]}.")
    passed("scores")


def weights(matrix, scores) -> None:
    """Positive, rows sum to 1, equal scores equal weights, larger score larger weight, one ratio by hand."""
    _expect_weights(_value(matrix, (4, 4), "weights"), _given(scores, (4, 4)))
    passed("weights")


def _expect_weights(matrix: NDArray, scores: NDArray | None) -> None:
    _expect_distribution(matrix, scores, "weights")
    if scores is not None:
        _expect_same_order(matrix, scores, "weights")
        _expect_ratio(matrix, scores, np.e, "e = 2.718")


def _follow(weights: NDArray, scores: NDArray) -> bool:
    """Whether the learner's own weights may serve to judge what comes after them: wrong ones must not cost twice."""
    try:
        _expect_weights(weights, scores)
    except CheckError:
        return False
    return True


def scaled_weights(matrix, scores, weights) -> None:
    """As for the weights; besides, every row is at least as even as before."""
    matrix = _value(matrix, (4, 4), "scaled_weights")
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
        _expect_ratio(matrix, scores, 2.0281, "e to the power of 1/√2, which is 2.028")
    passed("scaled_weights")


def _expect_distribution(matrix: NDArray, scores: NDArray | None, name: str) -> None:
    behind = 0 if scores is None else scores.max(axis=-1, keepdims=True) - scores
    impossible = (matrix < 0) | ((matrix == 0) & (behind < ZERO_IN_FOUR_DECIMALS))
    if impossible.any():
        i, j = np.argwhere(impossible)[0]
        raise CheckError(f"e to any power is above 0, so every weight is; {name}[{i}, {j}] is {matrix[i, j]:g}.")
    sums = matrix.sum(axis=-1)
    if not np.allclose(sums, 1, rtol=0, atol=ROUNDED):
        raise CheckError(f"each row of {name} must sum to 1, yours sum to {sums.round(4)}.")


def _expect_same_order(matrix: NDArray, scores: NDArray, name: str) -> None:
    for i, (row, wanted) in enumerate(zip(matrix, scores, strict=True)):
        by_score = np.argsort(wanted, kind="stable")
        for low, high in pairwise(by_score):
            equal = np.isclose(wanted[low], wanted[high])
            if equal and abs(row[low] - row[high]) > ROUNDED:
                raise CheckError(f"row {i}: your scores {low} and {high} are equal, but their {name} are not.")
            if not equal and row[low] > row[high]:
                raise CheckError(f"row {i}: score {high} is larger than score {low}, so its weight must be larger too.")


def _expect_ratio(matrix: NDArray, scores: NDArray, ratio: float, words: str) -> None:
    """One pair of neighbours by hand: scores that differ by 1 have weights in a fixed ratio."""
    for i, j, k in ((0, 2, 1), (1, 1, 0), (2, 0, 3)):
        wanted = ratio * matrix[i, k]
        if np.isclose(scores[i, j] - scores[i, k], 1) and abs(matrix[i, j] - wanted) > 0.01 * wanted + ROUNDED:
            raise CheckError(
                f"row {i}: your scores {j} and {k} differ by 1, so their weights should stand in the ratio of {words} "
                f"to 1; yours stand as {matrix[i, j] / matrix[i, k]:.3f} to 1."
            )


def output(matrix, weights) -> None:
    """Shape, averages stay between the smallest and the largest value, an even row gives the middle, one entry."""
    matrix = _value(matrix, (4, 2), "output")
    weights = _given(weights, (4, 4))
    averages = weights is None or ((weights >= 0).all() and np.allclose(weights.sum(axis=-1), 1, atol=ROUNDED))
    if averages and ((matrix < -ROUNDED).any() or (matrix > 1 + ROUNDED).any()):
        raise CheckError("an average of zeros and ones lies between 0 and 1; one of your outputs does not.")
    if weights is not None:
        for i, row in enumerate(weights):
            if np.allclose(row, 0.25, atol=ROUNDED) and not np.allclose(matrix[i], 0.5, atol=ROUNDED):
                raise CheckError(
                    f"row {i} of your weights is four quarters, so its output is the middle of all four vectors, "
                    f"(0.5, 0.5); yours is {matrix[i].round(4)}."
                )
        by_hand = weights[0, 1] + weights[0, 2]  # 喜欢 and 吃 are the tokens whose second number is 1
        if abs(matrix[0, 1] - by_hand) > ROUNDED:
            raise CheckError(
                "output[0, 1] averages the second numbers of the vectors: 0, 1, 1, 0. With row 0 of your weights "
                f"that gives {by_hand:.4f}; yours is {matrix[0, 1]:.4f}."
            )
    passed("output")


def row_entropy(function) -> None:
    """Even rows, a certain row, a mixture by hand, more axes."""
    name = "row_entropy"
    rows = np.array([[0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    before = rows.copy()
    entropies = as_numbers(called(function, rows), name)
    expect_shape(entropies, (3,), name, "One number for each row.")
    if np.isnan(entropies).any():
        raise CheckError("a weight of 0 gave NaN: log(0) is minus infinity. What should 0 log 0 count as?")
    if not np.allclose(entropies[0], 1.386294):
        raise CheckError(
            f"four equal weights have the entropy log 4 = 1.3863 nats; yours is {entropies[0]:.4f}. "
            "Natural logarithm? Summed, not averaged? With a minus sign?"
        )
    if not np.allclose(entropies, [1.386294, 0.693147, 0.0]):
        raise CheckError(f"(½, ½, 0, 0) has 0.6931 nats and (0, 1, 0, 0) has 0; yours are {entropies[1:].round(4)}.")
    if not np.array_equal(rows, before):
        raise CheckError("row_entropy changed the array it was given; work on a copy.")
    stacked = as_numbers(called(function, np.full((2, 3, 4), 0.25)), name)
    expect_shape(stacked, (2, 3), name, "Sum over the last axis only, however many axes there are.")
    passed(name)


def is_attention_weights(function) -> None:
    """One right matrix, and one for each way of being wrong."""
    name = "is_attention_weights"
    right = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]])
    columns = np.array([[0.5, 0.9], [0.5, 0.1]])
    cases = [
        (right, True, "[[0.5, 0.5, 0], [0.2, 0.3, 0.5]] is fine: nothing negative, each row sums to 1"),
        (columns, False, "here the columns sum to 1, not the rows"),
        (np.array([[1.5, -0.5], [0.5, 0.5]]), False, "a weight of -0.5 makes no average, although the row sums to 1"),
        (np.array([[np.nan, 1.0], [0.5, 0.5]]), False, "NaN is no weight"),
        (np.array([[[0.5, 0.5]], [[0.5, 0.6]]]), False, "in a stack of matrices every row counts"),
    ]
    for matrix, expected, why in cases:
        if _flag(called(function, matrix), name) != expected:
            raise CheckError(f"{name} should say {expected}: {why}.")
    thirds = np.full((1, 3), 0.3333)
    if _flag(called(function, thirds), name) or not _flag(called(function, thirds, tolerance=1e-3), name):
        raise CheckError("0.3333 three times sums to 0.9999: False with the tolerance 1e-6, True with 1e-3.")
    passed(name)


def misprinted_scores(function) -> None:
    """Nothing wrong, one wrong, a pair that breaks symmetry, a difference below rounding."""
    name = "misprinted_scores"
    vectors = np.array([[1, 2], [3, 0], [0, 1]])
    printed = np.array([[5, 3, 2], [3, 9, 0], [2, 0, 1]])  # worked out by hand
    cases = [
        (printed, set(), "everything in it is right"),
        (np.array([[5, 3, 2], [3, 9, 0], [2, 0, 7]]), {(2, 2)}, "3rd row, 3rd column reads 7 instead of 1"),
        (
            np.array([[5, 8, 2], [3, 9, 0], [4, 0, 1]]),
            {(0, 1), (2, 0)},
            "two entries differ, and not their mirror images",
        ),
        (printed + 1e-12, set(), "differences of 1e-12 are rounding"),
        (printed + np.diag([0, -2, 0]), {(1, 1)}, "an entry may be too small as well as too large"),
    ]
    for matrix, expected, why in cases:
        found = called(function, matrix, vectors)
        if not isinstance(found, (set, frozenset)):
            raise CheckError(f"{name} should return a set of (row, column) tuples; it returned {_shown(found)}.")
        if found != expected:
            raise CheckError(f"for a hand-made matrix ({why}) expected {expected}, yours is {_brief(found)}.")
    passed(name)


def _brief(found) -> str:
    return textwrap.shorten(repr(found), 120, placeholder=" ...")


def nearest_tokens(function) -> None:
    """A clear case, a case where the measures differ, ties, zero vectors, a wrong measure."""
    name = "nearest_tokens"
    vectors = np.array([[1.0, 0.0], [3.0, 3.0], [0.0, 0.0]])
    words = ["short", "long", "zero"]
    one = np.array([[2.0, 0.5]])
    _expect_words(
        called(function, one, vectors, words), ["long"], "(2, 0.5) · (3, 3) = 7.5 beats (2, 0.5) · (1, 0) = 2"
    )
    cosine = called(function, one, vectors, words, measure="cosine")
    _expect_words(cosine, ["short"], "the angle between (2, 0.5) and (1, 0) is the smaller one, whatever the lengths")
    zero = np.zeros((2, 2))
    for measure in ("dot", "cosine"):
        result = called(function, zero, vectors, words, measure=measure)
        _expect_words(result, ["short", "short"], f"a zero output is equally near to all ({measure}), the first counts")
    away = called(function, np.array([[-1.0, -1.0]]), vectors, words, measure="cosine")
    _expect_words(away, ["zero"], "the cosine with a zero vector counts as 0, and 0 is more than a negative number")
    try:
        called(function, one, vectors, words, measure="manhattan")
    except ValueError:
        passed(name)
    else:
        raise CheckError('measure="manhattan" should raise a ValueError: a typing error must not pass for an answer.')


def _expect_words(result, expected: list[str], why: str) -> None:
    words = list(result) if isinstance(result, (list, tuple, np.ndarray)) else []
    if not words or not all(isinstance(word, str) for word in words):
        raise CheckError(f"nearest_tokens should return a list of token names; it returned {_shown(result)}.")
    if words != expected:
        raise CheckError(f"expected {expected}, got {_brief(result)}: {why}.")


def permutation_check(function) -> None:
    """No positions, the order that changes nothing, positions that differ, positions that are all the same."""
    name = "permutation_check"
    vectors = np.array([[1.0, 0.0], [0.0, 2.0], [0.5, -1.0]])
    places = np.array([[0.0, 0.0], [0.3, 0.1], [0.9, -0.4]])
    cases = [
        ((vectors, [2, 0, 1]), True, "without positions nothing tells attention which token came first"),
        ((vectors, [0, 1, 2], places), True, "an order that moves nothing changes nothing, positions or not"),
        ((vectors, [2, 0, 1], places), False, "positions stay in place, so a moved token gets another position"),
        (
            (vectors, [1, 0, 2], np.ones((3, 2))),
            True,
            "positions that are all the same tell the places apart for nobody",
        ),
    ]
    for arguments, expected, why in cases:
        if _flag(called(function, *arguments), name) != expected:
            raise CheckError(f"{name} should say {expected}: {why}.")
    passed(name)


def align(function) -> None:
    """A crossed pair, a key that everybody takes, a tie, more keys than queries."""
    name = "align"
    keys = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    words = ["red", "green", "yellow"]
    cases = [
        (["b", "a"], np.array([[-1.0, 3.0], [3.0, -1.0]]), [("b", "green"), ("a", "red")], "look at the larger number"),
        (["a", "b"], np.array([[2.0, 2.0], [1.0, 1.5]]), [("a", "yellow"), ("b", "yellow")], "two may take one key"),
        (["a"], np.array([[0.0, 0.0]]), [("a", "red")], "where all scores are equal, the first key word counts"),
    ]
    for queries, vectors, expected, why in cases:
        pairs = called(function, queries, words, vectors, keys)
        if not isinstance(pairs, list) or not all(isinstance(pair, tuple) for pair in pairs):
            raise CheckError(f"{name} should return a list of (query word, key word) tuples; got {_shown(pairs)}.")
        if pairs != expected:
            raise CheckError(f"expected {expected}, got {_brief(pairs)}: {why}.")
    passed(name)
