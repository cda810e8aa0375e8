"""Sets of vectors with one marked element, and three ways to make one vector of many: mean, maximum, attention."""

from __future__ import annotations

import time

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attention_course.measure import one_thread

KINDS, WIDTH, HIDDEN = 4, 8, 32
SMALLEST, LARGEST = 3, 11
"""How many elements a set has in training."""


def marked_sets(batch: int, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Sets of `count` elements of four kinds, one of them marked; the answer is the kind of the marked one.

    Returns:
        (sets (batch, count, 8), answers (batch,)): an element is its mark (2 or 0), its kind as four numbers of which
        one is 1, and three numbers of noise.
    """
    rows, marked = torch.arange(batch), torch.randint(count, (batch,), generator=generator)
    kinds = torch.randint(KINDS, (batch, count), generator=generator)
    elements = torch.randn(batch, count, WIDTH, generator=generator)
    elements[..., 0] = 2 * F.one_hot(marked, count).float()
    elements[..., 1 : 1 + KINDS] = F.one_hot(kinds, KINDS).float()
    return elements, kinds[rows, marked]


class Pooling(nn.Module):
    """Each element through one layer, then one vector for the set, then the scores of the kinds.

    Args:
        how: "mean", "max", or "attention": a softmax over the elements of a learned score, the query being the same
            for every set.
    """

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how
        self.element = nn.Sequential(nn.Linear(WIDTH, HIDDEN), nn.ReLU())
        self.score, self.output = nn.Linear(HIDDEN, 1), nn.Linear(HIDDEN, KINDS)

    def forward(self, sets: Tensor) -> Tensor:
        elements = self.element(sets)
        if self.how == "mean":
            return self.output(elements.mean(dim=1))
        if self.how == "max":
            return self.output(elements.amax(dim=1))
        return self.output((self.score(elements).softmax(dim=1) * elements).sum(dim=1))


def trained_pooling(how: str, steps: int, seed: int = 0) -> tuple[Pooling, float]:
    """(the pooling, CPU seconds) after so many steps on sets of 3 to 11 elements."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Pooling(how)
    generator = torch.Generator().manual_seed(seed)
    optimizer, started = torch.optim.Adam(model.parameters(), 5e-3), time.process_time()
    with one_thread():
        for _ in range(steps):
            count = int(torch.randint(SMALLEST, LARGEST + 1, (1,), generator=generator))
            sets, answers = marked_sets(64, count, generator)
            optimizer.zero_grad()
            F.cross_entropy(model(sets), answers).backward()
            optimizer.step()
    return model.eval(), time.process_time() - started


@torch.no_grad()
def accuracy(model: nn.Module, count: int, seed: int = 1, batch: int = 1000) -> float:
    """The share of right answers on fresh sets of `count` elements."""
    sets, answers = marked_sets(batch, count, torch.Generator().manual_seed(seed))
    with one_thread():
        return float((model(sets).argmax(dim=-1) == answers).float().mean())
