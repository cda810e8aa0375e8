"""What notebook 02 gives, the right values along its way, and what becomes of a learner's own earlier value."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from autograder.exam.compare import Tolerance

NOTEBOOK = "02_worked_example"
TOKENS = ["我", "喜欢", "吃", "苹果"]

FOUR_DECIMALS = Tolerance(0, 1e-4)
"""A number typed with four decimals is off by up to 0.00005 if it was rounded, by 0.0001 if it was cut off."""

SUM_OF_FOUR_DECIMALS = Tolerance(0, 2e-4)
"""Two weights of four decimals in a sum, each of them cut off."""


def embeddings() -> NDArray:
    """(4, 2): the vectors of the four tokens."""
    return np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])


def right_scores() -> NDArray:
    """(4, 4): every token's dot product with every token."""
    return embeddings() @ embeddings().T


def row_softmax(scores: NDArray) -> NDArray:
    """The oracle for weights: SciPy's softmax along the last axis."""
    return softmax(scores, axis=-1)


def right_weights() -> NDArray:
    """(4, 4): the weights that follow from the right scores."""
    return row_softmax(right_scores())


def as_matrix(value: Any, shape: tuple[int, int]) -> NDArray | None:
    """A learner's value as an array of finite floats of that shape, None if it is nothing of the sort."""
    try:
        array = np.asarray(value)
        usable = array.dtype.kind in "biuf" and array.shape == shape
        numbers = array.astype(float) if usable else np.full(shape, np.nan)
    except Exception:  # ragged lists, and objects whose methods raise
        return None
    return numbers if np.isfinite(numbers).all() else None


def worth_going_on(values: NDArray, weights: NDArray) -> bool:
    """Whether something remains to be worked out from a learner's own value.

    From zeros, a constant, the identity or huge numbers the next results follow without any arithmetic: points for
    nothing. A slip leaves most rows different, and softmax shares some of them out unevenly, in shares that show.

    Args:
        values: (4, 4), the scores or the weights.
        weights: (4, 4), what they average with.
    """
    weights = weights.clip(-1e9, 1e9)  # a difference of larger ones might overflow
    largest, second = np.sort(np.abs(weights), axis=1)[:, :-3:-1].T
    shared = (second > 0.01) & (np.ptp(weights, axis=1) > 0.01) & (largest < 1e6)
    return len(np.unique(values, axis=0)) >= 3 and int(np.count_nonzero(shared)) >= 2


def usable_scores(value: Any) -> bool:
    """Whether weights can be asked for that follow from a learner's own scores."""
    own = as_matrix(value, (4, 4))
    return own is not None and worth_going_on(own, row_softmax(own))


def usable_weights(value: Any) -> bool:
    """Whether an average can be asked for that follows from a learner's own weights."""
    own = as_matrix(value, (4, 4))
    return own is not None and worth_going_on(own, own)


def is_matrix(shape: tuple[int, int]) -> Callable[[Any], bool]:
    """The question whether later exercises can go on from a value of that shape."""
    return lambda value: as_matrix(value, shape) is not None


def own_or(right: NDArray, value: Any, usable: Callable[[Any], bool]) -> NDArray:
    """The learner's own earlier value, so that one error costs once; the right one if theirs cannot be used."""
    own = as_matrix(value, right.shape) if usable(value) else None
    return right if own is None else own


def apart(*inputs: Any) -> tuple:
    """Copies for one case: an answer that changes its input must not change that of the next case."""
    return deepcopy(inputs)
