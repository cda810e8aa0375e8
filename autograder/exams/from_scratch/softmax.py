"""softmax(x, axis=-1): any shape, finite for any finite input, a row of all -inf is zeros."""

import numpy as np
import scipy.special

from autograder.compare import FLOAT32
from autograder.exercise import Case, Exercise


def cases(rng):
    yield Case("a plain vector", (rng.normal(size=5),))
    yield Case("a matrix that is not square", (rng.normal(size=(2, 3)),))
    yield Case("the axis argument", (rng.normal(size=(3, 4)),), {"axis": 0})
    yield Case("an axis in the middle", (rng.normal(size=(2, 3, 4)),), {"axis": 1})
    yield Case("arrays of more than two dimensions", (rng.normal(size=(2, 3, 2, 5)),))
    yield Case("an axis given by position", (rng.normal(size=(4, 2)), 0))
    yield Case("scores in the thousands", (rng.normal(size=(2, 3)) + 3000,))
    yield Case("rows that differ by thousands", (rng.normal(size=(3, 4)) + np.array([[-4000.0], [0.0], [4000.0]]),))
    yield Case("some entries at minus infinity", (np.where(np.eye(4, 5, dtype=bool), -np.inf, rng.normal(size=(4, 5))),))
    empty = rng.normal(size=(3, 4))
    empty[1] = -np.inf
    yield Case("a row that is minus infinity everywhere", (empty,))
    yield Case("one entry per row", (rng.normal(size=(3, 1)),))
    yield Case("float32 input", (rng.normal(size=(3, 4)).astype(np.float32),), tolerance=FLOAT32)
    yield Case("integer input", (rng.integers(-3, 4, size=(2, 4)),))
    yield Case("a view with strides", (rng.normal(size=(4, 6)).T[::2],))


softmax = Exercise("01_attention_from_scratch", "softmax", cases)


@softmax.wrong("your weights sum to 1 over the whole array; each slice along `axis` needs a sum of its own.")
def whole_array(x, axis=-1):
    exps = np.exp(x - np.max(x))
    return exps / exps.sum()


@softmax.wrong("the `axis` argument is ignored: you always normalise the last axis.")
def axis_ignored(x, axis=-1):
    return right_by_where(x, -1)


@softmax.wrong("you normalise over the first axis; the default is the last one.")
def first_axis(x, axis=0):
    return right_by_where(x, axis)


@softmax.wrong("exp overflows for large scores. What can you subtract from a row without changing its softmax?")
def overflows(x, axis=-1):
    exps = np.exp(np.asarray(x, dtype=float))
    sums = exps.sum(axis=axis, keepdims=True)
    return exps / np.where(sums == 0, 1, sums)


@softmax.wrong("one maximum for the whole array lets rows far below it underflow to 0 / 0; subtract each row's own.")
def global_maximum(x, axis=-1):
    exps = np.exp(x - np.max(x))
    sums = exps.sum(axis=axis, keepdims=True)
    return exps / np.where(sums == 0, 1, sums)


@softmax.wrong("a row of -inf alone gives -inf minus -inf, which is NaN; such a row should come out as zeros.")
def empty_row_nan(x, axis=-1):
    exps = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return exps / exps.sum(axis=axis, keepdims=True)


@softmax.wrong("a row of -inf alone has nothing to choose from: its weights are zeros, not equal shares.")
def empty_row_uniform(x, axis=-1):
    x = np.asarray(x, dtype=float)
    answer = right_by_where(x, axis)
    dead = np.all(np.isneginf(x), axis=axis, keepdims=True)
    return np.where(dead, 1 / x.shape[axis], answer)


@softmax.wrong("the differences are divided by their sum without exp; weights must be positive.")
def no_exponential(x, axis=-1):
    return x / np.sum(x, axis=axis, keepdims=True)


@softmax.wrong("these are logarithms of the weights; the exercise asks for the weights.")
def log_softmax(x, axis=-1):
    return scipy.special.log_softmax(x, axis=axis)


@softmax.wrong("the sum lacks `keepdims=True`, so NumPy divides rows by the sums of other rows.")
def sums_misaligned(x, axis=-1):
    x = np.asarray(x, dtype=float)
    top = np.max(x, axis=axis, keepdims=True)
    exps = np.exp(x - np.where(np.isneginf(top), 0, top))
    return exps / exps.sum(axis=axis)


@softmax.right
def right_by_where(x, axis=-1):
    top = np.max(x, axis=axis, keepdims=True)
    exps = np.exp(x - np.where(np.isfinite(top), top, 0))
    sums = exps.sum(axis=axis, keepdims=True)
    return np.divide(exps, sums, out=np.zeros_like(exps), where=sums > 0)


@softmax.right
def by_scipy(x, axis=-1):
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
    total = scipy.special.logsumexp(x, axis=axis, keepdims=True)
    return np.exp(x - np.where(np.isneginf(total), 0, total))
