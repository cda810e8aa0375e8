"""confusion_matrix(truth, predicted, num_classes): cases, right and wrong variants."""

from collections import Counter

import numpy as np
import torch
from scipy.sparse import coo_array

from attention_course.probes import fine_tuning as using
from autograder.exam.exercise import Case, Exercise
from autograder.exams.fine_tuning.earlier import NOTEBOOK

IGNORED = -100


def drawn(rng, *shape, classes=4, out=0.25, hits=0.5):
    """Truth and predictions; a share of the places is out, and what is predicted there is any number."""
    truth = rng.integers(classes, size=shape)
    predicted = np.where(rng.random(shape) < hits, truth, rng.integers(classes, size=shape))
    truth[rng.random(shape) < out] = IGNORED
    return truth, predicted


def counted(truth, predicted, classes):
    """The oracle, in plain Python."""
    pairs = Counter(zip(np.ravel(truth).tolist(), np.ravel(predicted).tolist(), strict=True))
    return np.array([[pairs[row, column] for column in range(classes)] for row in range(classes)])


def cases(rng):
    def case(concept, truth, predicted, classes=4):
        return Case(concept, (truth, predicted, classes), expected=counted(truth, predicted, classes))

    yield case("one row of predictions", *drawn(rng, 30, out=0))
    yield case("places that do not count", *drawn(rng, 40))
    yield case("a batch", *drawn(rng, 5, 9))
    yield case("a batch as large as its texts are long", *drawn(rng, 4, 4))
    yield case("more axes", *drawn(rng, 2, 3, 8))
    yield case("tensors", *map(torch.from_numpy, drawn(rng, 4, 11)))
    yield case("views with strides", *(x.T for x in drawn(rng, 7, 5)))
    yield case("a class that never occurs", *drawn(rng, 30, classes=3), 5)
    truth, predicted = drawn(rng, 30, classes=5)
    truth[truth == 4] = 1
    yield case("a class that is only predicted", truth, predicted, 5)
    truth, predicted = drawn(rng, 40)
    yield case("anything predicted where nothing counts", truth, np.where(truth == IGNORED, IGNORED, predicted))
    yield case("a huge number predicted where nothing counts", truth.copy(), np.where(truth < 0, 99, predicted))
    yield case("every answer right", *(predicted.copy(), predicted.copy()))
    yield case("every answer wrong", (predicted + 1) % 4, predicted.copy())
    yield case("two classes", *drawn(rng, 25, classes=2), 2)
    yield case("more than a hundred classes", *drawn(rng, 200, classes=120), 120)
    small = [x.astype(np.int8) for x in drawn(rng, 60, classes=40)]
    yield case("small integers", *small, 40)
    nothing = np.full((2, 5), IGNORED)
    yield case("no place that counts", nothing, rng.integers(4, size=(2, 5)))
    yield Case("the kind of the result", (*drawn(rng, 9), 4), expected=["ndarray", "int64"], use=using.kind_of_array)


_AS_THEY_ARE = "NumPy compares and indexes with CPU tensors too"

confusion_matrix = Exercise(
    NOTEBOOK,
    "confusion_matrix",
    cases,
    survivors={
        "confusion_matrix: np.asarray(truth) -> truth": _AS_THEY_ARE,
        "confusion_matrix: np.asarray(predicted) -> predicted": _AS_THEY_ARE,
        "confusion_matrix: truth, predicted = (np.asarray(truth), np.asarray(predicted)) -> (nothing)": _AS_THEY_ARE,
    },
)


@confusion_matrix.right
def by_a_loop(truth, predicted, num_classes):
    matrix = np.zeros((num_classes, num_classes), dtype=np.int64)
    for true, said in zip(np.ravel(truth), np.ravel(predicted), strict=True):
        if true != -100:
            matrix[true, said] += 1
    return matrix


@confusion_matrix.right
def by_bincount(truth, predicted, num_classes):
    truth = np.asarray(truth).astype(np.int64).ravel()
    predicted = np.asarray(predicted).astype(np.int64).ravel()
    keep = truth != -100
    cells = truth[keep] * num_classes + predicted[keep]
    return np.bincount(cells, minlength=num_classes**2).reshape(num_classes, num_classes).astype(np.int64)


@confusion_matrix.right
def by_comparing(truth, predicted, num_classes):
    truth, predicted = (np.asarray(x).reshape(-1) for x in (truth, predicted))
    classes = np.arange(num_classes)[:, None]
    return (truth == classes).astype(np.int64) @ (predicted == classes).astype(np.int64).T


@confusion_matrix.right
def by_a_sparse_sum(truth, predicted, num_classes):
    truth, predicted = np.asarray(truth, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    keep = truth >= 0
    ones = np.ones(int(keep.sum()), dtype=np.int64)
    return coo_array((ones, (truth[keep], predicted[keep])), shape=(num_classes, num_classes)).toarray()


@confusion_matrix.right
def by_torch(truth, predicted, num_classes):
    truth, predicted = (torch.as_tensor(np.ascontiguousarray(x)).long().flatten() for x in (truth, predicted))
    keep = truth != -100
    matrix = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    ones = torch.ones(int(keep.sum()), dtype=torch.int64)
    return matrix.index_put_((truth[keep], predicted[keep]), ones, accumulate=True).numpy()


def of(truth, predicted, num_classes, keep=None):
    """The right counts of the places that are kept; those outside of the matrix do not count."""
    truth, predicted = (np.asarray(x).astype(np.int64) for x in (truth, predicted))
    keep = truth != IGNORED if keep is None else keep
    return counted(truth[keep], predicted[keep], num_classes)


@confusion_matrix.wrong("the truth stands in the columns. Where does the docstring put it?")
def transposed(truth, predicted, num_classes):
    return of(truth, predicted, num_classes).T


@confusion_matrix.wrong("a pair that occurs several times counts once. What does `matrix[i, j] += 1` do with repeats?")
def buffered(truth, predicted, num_classes):
    return (of(truth, predicted, num_classes) > 0).astype(np.int64)


@confusion_matrix.wrong("places whose truth is -100 count as class 0. Which places are left out?")
def ignored_are_zero(truth, predicted, num_classes):
    truth = np.asarray(truth).copy()
    truth[truth == -100] = 0
    return of(truth, predicted, num_classes)


@confusion_matrix.wrong("places whose truth is -100 count as the last class. What does a negative index do?")
def ignored_from_the_end(truth, predicted, num_classes):
    matrix = of(truth, predicted, num_classes)
    for true, said in zip(np.ravel(truth).tolist(), np.ravel(predicted).tolist(), strict=True):
        if true == -100:
            matrix[-1, np.clip(said, 0, num_classes - 1)] += 1
    return matrix


@confusion_matrix.wrong("class 0 is left out. Is it not a class like any other?")
def zero_left_out(truth, predicted, num_classes):
    return of(truth, predicted, num_classes, np.asarray(truth) > 0)


@confusion_matrix.wrong("it is as large as the classes that occur. Which argument says how large it should be?")
def as_large_as_needed(truth, predicted, num_classes):
    keep = np.asarray(truth) != -100
    there = [int(np.asarray(x)[keep].max(initial=0)) + 1 for x in (truth, predicted)]
    return of(truth, predicted, max(there))


@confusion_matrix.wrong("each row is divided by its sum. Should it not count?")
def rows_as_shares(truth, predicted, num_classes):
    matrix = of(truth, predicted, num_classes)
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


@confusion_matrix.wrong("only right answers are counted. Where do the mistakes go?")
def hits_only(truth, predicted, num_classes):
    return np.diag(np.diag(of(truth, predicted, num_classes)))


@confusion_matrix.wrong("only mistakes are counted. Where do the right answers go?")
def mistakes_only(truth, predicted, num_classes):
    matrix = of(truth, predicted, num_classes)
    return matrix - np.diag(np.diag(matrix))


@confusion_matrix.wrong("only the first text of a batch is counted. What of its other axes?")
def first_row_only(truth, predicted, num_classes):
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    while truth.ndim > 1:
        truth, predicted = truth[0], predicted[0]
    return of(truth, predicted, num_classes)


@confusion_matrix.wrong("it holds floats. Which dtype has a count?")
def floats(truth, predicted, num_classes):
    return of(truth, predicted, num_classes).astype(float)


@confusion_matrix.wrong("it is a tensor. What should come out, whatever went in?")
def tensor(truth, predicted, num_classes):
    return torch.from_numpy(of(truth, predicted, num_classes))


@confusion_matrix.wrong("tensors are refused. What makes an array of either?")
def arrays_only(truth, predicted, num_classes):
    if isinstance(truth, torch.Tensor):
        raise TypeError
    return of(truth, predicted, num_classes)


@confusion_matrix.wrong("more axes than one are refused. What makes one row of them?")
def one_axis_only(truth, predicted, num_classes):
    if np.ndim(truth) > 1:
        raise IndexError
    return of(truth, predicted, num_classes)


@confusion_matrix.wrong("what is predicted where nothing counts makes it fail. When do you look at it?")
def fails_at_ignored(truth, predicted, num_classes):
    said = np.asarray(predicted)
    if said.min() < 0 or said.max() >= num_classes:
        raise IndexError
    return of(truth, predicted, num_classes)


@confusion_matrix.wrong("with small integers the products overflow. In which dtype do you count?")
def overflows(truth, predicted, num_classes):
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    if truth.dtype == np.int8:
        raise ValueError
    return of(truth, predicted, num_classes)


@confusion_matrix.wrong("the truth that was given is changed. What leaves it as it was?")
def changes_the_truth(truth, predicted, num_classes):
    matrix = of(truth, predicted, num_classes)
    truth[truth == -100] = 0
    return matrix
