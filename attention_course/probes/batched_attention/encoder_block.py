"""What the exam of EncoderBlock asks of the class; its numbers come from PyTorch's layer, by load_from_torch."""

import torch
from torch import nn

from attention_course.probes import torch_answers as using


@using.undisturbed
def library(sizes, state, eps=(1e-5, 1e-5), **options):
    """An nn.TransformerEncoderLayer with these numbers in it."""
    layer = nn.TransformerEncoderLayer(*sizes, activation="gelu", **options)
    layer.load_state_dict(state)
    layer.norm1.eps, layer.norm2.eps = eps
    return layer.eval()


def block(answer, sizes, state, *, training=False, dtype="float32", eps=(1e-5, 1e-5), theirs=None, **options):
    """The learner's block with the numbers of PyTorch's layer."""
    made = using.module(answer, sizes, training=training, dtype=dtype, **options)
    made.load_from_torch(library(sizes, state, eps, **theirs or {}))
    return made


@using.undisturbed
def forward(answer, sizes, state, x, mask=None, **options):
    """What comes out with these numbers in it, and in which dtype."""
    return using.with_dtype(block(answer, sizes, state, **options), x, mask=mask)


@using.undisturbed
def by_position(answer, sizes, state, x, mask):
    """What comes out when the mask is given by position."""
    return block(answer, sizes, state)(x, mask)


@using.undisturbed
def learned(answer, sizes):
    """How many numbers there are to be learned."""
    return sum(parameter.numel() for _, parameter in answer(*sizes).named_parameters())


@using.undisturbed
def spread(answer, sizes, x):
    """The variance of each token that comes out of a new block: 1 - eps / variance before it."""
    return using.module(answer, sizes, dtype="float64")(x).var(dim=-1, correction=0)


@using.undisturbed
def after_a_change_there(answer, sizes, state, x):
    """What comes out when PyTorch's layer is changed after the copy."""
    made, source = using.module(answer, sizes), library(sizes, state)
    made.load_from_torch(source)
    with torch.no_grad():
        for parameter in source.parameters():
            parameter.zero_()
    return made(x)


@using.undisturbed
def source_after_a_change_here(answer, sizes, state):
    """The numbers of PyTorch's layer when the copy is changed."""
    made, source = using.module(answer, sizes), library(sizes, state)
    made.load_from_torch(source)
    made.load_state_dict({name: torch.zeros_like(tensor) for name, tensor in made.state_dict().items()})
    return dict(source.state_dict())


@using.undisturbed
def trainable(answer, sizes, state):
    """How many numbers can be trained after the copy."""
    parameters = block(answer, sizes, state).named_parameters()
    return sum(parameter.numel() for _, parameter in parameters if parameter.requires_grad)


@using.undisturbed
def gradients(answer, sizes, state, x, mask, pull):
    """The gradient of the tokens, in float64."""
    return using.gradients(block(answer, sizes, state, dtype="float64"), x, mask=mask, pull=pull)


@using.undisturbed
def elsewhere(answer, sizes, state, x, mask):
    """What comes out of a block moved to another device."""
    return using.on_meta(block(answer, sizes, state).to("meta"), x, mask=mask)
