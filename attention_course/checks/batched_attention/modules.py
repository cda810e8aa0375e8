"""Visible checks of the modules for positions and for layer norm."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attention_course.checks.batched_attention.reading import (
    cause,
    exact,
    gradients_flow,
    kept_dtype,
    made,
    output_of,
    refuses,
    same,
    seeded,
    shown,
    works_without_numbers,
)
from attention_course.checks.report import CheckError, visible_check


@visible_check(points=1)
def PositionalEncoding(kind) -> None:
    """Rows by hand, a buffer that follows, the dtype of x, a text that is too long."""
    name = "PositionalEncoding"
    module = made(kind, name, 4, 3)
    buffer = dict(module.named_buffers()).get("table")
    if not isinstance(buffer, Tensor):
        raise CheckError(f"{name}: there should be a buffer called `table`; see `register_buffer`.")
    if list(module.parameters()) or module.state_dict():
        raise CheckError(f"{name}: the table is not learned and need not be saved: a buffer with persistent=False.")
    if tuple(buffer.shape) != (3, 4):
        raise CheckError(f"{name}: the table has shape (max_length, width) = (3, 4), yours {tuple(buffer.shape)}.")
    if buffer.dtype != torch.get_default_dtype():
        raise CheckError(
            f"{name}: the table has the default dtype, {torch.get_default_dtype()}; yours is {buffer.dtype}. NumPy's "
            "lines make float64; `.to(torch.get_default_dtype())` narrows."
        )
    x = torch.full((1, 2, 4), 10.0)
    output = output_of(module, name, (1, 2, 4), x)
    if not same(output, x + _table(2, 4)):
        raise CheckError(
            f"{name}: tokens of ten become [10, 11, 10, 11] at position 0, yours {shown(output[0, 0])}, and [10.8415, "
            f"10.5403, 10.01, 11.0] at position 1, yours {shown(output[0, 1])}. {cause(output - 10, _slips())}".rstrip()
        )
    if not same(output_of(module, name, (3, 2, 4), torch.zeros(3, 2, 4)), _table(2, 4).expand(3, 2, 4)):
        raise CheckError(
            f"{name}: in a batch of 3 texts with 2 tokens each, every text gets rows 0 and 1 of the table. Which axis "
            "counts the tokens?"
        )
    if not same(made(kind, name, 3, 2)(torch.zeros(1, 2, 3))[0, 1], [math.sin(1), math.cos(1), 0.002154]):
        raise CheckError(f"{name}: the width may be odd; then the last pair has its sine only.")
    for dtype in (torch.float16, torch.float64):
        kept_dtype(output_of(module, name, (1, 3, 4), torch.ones(1, 3, 4, dtype=dtype)), dtype, name)
    leaf = seeded(1, 3, 4).requires_grad_()
    gradients_flow(name, output_of(module, name, (1, 3, 4), leaf), [leaf])
    refuses(name, "when x has more tokens than max_length", module, torch.zeros(1, 4, 4))
    refuses(name, "also for a table of one position", made(kind, name, 4, 1), torch.zeros(1, 2, 4))
    works_without_numbers(lambda moved: module.to(moved.device)(moved), name, x)


def _table(positions: int, width: int, *, start: int = 0, paired: bool = True) -> Tensor:
    position, column = torch.arange(start, start + positions).double()[:, None], torch.arange(width)
    angle = position / 10000 ** ((column - column % 2 if paired else column) / width)
    return torch.where(column % 2 == 0, angle.sin(), angle.cos()).float()


def _slips() -> Iterator[tuple[Tensor, str]]:
    """What is added to two tokens of width 4 with one mistake, and its name."""
    right = _table(2, 4)
    one_row = "Both tokens got row 0. The number of tokens is `x.shape[-2]`; `len(x)` and `x.shape[0]` count the texts."
    yield right[:1].expand(2, 4)[None], one_row
    yield _table(2, 4, start=1)[None], "Positions count from 0; yours from 1."
    yield right[:, [0, 2, 1, 3]][None], "Columns come in pairs, sine and cosine in turn; yours has all sines first."
    yield right[:, [1, 0, 3, 2]][None], "The sine comes first in each pair, then the cosine."
    yield (
        _table(2, 4, paired=False)[None],
        "Columns 0 and 1 share an angle, and so do 2 and 3: its exponent is 2i / width.",
    )
    position = torch.arange(2.0)[:, None]
    angle = position / 10000 ** (torch.arange(4) // 2 / 4)
    halved = torch.where(torch.arange(4) % 2 == 0, angle.sin(), angle.cos())
    yield halved[None], "The exponent of the pair i is 2i / width; yours is i / width."


@visible_check(points=1)
def LayerNorm(kind) -> None:
    """A token of mean 4 and deviation 3, eps inside the root, what is learned, equal numbers, half precision."""
    name = "LayerNorm"
    module, token = made(kind, name, 4), torch.tensor([[1.0, 3, 3, 9]])
    if sorted(key for key, _ in module.named_parameters()) != ["bias", "weight"]:
        raise CheckError(f"{name}: it learns two things, the parameters `weight` and `bias`, each of shape (width,).")
    for key, parameter in module.named_parameters():
        if tuple(parameter.shape) != (4,):
            raise CheckError(f"{name}(4): `{key}` should have shape (4,), yours has {tuple(parameter.shape)}.")
    if getattr(module, "eps", None) != 1e-12:
        told = f"it is {module.eps}" if hasattr(module, "eps") else "there is no such attribute"
        raise CheckError(f"{name}(4): eps is kept as `self.eps`, by default 1e-12; in yours {told}.")
    output = output_of(module, name, (1, 4), token)
    if same(output, (token - 4) / math.sqrt(12)):
        raise CheckError(f"{name}: the variance is divided by m, here 4; yours by m - 1. `var` has an option for it.")
    if not same(output, (token - 4) / 3):
        raise CheckError(
            f"{name}: (1, 3, 3, 9) has mean 4 and variance 9: (-1, -0.33, -0.33, 1.67), yours {shown(output)}."
        )
    _eps(kind, name, token)
    _learned_norm(module, name, token)
    equal = output_of(made(kind, name, 4), name, (2, 4), torch.full((2, 4), 5.0), hint="eps keeps 0 / 0 away.")
    half = output_of(made(kind, name, 4), name, (2, 4), torch.full((2, 4), 5.0).half(), hint="1e-12 is 0 in float16.")
    if equal.any() or half.any():
        raise CheckError(f"{name}: a token of equal numbers becomes zeros, then `bias`; yours {shown(equal)}.")
    kept_dtype(half, torch.float16, name)
    x = seeded(2, 3, 6) * 50
    if not same(output_of(made(kind, name, 6), name, (2, 3, 6), x), F.layer_norm(x, (6,), eps=1e-12)):
        raise CheckError(f"{name} differs from torch's on a batch (2, 3, 6). Is it the last axis, token by token?")
    far = 1000 + seeded(1, 6)
    if not torch.allclose(output_of(made(kind, name, 6), name, (1, 6), far), F.layer_norm(far, (6,)), atol=2e-3):
        raise CheckError(
            f"{name}: numbers near 1000 that differ by 1 lose their digits. Subtract the mean first, then square: the "
            "mean of the squares minus the square of the mean is the difference of two large numbers."
        )
    _gradients(kind, name)
    double = made(kind, name, 6).double()
    exact(double, name, [seeded(2, 3, 6, dtype=torch.float64)], lambda x: F.layer_norm(x, (6,), eps=1e-12))
    works_without_numbers(lambda moved: made(kind, name, 6).to(moved.device)(moved), name, x)


def _eps(kind, name: str, token: Tensor) -> None:
    """With eps = 7 the root of 9 + 7 is 4, whether it was given at once or set later."""
    later: Any = made(kind, name, 4)
    later.eps = 7.0
    for made_with, norm in (("eps = 7", made(kind, name, 4, 7.0)), ("`self.eps` set to 7 later", later)):
        output = output_of(norm, name, (1, 4), token)
        if same(output, (token - 4) / (3 + 7)) or same(output, (token - 4) / (3 + math.sqrt(7))):
            raise CheckError(
                f"{name}: eps is added to the variance, inside the root: with eps = 7 it is sqrt(9 + 7) = 4."
            )
        if same(output, (token - 4) / 3):
            raise CheckError(f"{name}: with {made_with} the output is what it was before. Does forward use `self.eps`?")
        if not same(output, (token - 4) / 4):
            raise CheckError(
                f"{name}: with {made_with} (1, 3, 3, 9) is divided by sqrt(9 + 7) = 4, yours {shown(output)}."
            )


def _gradients(kind, name: str) -> None:
    """The mean and the variance depend on the input too."""
    norm, x, pull = made(kind, name, 6), seeded(2, 6).requires_grad_(), seeded(2, 6, seed=1)
    output = output_of(norm, name, (2, 6), x)
    gradients_flow(name, output, [x, *norm.parameters()])
    [expected] = torch.autograd.grad(F.layer_norm(x, (6,)), x, pull)
    [mine] = torch.autograd.grad(norm(x), x, pull)
    if not torch.allclose(mine, expected, atol=1e-3):
        raise CheckError(
            f"{name}: the output is right and the gradient is not: it flows through the mean and the variance too. Is "
            "one of them detached, or made under `torch.no_grad()`?"
        )


def _learned_norm(module: nn.Module, name: str, token: Tensor) -> None:
    with torch.no_grad():
        learned = dict(module.named_parameters())
        learned["weight"].copy_(torch.tensor([1.0, 2, 3, 4]))
        learned["bias"].fill_(10)
    expected = [[9, 10 - 2 / 3, 9, 10 + 20 / 3]]
    if not same(output_of(module, name, (1, 4), token), expected):
        raise CheckError(f"{name}: after normalising, times `weight`, plus `bias`, column by column.")
