"""precision_recall_f1(truth, predicted, num_classes, average): cases, right variants."""

from fractions import Fraction

import numpy as np
import torch

from attention_course.probes import fine_tuning as using
from autograder.exam.exercise import Case, Exercise
from autograder.exams.fine_tuning.confusion_matrix import IGNORED, drawn
from autograder.exams.fine_tuning.earlier import NOTEBOOK, confusion_matrix


def of_counts(hits, said, there):
    """The definition, in exact fractions."""
    values = (hits, said), (hits, there), (2 * hits, said + there)
    return [Fraction(above, below) if below else Fraction(0) for above, below in values]


def right_values(truth, predicted, classes, average):
    """The oracle, in plain Python."""
    pairs = [
        (t, p) for t, p in zip(np.ravel(truth).tolist(), np.ravel(predicted).tolist(), strict=True) if t != IGNORED
    ]
    counts = [
        (sum(t == p == c for t, p in pairs), sum(p == c for _, p in pairs), sum(t == c for t, _ in pairs))
        for c in range(classes)
    ]
    if average == "micro":
        return tuple(float(value) for value in of_counts(*map(sum, zip(*counts, strict=True))))
    columns = [[float(value) for value in column] for column in zip(*(of_counts(*c) for c in counts), strict=True)]
    if average is None:
        return tuple(np.array(column) for column in columns)
    return tuple(sum(column) / classes for column in columns)


AVERAGES = (None, "macro", "micro")


def cases(rng):
    def case(concept, truth, predicted, classes, average):
        expected = right_values(truth, predicted, classes, average)
        return Case(concept, (truth, predicted, classes), {"average": average}, expected=expected)

    def all_three(concept, truth, predicted, classes=4):
        for average in AVERAGES:
            yield case(f"{concept}, average={average}", truth.copy(), predicted.copy(), classes, average)

    def plain(concept, *shape, classes=4, **options):
        yield from all_three(concept, *drawn(rng, *shape, classes=classes, **options), classes)

    yield from plain("one row of predictions", 40, out=0)
    yield from plain("places that do not count", 50)
    yield from plain("a batch", 6, 9)
    yield from all_three("texts of unequal length", *_uneven(rng))
    yield from all_three("a rare class", *_rare(rng), 2)
    yield from all_three("classes that never occur", *drawn(rng, 30, classes=3), 5)
    truth, predicted = drawn(rng, 40, classes=4)
    yield from all_three("a class that is never predicted", np.where(truth == 1, 2, truth), predicted % 3, 4)
    truth, predicted = drawn(rng, 40, classes=4)
    yield from all_three("a class that is only predicted", np.where(truth == 3, 0, truth), predicted)
    yield from all_three("every answer right", *(drawn(rng, 12, out=0, hits=1)))
    truth, _ = drawn(rng, 20)
    yield from all_three("every answer wrong", truth, (truth + 1) % 4)
    yield from all_three("classes that are met once", np.array([0, 1, 2, 2, 3]), np.array([0, 2, 1, 2, 2]))
    nothing = np.full((2, 4), IGNORED)
    yield from all_three("no place that counts", nothing, rng.integers(4, size=(2, 4)))
    truth, predicted = (torch.from_numpy(x) for x in drawn(rng, 5, 8))
    yield case("tensors", truth, predicted, 4, "macro")
    truth, predicted = drawn(rng, 30)
    expected = right_values(truth, predicted, 4, "macro")
    yield Case("the default of `average`", (truth, predicted, 4), expected=expected)
    for average in ("weighted", "Macro", "none", ""):
        yield Case("another average", (*drawn(rng, 9), 4), {"average": average}, raises="ValueError")
    for average, kind in zip(AVERAGES, ("ndarray", "float", "float"), strict=True):
        args, wanted = (*drawn(rng, 30), 4), [kind] * 3
        yield Case("the kind of the result", args, {"average": average}, expected=wanted, use=using.kinds_of_members)


def _uneven(rng):
    """Three texts with 12, 3 and 1 places that count, answered ever worse."""
    truth, predicted = drawn(rng, 3, 12, out=0, hits=1)
    truth[1, 3:], truth[2, 1:] = IGNORED, IGNORED
    predicted[1:] = (predicted[1:] + 1) % 4
    return truth, predicted


def _rare(rng):
    """One place in ten is of class 1; a quarter of these are found, and as many falsely."""
    truth = np.repeat([0, 1], [72, 8])
    predicted = np.zeros(80, dtype=int)
    predicted[[70, 71, 72, 73]] = 1
    order = rng.permutation(80)
    return truth[order], predicted[order]


_FLOAT = "NumPy's float64 is a Python float"

precision_recall_f1 = Exercise(
    NOTEBOOK,
    "precision_recall_f1",
    cases,
    survivors={
        "precision_recall_f1: float(precision.mean()) -> precision.mean()": _FLOAT,
        "precision_recall_f1: float(recall.mean()) -> recall.mean()": _FLOAT,
        "precision_recall_f1: float(f1.mean()) -> f1.mean()": _FLOAT,
        "precision_recall_f1: (None, 'macro', 'micro') -> ('micro', 'macro', None)": "three words in another order",
        "precision_recall_f1: np.maximum(said + there, 1) -> np.maximum(said + there, 2)": (
            "a class that is met once has no hit to divide"
        ),
    },
)


def matrix_of(truth, predicted, num_classes):
    return confusion_matrix(truth, predicted, num_classes)


def refuse(average):
    if average not in (None, "macro", "micro"):
        raise ValueError(average)


@precision_recall_f1.right
def class_by_class(truth, predicted, num_classes, average="macro"):
    refuse(average)
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    truth, predicted = truth[truth != -100], predicted[truth != -100]

    def values(hits, said, there):
        p, r = (hits / said if said else 0.0), (hits / there if there else 0.0)
        return p, r, (2 * p * r / (p + r) if p + r else 0.0)

    counts = [
        (np.sum((truth == c) & (predicted == c)), np.sum(predicted == c), np.sum(truth == c))
        for c in range(num_classes)
    ]
    if average == "micro":
        return tuple(float(x) for x in values(*np.sum(counts, axis=0)))
    rows = np.array([values(*count) for count in counts]).T
    return tuple(rows) if average is None else tuple(rows.mean(axis=1).tolist())


@precision_recall_f1.right
def by_masked_division(truth, predicted, num_classes, average="macro"):
    refuse(average)
    matrix = matrix_of(truth, predicted, num_classes)
    hits, said, there = matrix.diagonal(), matrix.sum(0), matrix.sum(1)
    if average == "micro":
        hits, said, there = (np.atleast_1d(x.sum()) for x in (hits, said, there))

    def share(above, below):
        return np.divide(above, below, out=np.zeros(len(above)), where=below != 0)

    found = share(hits, said), share(hits, there), share(2.0 * hits, said + there)
    return found if average is None else tuple(float(np.mean(x)) for x in found)


@precision_recall_f1.right
def nan_to_zero(truth, predicted, num_classes, average="macro"):
    refuse(average)
    matrix = matrix_of(truth, predicted, num_classes).astype(float)
    with np.errstate(all="ignore"):
        if average == "micro":
            accuracy = float(np.nan_to_num(np.trace(matrix) / matrix.sum()))
            return accuracy, accuracy, accuracy
        p, r = np.diag(matrix) / matrix.sum(axis=0), np.diag(matrix) / matrix.sum(axis=1)
        p, r = np.nan_to_num(p), np.nan_to_num(r)
        f = np.nan_to_num(2 * p * r / (p + r))
    return (p, r, f) if average is None else (p.mean(), r.mean(), f.mean())


@precision_recall_f1.right
def a_list_that_comes_back(truth, predicted, num_classes, average="macro"):
    refuse(average)
    truth = torch.as_tensor(np.asarray(truth)).flatten()
    predicted = torch.as_tensor(np.asarray(predicted)).flatten()
    keep = truth >= 0
    true, said = (torch.stack([x[keep] == c for c in range(num_classes)]).double() for x in (truth, predicted))
    hits, predictions, truths = (true * said).sum(1), said.sum(1), true.sum(1)
    if average == "micro":
        hits, predictions, truths = hits.sum(), predictions.sum(), truths.sum()
    values = [
        hits / predictions.clamp(min=1),
        hits / truths.clamp(min=1),
        2 * hits / (predictions + truths).clamp(min=1),
    ]
    return [x.numpy() for x in values] if average is None else [x.mean().item() for x in values]
