"""Visible checks of attention in chunks and of the growth exponent."""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F

from attention_course import measure
from attention_course.checks.batched_attention.reading import (
    exact,
    kept_dtype,
    output_of,
    same,
    seeded,
    shown,
    works_without_numbers,
)
from attention_course.checks.report import CheckError, called, passed


def chunked_attention(function) -> None:
    """The three numbers of the text, large scores, chunks that do not divide, memory, half precision."""
    name = "chunked_attention"
    query, value = torch.ones(1, 1, 1, 1), torch.tensor([[[[21.0], [0], [7]]]])
    key = torch.tensor([[[[math.log(2)], [math.log(8)], [math.log(4)]]]])
    for chunk_size in (3, 1, 2, 10):
        output = output_of(function, name, (1, 1, 1, 1), query, key, value, chunk_size)
        if not same(output, [[[[5]]]]):
            reason = "What is relative to the old top must shrink when a larger score turns up."
            if same(output, [[[[4.2]]]]):  # the first two keys alone
                reason = "Is the last, shorter chunk there?"
            raise CheckError(
                f"{name}: the example of the text gives 5; with chunk_size={chunk_size} yours gives {shown(output)}. "
                f"{reason}"
            )
    rising = torch.tensor([[[[-2000.0], [0], [2000]]]])
    for keys, expected in ((rising, 7), (rising.flip(-2), 21)):
        output = output_of(function, name, (1, 1, 1, 1), query, keys, value, 1, hint="Exponentials relative to top?")
        if not same(output, [[[[expected]]]]):
            raise CheckError(f"{name}: a score ahead by 2000 takes all, so {expected}; yours is {shown(output)}.")
    low = torch.full((1, 1, 1, 1), -30.0), torch.full((1, 1, 3, 1), 30.0), value
    output = output_of(function, name, (1, 1, 1, 1), *low, 1, hint="What is top before the first chunk?")
    if not same(output, [[[[28 / 3]]]]):
        raise CheckError(f"{name}: three scores of -900 weigh the same, so 9.33; yours is {shown(output)}.")
    inputs = seeded(2, 3, 5, 4), seeded(2, 3, 7, 4, seed=1), seeded(2, 3, 7, 6, seed=2)
    for chunk_size in (1, 3, 7):
        output = output_of(function, name, (2, 3, 5, 6), *inputs, chunk_size)
        if not same(output, F.scaled_dot_product_attention(*inputs)):
            raise CheckError(
                f"{name} with chunk_size={chunk_size} on 7 keys differs from F.scaled_dot_product_attention. Scaled by "
                "sqrt(d)? Is the last, shorter chunk there?"
            )
    _half(function, name)
    _memory(function, name)
    exact(lambda *x: function(*x, 3), name, [x.double() for x in inputs], F.scaled_dot_product_attention)
    works_without_numbers(function, name, *inputs, 3)
    passed(name)


def _half(function, name: str) -> None:
    large = [torch.full((1, 1, 4, 4), number, dtype=torch.float16) for number in (300.0, 300.0, 1.0)]
    hint = "300 * 300 is too large for float16. Convert to float32 before the product."
    output = output_of(function, name, (1, 1, 4, 4), *large, 3, hint=hint)
    kept_dtype(output, torch.float16, name)
    # a logarithm of sums near 180000 is off by up to 0.02 in float32, and so are weights that come of it
    if not torch.allclose(output.float(), torch.ones(1, 1, 4, 4), rtol=0, atol=0.05):
        raise CheckError(f"{name} in float16: all values are 1, so the output is 1; yours is {shown(output)}. {hint}")


def _memory(function, name: str) -> None:
    query, key, value = seeded(3, 1, 1, 512, 8)
    with torch.no_grad():
        peak = measure.peak_bytes(lambda: called(function, query, key, value, 32))
    all_weights = 512 * 512 * query.element_size()
    if peak > all_weights / 2:
        raise CheckError(
            f"{name}: 512 queries and keys have {all_weights / 1e6:.1f} MB of weights, and yours had {peak / 1e6:.1f} "
            "MB in use at one moment. No more than a chunk of the weights should be there at a time; is a list of "
            "chunks kept?"
        )


def growth_exponent(function) -> None:
    """A square, a straight line, a constant, and four points that lie on no line."""
    name = "growth_exponent"
    for lengths, costs, expected in (
        ([1, 2, 4], [5, 20, 80], 2.0),
        ([100, 200, 400, 1000], [0.3, 0.6, 1.2, 3.0], 1.0),
        ([2, 4], [7, 7], 0.0),
        ([1, 2, 4, 8], [1, 1, 1, 4], 0.6),
    ):
        power = called(function, lengths, costs)
        if not isinstance(power, (int, float)) or isinstance(power, bool):
            raise CheckError(f"{name} should return a float; it returned {type(power).__name__}.")
        if expected and math.isclose(power, 1 / expected, abs_tol=1e-6) and expected != 1:
            raise CheckError(f"{name}: lengths go on the horizontal axis; yours is the slope the other way round.")
        if expected == 0.6 and math.isclose(power, 2 / 3, abs_tol=1e-6):
            raise CheckError(f"{name}: yours draws the line through the first and last point; let all four count.")
        if expected == 1.0 and not math.isclose(power, expected, abs_tol=0.05):
            raise CheckError(
                f"{name}: costs in proportion to the length go like t^1, yours {power:.4f}. Two logarithms?"
            )
        if not math.isclose(power, expected, abs_tol=1e-6):
            raise CheckError(f"{name}({lengths}, {costs}) should be {expected}, yours is {power:.4f}.")
    passed(name)
