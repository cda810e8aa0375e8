"""Pre-training in short: hidden pieces and next sentences, on the small language with and without names.

A simple form of notebook 04's two games: the same 80/10/10, and a decoder that is a table of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attention_course.environment import being_graded
from attention_course.language.corpus import Arrays, batches
from attention_course.language.named_language import NamedLanguage, pieces_of
from attention_course.language.small_language import SmallLanguage
from attention_course.language.vocabulary import CLS, IGNORED, MASK, PAD, SEP
from attention_course.tuning.body import Body, initialise

STEPS, GRADED_STEPS = 2000, 30
BATCH, RATE, BETAS = 128, 4e-3, (0.9, 0.98)
HIDDEN_SHARE, MASKED, REPLACED = 0.15, 0.8, 0.1
LENGTH = 40
DOCUMENTS = 12_000


@dataclass
class PreTraining:
    """A body and how it came about.

    Attributes:
        body: the trained body.
        losses: rows of (step, masked loss of the last batches in nats).
        seconds: of processor time.
    """

    body: nn.Module
    losses: list[tuple[int, float]] = field(default_factory=list)
    seconds: float = 0.0


class _Games(nn.Module):
    """A body with a decoder for hidden pieces and one for pairs."""

    def __init__(self, body: nn.Module, size: int) -> None:
        super().__init__()
        width = body.pooler.in_features
        self.body, self.pieces, self.pairs = body, nn.Linear(width, size), nn.Linear(width, 2)
        for head in (self.pieces, self.pairs):
            nn.init.normal_(head.weight, std=0.05)
            nn.init.zeros_(head.bias)

    def forward(self, batch: dict[str, Tensor], generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The losses of both games."""
        tokens, labels = _hidden(batch["input_ids"], self.pieces.out_features, generator)
        states, pooled = self.body(tokens, batch["token_type_ids"], batch["attention_mask"])
        chosen = labels != IGNORED
        return (
            F.cross_entropy(self.pieces(states[chosen]), labels[chosen]),
            F.cross_entropy(self.pairs(pooled), batch["follows"]),
        )


def pretrain(
    make: Body,
    language: NamedLanguage,
    steps: int = STEPS,
    seed: int = 0,
    watch: Callable[[int, int, float], None] | None = None,
) -> PreTraining:
    """Train a fresh body; when nbgrader runs the notebook, for a few steps only, and one line says so.

    Args:
        make: makes a body.
        steps: batches of 128 pairs. The rate rises for a tenth of them and falls for the rest.
        watch: called as watch(step, steps, loss) now and then.
    """
    if being_graded():
        print(
            f"nbgrader runs this notebook: {GRADED_STEPS} steps of training instead of {steps}. No point hangs on it."
        )
        steps = min(steps, GRADED_STEPS)
    started = time.process_time()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        body = initialise(make(vocab_size=len(language.tokens), max_position_embeddings=LENGTH), seed)
        result = PreTraining(body)
        games = _Games(body, len(language.tokens))
    data = pairs(language, DOCUMENTS if steps > GRADED_STEPS else DOCUMENTS // 20, np.random.default_rng(seed + 1))
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(games.parameters(), lr=RATE, betas=BETAS, weight_decay=0.01)
    recent: list[float] = []
    stream = batches(data, BATCH, np.random.default_rng(seed + 2))
    for step, batch in zip(range(1, steps + 1), stream, strict=False):
        set_rate(optimizer, RATE, step - 1, steps)
        masked, following = games(batch, generator)
        optimizer.zero_grad()
        (masked + following).backward()
        nn.utils.clip_grad_norm_(games.parameters(), 1.0)
        optimizer.step()
        recent.append(masked.item())
        if step % max(1, steps // 40) == 0:
            result.losses.append((step, float(np.mean(recent))))
            recent.clear()
            if watch is not None:
                watch(step, steps, result.losses[-1][1])
    result.seconds = time.process_time() - started
    return result


def set_rate(optimizer: torch.optim.Optimizer, rate: float, step: int, steps: int) -> None:
    """Up in a straight line for a tenth of the steps, then down in one."""
    for group in optimizer.param_groups:
        group["lr"] = rate * min((step + 1) / (0.1 * steps), (steps - step) / (0.9 * steps))


def pairs(language: NamedLanguage, documents: int, generator: np.random.Generator) -> Arrays:
    """Encoded pairs: a third from plain documents, two thirds with names, half of these with a name twice.

    In half of the pairs the second sentence comes from another document.
    """
    third = documents // 3
    plain = SmallLanguage().documents(third, generator)
    named = language.documents(third, generator) + language.with_shared_names(3 * third, generator)
    texts = plain + [[[word for word, _ in sentence] for sentence in document] for document in named]
    cut = [[[piece for word in sentence for piece in pieces_of(word)] for sentence in text] for text in texts]
    found = [(*neighbours, text) for text, document in enumerate(cut) for neighbours in pairwise(document)]
    follows = generator.random(len(found)) < 0.5
    rows = []
    for (first, second, text), true in zip(found, follows.tolist(), strict=True):
        if not true:
            other = cut[(text + generator.integers(1, len(cut))) % len(cut)]
            second = other[generator.integers(len(other))]
        rows.append(row_of(language, first, second))
    arrays = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return {**arrays, "follows": follows.astype(np.int64)}


def row_of(language: NamedLanguage, *sentences: list[str], length: int = LENGTH) -> dict[str, list[int]]:
    """One or two sentences of pieces as rows of numbers, [CLS] A [SEP] B [SEP], padded."""
    tokens, segments = [CLS], [0]
    for segment, sentence in enumerate(sentences):
        tokens += [*(language.vocabulary[piece] for piece in sentence), SEP]
        segments += [segment] * (len(sentence) + 1)
    padding = [PAD] * (length - len(tokens))
    return {
        "input_ids": tokens + padding,
        "token_type_ids": segments + padding,
        "attention_mask": [1] * len(tokens) + padding,
    }


def _hidden(tokens: Tensor, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """The tokens with some of the pieces hidden, replaced or kept, and what these were."""
    free = (tokens != PAD) & (tokens != CLS) & (tokens != SEP)
    lot = torch.rand(tokens.shape, generator=generator) / HIDDEN_SHARE  # below 1: chosen
    strangers = torch.randint(size, tokens.shape, generator=generator)
    seen = torch.where(lot < MASKED, MASK, torch.where(lot < MASKED + REPLACED, strangers, tokens))
    return torch.where(free, seen, tokens), torch.where(free & (lot < 1), tokens, IGNORED)
