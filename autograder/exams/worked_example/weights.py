"""weights: (4, 4), the softmax of each row of the learner's own scores, to four decimals."""

import math

import numpy as np
import scipy.special

from autograder.exam.exercise import Case, Exercise
from autograder.exams.worked_example.given import (
    FOUR_DECIMALS,
    NOTEBOOK,
    own_or,
    right_scores,
    right_weights,
    row_softmax,
    usable_scores,
    usable_weights,
)


def cases(rng, scores=None):
    own = own_or(right_scores(), scores, usable_scores)
    yield Case("the softmax of each row of your scores", (own,), tolerance=FOUR_DECIMALS, also=(right_weights(),))


weights = Exercise(
    NOTEBOOK,
    "weights",
    cases,
    reference=row_softmax,
    value=True,
    usable=usable_weights,
    survivors={"row_softmax: axis=-1 -> axis=1": "a matrix has two axes; the last one is axis 1"},
)


@weights.wrong("all sixteen numbers together sum to 1. Over which numbers should each sum go?")
def whole_matrix(scores):
    return scipy.special.softmax(scores)


@weights.wrong("the columns sum to 1. Whose weights are they: those of a query or those of a key?")
def columns(scores):
    return scipy.special.softmax(scores, axis=0)


@weights.wrong("these are the misprinted weights of the published example. What do its rows sum to?")
def published(scores):
    third = 0.3333
    return [[0.5, 0, third, 0], [0, 0.5, third, 0], [third, third, 0.5, third], [0, 0, third, 0.5]]


@weights.wrong("the scores are divided by their sum without exp. What becomes of a row of zeros?")
def shares_of_scores(scores):
    with np.errstate(invalid="ignore"):
        return scores / scores.sum(axis=1, keepdims=True)


@weights.wrong("the scores are divided by their sum without exp. What is e to the power of 0?")
def shares_of_scores_or_zero(scores):
    sums = scores.sum(axis=1, keepdims=True)
    return scores / np.where(sums == 0, 1, sums)


@weights.wrong("a score of 0 has weight 0 here. What is e to the power of 0?")
def zero_scores_dropped(scores):
    exps = np.where(scores == 0, 0, np.exp(scores))
    sums = exps.sum(axis=1, keepdims=True)
    return exps / np.where(sums == 0, 1, sums)


@weights.wrong("a score of 0 has weight 0 here, except where all scores are 0. What is e to the power of 0?")
def zero_scores_dropped_unless_all(scores):
    exps = np.where((scores == 0) & scores.any(axis=1, keepdims=True), 0, np.exp(scores))
    return exps / exps.sum(axis=1, keepdims=True)


@weights.wrong("exp is there, the division is not. What must a row of weights sum to?")
def not_normalised(scores):
    return np.exp(scores)


@weights.wrong("the largest score takes all the weight. Does softmax leave nothing to the others?")
def largest_takes_all(scores):
    best = scores == scores.max(axis=1, keepdims=True)
    return best / best.sum(axis=1, keepdims=True)


@weights.wrong("the scores are divided by the square root of 2. Is that asked for here, or later?")
def scaled(scores):
    return row_softmax(scores / np.sqrt(2))


@weights.wrong("these are powers of 2 divided by their sum. Which base does exp have?")
def powers_of_two(scores):
    return row_softmax(scores * np.log(2))


@weights.wrong("these are logarithms of the weights. Can a weight be negative?")
def log_softmax(scores):
    return scipy.special.log_softmax(scores, axis=1)


@weights.wrong("each score goes through a sigmoid of its own. Do the weights of a row know of each other?")
def sigmoid(scores):
    return scipy.special.expit(scores)


@weights.wrong("softmax is applied twice. What should it be applied to?")
def softmax_twice(scores):
    return row_softmax(row_softmax(scores))


@weights.wrong("every row has equal weights. Does a larger score not get more weight?")
def equal_shares(scores):
    return np.full((4, 4), 0.25)


@weights.wrong("these are the scores themselves. What turns a row of scores into weights?")
def scores_unchanged(scores):
    return scores


@weights.wrong("they are rounded to two decimals. How many are asked for?")
def two_decimals(scores):
    return np.round(row_softmax(scores), 2)


@weights.wrong("they are rounded to three decimals. How many are asked for?")
def three_decimals(scores):
    return np.round(row_softmax(scores), 3)


@weights.right
def typed_to_four_decimals(scores):
    return np.round(row_softmax(scores), 4).tolist()


@weights.right
def cut_off_after_four_decimals(scores):
    return np.floor(row_softmax(scores) * 1e4) / 1e4


@weights.right
def in_float32(scores):
    exps = np.exp((scores - scores.max(axis=1, keepdims=True)).astype(np.float32))
    return exps / exps.sum(axis=1, keepdims=True)


@weights.right
def by_loops(scores):
    rows = [[math.exp(score - max(row)) for score in row] for row in scores]
    return [[entry / sum(row) for entry in row] for row in rows]


@weights.right
def by_torch(scores):
    import torch

    return torch.softmax(torch.from_numpy(scores), dim=-1).numpy()
