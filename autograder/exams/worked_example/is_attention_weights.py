"""is_attention_weights(matrix, tolerance=1e-6): finite, nothing negative, each row sums to 1.

How far a sum may be off is examined well inside the tolerance and well outside: comparisons with < or <=, absolute or
with NumPy's small relative slack on top, are all right. So is a tolerance for entries a hair below 0.
"""

import numpy as np
import scipy.special

from autograder.exam.case import Case, in_any_order
from autograder.exam.exercise import Exercise
from autograder.exams.worked_example.given import NOTEBOOK, right_weights


def cases(rng):
    first = Case("the weights of the worked example", (right_weights(),), expected=True)
    return in_any_order(rng, first, [*certain_cases(rng), *(drawn_case(rng) for _ in range(20))])


def drawn_case(rng):
    """A matrix of which nobody knows beforehand whether it is right: a list of answers holds in one of 2^20 exams."""
    weights = _weights(rng, *([3, 4], [3, 5], [4, 3], [4, 4], [2, 3, 4])[rng.integers(5)])
    row = tuple(rng.integers(size) for size in weights.shape[:-1])
    if right := rng.random() < 0.5:
        weights[row] = np.eye(weights.shape[-1])[0]
    elif rng.random() < 0.5:
        weights[row] *= 1 + rng.choice([-0.3, -0.1, 0.1, 0.3])
    else:
        weights[row] += np.array([2.0, -2.0, *np.zeros(weights.shape[-1] - 2)])
    return Case("a matrix that may be right or wrong", (weights,), expected=right)


def certain_cases(rng):
    yield Case("a matrix that is not square", (_weights(rng, 3, 5),), expected=True)
    yield Case("a single query", (_weights(rng, 1, 4),), expected=True)
    yield Case("a stack of matrices", (_weights(rng, 2, 3, 4, 3),), expected=True)
    yield Case("weights of exactly 0 and 1", (np.eye(4, dtype=int)[rng.permutation(4)],), expected=True)
    yield Case("float32 weights", (_weights(rng, 6, 5).astype(np.float32),), expected=True)
    yield Case("columns that sum to 1", (_weights(rng, 4, 4).T.copy(),), expected=False)
    yield Case("columns of a wide matrix", (_weights(rng, 5, 2).T.copy(),), expected=False)
    yield Case("rows and columns that all sum to 1", (_doubly_stochastic(rng, 4),), expected=True)
    yield Case("rows of simple fractions", (rng.permuted([[2, 1, 1, 0], [0, 4, 0, 0]], axis=1) / 4,), expected=True)
    for row in range(3):
        yield Case("one row with another sum", (_off(_weights(rng, 3, 4), row, 0.2),), expected=False)
    yield Case("a row that sums to less than 1", (_off(_weights(rng, 4, 3), 2, -0.3),), expected=False)
    balanced = _off(_off(_weights(rng, 4, 5), 1, 0.25), 2, -0.25)
    yield Case("rows whose errors cancel in the total", (balanced,), expected=False)
    yield Case("one matrix of a stack", (_off(_weights(rng, 3, 2, 4), (2, 1), 0.4),), expected=False)
    yield Case("a negative weight", (_negative(_weights(rng, 3, 4)),), expected=False)
    yield Case("a matrix of zeros", (np.zeros((3, 3)),), expected=False)
    yield Case("whole numbers other than 0 and 1", (rng.integers(2, 5, size=(2, 3)),), expected=False)
    for concept, entry in (("a NaN", np.nan), ("an infinity", np.inf), ("an infinity below zero", -np.inf)):
        yield Case(concept, (_with_entries(_weights(rng, 3, 4), entry),), expected=False)
    yield Case("infinities of both signs", (_with_entries(_weights(rng, 3, 4), np.inf, -np.inf),), expected=False)
    slightly = _off(_weights(rng, 3, 4), 1, 1e-3)
    yield Case("the tolerance when none is given", (slightly.copy(),), expected=False)
    yield Case("sums off by rounding", (_off(_weights(rng, 3, 4), 1, 1e-8),), expected=True)
    yield Case("a generous tolerance", (slightly.copy(),), {"tolerance": 1e-2}, expected=True)
    yield Case("a sum beyond a generous tolerance", (_off(slightly, 0, 0.1),), {"tolerance": 1e-2}, expected=False)
    yield Case("a tolerance given by position", (_off(_weights(rng, 2, 5), 0, -0.05), 0.1), expected=True)


def _weights(rng, *shape):
    return scipy.special.softmax(rng.normal(size=shape), axis=-1)


def _doubly_stochastic(rng, size):
    """A mixture of permutations, in sixteenths so that every sum is exact."""
    return sum(np.eye(size)[rng.permutation(size)] * share for share in (0.5, 0.25, 0.1875, 0.0625))


def _off(weights, row, by):
    """A row's sum moved by `by`, all its entries still positive."""
    moved = weights.copy()
    moved[row] *= 1 + by
    return moved


def _negative(weights):
    """Rows still sum to 1, one entry is negative."""
    weights[1, 2] -= 1
    weights[1, 0] += 1
    return weights


def _with_entries(weights, *entries):
    weights[1, 1 : 1 + len(entries)] = entries
    return weights


_NOT_FINITE_EITHER = "a row with a NaN or an infinity has a negative entry or no sum within any tolerance of 1"

is_attention_weights = Exercise(
    NOTEBOOK,
    "is_attention_weights",
    cases,
    survivors={
        "is_attention_weights: not np.isfinite(matrix).all() or (matrix < 0).any() -> (matrix < 0).any()": (
            _NOT_FINITE_EITHER
        ),
        "is_attention_weights: np.isfinite(matrix).all() -> np.isfinite(matrix).any()": _NOT_FINITE_EITHER,
        "is_attention_weights: bool((np.abs(matrix.sum(axis=-1) - 1) <= tolerance).all())"
        " -> (np.abs(matrix.sum(axis=-1) - 1) <= tolerance).all()": "a NumPy bool is right too",
        "is_attention_weights: np.abs(matrix.sum(axis=-1) - 1) <= tolerance"
        " -> np.abs(matrix.sum(axis=-1) - 1) < tolerance": "no sum is off by the tolerance to the last bit",
        "is_attention_weights: matrix.sum(axis=-1) - 1 -> 1 - matrix.sum(axis=-1)": "the sign is dropped",
    },
)


def _checks(matrix, tolerance):
    """The three conditions one by one: finite, not negative, how far each row's sum is off."""
    finite = bool(np.isfinite(matrix).all())
    return finite, bool((matrix >= 0).all()), np.abs(matrix.sum(axis=-1) - 1) <= tolerance


@is_attention_weights.wrong("a matrix with negative entries passes. Can a weight in an average be negative?")
def negatives_pass(matrix, tolerance=1e-6):
    return bool(_checks(matrix, tolerance)[2].all())


@is_attention_weights.wrong("any matrix without negative entries passes. What must each row sum to?")
def sums_not_looked_at(matrix, tolerance=1e-6):
    return all(_checks(matrix, tolerance)[:2])


@is_attention_weights.wrong("entries between 0 and 1 are not enough. What must each row sum to?")
def only_between_0_and_1(matrix, tolerance=1e-6):
    return bool(((matrix >= 0) & (matrix <= 1)).all())


@is_attention_weights.wrong("only the total is compared with the number of rows. Can errors of two rows cancel?")
def only_the_total(matrix, tolerance=1e-6):
    rows = matrix.size / matrix.shape[-1]
    return all(_checks(matrix, tolerance)[:2]) and bool(abs(matrix.sum() - rows) <= tolerance)


@is_attention_weights.wrong("the whole matrix must sum to 1 here. Over which numbers should each sum go?")
def total_of_1(matrix, tolerance=1e-6):
    return all(_checks(matrix, tolerance)[:2]) and bool(abs(matrix.sum() - 1) <= tolerance)


@is_attention_weights.wrong("the columns are summed. Where do the weights of one query lie?")
def columns(matrix, tolerance=1e-6):
    finite, positive, close = _checks(np.swapaxes(matrix, -1, -2), tolerance)
    return finite and positive and bool(close.all())


@is_attention_weights.wrong("the sums run along axis 1. Where do the rows lie when there are leading axes?")
def second_axis(matrix, tolerance=1e-6):
    finite, positive, _ = _checks(matrix, tolerance)
    return finite and positive and bool((np.abs(matrix.sum(axis=1) - 1) <= tolerance).all())


@is_attention_weights.wrong("rows and columns must both sum to 1 here. Which of the two does softmax promise?")
def rows_and_columns(matrix, tolerance=1e-6):
    return right_by_steps(matrix, tolerance) and columns(matrix, tolerance)


@is_attention_weights.wrong("one good row is enough here. How many rows must sum to 1?")
def any_row(matrix, tolerance=1e-6):
    finite, positive, close = _checks(matrix, tolerance)
    return finite and positive and bool(close.any())


@is_attention_weights.wrong("only the first row is looked at. What about the others?")
def first_row(matrix, tolerance=1e-6):
    finite, positive, close = _checks(matrix, tolerance)
    return finite and positive and bool(close.flat[0])


@is_attention_weights.wrong("only the last row decides. Does the loop return before it has seen them all?")
def last_row(matrix, tolerance=1e-6):
    finite, positive, close = _checks(matrix, tolerance)
    return finite and positive and bool(close.flat[-1])


@is_attention_weights.wrong("a matrix with a NaN passes. What does every comparison with a NaN give?")
def nan_passes(matrix, tolerance=1e-6):
    return not (matrix < 0).any() and not (np.abs(matrix.sum(axis=-1) - 1) > tolerance).any()


@is_attention_weights.wrong("the argument `tolerance` is not used. What should a caller change with it?")
def tolerance_ignored(matrix, tolerance=1e-6):
    return right_by_steps(matrix, 1e-6)


@is_attention_weights.wrong("sums must be exactly 1. What does rounding do to a sum of decimals?")
def exact_sums(matrix, tolerance=1e-6):
    return right_by_steps(matrix, 0)


@is_attention_weights.wrong("a sum that is too small passes. Is the difference taken without its sign?")
def too_small_passes(matrix, tolerance=1e-6):
    return all(_checks(matrix, tolerance)[:2]) and bool((matrix.sum(axis=-1) - 1 <= tolerance).all())


@is_attention_weights.wrong("a sum that is too large passes. Is the difference taken without its sign?")
def too_large_passes(matrix, tolerance=1e-6):
    return all(_checks(matrix, tolerance)[:2]) and bool((1 - matrix.sum(axis=-1) <= tolerance).all())


@is_attention_weights.wrong("a weight of exactly 0 is refused. Is 0 negative?")
def zeros_refused(matrix, tolerance=1e-6):
    return right_by_steps(matrix, tolerance) and bool((matrix > 0).all())


@is_attention_weights.wrong("a matrix that is not square is refused. Must there be as many keys as queries?")
def only_square(matrix, tolerance=1e-6):
    return right_by_steps(matrix, tolerance) and matrix.shape[-1] == matrix.shape[-2]


@is_attention_weights.wrong("True and False are exchanged. Which of them means that the matrix is fine?")
def opposite(matrix, tolerance=1e-6):
    return not right_by_steps(matrix, tolerance)


@is_attention_weights.wrong("it raises an error for a bad matrix. What does the docstring want returned?")
def raises(matrix, tolerance=1e-6):
    assert right_by_steps(matrix, tolerance)
    return True


@is_attention_weights.wrong("there is one answer for each row. What does the docstring want for a whole matrix?")
def one_for_each_row(matrix, tolerance=1e-6):
    return np.isfinite(matrix).all(axis=-1) & (matrix >= 0).all(axis=-1) & _checks(matrix, tolerance)[2]


@is_attention_weights.right
def right_by_steps(matrix, tolerance=1e-6):
    if np.isnan(matrix).any() or np.isinf(matrix).any():
        return False
    if matrix.min() < 0:
        return False
    return bool(np.max(np.abs(matrix.sum(axis=-1) - 1)) < tolerance) or bool((matrix.sum(axis=-1) == 1).all())


@is_attention_weights.right
def by_allclose(matrix, tolerance=1e-6):
    return np.all(matrix >= 0) and np.allclose(np.sum(matrix, axis=-1), 1, atol=tolerance)


@is_attention_weights.right
def by_numpy_bool(matrix, tolerance=1e-6):
    off = np.abs(np.einsum("...k->...", matrix) - 1.0)
    return np.isfinite(matrix).all() & (matrix >= -1e-12).all() & (off <= tolerance).all()


@is_attention_weights.right
def by_loops(matrix, tolerance=1e-6):
    for row in np.asarray(matrix, dtype=float).reshape(-1, np.shape(matrix)[-1]).tolist():
        total = 0.0
        for weight in row:
            if not 0 <= weight < float("inf"):
                return False
            total += weight
        if not 1 - tolerance <= total <= 1 + tolerance:
            return False
    return True
