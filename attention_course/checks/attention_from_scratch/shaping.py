"""Visible checks of heads, multi-head attention and positions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from attention_course.checks.attention_from_scratch.reading import expect_heads_refused, numbers_of, same, shown
from attention_course.checks.report import CheckError, visible_check

PAIRS_SHARE_AN_ANGLE = "Columns 2i and 2i + 1 share an angle."


@visible_check(points=2)
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
    expect_heads_refused(split_heads, "split_heads", x, 4)
    blocks = np.array([[[0, 1], [6, 7]], [[2, 3], [8, 9]], [[4, 5], [10, 11]]])
    merged = numbers_of(merge_heads, "merge_heads", (2, 6), blocks)
    if not same(merged, x):
        raise CheckError(
            f"merge_heads should undo split_heads: token 0 is [0, 1, 2, 3, 4, 5], yours is {shown(merged[0])}."
        )
    numbers_of(merge_heads, "merge_heads", (5, 4, 2, 6), np.zeros((5, 4, 3, 2, 2)), hint="Leading axes stay in front.")


@visible_check(points=3)
def multi_head_attention(function) -> None:
    """Heads that listen differently, who asks, the scale of a head, the projections, masks; three tokens, two heads."""
    name = "multi_head_attention"
    x = np.array([[3.0, 0.0, 1.0, 0.0], [0.0, 3.0, 0.0, 1.0], [0.0, 0.0, -1.0, -1.0]])
    eye, second_head = np.eye(4), np.diag([0.0, 0.0, 100.0, 100.0])
    output = _first_output(function, name, x, second_head, eye, eye, eye, 2)
    if not same(output, [[1, 1, 1, 0], [1, 1, 0, 1], [1, 1, -1, -1]]):
        raise CheckError(
            "here head 0 (columns 0 and 1) has queries of zero and averages, head 1 (columns 2 and 3) looks at its own "
            f"token. Expected [[1, 1, 1, 0], [1, 1, 0, 1], [1, 1, -1, -1]], got {shown(output)}. "
            "Is each of the three products split by `split_heads` before attention, and merged by `merge_heads` after?"
        )
    _who_asks(function, name)
    _projections(function, name)
    _number_of_heads(function, name)
    _multi_head_masks(function, name)
    expect_heads_refused(function, name, x, eye, eye, eye, eye, 3)


def _first_output(function, name: str, x, *args) -> NDArray:
    hint = "As many rows and columns as x. `attention` returns two things; is the first one merged?"
    try:
        return numbers_of(function, name, x.shape, x, *args, hint=hint)
    except (AttributeError, TypeError, ValueError) as error:
        if "tuple" in str(error) or "inhomogeneous" in str(error):  # NumPy's and Python's words for a pair of arrays
            raise CheckError("`attention` returns two things, output and weights; merge the first.") from error
        raise


def _who_asks(function, name: str) -> None:
    x, eye, w_query, w_key = 3 * np.eye(3, 4), np.eye(4), np.zeros((4, 4)), np.zeros((4, 4))
    w_query[0, 0] = w_key[1, 0] = 100  # token 0 asks for what token 1 offers
    output = numbers_of(function, name, (3, 4), x, w_query, w_key, eye, eye, 2)
    if same(output, [[1, 1, 1, 0], [3, 0, 1, 0], [1, 1, 1, 0]]):
        raise CheckError("`w_query` and `w_key` have changed places: the token that is asked for does the asking.")
    if not same(output, [[0, 3, 1, 0], [1, 1, 1, 0], [1, 1, 1, 0]]):
        raise CheckError(
            "here token 0 looks at token 1 in head 0, and all else is averaged. "
            f"Expected [[0, 3, 1, 0], [1, 1, 1, 0], [1, 1, 1, 0]], got {shown(output)}. "
            "Does x @ w_query arrive as `query` and x @ w_key as `key`?"
        )


def _projections(function, name: str) -> None:
    x, eye, zeros = np.eye(3, 4), np.eye(4), np.zeros((4, 4))
    soft = numbers_of(function, name, (3, 4), x, eye * np.sqrt(2) * np.log(3), eye, eye, eye, 2)
    third = 1 / 3
    if not same(soft, [[0.6, 0.2, third, 0], [0.2, 0.6, third, 0], [third, third, 0.6, 0]]):
        raise CheckError(
            "the first token's weights in head 0 should be 0.6, 0.2 and 0.2, and its output [0.6, 0.2, 0.3333, 0]; "
            f"yours is {shown(soft[0])}. A head's keys have m / h columns; is that the d whose square root divides?"
        )
    shift = np.array([[0.0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0]])
    for w_value, w_output, what, question in (
        (shift, eye, "w_value", ", and does it arrive as `value`"),
        (eye, shift, "w_output", " to the merged heads"),
    ):
        output = numbers_of(function, name, (3, 4), 3 * x, zeros, zeros, w_value, w_output, 2)
        if not same(output, [[0, 1, 1, 1]] * 3):
            raise CheckError(
                f"{what} here moves every column one place to the right, so that each row becomes [0, 1, 1, 1]; "
                f"yours are {shown(output)}. Is it applied, as `... @ {what}`{question}?"
            )


def _number_of_heads(function, name: str) -> None:
    """Columns 0 and 1 ask differently: alone, both tokens look at themselves in column 1 only; together, in both."""
    x, eye, zeros = np.array([[10.0, 10, 4, 0], [10, -10, 0, 8]]), np.eye(2), np.zeros((2, 2))
    w_query, w_value = np.block([[eye, zeros], [zeros, zeros]]), np.block([[zeros, zeros], [eye, eye]])
    outputs = {
        1: [[4, 0, 4, 0], [0, 8, 0, 8]],
        2: [[4, 0, 2, 4], [0, 8, 2, 4]],
        4: [[2, 0, 2, 4], [2, 8, 2, 4]],
    }
    for num_heads in (4, 1):
        output = numbers_of(function, name, (2, 4), x, w_query, np.eye(4), w_value, np.eye(4), num_heads)
        if same(output, outputs[num_heads]):
            continue
        others = [number for number, expected in outputs.items() if same(output, expected)]
        why = f"That is the output of {others[0]} heads: is `num_heads` used everywhere?" if others else ""
        raise CheckError(
            f"with num_heads={num_heads} and a width of 4 the output should be {shown(np.array(outputs[num_heads]))}, "
            f"yours is {shown(output)}. {why}".rstrip()
        )


def _multi_head_masks(function, name: str) -> None:
    x, eye, zeros = 6 * np.eye(3, 4), np.eye(4), np.zeros((4, 4))
    output = numbers_of(function, name, (3, 4), x, zeros, zeros, eye, eye, 2, mask=np.tri(3, dtype=bool))
    if not same(output, [[6, 0, 0, 0], [3, 3, 0, 0], [2, 2, 2, 0]]):
        raise CheckError(
            "with a causal mask the first token sees itself alone, the second two, the third all three: expected "
            f"[[6, 0, 0, 0], [3, 3, 0, 0], [2, 2, 2, 0]], got {shown(output)}. Is the mask handed on to `attention`?"
        )
    padding = np.array([[1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 0, 1]], dtype=bool).reshape(4, 1, 1, 3)
    batch = numbers_of(
        function, name, (4, 3, 4), np.stack([x] * 4), zeros, zeros, eye, eye, 2, mask=padding, case="a batch of four"
    )
    if not same(batch[:, 0], [[6, 0, 0, 0], [3, 3, 0, 0], [2, 2, 2, 0], [3, 0, 3, 0]]):
        raise CheckError(
            "a mask of shape (b, 1, 1, t) should reach each example of the batch: the first tokens should be "
            f"[[6, 0, 0, 0], [3, 3, 0, 0], [2, 2, 2, 0], [3, 0, 3, 0]], yours are {shown(batch[:, 0])}."
        )


@visible_check(points=2)
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
    if same(table[1, :2], [0.841471, 0.99995]) or same(table[1, :2], [0.841471, 0.995004]):
        raise CheckError(f"the first sine and the first cosine of yours have different angles. {PAIRS_SHARE_AN_ANGLE}")
    expected: list[list[float]] = [
        [0, 1, 0, 1],
        [0.841471, 0.540302, 0.01, 0.99995],
        [0.909297, -0.416147, 0.019999, 0.9998],
    ]
    for position, (row, wanted) in enumerate(zip(table, expected, strict=True)):
        if not same(row, wanted):
            raise CheckError(
                f"position {position} of depth 4 should be {wanted}, yours is {shown(row)}. {_why_row(table)}".rstrip()
            )
    odd = numbers_of(
        function,
        name,
        (2, 3),
        2,
        3,
        case="an odd depth",
        hint="The depth may be odd; the last pair then has its sine only.",
    )
    if not same(odd[1], [0.841471, 0.540302, 0.002154]):
        raise CheckError(f"position 1 of depth 3 should be [0.8415, 0.5403, 0.0022], yours is {shown(odd[1])}.")
    single = numbers_of(function, name, (2, 1), 2, 1, case="a single column")
    if not same(single, [[0], [0.841471]]):
        raise CheckError(f"of depth 1 there is only the sine: [[0], [0.8415]]. Yours is {shown(single)}.")


def _why_row(table) -> str:
    """What is wrong with a table of depth 4, where its first pair turns by 1 and its second by 0.01."""
    if same(table[0], [1, 0, 1, 0]):
        return "Sine and cosine have changed places: the even columns, 0 and 2, hold the sine."
    if same(table, np.trunc(table)):
        return "Yours holds whole numbers only. Is it filled into an array of integers?"
    turns = np.arctan2(table[1, ::2], table[1, 1::2])
    if not np.allclose(np.hypot(table[:, ::2], table[:, 1::2]), 1, atol=1e-3):
        return PAIRS_SHARE_AN_ANGLE
    if same(turns[0], np.pi / 180):
        return "Your first pair turns by 1 degree; the angles are in radians."
    if not same(turns[0], 1):
        return f"From position 0 to 1 the first pair turns by 1, yours by {turns[0]:.4g}."
    if same(table[1, 2:], [np.sin(100), np.cos(100)]):
        return "Your second pair turns by 100 at each position, not by 0.01. Does 10000 ** ... divide?"
    return (
        f"From position 0 to 1 the second pair turns by 1 / 10000 ** (2/4) = 0.01, yours by {turns[1]:.4g}. "
        "Which exponent does it have?"
    )
