"""The functions that judge a matrix: how even its rows are, whether it can be attention, where it is misprinted."""

from __future__ import annotations

import numpy as np

from attention_course.checks.report import CheckError, as_numbers, called, expect_shape, visible_check
from attention_course.checks.worked_example.results import brief, flag, kind


@visible_check(points=1)
def row_entropy(function) -> None:
    """Even rows, a certain row, a mixture by hand, more axes."""
    name = "row_entropy"
    rows = np.array([[0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    before = rows.copy()
    entropies = as_numbers(called(function, rows), name)
    expect_shape(entropies, (3,), name, "One number for each row.")
    if np.isnan(entropies).any():
        raise CheckError("a weight of 0 gave NaN: log(0) is minus infinity. What should 0 log 0 count as?")
    if not np.allclose(entropies[0], 1.386294):
        raise CheckError(
            f"four equal weights have the entropy log 4 = 1.3863 nats; yours is {entropies[0]:.4f}. "
            "Natural logarithm? Summed, not averaged? With a minus sign?"
        )
    if not np.allclose(entropies, [1.386294, 0.693147, 0.0]):
        raise CheckError(f"(½, ½, 0, 0) has 0.6931 nats and (0, 1, 0, 0) has 0; yours are {entropies[1:].round(4)}.")
    if not np.array_equal(rows, before):
        raise CheckError("row_entropy changed the array it was given; work on a copy.")
    stacked = as_numbers(called(function, np.full((2, 3, 4), 0.25)), name)
    expect_shape(stacked, (2, 3), name, "Sum over the last axis only, however many axes there are.")


@visible_check(points=1)
def is_attention_weights(function) -> None:
    """Right matrices, and one for each way of being wrong."""
    name = "is_attention_weights"
    right = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]])
    columns = np.array([[0.5, 0.9], [0.5, 0.1]])
    cases = [
        (right, True, "[[0.5, 0.5, 0], [0.2, 0.3, 0.5]] is fine: nothing negative, each row sums to 1"),
        (columns, False, "here the columns sum to 1, not the rows"),
        (np.array([[1.5, -0.5], [0.5, 0.5]]), False, "a weight of -0.5 makes no average, although the row sums to 1"),
        (np.array([[np.nan, 1.0], [0.5, 0.5]]), False, "NaN is no weight"),
        (right[:, np.newaxis], True, "in a stack of matrices, too, a row runs along the last axis"),
        (np.array([[[0.5, 0.5]], [[0.5, 0.6]]]), False, "in a stack of matrices every row counts"),
    ]
    for matrix, expected, why in cases:
        if flag(called(function, matrix), name) != expected:
            raise CheckError(f"{name} should say {expected}: {why}.")
    _tolerance(function, name)


def _tolerance(function, name: str) -> None:
    """Sums a little too small and a little too large, by less than one tolerance and by more than another."""
    for third, total, side in ((0.3334, "1.0002", "large"), (0.3333, "0.9999", "small")):
        row = np.full((1, 3), third)
        if not flag(called(function, row, tolerance=1e-3), name):
            raise CheckError(f"{third} three times sums to {total}: True with tolerance=1e-3. Is `tolerance` used?")
        if flag(called(function, row), name):
            raise CheckError(
                f"{third} three times sums to {total}, too {side}: False with the tolerance 1e-6. A sum may be too "
                "small as well as too large; is its distance from 1 taken, and the default left at 1e-6?"
            )


@visible_check(points=3)
def misprinted_scores(function) -> None:
    """Nothing wrong, one wrong, a pair that breaks symmetry, a difference below rounding."""
    name = "misprinted_scores"
    vectors = np.array([[1, 2], [3, 0], [0, 1]])
    printed = np.array([[5, 3, 2], [3, 9, 0], [2, 0, 1]])  # worked out by hand
    cases = [
        (printed, set(), "everything in it is right"),
        (np.array([[5, 3, 2], [3, 9, 0], [2, 0, 7]]), {(2, 2)}, "3rd row, 3rd column reads 7 instead of 1"),
        (
            np.array([[5, 8, 2], [3, 9, 0], [4, 0, 1]]),
            {(0, 1), (2, 0)},
            "two entries differ, and not their mirror images",
        ),
        (printed + 1e-12, set(), "differences of 1e-12 are rounding"),
        (printed + np.diag([0, -2, 0]), {(1, 1)}, "an entry may be too small as well as too large"),
    ]
    for matrix, expected, why in cases:
        found = called(function, matrix, vectors)
        if not isinstance(found, (set, frozenset)):
            raise CheckError(f"{name} should return a set of (row, column) tuples; it returned {kind(found)}.")
        if found != expected:
            raise CheckError(f"for a hand-made matrix ({why}) expected {expected}, yours is {brief(found)}.")
