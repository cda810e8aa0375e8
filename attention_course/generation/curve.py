"""How a training went, step by step, and who watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from attention_course.environment import being_graded

GRADED_STEPS = 4


@dataclass
class Curve:
    """How a training went.

    Attributes:
        losses: of each step, in nats, before the step.
        looks: what was measured on the way, rows of (step, number, ...); what the numbers are, the training says.
        seconds: CPU seconds of this process spent in the steps.
        share: how much of the training is done, 0 to 1.
    """

    losses: list[float] = field(default_factory=list)
    looks: list[tuple[float, ...]] = field(default_factory=list)
    seconds: float = 0.0
    share: float = 0.0

    def add(self, step: int, count: int, loss: float, seconds: float) -> None:
        """Note a step that was taken."""
        self.losses.append(loss)
        self.seconds += seconds
        self.share = (step + 1) / count


Watcher = Callable[[Curve], None]


def silent(curve: Curve) -> None:
    """A watcher that shows nothing."""


def steps(wanted: int) -> int:
    """How many steps a training takes: a few where nbgrader runs the notebook, and one line says so."""
    if not being_graded():
        return wanted
    print(f"nbgrader runs this notebook: {GRADED_STEPS} steps of training instead of {wanted}. No point hangs on it.")
    return min(wanted, GRADED_STEPS)
