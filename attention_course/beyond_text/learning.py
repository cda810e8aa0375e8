"""Training of the models of notebook 08: AdamW, one thread, with a curve that can be watched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attention_course.beyond_text.digits import Images
from attention_course.environment import being_graded
from attention_course.measure import one_thread

GRADED_STEPS, LOOKS = 4, 10
BATCH = 50


@dataclass
class Curve:
    """How a training went.

    Attributes:
        losses: of each step, in nats.
        shares: rows of (step, what `look` gave).
        seconds: CPU seconds of the steps, without the looks.
        share: how far it has come, 0 to 1.
    """

    losses: list[float] = field(default_factory=list)
    shares: list[tuple[int, float]] = field(default_factory=list)
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
    model: nn.Module,
    loss_of: Callable[[], Tensor],
    count: int,
    *,
    rate: float,
    look: Callable[[], float] | None = None,
    watch: Watcher = lambda curve: None,
    betas: tuple[float, float] = (0.9, 0.999),
    decay: float = 0.05,
) -> Curve:
    """Take so many steps: the rate rises over the first tenth and falls to 0 after it, both in straight lines.

    Args:
        loss_of: the loss of the next batch, with its graph.
        look: a share to write down ten times on the way; called in eval mode without gradients.
        watch: told after each step.
    """
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=betas, weight_decay=decay)
    curve, looks = Curve(), {round(count * place / LOOKS) for place in range(LOOKS + 1)}
    with one_thread():
        for step in range(count + 1):
            if look is not None and step in looks:
                curve.shares.append((step, _asked(model, look)))
            curve.share = step / max(1, count)
            watch(curve)
            if step == count:
                break
            started = time.process_time()
            for group in optimizer.param_groups:
                group["lr"] = rate * min((step + 1) / (0.1 * count), (count - step) / (0.9 * count), 1.0)
            curve.losses.append(_step(model, optimizer, loss_of))
            curve.seconds += time.process_time() - started
    model.eval()
    return curve


def _step(model: nn.Module, optimizer: torch.optim.Optimizer, loss_of: Callable[[], Tensor]) -> float:
    model.train()
    optimizer.zero_grad()
    loss = loss_of()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


@torch.no_grad()
def _asked(model: nn.Module, look: Callable[[], float]) -> float:
    model.eval()
    return look()


def batches(count: int, size: int, seed: int) -> Iterator[Tensor]:
    """Row numbers, in a new order in each round, without end."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        yield from torch.randperm(count, generator=generator).split(size)


def learn_images(
    build: Callable[[], nn.Module],
    images: Images,
    count: int,
    *,
    rate: float = 2e-3,
    seed: int = 0,
    prepare: Callable[[nn.Module], None] = lambda model: None,
    watch: Watcher = lambda curve: None,
) -> tuple[nn.Module, Curve]:
    """Build a classifier with first numbers of its own, and train it on the images.

    Args:
        build: makes the model.
        prepare: may change the model before it learns: fix a parameter, say.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build()
        prepare(model)
        rows = batches(len(images.train), BATCH, seed)

        def loss_of() -> Tensor:
            chosen = next(rows)
            return F.cross_entropy(model(images.train[chosen]), images.train_classes[chosen])

        curve = train(
            model, loss_of, count, rate=rate, watch=watch,
            look=lambda: accuracy(model, images.test, images.test_classes),
        )  # fmt: skip
    return model, curve


@torch.no_grad()
def accuracy(model: nn.Module, images: Tensor, classes: Tensor) -> float:
    """The share of images whose class gets the highest score."""
    with one_thread():
        return float((model(images).argmax(dim=-1) == classes).float().mean())
