"""Visible checks of the masks and of attention."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from attention_course.checks.attention_from_scratch.reading import (
    MASKS_BROADCAST,
    broadcast_result_of,
    parts_of,
    same,
    shown,
)
from attention_course.checks.report import CheckError, as_numbers, expect_shape, result_of, visible_check

LOG3 = np.log(3.0)


@visible_check(points=2)
def masks(causal_mask, padding_mask) -> None:
    """Both masks against drawings by hand."""
    causal = _mask_of(causal_mask, "causal_mask", [[1, 0, 0], [1, 1, 0], [1, 1, 1]], 3)
    if np.array_equal(causal, [[1, 1, 1], [0, 1, 1], [0, 0, 1]]):
        raise CheckError("causal_mask: your tokens see the future. Row i is query i; which columns lie before it?")
    if np.array_equal(causal, [[0, 0, 0], [1, 0, 0], [1, 1, 0]]):
        raise CheckError("causal_mask: a token may attend to itself too, so the diagonal is True.")
    if not np.array_equal(causal, [[1, 0, 0], [1, 1, 0], [1, 1, 1]]):
        raise CheckError(f"causal_mask(3) should be True on and below the diagonal, yours is\n{causal}")
    if not np.array_equal(_mask_of(causal_mask, "causal_mask", [[1]], 1), [[1]]):
        raise CheckError("causal_mask(1): a token alone may attend to itself.")
    for lengths in ([2, 0, 3], np.array([2, 0, 3])):
        _padding(padding_mask, lengths)


def _padding(padding_mask, lengths) -> None:
    expected = [[1, 1, 0, 0], [0, 0, 0, 0], [1, 1, 1, 0]]
    padding = _mask_of(padding_mask, "padding_mask", expected, lengths, 4)
    if np.array_equal(padding, [[1, 1, 1, 0], [1, 0, 0, 0], [1, 1, 1, 1]]):
        raise CheckError(
            "padding_mask: yours has one True too many in each row. A sequence of 2 tokens has them in columns 0 and 1."
        )
    if not np.array_equal(padding, expected):
        raise CheckError(
            "in padding_mask([2, 0, 3], 4), row 0 should begin with 2 True, row 1 with none, row 2 with 3; "
            f"yours is\n{padding}"
        )


def _mask_of(function, name: str, expected, *args) -> NDArray:
    mask = as_numbers(result_of(function, name, *args), name)
    expect_shape(mask, np.shape(expected), name)
    if mask.dtype != bool:
        raise CheckError(
            f"{name} should hold booleans, yours holds {mask.dtype}. A comparison such as `a < b` gives them."
        )
    if mask.size > 1 and np.array_equal(mask, np.logical_not(expected)):
        raise CheckError(f"{name}: yours is the wrong way round. In this course True means that a query MAY attend.")
    return mask


@visible_check(points=3)
def attention(function) -> None:
    """Weights of one and three quarters, a mask, an empty query, masks that must broadcast."""
    query, key = np.array([[2.0, 0.0, 0.0, 0.0]]), np.array([[0.0] * 4, [LOG3, 0.0, 0.0, 0.0]])
    value = np.array([[0.0, 4.0, 1.0], [8.0, 0.0, 1.0]])
    output, weights = _attend(function, (1, 3), (1, 2), query, key, value)
    if not same(weights, [[0.25, 0.75]]):
        raise CheckError(
            f"scores 0 and log 3 give weights 0.25 and 0.75, yours are {shown(weights[0])}. {_why(weights)}"
        )
    if not same(output, [[6, 1, 1]]):
        raise CheckError(
            f"a quarter of (0, 4, 1) and three quarters of (8, 0, 1) make (6, 1, 1), yours is {shown(output[0])}."
        )
    _attend_masked(function, query, key, value)
    _attend_nowhere(function, query, key, value)
    _attend_broadcast(function)


def _why(weights) -> str:
    """What a wrong row of weights looks like, where [0.25, 0.75] was wanted."""
    if same(weights, [[0, LOG3]]):
        return "These are the scores themselves; the softmax is missing."
    if not same(weights.sum(axis=-1), [1]):
        return "They do not sum to 1. Is softmax taken along the last axis, and are its shares left as they are?"
    if same(weights, [[0.1, 0.9]]):
        return "Scaled by sqrt(d)?"
    if same(weights, [[0.366025, 0.633975]]):
        return "`attention_scores` divides by sqrt(d) already. Is it done twice?"
    return "Do the scores come from `attention_scores`?"


def _attend_masked(function, query, key, value) -> None:
    output, weights = _attend(function, (1, 3), (1, 2), query, key, value, np.array([[True, False]]))
    if same(weights, [[0, 1]]):
        raise CheckError("the mask is True where a query MAY attend; you closed the place that is open.")
    if same(weights, [[0.25, 0]]):
        raise CheckError("weights must sum to 1 again over the open places. Does the mask act before the softmax?")
    if same(weights, [[0.5, 0.5]]):
        raise CheckError("a closed place still gets a weight. A score of 0 is no closed door: exp(0) = 1.")
    if np.isnan(weights).any():
        raise CheckError("a mask makes your weights NaN. 0 times -inf is NaN; use `np.where`.")
    if not same(weights, [[1, 0]]):
        raise CheckError(f"with mask [[True, False]] the weights are [1, 0], yours are {shown(weights[0])}.")
    if not same(output, [[0, 4, 1]]):
        raise CheckError(f"with weights [1, 0] the output is the first value (0, 4, 1), yours is {shown(output[0])}.")


def _attend_nowhere(function, query, key, value) -> None:
    output, weights = _attend(function, (1, 3), (1, 2), query, key, value, np.array([[False, False]]))
    if np.isnan(output).any() or np.isnan(weights).any():
        raise CheckError(
            "a query that may attend to nothing gives NaN. What should softmax do with a row of -inf alone?"
        )
    if weights.any() or output.any():
        raise CheckError(
            f"a query that may attend to nothing gets zeros; yours gets weights {shown(weights[0])}. "
            "A large negative score such as -1e9 is not -inf: when all are equal, softmax gives equal shares."
        )


def _attend_broadcast(function) -> None:
    """Every score is 0, so that the weights of the open places are equal, whoever asks."""
    third, half = 1 / 3, 1 / 2
    cases = (
        ((), [[1, 0, 1, 0]], [[half, 0, half, 0]] * 3),
        ((2,), [[[1, 1, 1, 0]], [[0, 1, 0, 0]]], [[[third, third, third, 0]] * 3, [[0, 1, 0, 0]] * 3]),
        ((2,), np.eye(3, 4), [np.eye(3, 4)] * 2),
    )
    for leading, mask, expected in cases:
        query, key, value = np.zeros((*leading, 3, 2)), np.zeros((*leading, 4, 2)), np.ones((*leading, 4, 1))
        mask = np.array(mask, dtype=bool)
        shapes = (*leading, 3, 1), (*leading, 3, 4)
        _, weights = _attend(function, *shapes, query, key, value, mask, call=broadcast_result_of)
        if same(weights, expected):
            continue
        sums, where = weights.sum(axis=-1), f"with all scores 0 and a mask of shape {mask.shape}"
        if not same(sums, np.ones(sums.shape)):
            raise CheckError(
                f"{where}, the weights of each query must sum to 1, yours sum to {shown(sums)}. Which axis?"
            )
        raise CheckError(
            f"{where}, the weights should be {shown(np.array(expected))}, yours are {shown(weights)}. {MASKS_BROADCAST}"
        )


def _attend(function, output_shape, weights_shape, *args, call=result_of) -> tuple[NDArray, NDArray]:
    mask = args[3] if len(args) > 3 else None
    nowhere = "a query that may attend to nothing" if mask is not None and not mask.any() else ""
    result = call(function, "attention", *args, case=nowhere)
    output, weights = parts_of(result, ("output", "weights"), "attention")
    if output_shape != weights_shape and (output.shape, weights.shape) == (weights_shape, output_shape):
        raise CheckError("attention returns (output, weights), in this order; yours come the other way round.")
    expect_shape(output, output_shape, "the output of attention", "One row for each query, as wide as a value.")
    expect_shape(weights, weights_shape, "the weights of attention", "One row for each query, one column for each key.")
    return output.astype(float), weights.astype(float)
