"""softmax(x, axis=-1): any shape, finite for any finite input, a row of all -inf is zeros."""

import numpy as np

from autograder.exam.exercise import Case, Exercise
from autograder.exams.attention_from_scratch.attention_inputs import eighths
from autograder.exams.attention_from_scratch.earlier import NOTEBOOK


def cases(rng):
    yield Case("a plain vector", (rng.normal(size=5),))
    yield Case("a matrix that is not square", (rng.normal(size=(2, 3)),))
    yield Case("a square matrix", (rng.normal(size=(3, 3)),))
    yield Case("the axis argument", (rng.normal(size=(3, 4)),), {"axis": 0})
    yield Case("an axis in the middle", (rng.normal(size=(2, 3, 4)),), {"axis": 1})
    yield Case("an axis counted from the end", (rng.normal(size=(3, 3, 3)),), {"axis": -2})
    yield Case("arrays of more than two dimensions", (rng.normal(size=(2, 3, 2, 5)),))
    yield Case("an axis given by position", (rng.normal(size=(4, 2)), 0))
    yield Case("scores in the thousands", (eighths(rng, 2, 3) + 3000,))
    yield Case("scores far below zero", (eighths(rng, 2, 3) - 3000,))
    yield Case("rows that differ by thousands", (eighths(rng, 3, 4) + np.array([[-4000.0], [0.0], [4000.0]]),))
    yield Case("entries of one row that differ by thousands", (rng.permutation([0.0, -5000.0, 3000.0, 2999.0]),))
    yield Case(
        "some entries at minus infinity", (np.where(np.eye(4, 5, dtype=bool), -np.inf, rng.normal(size=(4, 5))),)
    )
    empty = rng.normal(size=(3, 4))
    empty[1] = -np.inf
    yield Case("a row that is minus infinity everywhere", (empty,))
    yield Case("a column that is minus infinity everywhere", (empty.T.copy(),), {"axis": 0})
    yield Case("one entry per row", (rng.normal(size=(3, 1)),))
    yield Case("float32 input", (rng.normal(size=(3, 4)).astype(np.float32),))
    yield Case("integer input", (rng.integers(-3, 4, size=(2, 4)),))
    yield Case("a view with strides", (rng.normal(size=(4, 6)).T[::2],))


_ANY_FINITE_SHIFT = "where all entries are -inf, exp(-inf - any finite number) is 0"
_ZERO_OVER_ANYTHING = "where the sum is 0, all exponentials are 0, and 0 / 2 is 0 as well"

softmax = Exercise(
    NOTEBOOK,
    "softmax",
    cases,
    survivors={
        "softmax: np.where(np.isneginf(top), 0, top) -> np.where(np.isneginf(top), 1, top)": _ANY_FINITE_SHIFT,
        "softmax: np.where(np.isneginf(top), 0, top) -> np.where(np.isneginf(top), -1, top)": _ANY_FINITE_SHIFT,
        "softmax: np.where(sums == 0, 1, sums) -> np.where(sums == 0, 2, sums)": _ZERO_OVER_ANYTHING,
    },
)


@softmax.wrong("your weights sum to 1 over the whole array. Which slices should have a sum of their own?")
def whole_array(x, axis=-1):
    exps = np.exp(x - np.max(x))
    return exps / exps.sum()


@softmax.wrong("you always normalise the last axis. What does the argument `axis` ask for?")
def axis_ignored(x, axis=-1):
    top = np.max(x, axis=-1, keepdims=True)
    exps = np.exp(x - np.where(np.isneginf(top), 0, top))
    sums = exps.sum(axis=-1, keepdims=True)
    return exps / np.where(sums == 0, 1, sums)


@softmax.wrong("you normalise over the first axis. Which one is the default?")
def first_axis(x, axis=0):
    top = np.max(x, axis=axis, keepdims=True)
    exps = np.exp(x - np.where(np.isneginf(top), 0, top))
    sums = exps.sum(axis=axis, keepdims=True)
    return exps / np.where(sums == 0, 1, sums)


@softmax.wrong("exp overflows for large scores. What can you subtract from a row without changing its softmax?")
def overflows(x, axis=-1):
    exps = np.exp(np.asarray(x, dtype=float))
    sums = exps.sum(axis=axis, keepdims=True)
    return exps / np.where(sums == 0, 1, sums)


@softmax.wrong("one maximum for the whole array lets the rows far below it vanish. Which maximum does a row need?")
def global_maximum(x, axis=-1):
    exps = np.exp(x - np.max(x))
    sums = exps.sum(axis=axis, keepdims=True)
    return exps / np.where(sums == 0, 1, sums)


@softmax.wrong("a row of -inf alone gives NaN. What is -inf minus -inf, and what should such a row become?")
def empty_row_nan(x, axis=-1):
    exps = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return exps / exps.sum(axis=axis, keepdims=True)


@softmax.wrong("a row of -inf alone gets equal weights. Is there anything in it to choose from?")
def empty_row_uniform(x, axis=-1):
    x = np.maximum(x, -1e300)
    exps = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return exps / exps.sum(axis=axis, keepdims=True)


@softmax.wrong("the scores themselves are divided by their sum. What makes every weight positive?")
def no_exponential(x, axis=-1):
    return x / np.sum(x, axis=axis, keepdims=True)


@softmax.wrong("these are logarithms of the weights; the exercise asks for the weights. What undoes a logarithm?")
def log_softmax(x, axis=-1):
    import scipy.special

    return scipy.special.log_softmax(x, axis=axis)


@softmax.wrong("each entry is squashed by itself. How do the other entries of its row come in?")
def entry_by_entry(x, axis=-1):
    return 1 / (1 + np.exp(-np.asarray(x, dtype=float)))


@softmax.wrong("these weights are largest where the score is smallest. Which sign does the exponent have?")
def smallest_wins(x, axis=-1):
    exps = np.exp(np.min(x, axis=axis, keepdims=True) - x)
    return exps / exps.sum(axis=axis, keepdims=True)


@softmax.wrong("NumPy divides rows by the sums of other rows. Which shape has the sum, and which does it need?")
def sums_misaligned(x, axis=-1):
    x = np.asarray(x, dtype=float)
    top = np.max(x, axis=axis, keepdims=True)
    exps = np.exp(x - np.where(np.isneginf(top), 0, top))
    return exps / exps.sum(axis=axis)


@softmax.wrong("the array that came in is changed. Does `x -= ...` make a new array?")
def input_shifted(x, axis=-1):
    top = np.max(x, axis=axis, keepdims=True)
    x -= np.where(np.isneginf(top), 0, top).astype(x.dtype)
    exps = np.exp(x)
    sums = exps.sum(axis=axis, keepdims=True)
    return exps / np.where(sums == 0, 1, sums)


@softmax.right
def by_divide_where(x, axis=-1):
    top = np.max(x, axis=axis, keepdims=True)
    exps = np.exp(x - np.where(np.isfinite(top), top, 0))
    sums = exps.sum(axis=axis, keepdims=True)
    return np.divide(exps, sums, out=np.zeros_like(exps), where=sums > 0)


@softmax.right
def by_scipy(x, axis=-1):
    import scipy.special

    return np.nan_to_num(scipy.special.softmax(x, axis=axis), nan=0.0)


@softmax.right
def by_torch(x, axis=-1):
    import torch

    return torch.nan_to_num(torch.softmax(torch.tensor(np.array(x, dtype=float)), dim=axis), nan=0.0).numpy()


@softmax.right
def by_loops(x, axis=-1):
    def one_row(row):
        if np.all(row == -np.inf):
            return np.zeros(len(row))
        exps = [float(np.exp(entry - max(row))) for entry in row]
        return np.array([e / sum(exps) for e in exps])

    return np.apply_along_axis(one_row, axis, np.asarray(x, dtype=float))


@softmax.right
def by_logsumexp(x, axis=-1):
    import scipy.special

    total = scipy.special.logsumexp(x, axis=axis, keepdims=True)
    return np.exp(x - np.where(np.isneginf(total), 0, total))


@softmax.right
def in_place_on_a_copy_to_lists(x, axis=-1):
    rows = np.moveaxis(np.array(x, dtype=float), axis, -1)
    rows -= np.clip(rows.max(axis=-1, keepdims=True), -1e300, None)
    rows = np.exp(rows)
    rows /= np.maximum(rows.sum(axis=-1, keepdims=True), 1e-300)
    return np.moveaxis(rows, -1, axis).tolist()


@softmax.right
def in_float32(x, axis=-1):
    x = np.asarray(x, dtype=np.float32)
    exps = np.exp(x - np.nan_to_num(np.max(x, axis=axis, keepdims=True)))
    sums = exps.sum(axis=axis, keepdims=True)
    return exps / (sums + (sums == 0))
