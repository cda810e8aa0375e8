"""Visible checks of attention in chunks and of the growth exponent."""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F

from attention_course import measure
from attention_course.checks.batched_attention.reading import (
    exact,
    gradients_flow,
    kept_dtype,
    note_on_the_library,
    output_of,
    same,
    seeded,
    shown,
    works_without_numbers,
)
from attention_course.checks.report import CheckError, called, visible_check
from attention_course.probes.torch_answers import memory_of


@visible_check(points=3)
def chunked_attention(function) -> str:
    """The three numbers of the text, large scores, chunks that do not divide, memory, half precision."""
    name = "chunked_attention"
    query, value = torch.ones(1, 1, 1, 1), torch.tensor([[[[21.0], [0], [7]]]])
    key = torch.tensor([[[[math.log(2)], [math.log(8)], [math.log(4)]]]])
    start = (
        "Several causes fit: the shrinking is exp(top - new_top), in this order; and top begins at -inf, so that "
        "whatever stood there is gone after the first chunk."
    )
    for chunk_size in (3, 1, 2, 10):
        output = output_of(function, name, (1, 1, 1, 1), query, key, value, chunk_size, hint=start)
        if not same(output, [[[[5]]]]):
            reason = "What is relative to the old top must shrink when a larger score turns up."
            if same(output, [[[[4.2]]]]):  # the first two keys alone
                reason = "Is the last, shorter chunk there?"
            elif same(output, [[[[8.75]]]]):
                reason = "8.75 is `mixed`. The output is mixed / total."
            elif chunk_size >= 3:
                reason = "There is one chunk only, so it is plain softmax: exponentials relative to top, total, mixed."
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
    _rows_far_apart(function, name)
    _half(function, name)
    _memory(function, name)
    _tiles(function, name)
    leaves = [x.clone().requires_grad_() for x in inputs]
    gradients_flow(name, output_of(function, name, (2, 3, 5, 6), *leaves, 3), leaves)
    exact(lambda *x: function(*x, 3), name, [x.double() for x in inputs], F.scaled_dot_product_attention)
    works_without_numbers(function, name, *inputs, 3)
    return note_on_the_library(function, *inputs, 3)


def _rows_far_apart(function, name: str) -> None:
    """Two queries, the scores of one 2000 above those of the other."""
    query, key = torch.tensor([[[[0.0], [1000.0]]]]), torch.full((1, 1, 3, 1), 2.0)
    value = torch.tensor([[[[21.0], [0], [7]]]])
    hint = "Two queries have scores 2000 apart; top has one number for each query: `amax(dim=-1, keepdim=True)`."
    output = output_of(function, name, (1, 1, 2, 1), query, key, value, 2, hint=hint)
    if not same(output, [[[[28 / 3], [28 / 3]]]]):
        raise CheckError(f"{name}: three equal scores weigh the same, so 9.33 for both; yours {shown(output)}. {hint}")


def _tiles(function, name: str) -> None:
    """The docstring's bound, and half of it again for what is put together, where each misreading goes beyond it."""
    queries, keys, chunk_size, depth = 32, 128, 4, 2
    inputs = [seeded(1, 1, length, depth, seed=length) for length in (queries, keys, keys)]
    with torch.no_grad():
        largest, _ = memory_of(lambda *args: called(function, *args), *inputs, chunk_size)
    allowed = max(queries * chunk_size, keys * depth)
    if largest <= 1.5 * allowed:
        return
    told = "Is a tensor of all weights, or a list of chunks, there at the end?"
    if largest == chunk_size * keys:
        told = "Are queries alone taken in chunks? Each of them then still sees all keys at once."
    elif largest == queries * (keys // chunk_size):
        told = (
            f"`chunk({chunk_size})` makes {chunk_size} pieces; `split({chunk_size}, dim=-2)` makes pieces of that size."
        )
    raise CheckError(
        f"{name}: for {queries} queries and {keys} keys with chunk_size={chunk_size}, the docstring allows tensors of "
        f"{allowed} numbers; yours makes one of {largest}. {told}"
    )


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


@visible_check(points=2)
def growth_exponent(function) -> None:
    """A square, a straight line, a constant, and four points that lie on no line."""
    name = "growth_exponent"
    for lengths, costs, expected in (
        ([1, 2, 4], [5, 20, 80], 2.0),
        ([100, 200, 400, 1000], [0.3, 0.6, 1.2, 3.0], 1.0),
        ([2, 4], [7, 7], 0.0),
        ([1, 2, 4, 8], [1, 1, 1, 4], 0.6),
        ([4, 1, 8, 2], [1, 1, 1, 3], -0.1 * math.log2(3)),
    ):
        given = list(lengths), list(costs)
        power = called(function, lengths, costs)
        if (lengths, costs) != given:
            raise CheckError(
                f"{name} changed a list it was given. Is it sorted in place? The order of points is no matter."
            )
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
        if expected == 2.0 and not math.isclose(power, expected, abs_tol=0.05):
            raise CheckError(
                f"{name}: costs 5, 20, 80 at lengths 1, 2, 4 go like t^2, yours is {power:.4f}. Is it the slope of the "
                "two logarithms, cost against length?"
            )
        if not math.isclose(power, expected, abs_tol=1e-6) and math.isclose(power, expected, abs_tol=0.051):
            raise CheckError(f"{name}({lengths}, {costs}) should be {expected:.6f}, yours is {power}. Is it rounded?")
        if not math.isclose(power, expected, abs_tol=1e-6):
            raise CheckError(f"{name}({lengths}, {costs}) should be {expected}, yours is {power:.4f}.")
