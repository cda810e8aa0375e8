"""Visible checks of softmax and of the two ways to score a query against a key."""

from __future__ import annotations

import numpy as np

from attention_course.checks.attention_from_scratch.reading import numbers_of, same, shown
from attention_course.checks.report import CheckError, visible_check


@visible_check(points=2)
def softmax(function) -> None:
    """Two rows by hand, the sums, another axis, three axes, large numbers, rows far apart, an empty row."""
    name = "softmax"
    two_rows = np.log([[1.0, 1.0, 2.0], [1.0, 3.0, 4.0]])
    weights = numbers_of(function, name, (2, 3), two_rows)
    row_sums = weights.sum(axis=-1)
    if not np.allclose(row_sums, 1):
        raise CheckError(f"each row must sum to 1, yours sum to {shown(row_sums)}. Which axis do you normalise?")
    if not same(weights, [[0.25, 0.25, 0.5], [0.125, 0.375, 0.5]]):
        raise CheckError(f"softmax of the logarithms of 1, 1, 2 is 0.25, 0.25, 0.5; yours is {shown(weights[0])}.")
    columns = numbers_of(function, name, (2, 3), two_rows, axis=0).sum(axis=0)
    if not np.allclose(columns, 1):
        raise CheckError(f"with axis=0 each column must sum to 1, yours sum to {shown(columns)}. Is `axis` used?")
    deep = numbers_of(function, name, (2, 3, 2), np.log([[[1.0, 3.0]] * 3, [[3.0, 1.0]] * 3]), case="three axes")
    if not same(deep, [[[0.25, 0.75]] * 3, [[0.75, 0.25]] * 3]):
        raise CheckError(
            f"in an array of shape (2, 3, 2) each pair along the last axis must become 0.25, 0.75 or 0.75, 0.25; "
            f"yours begins with {shown(deep[0])}. Is the last axis axis -1 for you, or axis 1?"
        )
    _softmax_extremes(function, name)
    _softmax_empty_row(function, name)


def _softmax_extremes(function, name: str) -> None:
    large = numbers_of(function, name, (2,), np.array([1000.0, 1000.0]), case="scores of a thousand")
    if not same(large, [0.5, 0.5]):
        raise CheckError(
            f"softmax([1000, 1000]) is [0.5, 0.5], yours is {shown(large)}. exp(1000) overflows: shift first."
        )
    apart = numbers_of(function, name, (2, 2), np.array([[0.0, 0.0], [-4000.0, -4000.0]]))
    if not same(apart, [[0.5, 0.5], [0.5, 0.5]]):
        raise CheckError(
            f"softmax([[0, 0], [-4000, -4000]]) is 0.5 everywhere, yours is {shown(apart)}. "
            "Does each row lose its own maximum?"
        )


def _softmax_empty_row(function, name: str) -> None:
    empty = numbers_of(function, name, (1, 2), np.full((1, 2), -np.inf), case="a row of -inf alone")
    if not np.array_equal(empty, [[0.0, 0.0]]):
        why = "Two places make NaN here: -inf minus -inf, and 0 / 0."
        if np.isfinite(empty).all():
            why = "There is nothing in it to choose from."
        raise CheckError(f"a row of -inf alone must give zeros, yours gives {shown(empty[0])}. {why}")
    beside = numbers_of(function, name, (2, 2), np.array([[0.0, 0.0], [-np.inf, -np.inf]]))
    if not same(beside, [[0.5, 0.5], [0.0, 0.0]]):
        raise CheckError(
            f"softmax([[0, 0], [-inf, -inf]]) is [[0.5, 0.5], [0, 0]], yours is {shown(beside)}. "
            "Is each row looked at by itself?"
        )


@visible_check(points=2)
def attention_scores(function) -> None:
    """Two queries against three keys by hand, then a batch of two."""
    name = "attention_scores"
    query = np.array([[2, 0, 0, 0], [0, 2, 0, 0]])
    key = np.array([[1, 0, 0, 0], [0, 3, 0, 0], [1, 1, 5, 7]])
    hint = "One row for each query, one column for each key."
    scores = numbers_of(function, name, (2, 3), query, key, hint=hint)
    if same(scores, [[2, 0, 2], [0, 6, 2]]):
        raise CheckError("these are the plain dot products. Here d = 4, so each of them still has to be divided by 2.")
    if same(scores, [[0.5, 0, 0.5], [0, 1.5, 0.5]]):
        raise CheckError("you divide by d; the formula divides by the square root of d.")
    if not same(scores, [[1, 0, 1], [0, 3, 1]]):
        raise CheckError(
            f"query (2, 0, 0, 0) and key (1, 0, 0, 0) score 2 / sqrt(4) = 1; the first row should be [1, 0, 1], "
            f"yours is {shown(scores[0])}. {_why_scores(scores)}"
        )
    halves = numbers_of(function, name, (1, 2), np.array([[1, 0, 0, 0]]), np.array([[1, 0, 0, 0], [-1, 0, 0, 0]]))
    if not same(halves, [[0.5, -0.5]]):
        raise CheckError(
            f"the dot products 1 and -1 divided by 2 are 0.5 and -0.5, yours are {shown(halves[0])}. Where is the "
            "fraction lost: `//` rounds down, and an array of integers keeps none."
        )
    batch = numbers_of(
        function,
        name,
        (2, 1, 2),
        np.array([[[4.0]], [[-1.0]]]),
        np.array([[[1.0], [2.0]], [[3.0], [5.0]]]),
        case="a batch of two",
    )
    if not same(batch, [[[4, 8]], [[-3, -5]]]):
        raise CheckError(
            f"in a batch of two the scores should be [[4, 8]] and [[-3, -5]], yours are {shown(batch)}. "
            "Does each example keep to itself, or is d taken from the wrong axis? Use the last one."
        )


def _why_scores(scores) -> str:
    """What wrong scores look like, where [[1, 0, 1], [0, 3, 1]] was wanted."""
    if np.allclose(scores.sum(axis=-1), 1):
        return "Each of your rows sums to 1: a softmax has crept in. The exercise asks for the scores."
    if same(scores, [[4, 0, 4], [0, 12, 4]]):
        return "You multiply by the square root of d; the formula divides by it."
    factor = scores[1, 1] / 6
    if factor and same(scores, factor * np.array([[2, 0, 2], [0, 6, 2]])):
        return f"Yours are the dot products times {factor:.4g}. Is the square root that of d, the length of a key?"
    return "Is entry (i, j) the dot product of row i of `query` and row j of `key`?"


@visible_check(points=2)
def additive_scores(function) -> None:
    """Saturated units give whole numbers; then one unit at tanh = 0.5, to which both sides contribute."""
    name = "additive_scores"
    query, w_query = np.array([[1.0], [-1.0]]), np.array([[100.0, 0.0]])
    key, w_key = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]), np.array([[0.0, 100.0], [0.0, -100.0]])
    v = np.array([1.0, 10.0])
    hint = "One row for each query, one column for each key; the u hidden units are summed away by v."
    scores = numbers_of(function, name, (2, 3), query, key, w_query, w_key, v, hint=hint)
    if np.allclose(scores.sum(axis=-1), 1):
        raise CheckError("each of your rows sums to 1: a softmax has crept in. The exercise asks for the scores.")
    if np.abs(scores).max() > 11.01:
        raise CheckError(
            f"with v = (1, 10) no score can leave [-11, 11], yours reach {shown(scores)}. Where is the tanh?"
        )
    factor = scores[0, 0] / 11
    if not same(factor, 1) and same(scores, factor * np.array([[11, -9, 1], [9, -11, -1]])):
        raise CheckError(
            f"here the scores should be [[11, -9, 1], [9, -11, -1]]; yours are these times {factor:.4g}. An additive "
            "score is not divided by anything."
        )
    if not same(scores, [[11, -9, 1], [9, -11, -1]]):
        raise CheckError(
            f"here every hidden unit is at -1, 0 or 1, and the scores should be [[11, -9, 1], [9, -11, -1]]; "
            f"yours are {shown(scores)}. First add the two projections, then tanh, then v."
        )
    quarter = np.array([[np.log(3) / 4]])
    soft = numbers_of(function, name, (1, 1), quarter, quarter, np.eye(1), np.eye(1), np.array([3.0]))
    if same(soft, [[1.60769]]):
        raise CheckError("each projection has a tanh of its own in yours. Add the two first, then take one tanh.")
    if same(soft, [[1.0]]):
        raise CheckError("3 times 0.5 is 1.5, yours is 1. Is the result put into an array of integers?")
    if not same(soft, [[1.5]]):
        raise CheckError(
            f"two projections of log(3) / 4 add up to log(3) / 2. Its tanh is 0.5, and 3 times 0.5 is 1.5; "
            f"yours is {shown(soft[0])}."
        )
