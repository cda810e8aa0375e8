"""Visible checks of counts and what is made of them."""

from __future__ import annotations

import math

import numpy as np
import torch

from attention_course.checks.fine_tuning.labels import three_numbers
from attention_course.checks.report import CheckError, called, expect_value_error, visible_check

TRUTH = np.array([[0, 0, 0, 1], [2, 1, -100, -100]])
SAID = np.array([[0, 0, 1, 1], [0, 1, 1, 7]])
COUNTS = np.array([[2, 1, 0], [0, 2, 0], [1, 0, 0]])


@visible_check(points=1)
def confusion_matrix(function) -> None:
    """Six answers that count, of three classes: a batch, tensors, repeats, -100."""
    for kind, change in (("arrays", np.array), ("tensors", torch.tensor)):
        truth, said = change(TRUTH.tolist()), change(SAID.tolist())
        before = truth.tolist(), said.tolist()
        got = called(function, truth, said, 3, case=f"{kind} of two rows; at two places the truth is -100")
        if (truth.tolist(), said.tolist()) != before:
            raise CheckError("confusion_matrix changed an array it was given. `.copy()` makes a new one.")
        if not isinstance(got, np.ndarray) or got.dtype.kind not in "iuf":
            raise CheckError(f"confusion_matrix should return a NumPy array of counts; for {kind} it returned {got!r}.")
        if got.shape != (3, 3):
            raise CheckError(f"confusion_matrix of 3 classes should have shape (3, 3), yours has {got.shape}.")
        if got.dtype != np.int64:
            raise CheckError(f"confusion_matrix holds counts, dtype int64; yours holds {got.dtype}.")
        if not np.array_equal(got, COUNTS):
            raise CheckError(
                f"confusion_matrix for the truth {TRUTH.tolist()} and the predictions {SAID.tolist()} ({kind}) should "
                f"be {COUNTS.tolist()}, yours is {got.tolist()}. {_why(got)}"
            )
    small = called(function, np.array([1]), np.array([1]), 4)
    if np.shape(small) != (4, 4):
        raise CheckError("confusion_matrix: with num_classes=4 it is (4, 4), also if only class 1 occurs.")


def _why(got: np.ndarray) -> str:
    if np.array_equal(got, COUNTS.T):
        return "Rows and columns have changed places: row i is the truth i."
    if np.array_equal(got, COUNTS > 0):
        return "Pairs that repeat count once: what does `matrix[i, j] += 1` do with the same place twice?"
    if got.sum() > COUNTS.sum():
        return "Places whose truth is -100 do not count. Which ones did you count?"
    return "Count the pairs (truth, predicted) one by one."


@visible_check(points=3)
def precision_recall_f1(function) -> None:
    """The same six answers; each class, macro, micro; a class that never occurs; nothing that counts."""
    for average in (None, "macro", "micro"):
        _values(function, average, TRUTH, SAID, 3, "six answers")
    _values(function, "macro", np.array([0, 1]), np.array([0, 1]), 4, "two right answers, four classes")
    nothing = np.array([-100, -100])
    for average in (None, "macro", "micro"):
        _values(function, average, nothing, np.array([0, 1]), 2, "no answer that counts")
    got = called(function, TRUTH.copy(), SAID.copy(), 3)
    if got is not None and not _near(got, EXPECTED["six answers", "macro"]):
        raise CheckError('precision_recall_f1: without `average` it is "macro".')
    advice = 'precision_recall_f1 should raise a ValueError for average="weighted", which it does not know'
    expect_value_error(function, advice, TRUTH.copy(), SAID.copy(), 3, average="weighted")


ROWS = [[2 / 3, 2 / 3, 0.0], [2 / 3, 1.0, 0.0], [2 / 3, 0.8, 0.0]]
EXPECTED: dict[tuple[str, str | None], list] = {
    ("six answers", None): ROWS,
    ("six answers", "macro"): [sum(row) / 3 for row in ROWS],
    ("six answers", "micro"): [4 / 6] * 3,
    ("two right answers, four classes", "macro"): [0.5] * 3,
    ("no answer that counts", None): [[0.0, 0.0]] * 3,
    ("no answer that counts", "macro"): [0.0] * 3,
    ("no answer that counts", "micro"): [0.0] * 3,
}
REASONS = {
    ("six answers", None): "Class 0 was predicted three times and is the truth three times, with two hits.",
    ("six answers", "macro"): "It is the mean of the three classes' own values.",
    ("six answers", "micro"): "Four hits, six predictions, six truths: micro is the accuracy.",
    ("two right answers, four classes", "macro"): "Classes that never occur have 0, and count in the mean.",
    ("no answer that counts", None): "0 / 0 is 0.",
    ("no answer that counts", "macro"): "0 / 0 is 0.",
    ("no answer that counts", "micro"): "0 / 0 is 0.",
}


def _values(function, average: str | None, truth: np.ndarray, said: np.ndarray, classes: int, case: str) -> None:
    got = called(function, truth.copy(), said.copy(), classes, average=average)
    name = f"precision_recall_f1(..., average={average!r})"
    if average is None:
        _three_arrays(got, name, classes)
    else:
        three_numbers(got, name)
    expected = EXPECTED[case, average]
    if not _near(got, expected):
        shown, mine = (np.round(np.array(x, dtype=float), 6).tolist() for x in (expected, got))
        raise CheckError(
            f"{name} for {case}, truth {truth.tolist()} and predictions {said.tolist()}: precision, recall and F1 "
            f"should be {shown}, yours are {mine}. {_reason(case, average, mine, shown)}"
        )


def _reason(case: str, average: str | None, mine: list, expected: list) -> str:
    if np.isnan(mine).any():
        return "0 / 0 is 0 here; yours is NaN."
    if case == "six answers" and average == "macro":
        p, r, _ = expected
        if _near(mine, [p, r, 2 * p * r / (p + r)]):
            return "Yours is the F1 of the means. It should be the mean of the F1s."
    if case == "six answers" and _near(mine, [expected[1], expected[0], expected[2]]):
        return "Precision and recall have changed places."
    return REASONS[case, average]


def _three_arrays(got, name: str, classes: int) -> None:
    if got is None:
        raise CheckError(f"{name} returned None. Is there a `return` on every way out?")
    if not isinstance(got, (tuple, list)) or len(got) != 3:
        raise CheckError(f"{name} returns three arrays: precision, recall, F1. Yours returned {got!r}.")
    if not all(isinstance(x, np.ndarray) and x.shape == (classes,) and x.dtype.kind in "iuf" for x in got):
        raise CheckError(f"{name} returns three NumPy arrays of shape ({classes},). Yours returned {got!r}.")


def _near(got, expected) -> bool:
    try:
        return np.allclose(np.array(got, dtype=float), np.array(expected, dtype=float), atol=1e-5)
    except (TypeError, ValueError):  # of another shape
        return False


@visible_check(points=2)
def bootstrap_interval(function) -> None:
    """Sure answers, the width and its change with the level, one draw, the generator."""
    for value in (True, False):
        low, high = _interval(function, [value] * 20, generator=np.random.default_rng(0))
        if (low, high) != (float(value), float(value)):
            raise CheckError(f"bootstrap_interval: if all 20 answers are {value}, so are those of every sample: the "
                             f"interval is ({float(value)}, {float(value)}), yours is ({low}, {high}).")  # fmt: skip
    correct = np.arange(200) < 150
    _place(function, correct, 0.95, (0.69, 0.81))
    _place(function, np.arange(2000) < 1500, 0.7, (0.7400, 0.7600))
    few = np.arange(20) < 19
    _place(function, few, 0.95, (0.85, 1.0), draws=4000)
    low, high = _interval(function, correct, draws=1, generator=np.random.default_rng(0))
    if low != high:
        raise CheckError(
            "bootstrap_interval: with draws=1 there is one accuracy, and both ends are that one; yours are "
            f"({low:.3f}, {high:.3f}). Is `draws` used?"
        )
    ends = [_interval(function, correct, draws=50, generator=np.random.default_rng(seed)) for seed in (1, 1, 2, 3, 4)]
    if ends[0] != ends[1] or len(set(ends)) == 1:
        raise CheckError(
            "bootstrap_interval: all chance should come from the generator that is given: the same state gives the "
            "same interval, another one another. Yours, for the seeds 1, 1, 2, 3, 4: "
            f"{', '.join(f'({low:.3f}, {high:.3f})' for low, high in ends)}."
        )
    fresh = {_interval(function, correct, draws=50) for _ in range(5)}
    if len(fresh) == 1:
        raise CheckError("bootstrap_interval: without a generator, a fresh one: five calls should not all agree.")


def _interval(function, correct, **kwargs) -> tuple[float, float]:
    got = called(function, correct, **kwargs)
    if got is None:
        raise CheckError("bootstrap_interval returned None. Is there a `return` on the last line?")
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise CheckError(f"bootstrap_interval returns two plain floats, (low, high); yours returned {got!r}.")
    if not all(isinstance(end, (int, float)) and not isinstance(end, bool) for end in got):
        raise CheckError(f"bootstrap_interval returns two plain floats, (low, high); yours returned {got!r}.")
    low, high = float(got[0]), float(got[1])
    if min(low, high) < 0 or max(low, high) > 1:
        raise CheckError(
            f"bootstrap_interval, {int(np.sum(correct))} of {len(correct)} right: yours is ({low:.3f}, {high:.3f}). No "
            "sample has such an accuracy. Are the ends quantiles of the samples' accuracies?"
        )
    return low, high


def _place(function, correct: np.ndarray, level: float, expected: tuple[float, float], draws: int = 1000) -> None:
    """Both ends, to a sixth of their distance and one item."""
    low, high = _interval(function, correct, level=level, draws=draws, generator=np.random.default_rng(7))
    room = (expected[1] - expected[0]) / 6 + 1 / len(correct)
    if max(abs(low - expected[0]), abs(high - expected[1])) > room:
        raise CheckError(
            f"bootstrap_interval, {correct.sum()} of {len(correct)} right, level {level}: the ends should be about "
            f"{expected[0]:.2f} and {expected[1]:.2f}, yours are {low:.3f} and {high:.3f}. "
            + _question(correct, low, high)
        )


def _question(correct: np.ndarray, low: float, high: float) -> str:
    p = float(correct.mean())
    if low > high:
        return "The lower end comes first."
    if low == high:
        return "Do your samples differ? They are drawn with replacement."
    if math.isclose(low, 0, abs_tol=1e-9) and math.isclose(high, 1, abs_tol=1e-9):
        return "Of what are they the quantiles, of answers or of accuracies?"
    if high < p or low > p:
        return f"The accuracy itself, {p:.2f}, should lie inside."
    return "Which share lies outside at each end, and how many items has a sample?"
