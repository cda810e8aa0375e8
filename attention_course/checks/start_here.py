"""Visible check of notebook 00."""

from __future__ import annotations

import numpy as np

from attention_course.checks.report import CheckError, as_numbers, called, expect_shape, visible_check


@visible_check(points=1, then="Press Validate to see the same from an empty kernel.")
def double(function) -> None:
    """A number, an array, and the array afterwards."""
    name = "double"
    number = as_numbers(called(function, 21), name)
    if number.shape != ():
        raise CheckError(f"double(21) should be one number, yours is {number.tolist()}. Return twice the value itself.")
    if number == 441:
        raise CheckError("double(21) should be 42, yours is 441. That is the square of 21.")
    if number != 42:
        raise CheckError(f"double(21) should be 42, yours is {number}. What is 21 + 21?")
    given = np.array([1.5, -2.0, 0.0])
    array = as_numbers(called(function, given), name)
    expect_shape(array, (3,), "double of an array of 3 numbers", "Every number is doubled, none is added.")
    if not np.array_equal(given, [1.5, -2.0, 0.0]):
        raise CheckError("the array that came in has changed. `x *= 2` writes into it; `2 * x` makes a new one.")
    if not np.allclose(array, [3.0, -4.0, 0.0]):
        raise CheckError(f"double of [1.5, -2, 0] should be [3, -4, 0], yours is {array}.")
