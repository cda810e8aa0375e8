"""scaled_weights: (4, 4), the softmax of each row of the learner's own scores divided by the root of the depth."""

import math

import numpy as np
import scipy.special

from autograder.exam.exercise import Case, Exercise
from autograder.exams.worked_example.given import (
    FOUR_DECIMALS,
    NOTEBOOK,
    is_matrix,
    own_or,
    right_scores,
    row_softmax,
    usable_scores,
)

ROOT = math.sqrt(2)


def cases(rng, scores=None):
    own, from_right = own_or(right_scores(), scores, usable_scores), row_softmax(right_scores() / ROOT)
    yield Case("the softmax of each row of scaled scores", (own,), tolerance=FOUR_DECIMALS, also=(from_right,))


def scaled_softmax(scores):
    return row_softmax(scores / ROOT)


scaled_weights = Exercise(
    NOTEBOOK, "scaled_weights", cases, reference=scaled_softmax, value=True, usable=is_matrix((4, 4))
)


@scaled_weights.wrong("the scores are divided by 2. Do you take the square root of the depth?")
def depth_without_root(scores):
    return row_softmax(scores / 2)


@scaled_weights.wrong("the scores are multiplied by the root of 2. Should the rows become flatter or sharper?")
def multiplied(scores):
    return row_softmax(scores * ROOT)


@scaled_weights.wrong("the scores are not scaled. By what should they be divided before the softmax?")
def unscaled(scores):
    return row_softmax(scores)


@scaled_weights.wrong("you divide after the softmax. What do the rows sum to then?")
def divided_after_softmax(scores):
    return row_softmax(scores) / ROOT


@scaled_weights.wrong("softmax is applied to the weights. What should be scaled and then go into the softmax?")
def weights_softmaxed(scores):
    return row_softmax(row_softmax(scores) / ROOT)


@scaled_weights.wrong("softmax is applied to the unscaled weights again. What should go into the softmax?")
def softmax_twice(scores):
    return row_softmax(row_softmax(scores))


@scaled_weights.wrong("the scores are scaled, and that is all. Which step is missing?")
def softmax_missing(scores):
    return scores / ROOT


@scaled_weights.wrong("the scores are divided by 4, the number of tokens. How many numbers has one vector?")
def number_of_tokens(scores):
    return row_softmax(scores / 4)


@scaled_weights.wrong("all sixteen numbers together sum to 1. Over which numbers should each sum go?")
def whole_matrix(scores):
    return scipy.special.softmax(scores / ROOT)


@scaled_weights.wrong("the columns sum to 1. Whose weights are they: those of a query or those of a key?")
def columns(scores):
    return scipy.special.softmax(scores / ROOT, axis=0)


@scaled_weights.wrong("exp is there, the division by the row's sum is not. What must a row of weights sum to?")
def not_normalised(scores):
    return np.exp(scores / ROOT)


@scaled_weights.wrong("a score of 0 has weight 0 here. What is e to the power of 0?")
def zero_scores_dropped(scores):
    exps = np.where(scores == 0, 0, np.exp(scores / ROOT))
    sums = exps.sum(axis=1, keepdims=True)
    return exps / np.where(sums == 0, 1, sums)


@scaled_weights.wrong("the root of 2 is rounded to 1.4. How many decimals of it do four decimals of weights need?")
def root_of_one_decimal(scores):
    return row_softmax(scores / 1.4)


@scaled_weights.wrong("the root of 2 is rounded to 1.41. How many decimals of it do four decimals of weights need?")
def root_of_two_decimals(scores):
    return row_softmax(scores / 1.41)


@scaled_weights.wrong("they are rounded to two decimals. How many are asked for?")
def two_decimals(scores):
    return np.round(row_softmax(scores / ROOT), 2)


@scaled_weights.wrong("they are rounded to three decimals. How many are asked for?")
def three_decimals(scores):
    return np.round(row_softmax(scores / ROOT), 3)


@scaled_weights.right
def typed_to_four_decimals(scores):
    return np.round(row_softmax(scores / ROOT), 4).tolist()


@scaled_weights.right
def cut_off_after_four_decimals(scores):
    return np.floor(row_softmax(scores / ROOT) * 1e4) / 1e4


@scaled_weights.right
def in_float32(scores):
    return scipy.special.softmax((scores * 2**-0.5).astype(np.float32), axis=-1)


@scaled_weights.right
def by_loops(scores):
    rows = [[math.exp((score - max(row)) / ROOT) for score in row] for row in scores]
    return [[entry / sum(row) for entry in row] for row in rows]


@scaled_weights.right
def by_torch_attention(scores):
    """PyTorch's attention, with keys of depth 4 that reproduce the scores and a value for each key."""
    import torch

    query, key = torch.from_numpy(scores)[None], torch.eye(4, dtype=torch.float64)[None]
    return torch.nn.functional.scaled_dot_product_attention(query, key, key, scale=1 / ROOT)[0].numpy()
