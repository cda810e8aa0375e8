"""What notebook 06 needs besides a call: steps from one state, layers to copy, tables to search."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from attention_course.probes import torch_answers as using
from attention_course.probes.modules import made
from attention_course.probes.torch_answers import undisturbed


def _decoder(answer, sizes, numbers) -> nn.Module:
    return made(answer, sizes, numbers)


@undisturbed
def steps(answer, sizes, numbers, last, tokens, keys, mask):
    """What a decoder gives when it writes these tokens one after the other: [logits, weights] of each step."""
    decoder = _decoder(answer, sizes, numbers)
    with torch.no_grad():
        state, given = decoder.begin(last), []
        for column in tokens.unbind(dim=1):
            logits, state, weights = decoder.step(column, state, keys, mask)
            given.append([logits, weights])
    return given


@undisturbed
def branches(answer, sizes, numbers, last, first, others, keys, mask):
    """One step, then one step each for several tokens, all from the same state; and another sentence in between."""
    decoder = _decoder(answer, sizes, numbers)
    with torch.no_grad():
        _, state, _ = decoder.step(first, decoder.begin(last), keys, mask)
        given = []
        for tokens in others:
            logits, _, weights = decoder.step(tokens, state, keys, mask)
            given.append([logits, weights])
            decoder.step(first, decoder.begin(last.flip(0)), keys, mask)
    return given


@undisturbed
def step_gradients(answer, sizes, numbers, last, tokens, keys, mask, pull):
    """The gradient for each parameter of sum(pull * logits) of the last of several steps."""
    decoder = _decoder(answer, sizes, numbers)
    state = decoder.begin(last)
    for column in tokens.unbind(dim=1):
        logits, state, _ = decoder.step(column, state, keys, mask)
    (logits * pull).sum().backward()
    parameters = {name: decoder.get_parameter(name) for name in numbers}
    return {name: torch.zeros_like(p) if p.grad is None else p.grad for name, p in parameters.items()}


@undisturbed
def library_layer(sizes, state, eps=(1e-5, 1e-5, 1e-5), **options) -> nn.TransformerDecoderLayer:
    """An nn.TransformerDecoderLayer with these numbers in it."""
    layer = nn.TransformerDecoderLayer(*sizes, activation="gelu", **options)
    layer.load_state_dict(state)
    layer.norm1.eps, layer.norm2.eps, layer.norm3.eps = eps
    return layer.eval()


def _block(answer, sizes, state, *, training=False, dtype="float32", eps=(1e-5, 1e-5, 1e-5), theirs=None, **options):
    block = using.module(answer, sizes, training=training, dtype=dtype, **options)
    block.load_from_torch(library_layer(sizes, state, eps, **theirs or {}))
    return block


@undisturbed
def decoded(answer, sizes, state, x, memory, masks=(None, None), **options):
    """What comes out of a block with the numbers of PyTorch's layer; masks by position."""
    with torch.no_grad():
        return _block(answer, sizes, state, **options)(x, memory, *masks)


@undisturbed
def decoded_by_name(answer, sizes, state, x, memory, **masks):
    """What comes out when the masks are given by name."""
    with torch.no_grad():
        return _block(answer, sizes, state)(x, memory, **masks)


@undisturbed
def learned(answer, sizes):
    """How many numbers there are to be learned."""
    return sum(parameter.numel() for parameter in answer(*sizes).parameters() if parameter.requires_grad)


@undisturbed
def after_a_change_there(answer, sizes, state, x, memory):
    """What comes out when PyTorch's layer is changed after the copy."""
    block, source = using.module(answer, sizes), library_layer(sizes, state)
    block.load_from_torch(source)
    with torch.no_grad():
        for parameter in source.parameters():
            parameter.zero_()
        return block(x, memory)


@undisturbed
def source_after_a_change_here(answer, sizes, state):
    """The numbers of PyTorch's layer when the copy is changed."""
    block, source = using.module(answer, sizes), library_layer(sizes, state)
    block.load_from_torch(source)
    block.load_state_dict({name: torch.zeros_like(tensor) for name, tensor in block.state_dict().items()})
    return dict(source.state_dict())


@undisturbed
def block_gradients(answer, sizes, state, x, memory, masks, pull):
    """The gradients of both inputs."""
    block = _block(answer, sizes, state, dtype="float64")
    return using.gradients(lambda a, b: block(a, b, *masks), x, memory, pull=pull)


class Table:
    """A step function that looks its rows up: what may follow depends on the last `order` ids, or on all of them.

    Args:
        rows: (n, s) log-probabilities; the row of a prefix is the number that its last ids write in base s, modulo n.
        start_id: what a prefix must begin with.
        calls: how many calls are allowed.
    """

    def __init__(self, rows: Sequence[Sequence[float]], start_id: int, calls: int) -> None:
        self.rows, self.start_id, self.left = np.asarray(rows, dtype=float), start_id, calls

    def __call__(self, prefix):
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("step was called too often")
        ids = [int(number) for number in prefix]
        if not ids or ids[0] != self.start_id:
            raise ValueError("a prefix begins with start_id")
        number = 0
        for id in ids[1:]:
            number = number * self.rows.shape[1] + id + 1
        return self.rows[number % len(self.rows)].copy()


def searched(answer, rows, start_id, end_id, *more, calls=1000, **named):
    """What a search finds where the log-probabilities stand in a table."""
    return answer(Table(rows, start_id, calls), start_id, end_id, *more, **named)
