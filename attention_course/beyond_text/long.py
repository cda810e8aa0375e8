"""Long sequences: what exact attention costs, what others cost, how far they are from it, and which find the needle."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from attention_course.measure import one_thread, peak_bytes

Attend = Callable[[Tensor, Tensor, Tensor], Tensor]
DEPTH = 32


def full(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Causal attention as it is defined, with all t x t weights at once."""
    t = query.shape[-2]
    later = torch.ones(t, t, dtype=torch.bool, device=query.device).triu(1)
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    return scores.masked_fill(later, -math.inf).softmax(dim=-1) @ value


def chunked(query: Tensor, key: Tensor, value: Tensor, size: int = 128) -> Tensor:
    """The same numbers, a tile of size x size at a time, with running sums as in notebook 03."""
    blocks = []
    for begin in range(0, query.shape[-2], size):
        rows = query[..., begin : begin + size, :] / math.sqrt(query.shape[-1])
        highest = rows.new_full((*rows.shape[:-1], 1), -math.inf)
        total, mixed = torch.zeros_like(highest), rows.new_zeros(*rows.shape[:-1], value.shape[-1])
        for start in range(0, begin + 1, size):
            scores = rows @ key[..., start : start + size, :].mT
            if start == begin:
                scores = scores.masked_fill(torch.ones_like(scores, dtype=torch.bool).triu(1), -math.inf)
            new = torch.maximum(highest, scores.amax(dim=-1, keepdim=True))
            shares, shrink = (scores - new).exp(), (highest - new).exp()
            total = total * shrink + shares.sum(dim=-1, keepdim=True)
            mixed = mixed * shrink + shares @ value[..., start : start + size, :]
            highest = new
        blocks.append(mixed / total)
    return torch.cat(blocks, dim=-2)


def library(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """PyTorch's own, which is exact too; on a GPU it may be FlashAttention."""
    return F.scaled_dot_product_attention(query[None, None], key[None, None], value[None, None], is_causal=True)[0, 0]


def elu_features(x: Tensor) -> Tensor:
    """The features of Katharopoulos et al. 2020: elu(x) + 1, all positive. Half of the usual scale on either side."""
    return F.elu(x / x.shape[-1] ** 0.25) + 1


def random_features(count: int, depth: int = DEPTH, seed: int = 0) -> Callable[[Tensor], Tensor]:
    """Positive random features of Choromanski et al. 2020: phi(q) . phi(k) is exp(q . k / sqrt(d)) on average."""
    directions = torch.randn(depth, count, generator=torch.Generator().manual_seed(seed))

    def features(x: Tensor) -> Tensor:
        x = x / x.shape[-1] ** 0.25
        return (x @ directions - (x**2).sum(dim=-1, keepdim=True) / 2).exp() / math.sqrt(count)

    return features


@dataclass(frozen=True)
class Cost:
    """What one call takes.

    Attributes:
        seconds: CPU seconds of one thread, the median of several calls.
        bytes: the most that PyTorch's allocator held at one moment beyond the inputs.
        error: the distance from the exact output, relative to the length of that.
    """

    seconds: float
    bytes: int
    error: float


def random_sequence(length: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Query, key and value (length, 32) of normal numbers."""
    generator = torch.Generator().manual_seed(seed)
    query, key, value = (torch.randn(length, DEPTH, generator=generator) for _ in range(3))
    return query, key, value


@torch.no_grad()
def costs(methods: Mapping[str, Attend], lengths: Sequence[int], repeats: int = 3) -> dict[str, list[Cost]]:
    """For each method its costs at each length, measured in turns on random sequences."""
    found: dict[str, list[Cost]] = {name: [] for name in methods}
    with one_thread():
        for length in lengths:
            given = random_sequence(length)
            exact = full(*given)
            for name, attend in methods.items():
                error = float((attend(*given) - exact).norm() / exact.norm())
                spent = statistics.median(_cpu_seconds(attend, given) for _ in range(repeats))
                found[name].append(Cost(spent, peak_bytes(lambda attend=attend, given=given: attend(*given)), error))  # type: ignore[misc]
    return found


def _cpu_seconds(attend: Attend, given: tuple[Tensor, Tensor, Tensor]) -> float:
    started = time.process_time()
    attend(*given)
    return time.process_time() - started


def exponent(lengths: Sequence[int], amounts: Sequence[float]) -> float:
    """p, if the amounts grow like length ** p: the slope of the best line through their logarithms."""
    return float(np.polyfit(np.log(lengths), np.log(amounts), 1)[0])


Find = Callable[[Tensor, Tensor, Tensor], Tensor]


@torch.no_grad()
def found(answer: Find, pairs: int, trials: int = 100, seed: int = 0) -> float:
    """How often the needle is found: which share of questions gets an answer that is nearest to the right value.

    Each trial has `pairs` random unit keys with a random unit value each (pairs, 32), in order. One of the keys is
    asked for once more at the end.

    Args:
        answer: from keys (n, d), values (n, d) and questions (b, d) to answers (b, d). All questions are about the
            same n pairs and each is asked by itself.
    """
    generator, hits = torch.Generator().manual_seed(seed), 0
    together = 10
    with one_thread():
        for _ in range(trials // together):
            keys, values = (F.normalize(torch.randn(pairs, DEPTH, generator=generator), dim=-1) for _ in range(2))
            asked = torch.randint(pairs, (together,), generator=generator)
            answers = answer(keys, values, keys[asked])
            hits += int(((answers @ values.T).argmax(dim=-1) == asked).sum())
    return hits / (trials // together * together)


def outer_products(keys: Tensor, values: Tensor, questions: Tensor) -> Tensor:
    """A state of d x d numbers: the sum of all key-value products, read with the question (no features, no divisor)."""
    return questions @ (keys.T @ values)


def delta_rule(keys: Tensor, values: Tensor, questions: Tensor) -> Tensor:
    """The same state, but each pair first takes out what the state says for its key (Schlag et al. 2021)."""
    state = keys.new_zeros(keys.shape[1], values.shape[1])
    for key, value in zip(keys, values, strict=True):
        state = state + torch.outer(key, value - key @ state)
    return questions @ state


def held(length: int, window: int, depth: int = DEPTH) -> dict[str, int]:
    """How many numbers each kind of attention must keep for the next token."""
    return {
        "full": 2 * length * depth,
        f"window {window}": 2 * min(length, window) * depth,
        "linear": depth * depth + depth,
    }
