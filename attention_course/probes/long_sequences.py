"""What the exams of attention for long sequences need besides a call: functions for features, memory at two lengths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from attention_course.probes.torch_answers import Memory, gradients

FEATURES: dict[str, Callable[[Tensor], Tensor]] = {
    "elu": lambda x: F.elu(x) + 1,
    "both signs": lambda x: torch.cat([x.exp(), (-x).exp()], dim=-1),
    "softmax": lambda x: x.softmax(dim=-1),
    "one number": lambda x: x.sum(dim=-1, keepdim=True).exp(),
    "three of them": lambda x: torch.stack([x.cos() + 1.5, x.exp(), x.square() + 0.1], dim=-1).mean(dim=-2),
}
"""Functions from (..., d) to (..., f), above 0: as many numbers, twice as many, one, three; some mix the d numbers."""


def _with_features(answer, kind: str, **named) -> Callable[..., Tensor]:
    def call(query, key, value):
        return answer(query, key, value, FEATURES[kind], **named)

    return call


def linear(answer, query, key, value, kind, *more, **named):
    """A call of linear attention with the features of this name."""
    return answer(query, key, value, FEATURES[kind], *more, **named)


def linear_gradients(answer, *inputs, kind, pull, **named):
    """The gradients of sum(pull * output) with respect to query, key and value."""
    return gradients(_with_features(answer, kind, **named), *inputs, pull=pull)


def memories(answer, *lengths, steep, more=()):
    """How many numbers a call and its gradients have at one moment, for inputs (query, key, value) of growing length.

    Args:
        lengths: at least two inputs. The later ones are tried only while the memory grows more than `steep` times from
            one to the next: for a loop over places each of them takes a while.
    """
    return _memories(lambda *inputs: answer(*inputs, *more), lengths, steep)


def linear_memories(answer, *lengths, steep, kind, **named):
    """The same of linear attention."""
    return _memories(_with_features(answer, kind, **named), lengths, steep)


def _memories(call: Callable[..., Any], lengths: tuple, steep: float) -> list[int]:
    found = [_memory(call, lengths[0])]
    for inputs in lengths[1:]:
        found.append(_memory(call, inputs))
        if found[-1] <= steep * found[-2]:
            break
    return found


def _memory(call: Callable[..., Any], inputs: tuple[Tensor, ...]) -> int:
    memory = Memory()
    with memory:
        gradients(call, *inputs, pull=torch.ones_like(inputs[-1]))
    return memory.most
