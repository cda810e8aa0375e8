"""Training a causal language model around the learner's parts, and drawing texts from it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from attention_course.generation.curve import Curve, Watcher, silent, steps
from attention_course.generation.text import BEGIN, FIRST_WORD, Material
from attention_course.language.vocabulary import PAD

BATCH, WARMUP, LOOKS, RATE = 64, 100, 10, 3e-3
Loss = Callable[..., Tensor]


def initialise(model: nn.Module, seed: int) -> nn.Module:
    """Fill a model with its first numbers, the same for the same seed: as wide as 1 / sqrt(inputs), norms at 1."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * parameter.shape[-1] ** -0.5)
            else:
                parameter.fill_(1.0)
    return model


def train(
    model: Any,
    material: Material,
    count: int,
    loss_of: Loss,
    *,
    rate: float = RATE,
    seed: int = 0,
    watch: Watcher = silent,
) -> Curve:
    """Train a decoder to predict the next token: AdamW, 100 steps of warm-up, then in a straight line down.

    Args:
        model: the learner's DecoderModel or one like it; `model(ids)` gives (b, t, s) logits.
        count: how many steps, of 64 rows of about one length each.
        loss_of: the learner's next_token_loss(logits, ids, mask).

    Returns:
        the curve; its looks are rows of (step, held-out loss in nats per token).
    """
    count = steps(count)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
    curve, batches = Curve(), _batches(material.train, seed)
    moments = {round(count * (k / LOOKS) ** 1.5) for k in range(LOOKS + 1)}  # often while much changes
    model.train()
    for step in range(count + 1):
        if step in moments:
            curve.looks.append((step, held_out_loss(model, material.held_out, loss_of)))
        if step == count:
            break
        started = time.process_time()
        for group in optimizer.param_groups:
            group["lr"] = rate * min((step + 1) / WARMUP, max(0.02, 1 - step / count))
        loss = _take_step(model, next(batches), optimizer, loss_of)
        curve.add(step, count, loss, time.process_time() - started)
        watch(curve)
    model.eval()
    watch(curve)
    return curve


def _take_step(model: Any, ids: Tensor, optimizer: Any, loss_of: Loss) -> float:
    optimizer.zero_grad()
    loss = loss_of(model(ids), ids, ids != PAD)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


def _batches(rows: Tensor, seed: int) -> Iterator[Tensor]:
    """Batches without end, of rows of about one length each, cut to the longest of them."""
    generator = torch.Generator().manual_seed(seed)
    lengths = (rows != PAD).sum(dim=1)
    order = lengths.argsort(stable=True)
    size = min(BATCH, len(rows))
    while True:
        start = int(torch.randint(len(rows) - size + 1, (1,), generator=generator))
        chosen = order[start : start + size]
        yield rows[chosen, : int(lengths[chosen[-1]])]


@torch.no_grad()
def held_out_loss(model: Any, rows: Tensor, loss_of: Loss) -> float:
    """The loss in nats per token on all rows, each token with the same weight."""
    training = model.training
    model.eval()
    total = count = 0.0
    for part in rows.split(100):
        tokens = float((part[:, 1:] != PAD).sum())
        total += tokens * float(loss_of(model(part), part, part != PAD))
        count += tokens
    model.train(training)
    return total / count


@torch.no_grad()
def logits_of(model: Any, rows: Tensor) -> Tensor:
    """(n, s) logits at each token that is predicted, in reading order, special tokens shut out."""
    real = rows[:, 1:] != PAD
    logits = torch.cat([model(part[:, :-1]) for part in rows.split(100)])[real]
    return only_words(logits)


def only_words(logits: Tensor) -> Tensor:
    """The logits with the special tokens far below all others: no text is made of those."""
    return torch.cat([torch.full_like(logits[..., :FIRST_WORD], -1e9), logits[..., FIRST_WORD:]], dim=-1)


def drawing(rule: Callable[[Tensor], Tensor], seed: int = 0) -> Callable[[Tensor], Tensor]:
    """A `choose` for the learner's generate: the rule on the words' logits, softmax, one draw for each row.

    Args:
        rule: maps logits to logits, such as a top_p with its p.
    """
    generator = torch.Generator().manual_seed(seed)

    def choose(logits: Tensor) -> Tensor:
        shares = rule(only_words(logits)).softmax(dim=-1)
        return torch.multinomial(shares, 1, generator=generator)[:, 0]

    return choose


def beginnings(count: int) -> Tensor:
    """(count, 1) prompts that hold BEGIN alone."""
    return torch.full((count, 1), BEGIN)
