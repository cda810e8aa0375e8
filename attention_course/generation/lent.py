"""What notebook 07 lends to a learner whose own piece is not right yet; made of PyTorch's own functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from attention_course.decoder import CausalSelfAttention, DecoderModel, KeyValueCache, RMSNorm, rotate

__all__ = [
    "CausalSelfAttention",
    "DecoderModel",
    "KeyValueCache",
    "RMSNorm",
    "analogy",
    "generate",
    "induction_score",
    "most_similar",
    "next_token_loss",
    "rotate",
    "skip_gram_loss",
    "top_k",
    "top_p",
    "with_temperature",
]


def skip_gram_loss(center: Tensor, context: Tensor, negatives: Tensor) -> Tensor:
    """The loss of the exercise, by the library's binary cross-entropy with logits."""
    scores = torch.cat([context[:, None], negatives], dim=1) @ center[:, :, None]
    wanted = torch.zeros_like(scores)
    wanted[:, 0] = 1.0
    return F.binary_cross_entropy_with_logits(scores, wanted, reduction="sum") / len(center)


def most_similar(vector: Any, table: Any, count: int, exclude: Sequence[int] = ()) -> list[int]:
    """Rows by cosine, best first."""
    cosines = F.cosine_similarity(torch.as_tensor(table), torch.as_tensor(vector), dim=-1)
    order = torch.sort(cosines, descending=True, stable=True).indices.tolist()
    return [row for row in order if row not in set(exclude)][:count]


def analogy(a: int, b: int, c: int, table: Any, count: int) -> list[int]:
    """The rows nearest to b - a + c, without these three."""
    rows = F.normalize(torch.as_tensor(table), dim=-1)
    return most_similar(rows[b] - rows[a] + rows[c], rows, count, exclude=(a, b, c))


def next_token_loss(logits: Tensor, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
    """The mean cross-entropy of the next token, over pairs of real tokens."""
    real = torch.ones_like(input_ids) if attention_mask is None else attention_mask
    pairs = real[:, :-1].bool() & real[:, 1:].bool()
    wanted = input_ids[:, 1:].masked_fill(~pairs, -100)
    total = F.cross_entropy(logits[:, :-1].flatten(0, 1), wanted.flatten(), reduction="sum", ignore_index=-100)
    return total / pairs.sum().clamp(min=1)


def with_temperature(logits: Tensor, temperature: float) -> Tensor:
    """Logits divided by the temperature; at 0 only the first largest is left."""
    if temperature < 0:
        raise ValueError(f"a temperature of {temperature} is below 0")
    if temperature > 0:
        return logits / temperature
    return _kept(logits, logits.argmax(dim=-1, keepdim=True))


def top_k(logits: Tensor, k: int) -> Tensor:
    """The k largest logits, -inf elsewhere."""
    if k < 1:
        raise ValueError(f"at least one must stay, not {k}")
    return _kept(logits, logits.sort(dim=-1, descending=True, stable=True).indices[..., :k])


def top_p(logits: Tensor, p: float) -> Tensor:
    """The smallest set of most probable tokens whose mass reaches p, -inf elsewhere."""
    if p < 0:
        raise ValueError(f"a mass of {p} is below 0")
    ordered, places = logits.sort(dim=-1, descending=True, stable=True)
    share = ordered.softmax(dim=-1)
    before = share.cumsum(dim=-1) - share
    late = (before >= p) & (torch.arange(logits.shape[-1]) > 0)  # the most probable one always stays
    return torch.empty_like(logits).scatter(-1, places, ordered.masked_fill(late, -torch.inf))


def _kept(logits: Tensor, places: Tensor) -> Tensor:
    return torch.full_like(logits, -torch.inf).scatter(-1, places, logits.gather(-1, places))


def generate(
    model: Any, input_ids: Tensor, new_tokens: int, choose: Callable[[Tensor], Tensor], use_cache: bool = True
) -> Tensor:
    """The prompt and so many new tokens."""
    caches = [KeyValueCache() for _ in model.layers] if use_cache else None
    given = input_ids
    with torch.no_grad():
        for _ in range(new_tokens):
            new = choose(model(given, caches)[:, -1])[:, None]
            input_ids = torch.cat([input_ids, new], dim=1)
            given = new if use_cache else input_ids
    return input_ids


def induction_score(weights: Tensor, period: int) -> Tensor:
    """The mean weight on the token after the earlier copy, for each head."""
    return torch.diagonal(weights[..., period:, 1:], dim1=-2, dim2=-1).mean(dim=(0, -1))
