"""Visible check of multi-head attention: part by part what the docstring prescribes, then the whole."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attention_course.checks.batched_attention.reading import (
    cause,
    gradients_flow,
    made,
    output_of,
    randomised,
    refuses,
    same,
    seeded,
    works_without_numbers,
)
from attention_course.checks.report import CheckError, called, visible_check

NAME = "MultiHeadAttention"
PARTS = ("query", "key", "value", "output")
SOURCES = ("the first third of in_proj_", "the second third of in_proj_", "the last third of in_proj_", "out_proj.")


@visible_check(points=4)
def MultiHeadAttention(kind) -> None:
    """Named parts, forward with weights that the check writes, copying, what is dropped."""
    layer = made(kind, NAME, 6, 3)
    refuses(NAME, "when num_heads does not divide the width, here 4 and 6", kind, 6, 4)
    for part in PARTS:
        linear = getattr(layer, part, None)
        if not isinstance(linear, nn.Linear) or tuple(linear.weight.shape) != (6, 6):
            raise CheckError(f"{NAME}: `self.{part}` should be an nn.Linear(width, width), made in __init__.")
        if linear.bias is None:
            raise CheckError(f"{NAME}: `self.{part}` should have a bias; leave out `bias=False`.")
    output_of(layer, NAME, (2, 5, 6), seeded(2, 5, 6), hint="The output alone, in the shape of the query.")
    _forward(kind)
    _loads(kind)
    _shares_nothing(kind)
    drops_in_training(made(kind, NAME, 6, 3, dropout=0.5), NAME)
    _drops_weights(made(kind, NAME, 6, 3, dropout=0.5))
    works_without_numbers(lambda x: made(kind, NAME, 6, 3).to(x.device)(x), NAME, seeded(2, 5, 6))


def _library(bias: bool = True, dropout: float = 0.0) -> nn.MultiheadAttention:
    return randomised(nn.MultiheadAttention(6, 3, dropout=dropout, bias=bias, batch_first=True))


def _entries(theirs: nn.MultiheadAttention, kind: str) -> list[Tensor]:
    """The four weights, or the four biases, zeros where there are none."""
    if kind == "bias" and theirs.in_proj_bias is None:
        return [torch.zeros(6)] * 4
    return [*getattr(theirs, f"in_proj_{kind}").chunk(3), getattr(theirs.out_proj, kind)]


def _forward(kind) -> None:
    """Weights that the check writes, without load_from_torch, so that a difference can only be forward's."""
    theirs = _library()
    ours = made(kind, NAME, 6, 3).eval()
    with torch.no_grad():
        for sort in ("weight", "bias"):
            for part, numbers in zip(PARTS, _entries(theirs, sort), strict=True):
                getattr(getattr(ours, part), sort).copy_(numbers)
    query, key, value = seeded(2, 5, 6), seeded(2, 7, 6, seed=1), seeded(2, 7, 6, seed=2)
    for given, use in (
        ((query,), "self-attention, forward(query) with a query of shape (2, 5, 6)"),
        ((query, key), "cross-attention, forward(query, key), where the values come from the keys' tokens"),
        ((query, key, value), "queries, keys and values from three places"),
    ):
        first, second, third = (*given, given[-1], given[-1])[:3]
        output = output_of(ours, NAME, (2, 5, 6), *given)
        if not same(output, theirs(first, second, third)[0]):
            told = cause(output, _suspects(theirs, first, second, third))
            told = told or (
                "Several things can be the cause: how the last axis is cut into heads and joined again, which Linear "
                "works on what, or the division by sqrt(m / h)."
            )
            raise CheckError(
                f"{NAME} differs from nn.MultiheadAttention for {use}, width 6 and 3 heads; the weights are not to "
                f"blame, the check wrote them. {told}"
            )
    _masks(ours, theirs, query, key, value)
    gradients_flow(NAME, ours(query, key, value), ours.parameters())


def _masks(ours: nn.Module, theirs: nn.Module, query: Tensor, key: Tensor, value: Tensor) -> None:
    real = torch.tensor([[True] * 7, [True] * 4 + [False] * 3])
    output = output_of(ours, NAME, (2, 5, 6), query, key, value, real[:, None, None, :])
    if same(output, theirs(query, key, value, key_padding_mask=~real)[0]):
        return
    told = "Where does the mask go in, and is it the right way round?"
    if same(output, theirs(query, key, value)[0]):
        told = "It changes nothing: does it reach your attention?"
    elif same(output[1], theirs(query, key, value, key_padding_mask=real & torch.tensor([[False], [True]]))[0][1]):
        told = "It acts the other way round: True means MAY attend, here and in your attention. Is there a `~`?"
    raise CheckError(f"{NAME} with a mask of shape (b, 1, 1, k) differs from torch's. {told}")


def _suspects(theirs: nn.MultiheadAttention, query: Tensor, key: Tensor, value: Tensor) -> Iterator[tuple[Tensor, str]]:
    """What comes out with one mistake, and its name."""
    weights, biases = _entries(theirs, "weight"), _entries(theirs, "bias")
    right = [(query, key, value)[i] @ weights[i].T + biases[i] for i in range(3)]

    def cut(x: Tensor) -> Tensor:
        return x.unflatten(-1, (3, 2)).transpose(1, 2)

    def attend(heads: list[Tensor], scale: float = 1.0) -> Tensor:
        return F.scaled_dot_product_attention(heads[0] * scale, heads[1], heads[2])

    def out(heads: Tensor) -> Tensor:
        return heads.transpose(1, 2).flatten(-2) @ weights[3].T + biases[3]

    split, reshaped = [cut(x) for x in right], [x.reshape(2, 3, -1, 2) for x in right]
    mixed = "cut the last axis (`unflatten`), then swap two axes (`transpose`); a reshape alone mixes tokens and heads."
    yield out(attend(reshaped)), mixed
    yield attend(reshaped).reshape(2, -1, 6) @ weights[3].T + biases[3], mixed
    yield (
        attend(split).reshape(2, -1, 6) @ weights[3].T + biases[3],
        "On the way back, swap the two axes first; then join.",
    )
    strided = [x.unflatten(-1, (2, 3)).movedim(-1, 1) for x in right]
    across = attend(strided).movedim(1, -1).flatten(-2) @ weights[3].T + biases[3]
    yield across, "A head owns columns that lie together: cut into (h, m / h), not (m / h, h)."
    yield out(attend(strided)), "A head owns columns that lie together: cut into (h, m / h), not (m / h, h)."
    yield attend(split).transpose(1, 2).flatten(-2), "The last step is missing: `self.output`."
    yield out(attend(split, 1 / math.sqrt(2))), "It is scaled twice: your attention divides by sqrt(m / h) already."
    yield out(attend(split, math.sqrt(2))), "The scores are not divided by sqrt(m / h)."
    yield out(attend(split, math.sqrt(2 / 6))), "The scores are divided by sqrt(m); a head has m / h columns."
    if key is not query:
        for sources, told in (
            ((query, query, query), "`key` is not used: everything is made from the query."),
            (
                (query, key, query),
                "`value` is made from the query; where only a key is given, it is made from the key.",
            ),
            ((query, key, key), "`value` is given and not used: the values are made from the key."),
        ):
            if sources[2].shape[1] == sources[1].shape[1]:
                yield (
                    out(attend([cut(x @ w.T + b) for x, w, b in zip(sources, weights[:3], biases[:3], strict=True)])),
                    told,
                )
    chained = [
        right[0],
        *((right[0] if x is query else x) @ weights[i].T + biases[i] for i, x in ((1, key), (2, value))),
    ]
    yield out(attend([cut(x) for x in chained])), "The query was projected before key and value were taken from it."


def _loads(kind) -> None:
    """Parameter by parameter, and then the answers, for a module with biases and one without."""
    for bias in (True, False):
        theirs = _library(bias)
        ours = loaded(kind, NAME, theirs, 6, 3)
        for sort in ("weight", "bias"):
            for part, numbers, source in zip(PARTS, _entries(theirs, sort), SOURCES, strict=True):
                mine = getattr(getattr(ours, part), sort)
                if not same(mine, numbers):
                    _explain_copy(theirs, mine, f"{part}.{sort}", f"{source}{sort}" if bias or sort == "weight" else "")
        x = seeded(2, 5, 6)
        if not same(output_of(ours, NAME, (2, 5, 6), x), theirs(x, x, x)[0]):
            raise CheckError(
                f"{NAME}.load_from_torch: the four Linears are right, and the output is not torch's. What else does "
                "it change?"
            )
    ours = loaded(kind, NAME, _library(dropout=0.5), 6, 3).train()
    x = seeded(2, 5, 6)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        if not same(ours(x), ours(x)):
            raise CheckError(f"{NAME}.load_from_torch: the dropout of the module is not copied; yours keeps its own.")


def _explain_copy(theirs: nn.MultiheadAttention, mine: Tensor, name: str, source: str) -> None:
    """Say what a parameter should hold, and what it holds instead, if that can be recognised."""
    if not source:
        raise CheckError(
            f"{NAME}.load_from_torch: the module was made with bias=False, so {name} should become zeros; yours keeps "
            "old numbers."
        )
    sort = name.rsplit(".", 1)[1]
    held = [other for other, numbers in zip(SOURCES, _entries(theirs, sort), strict=True) if same(mine, numbers)]
    instead = "something else; is it copied at all?"
    if held:
        instead = f"{held[0]}{sort}."
    elif sort == "weight" and any(same(mine, numbers.T) for numbers in _entries(theirs, sort)):
        instead = "it turned round. Both are weights of a Linear, so nothing is transposed."
    raise CheckError(f"{NAME}.load_from_torch: {name} should be {source}; yours holds {instead}")


def loaded(kind, name: str, theirs: nn.Module, *args) -> nn.Module:
    """A module of the learner's with the weights of `theirs`, which must not change; no parameter is replaced.

    Raises:
        CheckError: `theirs` changed, or parameters were replaced.
    """
    ours, before = made(kind, name, *args).eval(), copy.deepcopy(theirs.state_dict())
    parameters = {id(parameter) for parameter in ours.parameters()}
    called(ours.load_from_torch, theirs)
    if any(not torch.equal(before[key], tensor) for key, tensor in theirs.state_dict().items()):
        raise CheckError(f"{name}.load_from_torch changed the module it copies from. Copy the other way round.")
    if any(parameter is other for parameter in ours.parameters() for other in theirs.parameters()):
        raise CheckError(
            f"{name}.load_from_torch: a parameter of yours is the other module's own now: when that changes later, "
            "yours changes with it. Copy the numbers with `mine.copy_(theirs)`, do not assign the tensor."
        )
    if {id(parameter) for parameter in ours.parameters()} != parameters:
        raise CheckError(
            f"{name}.load_from_torch puts new parameters in the place of yours; an optimizer made before does not know "
            "them. Write numbers into those that are there: `mine.copy_(theirs)`."
        )
    if not all(parameter.requires_grad for parameter in ours.parameters()):
        raise CheckError(f"{name}: after loading, all parameters should still be there to be trained.")
    return ours


def _shares_nothing(kind) -> None:
    theirs, x = _library(), seeded(2, 5, 6)
    ours = loaded(kind, NAME, theirs, 6, 3)
    if len(list(ours.parameters())) != 8:
        raise CheckError(f"{NAME}: four weights and four biases can be learned, and nothing else.")
    before = ours(x).detach()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.zero_()
    if not same(ours(x), before):
        raise CheckError(
            f"{NAME}.load_from_torch: when the module it loaded from is changed later, yours changes with it. Copy the "
            "numbers with `mine.copy_(theirs)`, do not assign the tensor."
        )


def drops_in_training(layer: nn.Module, name: str) -> None:
    """Make sure that the output changes from call to call in training mode, and only there."""
    x = seeded(2, 5, 6)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer.train()
        if same(called(layer, x), called(layer, x)):
            raise CheckError(f"{name}: in training mode dropout should change the output from call to call.")
        layer.eval()
        if not same(called(layer, x), called(layer, x)):
            raise CheckError(f"{name}: after .eval() there is no dropout; pass `self.training` on.")


def _drops_weights(layer: Any) -> None:
    """All values are ones, and the output projection is an identity: a head's columns hold the sum of its weights."""
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
        layer.value.bias.fill_(1)
        layer.output.weight.copy_(torch.eye(6))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        output = called(layer.train(), torch.zeros(8, 8, 6))
    if not same(output[..., 0::2], output[..., 1::2]):
        raise CheckError(
            f"{NAME}: dropout strikes out attention weights; yours drops numbers of the output. Pass the probability "
            "on to scaled_dot_product_attention."
        )
