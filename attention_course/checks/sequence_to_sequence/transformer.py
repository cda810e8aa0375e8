"""Visible checks of the Transformer's decoder block: PyTorch's own layer is what it is compared with."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from attention_course.checks.batched_attention.reading import made, output_of, randomised, refuses, same, seeded
from attention_course.checks.report import CheckError, called, visible_check

NAME = "DecoderBlock"


@visible_check(points=4)
def DecoderBlock(kind) -> None:
    """Agreement with nn.TransformerDecoderLayer, with either mask, another eps; copies that share nothing; dropout."""
    theirs = randomised(nn.TransformerDecoderLayer(6, 2, 10, activation="gelu", batch_first=True))
    ours: Any = made(kind, NAME, 6, 2, 10).eval()
    before = copy.deepcopy(theirs.state_dict())
    called(ours.load_from_torch, theirs)
    if any(not torch.equal(before[name], tensor) for name, tensor in theirs.state_dict().items()):
        raise CheckError(f"{NAME}.load_from_torch changed the layer it copies from. Copy the other way round.")
    _agrees(ours, theirs)
    _carries_eps(kind)
    _shares_nothing(ours, theirs)
    first = nn.TransformerDecoderLayer(6, 2, 10, activation="gelu", norm_first=True)
    refuses(
        f"{NAME}.load_from_torch", "for a layer with norm_first=True", made(kind, NAME, 6, 2, 10).load_from_torch, first
    )
    _drops(kind)


def _closed(mask: Tensor) -> Tensor:
    """What the library calls a mask: True where nobody may attend."""
    return ~mask


def _agrees(ours: nn.Module, theirs: nn.TransformerDecoderLayer) -> None:
    x, memory = seeded(2, 3, 6), seeded(2, 5, 6, seed=1)
    seen = torch.ones(3, 3, dtype=torch.bool).tril()
    real = torch.tensor([[True] * 5, [True] * 2 + [False] * 3])
    future = x.clone()
    future[:, -1] += 1
    with torch.no_grad():
        plain = output_of(ours, NAME, (2, 3, 6), x, memory)
        if not same(plain, theirs(x, memory)):
            raise CheckError(
                f"{NAME} with the numbers of nn.TransformerDecoderLayer(6, 2, 10) and no masks "
                "differs from it. Three parts: "
                "own words, source, feed-forward; each is added to what it got, and then normalised. "
                + _where(ours, theirs, x, memory)
            )
        masked = _masked(ours, "a self_mask of shape (3, 3)", x, memory, seen)
        if not same(masked, theirs(x, memory, tgt_mask=_closed(seen))):
            changed = output_of(ours, NAME, (2, 3, 6), future, memory, seen)
            sees = not same(masked[:, :-1], changed[:, :-1])
            why = "your words see the future" if sees else "a word looks at too little, or the mask went to the source"
            raise CheckError(f"{NAME} with a causal self_mask of shape (3, 3): {why}. True means that it MAY look.")
        masked = _masked(ours, "a memory_mask of shape (2, 1, 1, 5)", x, memory, None, real[:, None, None])
        if not same(masked, theirs(x, memory, memory_key_padding_mask=_closed(real))):
            raise CheckError(
                f"{NAME} with a memory_mask of shape (2, 1, 1, 5), the second source two words "
                "long: it differs from the "
                "library's. Which of the two attentions gets it, and is it passed by name?"
            )


def _masked(ours: nn.Module, case: str, x: Tensor, memory: Tensor, *masks: Tensor | None) -> Tensor:
    """What comes out with masks, or a sentence where a mask does not even fit where it arrives."""
    try:
        return output_of(ours, NAME, (2, 3, 6), x, memory, *masks)
    except RuntimeError as error:
        raise CheckError(
            f"{NAME} with {case}, three own words and five of the source: {str(error).splitlines()[0]} Does the mask "
            "arrive at the wrong attention? forward takes x, memory, self_mask, memory_mask in this order."
        ) from None


def _where(ours: nn.Module, theirs: nn.TransformerDecoderLayer, x: Tensor, memory: Tensor) -> str:
    """Which part is missing, if one is: the library's layer is computed without it."""
    got = ours(x, memory)
    y = theirs.norm1(x + theirs._sa_block(x, None, None))
    z = theirs.norm2(y + theirs._mha_block(y, memory, None, None))
    for wrong, why in (
        (theirs.norm3(y + theirs._ff_block(y)), "It looks as if the source were never looked at."),
        (theirs.norm3(z + theirs.linear2(theirs.linear1(z))), "It looks as if there were no GELU."),
        (theirs.norm3(z + theirs.linear2(torch.relu(theirs.linear1(z)))), "It looks as if a ReLU stood for the GELU."),
        (z + theirs._ff_block(z), "It looks as if the last norm were missing."),
    ):
        if same(got, wrong):
            return why
    return "In which order do they come, and what does each of them get?"


def _carries_eps(kind) -> None:
    theirs = randomised(nn.TransformerDecoderLayer(6, 2, 10, activation="gelu", batch_first=True))
    theirs.norm1.eps, theirs.norm2.eps, theirs.norm3.eps = 0.5, 0.2, 0.1
    ours: Any = made(kind, NAME, 6, 2, 10).eval()
    called(ours.load_from_torch, theirs)
    x, memory = seeded(2, 3, 6), seeded(2, 5, 6, seed=1)
    with torch.no_grad():
        if not same(ours(x, memory), theirs(x, memory)):
            raise CheckError(
                f"{NAME}: a layer whose norms have the eps 0.5, 0.2, 0.1 is not matched. Is eps copied, each its own?"
            )


def _shares_nothing(ours: nn.Module, theirs: nn.Module) -> None:
    x, memory = seeded(2, 3, 6), seeded(2, 5, 6, seed=1)
    with torch.no_grad():
        before = ours(x, memory)
        for parameter in theirs.parameters():
            parameter.zero_()
        if not same(ours(x, memory), before):
            raise CheckError(
                f"{NAME}.load_from_torch: when the layer it loaded from is changed later, yours "
                "changes with it. Copy the "
                "numbers, for instance by load_state_dict; do not assign the module."
            )


def _drops(kind) -> None:
    x, memory = seeded(2, 3, 6), seeded(2, 5, 6, seed=1)
    block = made(kind, NAME, 6, 2, 10, dropout=0.5)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        if same(block.train()(x, memory), block(x, memory)):
            raise CheckError(
                f"{NAME} with dropout 0.5 gives the same twice in training mode. Where is something dropped?"
            )
        if not same(block.eval()(x, memory), block(x, memory)):
            raise CheckError(f"{NAME} with dropout 0.5 gives two different results after .eval(). When does it drop?")
