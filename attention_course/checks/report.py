"""How a check speaks: one error class whose rendering is its message, and one line when all is well."""

from __future__ import annotations

import traceback
import warnings

import numpy as np
from numpy.typing import NDArray


class CheckError(AssertionError):
    """A check failed. The message is for the learner; the stack of our own frames would only bury it."""

    def _render_traceback_(self) -> list[str]:
        # IPython prints what this returns instead of a traceback
        return [f"{type(self).__name__}: {self}"]


def passed(name: str, *, then: str = "") -> None:
    """Print the one line a learner sees when the visible check of an exercise holds."""
    print(f"{name}: the visible checks hold." + (f" {then}" if then else ""))


def called(function, *args, **kwargs):
    """Call the learner's function, turning an unwritten stub into a friendly sentence.

    Warnings are kept quiet: a right answer may divide 0 by 0 on its way, and nbgrader gives no points to a graded
    cell that writes to stderr.

    Raises:
        CheckError: the function, or one that it calls, still raises NotImplementedError.
    """
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return function(*args, **kwargs)
    except NotImplementedError as error:
        if error.args:  # a library's complaint and no stub, such as PyTorch's of an operation a device lacks
            raise
        # the deepest frame is the stub itself, perhaps of an earlier exercise; of a method, name its class too
        code = list(traceback.walk_tb(error.__traceback__))[-1][0].f_code
        method = code.co_qualname.rpartition("<locals>.")[2]
        name = method if "." in method else code.co_name
        raise CheckError(
            f"{name} is still to be written: replace `raise NotImplementedError()` by your code."
        ) from None


def as_numbers(result, name: str) -> NDArray:
    """The result as a numeric array, or a sentence about what it is instead.

    Raises:
        CheckError: the result is None or cannot be read as an array of numbers.
    """
    if result is None:
        raise CheckError(f"{name} returned None. Is there a `return` on the last line?")
    try:
        array = np.asarray(result)
    except Exception:  # a ragged list, or an object whose own conversion raises
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise CheckError(f"{name} should return an array of numbers; it returned {type(result).__name__}.")
    return array


def expect_shape(array: NDArray, shape: tuple[int, ...], name: str, hint: str = "") -> None:
    """Compare shapes and say both.

    Raises:
        CheckError: the shapes differ.
    """
    if array.shape != shape:
        raise CheckError(f"{name} should have shape {shape}, yours has {array.shape}. {hint}".rstrip())
