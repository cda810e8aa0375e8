"""Is this what chance does? Counts against what was asked for, at five standard deviations.

A right answer strays so far once in two million times; and because the seeds are given, a second grading agrees.
"""

import math

import numpy as np

SIGMAS = 5


def share(count, trials, *likely):
    """The first of some likely shares with which a count agrees; if none does, the share to one decimal.

    So a share is the same number for all who hold the same misconception, whatever the order of their draws.
    """
    for p in likely:
        if abs(count - trials * p) <= SIGMAS * math.sqrt(trials * p * (1 - p)) + 1e-9:
            return p
    return round(float(count) / float(trials), 1)


def surplus(counts, expected, variance):
    """By how many standard deviations the counts stray further from what is expected than independent draws do.

    The sum of n squares of standard deviations is distributed as chi-square, whose cube root is nearly normal (Wilson
    and Hilferty 1931). Counts more even than chance give a negative number. Where there is no variance, there is no
    choice, and a count that strays is infinitely far.
    """
    counts, expected, variance = (np.asarray(x, dtype=float) for x in (counts, expected, variance))
    there = variance > 0
    n = int(there.sum())
    if np.any(counts[~there] != expected[~there]):
        return math.inf
    if n == 0:
        return 0.0
    squares = float(((counts - expected)[there] ** 2 / variance[there]).sum())
    return (math.cbrt(squares / n) - (1 - 2 / (9 * n))) / math.sqrt(2 / (9 * n))


def uneven(hits, trials, p):
    """Whether the hits gather in some groups: drawn once for a row, say, and not for each token.

    Args:
        hits, trials: how many hits, and how many trials, there were in each group.
        p: the chance of a hit in a trial.
    """
    return surplus(hits, trials * p, trials * p * (1 - p)) > SIGMAS
