"""What a cache saves and what it costs: CPU time for each new token, equal tokens, bytes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from attention_course.measure import one_thread


@dataclass(frozen=True)
class Cost:
    """What a new token costs after a text of some length.

    Attributes:
        length: tokens before it.
        without, cached: CPU milliseconds for a new token, the whole text anew or the new token alone.
        same: whether both ways write the same tokens.
        difference: the largest difference of a logit between the two.
        nbytes: what the caches hold.
    """

    length: int
    without: float
    cached: float
    same: bool
    difference: float
    nbytes: int


def costs(
    model: Any, new_cache: Callable[[], Any], lengths: Sequence[int], new_tokens: int = 8, repeats: int = 1
) -> list[Cost]:
    """Write so many tokens greedily after random texts of these lengths, with caches and without, on one thread."""
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(model.config.vocab_size, (1, max(lengths)), generator=generator)
    with torch.no_grad(), one_thread():
        return [_cost(model, new_cache, ids[:, :length], new_tokens, repeats) for length in lengths]


def _cost(model: Any, new_cache: Callable[[], Any], ids: Tensor, new_tokens: int, repeats: int) -> Cost:
    runs: dict[bool, list[tuple[float, Tensor, Tensor, Sequence[Any]]]] = {True: [], False: []}
    for _ in range(repeats):
        for cached in runs:
            runs[cached].append(_written(model, ids, new_tokens, [new_cache() for _ in model.layers] if cached else []))
    (_, tokens, logits, caches), (_, plain_tokens, plain_logits, _) = runs[True][0], runs[False][0]
    return Cost(
        length=ids.shape[1],
        without=min(run[0] for run in runs[False]),
        cached=min(run[0] for run in runs[True]),
        same=bool((tokens == plain_tokens).all()),
        difference=float((logits - plain_logits).abs().max()),
        nbytes=sum(cache.nbytes for cache in caches),
    )


def _written(model: Any, ids: Tensor, new_tokens: int, caches: Sequence[Any]) -> tuple[float, Tensor, Tensor, Any]:
    """(CPU milliseconds for a token after the first, the tokens, their logits, the caches)."""
    logits = [model(ids, caches or None)[:, -1]]
    started = time.process_time()
    for _ in range(new_tokens):
        new = logits[-1].argmax(dim=-1)[:, None]
        ids = torch.cat([ids, new], dim=1)
        logits.append(model(new, caches)[:, -1] if caches else model(ids)[:, -1])
    spent = 1000 * (time.process_time() - started) / new_tokens
    return spent, ids[:, -new_tokens:], torch.stack(logits, dim=1), caches
