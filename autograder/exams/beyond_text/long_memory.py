"""What attention to long sequences may take: memory in proportion to t, for the call and its gradients."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from autograder.exam.exercise import Case

MEBIBYTE = 2**20
LENGTHS = 128, 512, 2048
STEEP = 9
"""Four times the length takes about four times the memory, with the square of the length some fifteen times."""

PER_PLACE = 32 * 1024
"""A loop that remembers each step for its gradients takes 6 to 17 KB a place, blocks of 1024 places some 24."""


def in_proportion(memories):
    """Whether from some length on the memory grows with it; blocks of up to 1024 places are told from all at once.

    Only a slip is noticed here: whoever wants to hide its memory from PyTorch can. What really is taken is seen from
    outside, in the case of `far`.
    """
    return memories[-1] <= STEEP * memories[-2]


def far(of_length: Callable[[int], Case]) -> Case:
    """The memory of the whole process, as it is seen from outside, for places so many that all pairs do not fit.

    Where nobody measures there are a few places. Else there are as many as to make one (t, t) matrix larger than what
    is allowed, and than what the notebook held before and could use again unseen.

    Args:
        of_length: the case with so many places.
    """

    def with_places(t):
        allowed = 48 * MEBIBYTE + PER_PLACE * t

        def enlarged(held):
            needed = t
            while 4 * needed**2 < 64 * MEBIBYTE + PER_PLACE * needed + 1.25 * max(held, 0):
                needed += 512
            return with_places(needed) if needed > t else None

        return replace(of_length(t), memory=allowed, enlarged=enlarged)

    return with_places(512)


def own_numbers(rng: np.random.Generator) -> np.random.Generator:
    """A source of its own: cases of any size leave the exam's as it was."""
    return np.random.default_rng(rng.integers(2**63))
