"""Visible checks of the modules: multi-head attention, positions, layer norm, the encoder block.

PyTorch's own modules, filled with random weights, are what they are compared with.
"""

from __future__ import annotations

import copy
import math
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attention_course.checks.batched_attention.reading import (
    exact,
    kept_dtype,
    made,
    output_of,
    randomised,
    refuses,
    same,
    seeded,
    shown,
    works_without_numbers,
)
from attention_course.checks.report import CheckError, called, passed


def MultiHeadAttention(kind) -> None:
    """Shapes, agreement with nn.MultiheadAttention in all its uses, copies that share nothing."""
    name = "MultiHeadAttention"
    layer = made(kind, name, 6, 3)
    refuses(name, "when num_heads does not divide the width", kind, 6, 4)
    for part in ("query", "key", "value", "output"):
        if not isinstance(getattr(layer, part, None), nn.Linear):
            raise CheckError(f"{name}: `self.{part}` should be an nn.Linear(width, width), made in __init__.")
    output_of(layer, name, (2, 5, 6), seeded(2, 5, 6), hint="The output alone, in the shape of the query.")
    _agrees(kind, name, bias=True)
    _agrees(kind, name, bias=False)
    _shares_nothing(kind, name)
    _drops_in_training(made(kind, name, 6, 3, dropout=0.5), name)
    works_without_numbers(lambda x: made(kind, name, 6, 3).to(x.device)(x), name, seeded(2, 5, 6))
    passed(name)


def _loaded(kind, name: str, theirs: nn.Module, *args) -> nn.Module:
    """A module of the learner's with the weights of `theirs`, which must not change."""
    ours, before = made(kind, name, *args).eval(), copy.deepcopy(theirs.state_dict())
    called(ours.load_from_torch, theirs)
    if any(not torch.equal(before[key], tensor) for key, tensor in theirs.state_dict().items()):
        raise CheckError(f"{name}.load_from_torch changed the module it copies from. Copy the other way round.")
    return ours


def _agrees(kind, name: str, bias: bool) -> None:
    theirs = randomised(nn.MultiheadAttention(6, 3, bias=bias, batch_first=True))
    ours = _loaded(kind, name, theirs, 6, 3)
    query, key, value = seeded(2, 5, 6), seeded(2, 7, 6, seed=1), seeded(2, 7, 6, seed=2)
    real = torch.tensor([[True] * 7, [True] * 4 + [False] * 3])
    without = "" if bias else " of a module made with bias=False"
    for given, use in (
        ((query,), "self-attention"),
        ((query, key), "cross-attention, where the values come from the keys' tokens"),
        ((query, key, value), "queries, keys and values from three places"),
    ):
        first, second, third = (*given, given[-1], given[-1])[:3]
        expected = theirs(first, second, third)[0]
        if not same(output_of(ours, name, (2, 5, 6), *given), expected):
            raise CheckError(
                f"{name} with the weights{without} loaded differs from nn.MultiheadAttention for {use}. Cut the last "
                "axis, then swap two axes; on the way back swap first. A reshape alone mixes tokens and heads."
            )
    expected = theirs(query, key, value, key_padding_mask=~real)[0]
    if not same(output_of(ours, name, (2, 5, 6), query, key, value, real[:, None, None, :]), expected):
        raise CheckError(f"{name} with a mask of shape (b, 1, 1, k) differs from torch's. Where does the mask go in?")


def _shares_nothing(kind, name: str) -> None:
    theirs = randomised(nn.MultiheadAttention(6, 3, batch_first=True))
    ours, x = _loaded(kind, name, theirs, 6, 3), seeded(2, 5, 6)
    if not all(parameter.requires_grad for parameter in ours.parameters()) or len(list(ours.parameters())) != 8:
        raise CheckError(f"{name}: after loading, four weights and four biases should be there to be trained.")
    before = ours(x).detach()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.zero_()
    if not same(ours(x), before):
        raise CheckError(
            f"{name}.load_from_torch: when the module it loaded from is changed later, yours changes with it. Copy the "
            "numbers with `mine.copy_(theirs)`, do not assign the tensor."
        )


def _drops_in_training(layer: nn.Module, name: str) -> None:
    x = seeded(2, 5, 6)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer.train()
        if same(layer(x), layer(x)):
            raise CheckError(f"{name}: in training mode dropout should change the output from call to call.")
        layer.eval()
        if not same(layer(x), layer(x)):
            raise CheckError(f"{name}: after .eval() there is no dropout; pass `self.training` on.")


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
    x = torch.full((2, 2, 4), 10.0)
    output = output_of(module, name, (2, 2, 4), x)
    expected = torch.tensor([[10, 11, 10, 11], [10.841471, 10.540302, 10.01, 10.99995]]).expand(2, 2, 4)
    if not same(output, expected):
        raise CheckError(
            f"{name}: tokens of ten become [10, 11, 10, 11] at position 0, yours {shown(output[0, 0])}, and [10.8415, "
            f"10.5403, 10.01, 11.0] at position 1, yours {shown(output[0, 1])}."
        )
    if not same(made(kind, name, 3, 2)(torch.zeros(1, 2, 3))[0, 1], [math.sin(1), math.cos(1), 0.002154]):
        raise CheckError(f"{name}: the width may be odd; then the last pair has its sine only.")
    kept_dtype(output_of(module, name, (1, 3, 4), torch.ones(1, 3, 4).half()), torch.float16, name)
    refuses(name, "when x has more tokens than max_length", module, torch.zeros(1, 4, 4))
    refuses(name, "also for a table of one position", made(kind, name, 4, 1), torch.zeros(1, 2, 4))
    works_without_numbers(lambda moved: module.to(moved.device)(moved), name, x)
    passed(name)


def LayerNorm(kind) -> None:
    """A token of mean 4 and deviation 3, eps inside the root, what is learned, equal numbers, half precision."""
    name = "LayerNorm"
    module, token = made(kind, name, 4), torch.tensor([[1.0, 3, 3, 9]])
    if sorted(key for key, _ in module.named_parameters()) != ["bias", "weight"]:
        raise CheckError(f"{name}: it learns two things, the parameters `weight` and `bias`, each of shape (width,).")
    output = output_of(module, name, (1, 4), token)
    if same(output, (token - 4) / math.sqrt(12)):
        raise CheckError(f"{name}: the variance is divided by m, here 4; yours by m - 1. `var` has an option for it.")
    if not same(output, (token - 4) / 3):
        raise CheckError(
            f"{name}: (1, 3, 3, 9) has mean 4 and variance 9: (-1, -0.33, -0.33, 1.67), yours {shown(output)}."
        )
    if not same(output_of(made(kind, name, 4, 7.0), name, (1, 4), token), (token - 4) / 4):
        raise CheckError(f"{name}: eps is added to the variance, inside the root: with eps = 7 it is sqrt(9 + 7) = 4.")
    _learned_norm(module, name, token)
    equal = output_of(made(kind, name, 4), name, (2, 4), torch.full((2, 4), 5.0), hint="eps keeps 0 / 0 away.")
    half = output_of(made(kind, name, 4), name, (2, 4), torch.full((2, 4), 5.0).half(), hint="1e-12 is 0 in float16.")
    if equal.any() or half.any():
        raise CheckError(f"{name}: a token of equal numbers becomes zeros, then `bias`; yours {shown(equal)}.")
    kept_dtype(half, torch.float16, name)
    x = seeded(2, 3, 6) * 50
    if not same(output_of(made(kind, name, 6), name, (2, 3, 6), x), F.layer_norm(x, (6,), eps=1e-12)):
        raise CheckError(f"{name} differs from torch's on a batch (2, 3, 6). Is it the last axis, token by token?")
    double = made(kind, name, 6).double()
    exact(double, name, [seeded(2, 3, 6, dtype=torch.float64)], lambda x: F.layer_norm(x, (6,), eps=1e-12))
    works_without_numbers(lambda moved: made(kind, name, 6).to(moved.device)(moved), name, x)
    passed(name)


def _learned_norm(module: nn.Module, name: str, token: Tensor) -> None:
    with torch.no_grad():
        learned = dict(module.named_parameters())
        learned["weight"].copy_(torch.tensor([1.0, 2, 3, 4]))
        learned["bias"].fill_(10)
    expected = [[9, 10 - 2 / 3, 9, 10 + 20 / 3]]
    if not same(output_of(module, name, (1, 4), token), expected):
        raise CheckError(f"{name}: after normalising, times `weight`, plus `bias`, column by column.")


def EncoderBlock(kind) -> None:
    """Agreement with nn.TransformerEncoderLayer, masks, eps, copies that share nothing, dropout."""
    name = "EncoderBlock"
    x = seeded(2, 5, 6)
    output_of(made(kind, name, 6, 3, 10), name, (2, 5, 6), x, hint="The output has the shape of x.")
    theirs = _torch_block()
    ours = _loaded(kind, name, theirs, 6, 3, 10)
    _explain_difference(output_of(ours, name, (2, 5, 6), x), x, name)
    real = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    with torch.no_grad():
        expected = theirs(x, src_key_padding_mask=~real)
    masked = output_of(ours, name, (2, 5, 6), x, real[:, None, None, :])
    if not same(masked[real], expected[real]):
        raise CheckError(
            f"{name} with a mask of shape (b, 1, 1, t) differs from torch's. Does the mask reach attention?"
        )
    with torch.no_grad():
        for norm in (theirs.norm1, theirs.norm2):
            norm.eps = 0.5
        expected = theirs(x)
    if not same(output_of(_loaded(kind, name, theirs, 6, 3, 10), name, (2, 5, 6), x), expected):
        raise CheckError(f"{name}.load_from_torch: the layer's norms have an eps of their own; carry it over.")
    refuses(
        f"{name}.load_from_torch", "for a layer with norm_first=True", ours.load_from_torch, _torch_block(first=True)
    )
    _block_shares_nothing(ours, theirs, x, name)
    dropping = made(kind, name, 6, 3, 10, dropout=0.5)
    _drops_in_training(dropping, name)
    _hands_dropout_on(dropping, name)
    works_without_numbers(lambda moved: made(kind, name, 6, 3, 10).to(moved.device)(moved), name, x)
    passed(name)


def _hands_dropout_on(block: nn.Module, name: str) -> None:
    """With what is dropped outside attention switched off, the weights inside are still dropped."""
    inside = {id(module) for part in block.children() if hasattr(part, "load_from_torch") for module in part.modules()}
    if not inside:
        return  # attention of another make: nothing to look into
    for module in block.train().modules():
        if isinstance(module, nn.Dropout) and id(module) not in inside:
            module.p = 0.0
    x = seeded(2, 5, 6)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        if all(same(block(x), block(x)) for _ in range(5)):
            raise CheckError(f"{name}: `dropout` also goes to your MultiHeadAttention, which drops weights.")


def _torch_block(activation: Any = "gelu", first: bool = False) -> nn.TransformerEncoderLayer:
    """PyTorch's layer, with our eps: what comes of another one is a question of its own."""
    layer = nn.TransformerEncoderLayer(6, 3, 10, activation=activation, norm_first=first, batch_first=True)
    layer.norm1.eps = layer.norm2.eps = 1e-12
    return randomised(layer)


def _explain_difference(output: Tensor, x: Tensor, name: str) -> None:
    """Compare with torch's block, and with its relatives to say what is different."""
    relatives: tuple[tuple[dict[str, Any], str], ...] = (
        ({}, ""),
        ({"first": True}, "yours normalises before each part; post-LN normalises after the sum."),
        ({"activation": "relu"}, "yours has a ReLU in the feed-forward part; this block has a GELU."),
        (
            {"activation": partial(F.gelu, approximate="tanh")},
            "your GELU is its tanh approximation.",
        ),
        ({"activation": lambda hidden: hidden}, "there is no GELU between your two linear layers."),
    )
    for options, explanation in relatives:
        with torch.no_grad():
            expected = _torch_block(**options)(x)
        if same(output, expected):
            if explanation:
                raise CheckError(f"{name}: {explanation}")
            return
    raise CheckError(
        f"{name} with the weights of an nn.TransformerEncoderLayer differs from it. Norm after each sum, and is the "
        "second sum made with y, the result of the first norm? Are the two norms two objects?"
    )


def _block_shares_nothing(ours: nn.Module, theirs: nn.Module, x: Tensor, name: str) -> None:
    before = ours(x).detach()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.zero_()
    if not same(ours(x), before):
        raise CheckError(f"{name}.load_from_torch: yours changes when the layer is changed later. Copy the numbers.")
