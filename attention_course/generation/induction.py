"""Attention alone, on random sequences that repeat: a small model in which an induction head forms, or cannot.

Positions are the learner's rotary ones, ALiBi (Press et al. 2022), a table that is learned, or none; so the same model
shows which of them go on beyond the trained length.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attention_course.generation.curve import Curve, Watcher, silent, steps

TOKENS, BATCH, WIDTH, HEADS, PLACES = 32, 64, 64, 4, 128
SHORTEST, LONGEST = 10, 24
"""How many tokens are repeated in training."""

RATE, WARMUP, LOOK_EVERY, LOOK_AT = 2e-3, 100, 50, 20
Rotate = Callable[[Tensor, Tensor], Tensor]
Score = Callable[[Tensor, int], Tensor]


def repeated(count: int, half: int, generator: torch.Generator) -> Tensor:
    """(count, 1 + 2 * half): a begin token 0, then `half` random tokens twice. The second half can be known."""
    tokens = torch.randint(1, TOKENS, (count, half), generator=generator)
    return torch.cat([torch.zeros(count, 1, dtype=torch.long), tokens, tokens], dim=1)


class AttentionLayer(nn.Module):
    """Causal attention in several heads, added to what came in; the weights of the last call are kept.

    Args:
        rotate: turns queries and keys by their positions, None for other kinds of positions.
        slopes: (h,) how fast each head's scores fall with the distance, None without ALiBi.
    """

    def __init__(self, rotate: Rotate | None, slopes: Tensor | None) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.query, self.key, self.value, self.output = (nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(4))
        self.rotate, self.slopes, self.weights = rotate, slopes, torch.empty(0)

    def forward(self, x: Tensor) -> Tensor:
        linears, y, places = (self.query, self.key, self.value), self.norm(x), torch.arange(x.shape[1])
        query, key, value = (linear(y).unflatten(-1, (HEADS, -1)).transpose(1, 2) for linear in linears)
        if self.rotate is not None:
            query, key = self.rotate(query, places), self.rotate(key, places)
        scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
        back = places[:, None] - places
        if self.slopes is not None:
            scores = scores - self.slopes[:, None, None] * back
        weights = scores.masked_fill(back < 0, -torch.inf).softmax(dim=-1)
        self.weights = weights.detach()
        return x + self.output((weights @ value).transpose(1, 2).flatten(-2))


class AttentionOnly(nn.Module):
    """Embeddings, layers of attention, a last projection; no feed-forward part.

    Args:
        layers: how many.
        positions: "rotary", "ALiBi", "learned" or "none".
        rotate: the learner's, for "rotary".
    """

    def __init__(self, layers: int, positions: str, rotate: Rotate | None = None) -> None:
        super().__init__()
        if positions not in ("rotary", "ALiBi", "learned", "none"):
            raise ValueError(f"positions are rotary, ALiBi, learned or none, not {positions!r}")
        if positions == "rotary" and rotate is None:
            raise ValueError("rotary positions need a function that rotates")
        self.embedding, self.norm = nn.Embedding(TOKENS, WIDTH), nn.LayerNorm(WIDTH)
        self.places = nn.Parameter(0.02 * torch.randn(PLACES, WIDTH)) if positions == "learned" else None
        turn = rotate if positions == "rotary" else None
        slopes = 2.0 ** (-8 * torch.arange(1, HEADS + 1) / HEADS) if positions == "ALiBi" else None
        self.layers = nn.ModuleList(AttentionLayer(turn, slopes) for _ in range(layers))
        self.output = nn.Linear(WIDTH, TOKENS, bias=False)
        nn.init.normal_(self.embedding.weight, std=WIDTH**-0.5)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids)
        if self.places is not None:
            x = x + self.places[: ids.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return self.output(self.norm(x))


class InductionRun:
    """One such model from its first numbers on.

    Args:
        name: what figures call it.
        layers, positions, rotate: as in AttentionOnly.
        score: the learner's induction_score(weights, period).
        seed: draws the first numbers and the sequences.
    """

    def __init__(
        self, name: str, layers: int, positions: str, score: Score, rotate: Rotate | None = None, seed: int = 0
    ) -> None:
        self.name, self.score, self.seed, self.curve = name, score, seed, Curve()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.model = AttentionOnly(layers, positions, rotate)

    def train(self, count: int, watch: Watcher = silent) -> Curve:
        """Train for so many steps: AdamW, 100 steps of warm-up, then a constant rate.

        Returns:
            the curve; its looks are rows of (step, loss in the first half, loss in the second half, best induction
            score of all heads, best score on the token before in layer 0).
        """
        generator, count = torch.Generator().manual_seed(self.seed), steps(count)
        options: dict[str, Any] = {"lr": RATE, "betas": (0.9, 0.98), "weight_decay": 0.01}
        optimizer = torch.optim.AdamW(self.model.parameters(), **options)
        self.curve = Curve()
        for step in range(count + 1):
            if step % LOOK_EVERY == 0 or step == count:
                self.curve.looks.append((step, *self.look()))
            if step == count:
                break
            started = time.process_time()
            half = int(torch.randint(SHORTEST, LONGEST + 1, (1,), generator=generator))
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1.0, (step + 1) / WARMUP)
            loss = self._take_step(repeated(BATCH, half, generator), optimizer)
            self.curve.add(step, count, loss, time.process_time() - started)
            watch(self.curve)
        watch(self.curve)
        return self.curve

    def _take_step(self, ids: Tensor, optimizer: Any) -> float:
        loss = F.cross_entropy(self.model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        optimizer.step()
        return float(loss.detach())

    @torch.no_grad()
    def look(self, half: int = LOOK_AT) -> tuple[float, float, float, float]:
        """(loss in the first half, loss in the second, best induction score, best score on the token before)."""
        ids = repeated(100, half, torch.Generator().manual_seed(9))
        losses = self._losses(ids)
        maps = self.weights_on(ids)
        before = torch.diagonal(maps[0], offset=-1, dim1=-2, dim2=-1).mean(dim=(0, -1))
        best = max(float(self.score(layer[..., 1:, 1:], half).max()) for layer in maps)
        return float(losses[:, :half].mean()), float(losses[:, half + 1 :].mean()), best, float(before.max())

    def _losses(self, ids: Tensor) -> Tensor:
        logits = self.model(ids[:, :-1]).transpose(1, 2)
        return F.cross_entropy(logits, ids[:, 1:], reduction="none")

    @torch.no_grad()
    def weights_on(self, ids: Tensor) -> list[Tensor]:
        """The weights (b, h, t, t) of each layer on sequences, the begin token at place 0."""
        self.model(ids)
        layers: Any = self.model.layers
        return [layer.weights for layer in layers]

    @torch.no_grad()
    def right_by_length(self, halves: Sequence[int]) -> dict[int, float]:
        """The share of right tokens in the second half, for each number of tokens that are repeated."""
        generator, found = torch.Generator().manual_seed(10), {}
        for half in halves:
            ids = repeated(100, half, generator)
            guesses = self.model(ids[:, :-1]).argmax(dim=-1)
            found[half] = float((guesses == ids[:, 1:])[:, half + 1 :].float().mean())
        return found
