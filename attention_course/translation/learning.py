"""Training a translator for a number of steps, and writing with it: greedily for many sentences, or by a search."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from attention_course.environment import being_graded
from attention_course.training.threads import FastestThreads
from attention_course.translation.data import END, PAD, START, Material, Vocabulary, batch_of, read_sources, stream
from attention_course.translation.grammar import Pair

BATCH, WARMUP, LOOKS = 64, 100, 12
GRADED_STEPS = 4
MOST = 60
"""No translation is longer than this; a model that has not learned to end is stopped there."""


@dataclass
class Curve:
    """How a training went.

    Attributes:
        losses: of each step, in nats per word, before the step.
        exact: rows of (step, share of held-out sentences translated exactly).
        maps: rows of (step, weights (target, source) on the sentence that is watched), where a model has them.
        seconds: CPU seconds of this process.
    """

    losses: list[float] = field(default_factory=list)
    exact: list[tuple[int, float]] = field(default_factory=list)
    maps: list[tuple[int, np.ndarray]] = field(default_factory=list)
    seconds: float = 0.0
    share: float = 0.0


Watcher = Callable[[Curve], None]


def steps(wanted: int) -> int:
    """How many steps a training cell takes; where nbgrader runs the notebook a few, and one line says so."""
    if not being_graded():
        return wanted
    print(f"nbgrader runs this notebook: {GRADED_STEPS} steps of training instead of {wanted}. No point hangs on it.")
    return min(wanted, GRADED_STEPS)


def train(
    model: Any,
    material: Material,
    count: int,
    teach: Callable[..., tuple[Tensor, Tensor]],
    loss_of: Callable[..., Tensor],
    *,
    rate: float = 3e-3,
    seed: int = 0,
    check: Sequence[Pair] = (),
    watched: Pair | None = None,
    watch: Watcher = lambda curve: None,
) -> Curve:
    """Train a model for so many steps: AdamW, 100 steps of warm-up, in the second half down to 0 in a straight line.

    Args:
        teach, loss_of: the learner's teacher_forcing and sequence_loss.
        check: pairs that are translated a dozen times on the way.
        watched: a pair whose attention is kept each time.
        watch: told after each step.
    """
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
    batches = stream(material.train, material.source, material.target, teach, BATCH, seed)
    shares = np.linspace(0, 1, (LOOKS if count >= 10 * LOOKS else 1) + 1) ** 1.5  # often while much changes
    curve, looks = Curve(), {round(count * share) for share in shares}
    example = next(stream(material.train, material.source, material.target, teach, BATCH, seed))
    model.train()
    with FastestThreads(lambda: _try(model, example, loss_of)) as threads:
        for step in range(count + 1):
            if step in looks:
                _look(model, material, teach, curve, step, check, watched)
            curve.share = step / count
            watch(curve)
            if step == count:
                break
            if not being_graded():  # a trial would cost as much as the few steps themselves
                threads.adapt()
            started = time.process_time()
            share = rate_share(step, count, WARMUP)
            for group in optimizer.param_groups:
                group["lr"] = rate * share
            curve.losses.append(_step(model, next(batches), optimizer, loss_of))
            curve.seconds += time.process_time() - started
    model.eval()
    return curve


def rate_share(step: int, count: int, warmup: int) -> float:
    """The share of the full rate: up in a straight line, full, and in the second half down to 0 in a straight line."""
    return min(1.0, (step + 1) / warmup, 2 * (1 - step / count))


def _try(model: nn.Module, batch: tuple[Tensor, ...], loss_of: Callable[..., Tensor]) -> None:
    """As much work as a step, of which nothing remains."""
    ids, lengths, inputs, outputs = batch
    loss_of(model(ids, lengths, inputs)[0], outputs, PAD).backward()
    model.zero_grad()


def _step(model: nn.Module, batch: tuple[Tensor, ...], optimizer: Any, loss_of: Callable[..., Tensor]) -> float:
    ids, lengths, inputs, outputs = batch
    optimizer.zero_grad()
    loss = loss_of(model(ids, lengths, inputs)[0], outputs, PAD)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


def _look(model: Any, material: Material, teach: Any, curve: Curve, step: int, check: Any, watched: Any) -> None:
    model.eval()
    if check:
        curve.exact.append((step, float(np.mean(exact(model, material, check)))))
    if watched is not None:
        weights = attention_map(model, material, watched, teach)
        if weights is not None:
            curve.maps.append((step, weights))
    model.train()


@torch.no_grad()
def translate(model: Any, pairs: Sequence[Pair], source: Vocabulary, target: Vocabulary) -> list[list[str]]:
    """Translate many sentences together, the most probable word at each place."""
    written: list[list[str]] = []
    for begin in range(0, len(pairs), 200):
        ids, lengths = read_sources(pairs[begin : begin + 200], source)
        keys, mask, state = model.read(ids, lengths)
        tokens, columns = torch.full((len(ids),), START), []
        done = torch.zeros(len(ids), dtype=torch.bool)
        for _ in range(MOST):
            logits, state, _ = model.step(tokens, state, keys, mask)
            tokens = logits.argmax(dim=-1).masked_fill(done, END)
            columns.append(tokens)
            done |= tokens == END
            if done.all():
                break
        written += [target.read(row) for row in torch.stack(columns, dim=1).tolist()]
    return written


def exact(model: Any, material: Material, pairs: Sequence[Pair]) -> list[bool]:
    """For each pair, whether the translation is the right one, word by word."""
    written = translate(model, pairs, material.source, material.target)
    return [mine == pair.target for mine, pair in zip(written, pairs, strict=True)]


def exact_by_length(model: Any, material: Material) -> dict[tuple[int, int], float]:
    """The share of exact translations for each group of source lengths."""
    return {group: float(np.mean(exact(model, material, pairs))) for group, pairs in material.tests.items()}


@torch.no_grad()
def attention_maps(model: Any, material: Material, pairs: Sequence[Pair], teach: Any) -> list[np.ndarray]:
    """For each pair the weights (target and end, source) as the right translation is written; [] without attention."""
    ids, lengths, inputs, _ = batch_of(pairs, material.source, material.target, teach)
    maps = model.maps(ids, lengths, inputs) if hasattr(model, "maps") else model(ids, lengths, inputs)[1]
    if maps is None:
        return []
    return [m[: len(p.target) + 1, : len(p.source)].numpy() for m, p in zip(maps, pairs, strict=True)]


def attention_map(model: Any, material: Material, pair: Pair, teach: Any) -> np.ndarray | None:
    """The weights (target, source) on one sentence, without the row that writes end."""
    found = attention_maps(model, material, [pair], teach)
    return found[0][:-1] if found else None


class Writer:
    """A trained model as the `step` of a search: what may follow a prefix, for one source.

    It keeps the states of prefixes that it was asked for, so that each call takes one step.
    """

    def __init__(self, model: Any, words: Sequence[str], source: Vocabulary) -> None:
        self.model = model.eval()
        ids = torch.tensor([source.ids(words)])
        with torch.no_grad():
            self.keys, self.mask, self.first = model.read(ids, torch.tensor([len(words)]))
        self.states: dict[tuple[int, ...], Any] = {}

    @torch.no_grad()
    def __call__(self, prefix: Sequence[int]) -> np.ndarray:
        ids = tuple(int(number) for number in prefix)
        state = self.first if len(ids) == 1 else self.states.get(ids[:-1])
        if state is None:  # a prefix whose beginning was never asked for
            self(ids[:-1])
            state = self.states[ids[:-1]]
        logits, self.states[ids], _ = self.model.step(torch.tensor([ids[-1]]), state, self.keys, self.mask)
        return logits[0].log_softmax(dim=-1).double().clamp(max=0.0).numpy()
