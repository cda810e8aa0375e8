"""The few statistics of the report, each with its uncertainty; None where the data cannot carry the number."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Interval = tuple[float, float]

Z95 = 1.959963984540054
"""The normal quantile that leaves 2.5 % on either side."""

FEWEST = 3
"""Fewer students than this have no correlation: two points always lie on a line."""


def wilson(successes: int, trials: int) -> Interval:
    """The 95 % interval for a share (Wilson 1927), which stays honest for few trials and for shares near 0 and 1.

    Args:
        successes: how many of the trials succeeded.
        trials: at least 1.

    Returns:
        (low, high) within [0, 1].

    >>> [round(end, 3) for end in wilson(5, 10)]
    [0.237, 0.763]
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"{successes} successes in {trials} trials")
    share, square = successes / trials, Z95**2
    centre = (share + square / (2 * trials)) / (1 + square / trials)
    spread = Z95 * math.sqrt(share * (1 - share) / trials + square / (4 * trials**2)) / (1 + square / trials)
    return max(0.0, centre - spread), min(1.0, centre + spread)


def correlation(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Pearson's correlation; None with fewer than three pairs or where one of the two does not vary."""
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if len(a) < FEWEST or np.allclose(a, a[0]) or np.allclose(b, b[0]):
        return None
    a, b = a - a.mean(), b - b.mean()
    return float(np.clip(a @ b / math.sqrt((a @ a) * (b @ b)), -1, 1))


def correlation_interval(value: float | None, pairs: int) -> Interval | None:
    """The approximate 95 % interval of a correlation (Fisher's z); None below four pairs or at -1 and 1.

    It assumes more than points of an exercise can promise, so it tells how far the value may be off, no more.
    """
    if value is None or pairs <= FEWEST or abs(value) > 1 - 1e-12:
        return None
    spread = Z95 / math.sqrt(pairs - 3)
    return math.tanh(math.atanh(value) - spread), math.tanh(math.atanh(value) + spread)


def discrimination(points: Sequence[float], totals: Sequence[float]) -> float | None:
    """The corrected item-rest correlation of an exercise.

    Args:
        points: (students,) what each student earned in the exercise.
        totals: (students,) what each earned in the assignment, this exercise included.

    Returns:
        The correlation of the points with the total of the OTHER exercises: with itself in the total, an exercise
        would agree with itself. None where `correlation` is.
    """
    return correlation(points, np.subtract(totals, points).tolist())
