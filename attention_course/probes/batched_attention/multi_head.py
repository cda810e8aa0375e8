"""What the exam of MultiHeadAttention asks of the class; `sizes` and `state` are what its docstring says."""

import torch
from torch import nn

from attention_course.probes import torch_answers as using


@using.undisturbed
def learned(answer, *sizes):
    """The names and shapes of the parameters."""
    return {name: list(parameter.shape) for name, parameter in answer(*sizes).named_parameters()}


@using.undisturbed
def forward(answer, sizes, state, *inputs, **kwargs):
    """What comes out with these numbers in it."""
    return using.module(answer, sizes, state)(*inputs, **kwargs)


@using.undisturbed
def gradients(answer, sizes, state, *inputs, **kwargs):
    """All gradients in float64: of the inputs, and of the parameters by name."""
    return using.module_gradients(using.module(answer, sizes, state, dtype="float64"), *inputs, **kwargs)


@using.undisturbed
def in_half(answer, sizes, state, x, dtype):
    """What comes out of a module in half precision, and in which dtype."""
    return using.with_dtype(using.module(answer, sizes, state, dtype=dtype), x)


@using.undisturbed
def elsewhere(answer, sizes, state, x, mask):
    """What comes out of a module moved to another device."""
    return using.on_meta(using.module(answer, sizes, state).to("meta"), x, mask=mask)


@using.undisturbed
def trained_and_evaluated(answer, sizes, state, x):
    """What comes out in training without dropout, and in evaluation with it."""
    return [using.module(answer, sizes, state, training=True)(x), using.module(answer, sizes, state, dropout=0.9)(x)]


@using.undisturbed
def in_training(answer, sizes, state, x):
    """What comes out in training."""
    return using.module(answer, sizes, state, training=True)(x)


@using.undisturbed
def library(sizes, state, **options):
    """An nn.MultiheadAttention with these numbers in it."""
    module = nn.MultiheadAttention(*sizes, **options)
    module.load_state_dict(state)
    return module.eval()


@using.undisturbed
def loaded(answer, sizes, state, before, *inputs, options=None, dtype="float32", **kwargs):
    """What comes out with the numbers of PyTorch's module, loaded over others; in training mode, without dropout."""
    made = using.module(answer, sizes, before, training=True, dtype=dtype)
    made.load_from_torch(library(sizes, state, **options or {}))
    return using.with_dtype(made, *inputs, **kwargs)


@using.undisturbed
def copied(answer, sizes, state, before):
    """The numbers of PyTorch's module without biases, after they were loaded over others."""
    made = using.module(answer, sizes, before)
    made.load_from_torch(library(sizes, state, bias=False))
    return dict(made.state_dict())


@using.undisturbed
def after_a_change_there(answer, sizes, state, x):
    """What comes out when PyTorch's module is changed after the copy."""
    made, source = using.module(answer, sizes), library(sizes, state)
    made.load_from_torch(source)
    with torch.no_grad():
        for parameter in source.parameters():
            parameter.zero_()
    return made(x)


@using.undisturbed
def source_after_a_change_here(answer, sizes, state, other):
    """The numbers of PyTorch's module when the copy is changed."""
    made, source = using.module(answer, sizes), library(sizes, state)
    made.load_from_torch(source)
    made.load_state_dict(other)
    return dict(source.state_dict())


@using.undisturbed
def trainable(answer, sizes, state):
    """Which parameters can be trained after the copy."""
    made = using.module(answer, sizes)
    made.load_from_torch(library(sizes, state))
    return {name: parameter.requires_grad for name, parameter in made.named_parameters()}
