"""Visible checks of the device, of attention for a batch, and of its masks."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from attention_course.checks.batched_attention.reading import (
    cause,
    exact,
    gradients_flow,
    kept_dtype,
    note_on_the_library,
    output_of,
    same,
    seeded,
    shown,
    tensor_of,
    works_without_numbers,
)
from attention_course.checks.report import CheckError, called, visible_check
from attention_course.probes.batched_attention.devices import computer

LOG3 = math.log(3.0)


@visible_check(points=1)
def pick_device(function) -> None:
    """Every combination of devices, as if this computer had them."""
    for cuda, mps, expected in ((True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")):
        with computer(cuda, mps):
            device = called(function)
        if not isinstance(device, torch.device):
            raise CheckError(
                f"pick_device should return a torch.device such as torch.device('cpu'); it returned {device!r}."
            )
        if device.type != expected:
            raise CheckError(
                f"pick_device: on a computer {_with(cuda, mps)}, the device is {expected}; yours says {device.type}."
            )


def _with(cuda: bool, mps: bool) -> str:
    if cuda and mps:
        return "that has CUDA and MPS"
    return "that has neither CUDA nor MPS" if not mps else "that has MPS and no CUDA"


@visible_check(points=3)
def scaled_dot_product_attention(function) -> str:
    """Weights of one and three quarters, masks, an empty row, half precision, dropout, another device."""
    name = "scaled_dot_product_attention"
    query = torch.tensor([[[[2.0, 0, 0, 0]]]])
    key = torch.tensor([[[[0.0, 0, 0, 0], [LOG3, 0, 0, 0]]]])
    value = torch.tensor([[[[0.0, 4, 1], [8, 0, 1]]]])
    hint = "It returns the output alone, one row for each query, as wide as a value."
    output = output_of(function, name, (1, 1, 1, 3), query, key, value, hint=hint)
    if same(output, [[[[7.2, 0.4, 1]]]]):
        raise CheckError("scores are divided by sqrt(d), here by 2; yours look undivided.")
    if not same(output, [[[[6, 1, 1]]]]):
        told = f"weights 0.25 and 0.75 of (0, 4, 1) and (8, 0, 1) make (6, 1, 1), yours is {shown(output)}."
        total = output[0, 0, 0, 2].item()  # both values end in 1
        if not math.isclose(total, 1, rel_tol=1e-3):
            told += f" The weights of a query sum to 1, yours to {total:.4g}: along which axis do you take the softmax?"
        elif same(output, [[[[4, 2, 1]]]]):
            told += " Both keys got the same score: `transpose(-2, -1)` swaps two axes, a `reshape` or `view` does not."
        raise CheckError(told)
    _against_library(function, name)
    _masks(function, name)
    _empty_row(function, name)
    _half(function, name)
    _dropout(function, name)
    _dropped_weights(function, name)
    works_without_numbers(function, name, *_inputs())
    works_without_numbers(function, name, *_inputs(), torch.ones(2, 1, 5, 7, dtype=torch.bool))
    return note_on_the_library(function, *_inputs())


def _inputs(dtype: torch.dtype = torch.float32) -> list[Tensor]:
    """Query, key and value of unequal lengths, none of them contiguous."""
    query, key = (seeded(2, length, 3, 4, seed=seed, dtype=dtype).transpose(1, 2) for seed, length in enumerate((5, 7)))
    return [query, key, seeded(2, 3, 6, 7, seed=2, dtype=dtype).transpose(-2, -1)]


def _against_library(function, name: str) -> None:
    query, key, value = _inputs()
    try:
        output = output_of(function, name, (2, 3, 5, 6), query, key, value)
    except RuntimeError as error:
        if "view" not in str(error):
            raise
        raise CheckError(
            f"{name}: the tensors need not be contiguous, and `view` refuses those that are not. `reshape` copies if "
            "need be."
        ) from None
    if not same(output, F.scaled_dot_product_attention(query, key, value)):
        scores = query @ key.reshape(2, 3, 4, 7) / 2
        reshaped = torch.softmax(scores, dim=-1) @ value
        over_queries = torch.softmax(query @ key.transpose(-2, -1) / 2, dim=-2) @ value
        told = cause(
            output,
            (
                (
                    reshaped,
                    "`key.reshape` or `view` keeps the order of the numbers and mixes keys; transpose swaps axes.",
                ),
                (
                    over_queries,
                    "Is the softmax over the queries? A row of weights belongs to one query: the last axis.",
                ),
            ),
        )
        raise CheckError(
            "on a batch of 2 with 3 heads, 5 queries and 7 keys yours differs from F.scaled_dot_product_attention. "
            + (told or "Which axes does each step work on?")
        )


def _masks(function, name: str) -> None:
    one_open = torch.zeros(2, 1, 1, 7, dtype=torch.bool)
    one_open[0, ..., 3] = one_open[1, ..., 5] = True
    value = _inputs()[2]
    output = output_of(function, name, (2, 3, 5, 6), *_inputs(), mask=one_open)
    if not same(output[0], value[0, :, 3:4].expand(3, 5, 6)) or not same(output[1], value[1, :, 5:6].expand(3, 5, 6)):
        raise CheckError(
            "a mask of shape (b, 1, 1, k) with one open key: every query gets the value of that key. True means MAY "
            "attend; is yours the other way round, or does the mask act after the softmax?"
        )
    far, two = torch.full((1, 1, 1, 4), 300.0), torch.tensor([[1.0], [2.0]])[None, None]
    open_key = torch.tensor([[[[True, False]]]])
    if not same(output_of(function, name, (1, 1, 1, 1), far, -far.expand(1, 1, 2, 4), two, open_key), [[[[1.0]]]]):
        raise CheckError(
            "two scores of -180000, one of them closed: the open key takes all, whatever its score. What do closed "
            "places get, and can an open one be lower? The smallest finite number is `torch.finfo(scores.dtype).min`."
        )


def _empty_row(function, name: str) -> None:
    inputs = [x.requires_grad_() for x in _inputs()]
    mask = torch.ones(2, 1, 5, 7, dtype=torch.bool)
    mask[0, 0, 2] = False
    hint = "What does softmax make of a row in which everything is closed?"
    output = output_of(function, name, (2, 3, 5, 6), *inputs, mask, hint=hint)
    if output[0, :, 2].any():
        raise CheckError(
            f"a query that may attend to nothing gets zeros, yours gets {shown(output[0, 0, 2])}. Equal scores make "
            "equal weights, so closed places need a 0 after the softmax too."
        )
    hint = "Use the smallest finite number instead of -inf, and zeros after the softmax."
    gradients_flow(name, output, inputs, f"It comes from the closed row. {hint}")


def _half(function, name: str) -> None:
    large = [torch.full((1, 1, 2, 4), number, dtype=torch.float16) for number in (300.0, 300.0, 1.0)]
    hint = "300 * 300 is too large for float16. Convert to float32 before the product."
    output = output_of(function, name, (1, 1, 2, 4), *large, hint=hint)
    kept_dtype(output, torch.float16, name)
    if not torch.allclose(output.double(), torch.ones(1, 1, 2, 4).double(), atol=0.02):  # scores of 180000, in float32
        raise CheckError(f"{name} in float16: all values are 1, so the output is 1; yours is {shown(output)}. {hint}")
    for dtype in (torch.float64, torch.bfloat16):
        kept_dtype(output_of(function, name, (2, 3, 5, 6), *_inputs(dtype)), dtype, name)
    exact(function, name, _inputs(torch.float64), F.scaled_dot_product_attention)


def _dropout(function, name: str) -> None:
    still = output_of(function, name, (2, 3, 5, 6), *_inputs(), dropout_p=0.5)
    if not same(still, output_of(function, name, (2, 3, 5, 6), *_inputs())):
        raise CheckError("dropout acts in training only: with training=False, dropout_p must change nothing.")
    query, key, tags = torch.zeros(1, 1, 500, 4), torch.zeros(1, 1, 4, 4), torch.eye(4)[None, None]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        rows = output_of(function, name, (1, 1, 500, 4), query, key, tags, dropout_p=0.5, training=True)[0, 0]
    if not 0.4 < (rows == 0).float().mean() < 0.6:
        raise CheckError("dropout with probability 0.5 should strike out about half of the weights; yours does not.")
    if not 0.22 < rows.mean() < 0.28:
        raise CheckError(
            f"the mean weight of 4 equal keys stays 0.25 under dropout, yours is {rows.mean():.2f}. Weights that stay "
            "are divided by 1 - dropout_p."
        )


def _dropped_weights(function, name: str) -> None:
    """Four values alike: whichever weights are dropped, the numbers of one output stay alike."""
    query, key, value = torch.zeros(1, 1, 500, 4), torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 3)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        rows = output_of(function, name, (1, 1, 500, 3), query, key, value, dropout_p=0.2, training=True)[0, 0]
    if not same(rows, rows[:, :1].expand(500, 3)):
        raise CheckError(
            "dropout strikes out weights, so a key goes missing as a whole; yours drops numbers of the output."
        )
    kept = rows[:, 0][rows[:, 0] != 0]
    if kept.max() - kept.min() < 1e-3:
        raise CheckError(
            "under dropout the weights of a row need not sum to 1, only on average; yours always do. Is there a "
            "division by the sum after the dropout?"
        )
    if rows[:, 0].eq(0).float().mean() > 0.05:  # all four keys dropped: a chance of 0.0016
        raise CheckError("with dropout_p=0.2 a fifth of the weights is struck out; yours strikes out four fifths.")


def _any_causal(function, name: str) -> None:
    padding, causal = torch.ones(1, 3, dtype=torch.bool), torch.tensor([[1, 1, 0], [0, 1, 1], [1, 0, 1]]).bool()
    if not same(tensor_of(called(function, padding, causal), (1, 1, 3, 3), name), causal[None, None]):
        raise CheckError(
            f"{name}: `causal` may be any table; with nothing padded it comes back as it is. Yours changes it."
        )


@visible_check(points=1)
def combine_masks(function) -> None:
    """Two texts of three tokens, by hand."""
    name = "combine_masks"
    padding = torch.tensor([[True, True, False], [True, True, True]])
    causal = torch.ones(3, 3, dtype=torch.bool).tril()
    result = called(function, padding, causal)
    if isinstance(result, Tensor) and result.shape == (2, 3, 3):
        raise CheckError(f"{name} returns (b, t, t); heads need an axis of length 1 behind the batch: (b, 1, t, t).")
    mask = tensor_of(result, (2, 1, 3, 3), name, "One table for each text, the same for all heads.")
    if mask.dtype != torch.bool:
        raise CheckError(f"{name} should hold booleans, yours holds {mask.dtype}. The operator `&` keeps them.")
    triangle = [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    if same(mask, [[[[1, 0, 0], [1, 1, 0], [0, 0, 0]]], [triangle]]):
        raise CheckError(f"{name}: padding closes keys, which are columns; yours also closes rows of queries.")
    if not same(mask, [[[[1, 0, 0], [1, 1, 0], [1, 1, 0]]], [triangle]]):
        raise CheckError(
            f"{name}: a place is open where both masks are True. For the first text, of two tokens, the rows are "
            f"[1, 0, 0], [1, 1, 0], [1, 1, 0]; yours are {mask[0, 0].int().tolist()}."
        )
    _any_causal(function, name)
    works_without_numbers(function, name, padding, causal)
