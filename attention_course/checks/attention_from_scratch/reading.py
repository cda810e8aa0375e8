"""Call a learner's function and read what came back: shared by the checks of notebook 01."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from attention_course.checks.report import CheckError, as_numbers, expect_shape, expect_value_error, result_of

RTOL, ATOL = 1e-4, 1e-5
"""Loose enough for an answer computed in float32, far tighter than any wrong formula."""


MASKS_BROADCAST = "The mask may have fewer rows or axes than the scores; does yours broadcast? `np.where` does."


def broadcast_result_of(function, name: str, *args, case: str = ""):
    """Call the function with a last argument that is a mask of fewer rows or axes than the scores.

    Raises:
        CheckError: the function is a stub, changed an array it was given, or stopped because shapes do not fit.
    """
    __tracebackhide__ = True
    try:
        return result_of(function, name, *args, case=case)
    except (IndexError, ValueError, RuntimeError) as error:
        raise CheckError(
            f"{name} stops at a mask of shape {args[-1].shape}: {type(error).__name__}: {error}. {MASKS_BROADCAST}"
        ) from error


def numbers_of(function, name: str, shape: tuple[int, ...], *args, hint: str = "", **kwargs) -> NDArray:
    """The function's result as floats of the shape that was asked for.

    Raises:
        CheckError: it is something else.
    """
    __tracebackhide__ = True
    array = as_numbers(result_of(function, name, *args, **kwargs), name)
    expect_shape(array, shape, name, hint)
    return array.astype(float)


def parts_of(result, names: tuple[str, ...], name: str) -> list[NDArray]:
    """The results of a function that returns several arrays.

    Raises:
        CheckError: it returned another number of things, or things that are no arrays of numbers.
    """
    wanted = f"{name} should return {len(names)} arrays: ({', '.join(names)})"
    if not isinstance(result, (tuple, list)):
        kind = "None. Is there a `return` on the last line?" if result is None else f"one {type(result).__name__}."
        raise CheckError(f"{wanted}. It returned {kind}")
    if len(result) != len(names):
        raise CheckError(f"{wanted}. It returned {len(result)}.")
    return [as_numbers(part, f"the {part_name} of {name}") for part, part_name in zip(result, names, strict=True)]


def same(got: NDArray, expected) -> bool:
    """Whether the numbers agree; False for another shape."""
    wanted = np.asarray(expected, dtype=float)
    return got.shape == wanted.shape and np.allclose(got, wanted, RTOL, ATOL)


def shown(array: NDArray) -> str:
    """Numbers for a message, on one line."""
    return str(np.asarray(array, dtype=float).round(4).tolist())


def expect_heads_refused(function, name: str, *args) -> None:
    """Make sure that heads which do not divide the width are refused.

    Raises:
        CheckError: the function returned something, or raised another error.
    """
    advice = f"{name} should raise a ValueError when num_heads does not divide the width m"
    expect_value_error(function, advice, *args, returned="Test `m % num_heads` first.")
