"""Visible checks of heads, multi-head attention and positions."""

from __future__ import annotations

import numpy as np

from attention_course.checks.from_scratch.reading import expect_value_error, numbers_of, same, shown
from attention_course.checks.report import CheckError, passed


def heads(split_heads, merge_heads) -> None:
    """Numbered columns, there and back."""
    x = np.arange(12).reshape(2, 6)
    hint = "Heads come before tokens: (h, t, m / h)."
    split = numbers_of(split_heads, "split_heads", (3, 2, 2), x, 3, hint=hint)
    if same(split, np.arange(12).reshape(3, 2, 2)):
        raise CheckError(
            "split_heads: `reshape` alone deals numbers out in reading order, so head 0 gets parts of token 0 only. "
            "Give the heads an axis of their own first, then swap."
        )
    if same(split[0], [[0, 3], [6, 9]]):
        raise CheckError("split_heads: head 0 gets columns 0 and 3; it should get neighbours, the columns 0 and 1.")
    if not same(split, [[[0, 1], [6, 7]], [[2, 3], [8, 9]], [[4, 5], [10, 11]]]):
        raise CheckError(
            f"split_heads: head 0 should hold columns 0 and 1: [[0, 1], [6, 7]]. Yours holds {shown(split[0])}."
        )
    numbers_of(
        split_heads, "split_heads", (5, 4, 3, 2, 2), np.zeros((5, 4, 2, 6)), 3, hint="Leading axes stay in front."
    )
    expect_value_error(split_heads, "split_heads", x, 4)
    blocks = np.array([[[0, 1], [6, 7]], [[2, 3], [8, 9]], [[4, 5], [10, 11]]])
    merged = numbers_of(merge_heads, "merge_heads", (2, 6), blocks)
    if not same(merged, x):
        raise CheckError(
            f"merge_heads should undo split_heads: token 0 is [0, 1, 2, 3, 4, 5], yours is {shown(merged[0])}."
        )
    numbers_of(merge_heads, "merge_heads", (5, 4, 2, 6), np.zeros((5, 4, 3, 2, 2)), hint="Leading axes stay in front.")
    passed("heads")


def multi_head_attention(function) -> None:
    """Heads that listen differently, the scale of a head, the output projection, masks."""
    name = "multi_head_attention"
    x = np.array([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]])
    same_weights, second_head = np.eye(4), np.diag([0.0, 0.0, 100.0, 100.0])
    output = numbers_of(function, name, (2, 4), x, second_head, same_weights, same_weights, same_weights, 2)
    if not same(output, [[0.5, 0.5, 1, 0], [0.5, 0.5, 0, 1]]):
        raise CheckError(
            "here head 0 (columns 0 and 1) has queries of zero and averages, head 1 (columns 2 and 3) looks at its own "
            f"token. Expected [[0.5, 0.5, 1, 0], [0.5, 0.5, 0, 1]], got {shown(output)}."
        )
    _projections(function, name)
    _multi_head_masks(function, name)
    expect_value_error(function, name, x, *[same_weights] * 4, 3)
    passed(name)


def _projections(function, name: str) -> None:
    x, eye, zeros = np.eye(2, 4), np.eye(4), np.zeros((4, 4))
    soft = numbers_of(function, name, (2, 4), x, eye * np.sqrt(2) * np.log(3), eye, eye, eye, 2)
    if not same(soft, [[0.75, 0.25, 0, 0], [0.25, 0.75, 0, 0]]):
        raise CheckError(
            f"the first token's weights should be 0.75 and 0.25, yours gives {shown(soft[0])}. "
            "A head's keys have m / h columns; is that the d whose square root divides?"
        )
    shift = np.array([[0.0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0]])
    for place, answer in (("w_value", [[0, 0.5, 0.5, 0]] * 2), ("w_output", [[0, 0.5, 0.5, 0]] * 2)):
        w_value, w_output = (shift, eye) if place == "w_value" else (eye, shift)
        output = numbers_of(function, name, (2, 4), x, zeros, zeros, w_value, w_output, 2)
        if not same(output, answer):
            raise CheckError(
                f"{place} here moves every column one place to the right. Is it applied, as `x @ w`? "
                f"Got {shown(output)}."
            )


def _multi_head_masks(function, name: str) -> None:
    x, eye, zeros = np.eye(2, 4), np.eye(4), np.zeros((4, 4))
    causal = np.array([[True, False], [True, True]])
    output = numbers_of(function, name, (2, 4), x, zeros, zeros, eye, eye, 2, mask=causal)
    if not same(output, [[1, 0, 0, 0], [0.5, 0.5, 0, 0]]):
        raise CheckError(
            f"with a causal mask the first token sees itself alone: [1, 0, 0, 0]. Yours is {shown(output[0])}."
        )
    padding = np.array([True, False, True, True]).reshape(2, 1, 1, 2)
    batch = numbers_of(function, name, (2, 2, 4), np.stack([x, x]), zeros, zeros, eye, eye, 2, mask=padding)
    if not same(batch[:, 0], [[1, 0, 0, 0], [0.5, 0.5, 0, 0]]):
        raise CheckError(
            f"a mask of shape (b, 1, 1, t) should reach each example of the batch; got {shown(batch[:, 0])}."
        )


def positional_encoding(function) -> None:
    """Three positions by hand, an odd depth, a single column."""
    name = "positional_encoding"
    table = numbers_of(function, name, (3, 4), 3, 4, hint="One row for each position.")
    if same(table[0], [0, 0, 1, 1]):
        raise CheckError(
            "sines fill the first half and cosines the second; the paper puts them in turn: sin, cos, sin, cos."
        )
    if same(table[0], [0.841471, 0.540302, 0.01, 0.99995]):
        raise CheckError("your first row is that of position 1. Positions count from 0.")
    if same(table[1, :2], [0.841471, 0.99995]):
        raise CheckError(
            "a sine and its cosine share one angle: columns 2i and 2i + 1 both use the exponent 2i / depth."
        )
    expected = [[0, 1, 0, 1], [0.841471, 0.540302, 0.01, 0.99995], [0.909297, -0.416147, 0.019999, 0.9998]]
    for position, (row, wanted) in enumerate(zip(table, expected, strict=True)):
        if not same(row, wanted):
            raise CheckError(f"position {position} of depth 4 should be {wanted}, yours is {shown(row)}.")
    odd = numbers_of(function, name, (2, 3), 2, 3, hint="The depth may be odd; the last pair then has its sine only.")
    if not same(odd[1], [0.841471, 0.540302, 0.002154]):
        raise CheckError(f"position 1 of depth 3 should be [0.8415, 0.5403, 0.0022], yours is {shown(odd[1])}.")
    single = numbers_of(function, name, (2, 1), 2, 1)
    if not same(single, [[0], [0.841471]]):
        raise CheckError(f"of depth 1 there is only the sine: [[0], [0.8415]]. Yours is {shown(single)}.")
    passed(name)
