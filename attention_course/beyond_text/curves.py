"""A noisy curve, to average what is near: the regression of Nadaraya 1964 and Watson 1964."""

from __future__ import annotations

import math

import torch
from torch import Tensor

END, NOISE = 5.0, 0.4


def true_curve(x: Tensor) -> Tensor:
    """What the noise hides: sin 2x + 0.4 x."""
    return torch.sin(2 * x) + 0.4 * x


def noisy_points(count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """(keys (count,) in order, values (count,)): places drawn evenly from [0, 5], and the curve there plus noise."""
    generator = torch.Generator().manual_seed(seed)
    keys = (torch.rand(count, generator=generator) * END).sort().values
    return keys, true_curve(keys) + NOISE * torch.randn(count, generator=generator)


def grid(count: int = 200) -> Tensor:
    """Places at which the curve is asked for."""
    return torch.linspace(0, END, count)


def mean_square(answers: Tensor, wanted: Tensor) -> float:
    """The mean squared error."""
    return float(((answers - wanted) ** 2).mean())


def bandwidths(count: int = 17) -> list[float]:
    """From .02 to 5, with equal steps of the logarithm."""
    return torch.logspace(math.log10(0.02), math.log10(5.0), count).tolist()
