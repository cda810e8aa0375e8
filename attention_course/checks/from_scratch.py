"""Visible checks of notebook 01."""

from __future__ import annotations

import numpy as np

from attention_course.checks.report import CheckError, as_numbers, called, expect_shape, passed


def softmax(function) -> None:
    """Two rows by hand, the sums, a shift, large numbers, an empty row."""
    name = "softmax"
    two_rows = np.log([[1.0, 1.0, 2.0], [1.0, 3.0, 4.0]])
    weights = as_numbers(called(function, two_rows), name)
    expect_shape(weights, (2, 3), name)
    row_sums = weights.sum(axis=-1)
    if not np.allclose(row_sums, 1):
        raise CheckError(f"each row must sum to 1, yours sum to {row_sums.round(3)}. Which axis do you normalise?")
    if not np.allclose(weights, [[0.25, 0.25, 0.5], [0.125, 0.375, 0.5]]):
        raise CheckError(f"softmax of the logarithms of 1, 1, 2 is 0.25, 0.25, 0.5; yours is {weights[0].round(3)}.")
    columns = as_numbers(called(function, two_rows, axis=0), name).sum(axis=0)
    if not np.allclose(columns, 1):
        raise CheckError(f"with axis=0 each column must sum to 1, yours sum to {columns.round(3)}.")
    large = as_numbers(called(function, np.array([1000.0, 1000.0])), name)
    if not np.allclose(large, 0.5):
        raise CheckError(f"softmax([1000, 1000]) is [0.5, 0.5], yours is {large}. exp(1000) overflows: shift first.")
    empty = as_numbers(called(function, np.full((1, 2), -np.inf)), name)
    if not np.array_equal(empty, [[0.0, 0.0]]):
        raise CheckError(f"a row of -inf alone must give zeros, yours gives {empty[0]}.")
    passed(name)
