"""What is done with an answer about texts: what sort of things it returns, and many calls with generators of a seed.

A generator is no plain data; it is made here, beside the answer.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from attention_course.probes.torch_answers import undisturbed


def kinds_of_rows(answer, *args) -> Any:
    """Of each entry of the dict that a call returns: its type, and the types of its members."""
    result = answer(*args)
    if not isinstance(result, dict):
        return type(result).__name__
    return {name: [type(row).__name__, _types(row)] for name, row in result.items()}


def _types(members: Any) -> list[str]:
    """The types there are among the members, those that are not Python's own with their module's name."""
    kinds = {type(member) for member in members}
    return sorted(k.__name__ if k.__module__ == "builtins" else f"{k.__module__}.{k.__name__}" for k in kinds)


@undisturbed
def kinds_of_tensors(answer, *args, **kwargs) -> Any:
    """Of each tensor that a call returns: its dtype, its shape, and whether it is the memory of an argument."""
    result = answer(*args, **kwargs)
    if not isinstance(result, (tuple, list)):
        return type(result).__name__
    places = {arg.untyped_storage().data_ptr() for arg in args if isinstance(arg, Tensor)}
    return [
        [str(part.dtype), list(part.shape), part.untyped_storage().data_ptr() in places]
        if isinstance(part, Tensor)
        else type(part).__name__
        for part in result
    ]


@undisturbed
def with_generator(answer, *args, seed, **kwargs) -> Any:
    """A call with a fresh torch.Generator of this seed."""
    return answer(*args, generator=torch.Generator().manual_seed(seed), **kwargs)


@undisturbed
def with_generators(answer, *args, seeds, own_seeds, **kwargs) -> list:
    """One call for each seed, each with a fresh generator, and with torch's own in a state of its own seed.

    Returns:
        The results in order, and of each call whether torch's own generator was moved by it.
    """
    results = []
    for seed, own_seed in zip(seeds, own_seeds, strict=True):
        torch.default_generator.manual_seed(own_seed)
        before = torch.get_rng_state()
        result = answer(*args, generator=torch.Generator().manual_seed(seed), **kwargs)
        results.append([result, not torch.equal(before, torch.get_rng_state())])
    return results


@undisturbed
def with_one_generator(answer, *args, seed, calls, **kwargs) -> list:
    """The results of several calls that draw from one generator in turn."""
    generator = torch.Generator().manual_seed(seed)
    return [answer(*args, generator=generator, **kwargs) for _ in range(calls)]


@undisturbed
def without_generator(answer, *args, own_seeds, **kwargs) -> list:
    """One call for each of the seeds of torch's own generator; a seed of None goes on from where it is."""
    results = []
    for own_seed in own_seeds:
        if own_seed is not None:
            torch.default_generator.manual_seed(own_seed)
        results.append(answer(*args, **kwargs))
    return results


def kinds_of_pairs(answer, documents, seed) -> Any:
    """The type of the result, and the types of its members and of what these consist of, place by place."""
    result = answer(documents, np.random.default_rng(seed))
    if not isinstance(result, list) or not all(isinstance(pair, (tuple, list)) for pair in result):
        return type(result).__name__
    return [type(result).__name__, _types(result), [_types(column) for column in zip(*result, strict=True)]]


def other_chance_of(own_seed: int) -> None:
    """Put all sources of chance that need no generator in a state."""
    np.random.seed(own_seed)
    random.seed(own_seed)
    torch.default_generator.manual_seed(own_seed)


def leaving_chance_alone(use: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: the sources of chance that need no generator are in a known state, and afterwards as before."""

    @functools.wraps(use)
    def with_states_restored(*args, **kwargs):
        states = np.random.get_state(), random.getstate()
        other_chance_of(0)
        try:
            return use(*args, **kwargs)
        finally:
            np.random.set_state(states[0])
            random.setstate(states[1])

    return undisturbed(with_states_restored)


@leaving_chance_alone
def with_rng(answer, documents, seed) -> Any:
    """A call with a fresh NumPy generator of this seed."""
    return answer(documents, np.random.default_rng(seed))


@leaving_chance_alone
def with_rngs(answer, documents, *, seeds, own_seeds) -> list:
    """One call for each seed, each with a fresh generator, and with all other sources of chance in another state."""
    results = []
    for seed, own_seed in zip(seeds, own_seeds, strict=True):
        other_chance_of(own_seed)
        results.append(answer(documents, np.random.default_rng(seed)))
    return results


@leaving_chance_alone
def with_one_rng(answer, documents, *, seed, calls) -> list:
    """The results of several calls that draw from one NumPy generator in turn."""
    generator = np.random.default_rng(seed)
    return [answer(documents, generator) for _ in range(calls)]
