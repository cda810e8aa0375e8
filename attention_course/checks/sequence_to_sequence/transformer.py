"""Visible checks of the Transformer's decoder block: PyTorch's own layer is what it is compared with."""

from __future__ import annotations

import copy
from collections.abc import Iterator
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
            f"{NAME} with {case}, three own words and five of the source, stops with {type(error).__name__}: "
            f"{str(error).splitlines()[0].rstrip('.')}. Does the mask arrive at the wrong attention, or not by its "
            "name? forward takes x, memory, self_mask, memory_mask in this order."
        ) from None


def _where(ours: nn.Module, theirs: nn.TransformerDecoderLayer, x: Tensor, memory: Tensor) -> str:
    """Which slip it is, if it is one that is known: the library's layer is computed with it."""
    got = ours(x, memory)
    for wrong, why in (*_altered(theirs, x, memory), *_parts_missing(theirs, x, memory)):
        if same(got, wrong):
            return why
    return "In which order do they come, and what does each of them get?"


def _altered(layer: nn.TransformerDecoderLayer, x: Tensor, memory: Tensor) -> Iterator[tuple[Tensor, str]]:
    """What the library's layer gives when it is made or filled otherwise."""

    def other(**changed: Any) -> nn.TransformerDecoderLayer:
        twin = copy.deepcopy(layer)
        for name, value in changed.items():
            setattr(twin, name, value)
        return twin

    own, source = layer.self_attn, layer.multihead_attn
    seen = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril()
    copied = "Which of PyTorch's two attentions is copied into which of yours, and are yours two modules?"
    yield other(norm_first=True)(x, memory), "It looks as if the norm came before each part, not after the sum."
    yield layer(x, memory, tgt_mask=_closed(seen)), "It looks as if the future were hidden. What does None hide?"
    yield other(activation=nn.ReLU())(x, memory), "It looks as if a ReLU stood for the GELU."
    by_tanh = nn.GELU(approximate="tanh")
    yield other(activation=by_tanh)(x, memory), "It looks as if the GELU were the one by tanh. Which one is exact?"
    yield other(activation=nn.Identity())(x, memory), "It looks as if there were no GELU."
    yield other(self_attn=source, multihead_attn=own)(x, memory), f"It looks as if they were exchanged. {copied}"
    yield other(self_attn=source)(x, memory), f"It looks as if both were multihead_attn. {copied}"
    yield other(multihead_attn=own)(x, memory), f"It looks as if both were self_attn. {copied}"
    yield other(norm3=nn.Identity())(x, memory), "It looks as if the last norm were missing."
    yield other(norm2=nn.Identity())(x, memory), "It looks as if the second norm were missing."
    yield other(norm1=nn.Identity())(x, memory), "It looks as if the first norm were missing."


def _parts_missing(layer: nn.TransformerDecoderLayer, x: Tensor, memory: Tensor) -> Iterator[tuple[Tensor, str]]:
    """What comes out when a part is left out, gets something else, or is not added to what it got."""

    def looked(y: Tensor, asked: Tensor, given: Tensor) -> Tensor:
        return layer.norm2(y + layer._mha_block(asked, given, None, None))

    def thought(z: Tensor) -> Tensor:
        return layer.norm3(z + layer._ff_block(z))

    own = layer._sa_block(x, None, None)
    y = layer.norm1(x + own)
    z = looked(y, y, memory)
    added = "Each part is added to what it got; is the {} one?"
    yield thought(y), "It looks as if the source were never looked at."
    yield thought(looked(y, y, y)), "It looks as if the source were never looked at: the second part asks y itself."
    yield thought(looked(y, x, memory)), "It looks as if the source were asked with x. With what is it asked?"
    yield thought(layer.norm2(x + layer._mha_block(y, memory, None, None))), added.format("second")
    yield thought(layer.norm2(layer._mha_block(y, memory, None, None))), added.format("second")
    yield layer.norm3(z + layer._ff_block(y)), "It looks as if the third part read y. What does it read?"
    yield layer.norm3(z), "It looks as if there were no third part."
    yield layer.norm3(layer._ff_block(z)), added.format("third")
    yield layer.norm3(y + layer._ff_block(z)), added.format("third")
    bare = layer.norm1(own)
    yield thought(looked(bare, bare, memory)), added.format("first")
    first = layer.norm1(x + layer._mha_block(x, memory, None, None))
    second = layer.norm2(first + layer._sa_block(first, None, None))
    yield thought(second), "It looks as if the source were looked at before the own words."


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
    _drops_everything(kind)


def _drops_everything(kind) -> None:
    """With a dropout of 1 nothing is left to chance: only what goes around each part comes through."""
    x, memory = seeded(2, 3, 6), seeded(2, 5, 6, seed=1)
    theirs = randomised(nn.TransformerDecoderLayer(6, 2, 10, dropout=1.0, activation="gelu", batch_first=True))
    ours: Any = made(kind, NAME, 6, 2, 10, dropout=1.0)
    called(ours.load_from_torch, theirs)
    with torch.no_grad():
        if not same(ours.train()(x, memory), theirs.train()(x, memory)):
            raise CheckError(
                f"{NAME} with dropout 1 in training mode: all three parts are dropped, and x goes through the norms "
                "alone. Something else comes through yours. Is each part dropped before it is added?"
            )
