"""output: (4, 2), the token vectors averaged with the learner's own weights."""

import numpy as np

from autograder.exam.exercise import Case, Exercise
from autograder.exams.worked_example.given import (
    NOTEBOOK,
    SUM_OF_FOUR_DECIMALS,
    embeddings,
    is_matrix,
    own_or,
    right_scores,
    right_weights,
    usable_weights,
)


def cases(rng, weights=None):
    own, from_right = own_or(right_weights(), weights, usable_weights), right_weights() @ embeddings()
    yield Case("the average of the token vectors", (own,), tolerance=SUM_OF_FOUR_DECIMALS, also=(from_right,))


def averages(weights):
    return weights @ embeddings()


output = Exercise(NOTEBOOK, "output", cases, reference=averages, value=True, usable=is_matrix((4, 2)))


@output.wrong("the weights are transposed. Does a row or a column hold the weights of one query?")
def weights_transposed(weights):
    return weights.T @ embeddings()


@output.wrong("each token only keeps its own vector, times its own weight. Which other vectors belong to its average?")
def own_vector_only(weights):
    return np.diag(weights)[:, np.newaxis] * embeddings()


@output.wrong("each vector is multiplied by the sum of a column of weights. What is averaged for one query?")
def column_sums(weights):
    return weights.sum(axis=0)[:, np.newaxis] * embeddings()


@output.wrong("only the vector of the largest weight comes through. What happens to the other three?")
def largest_weight_only(weights):
    return embeddings()[weights.argmax(axis=1)]


@output.wrong("the vectors are averaged with the scores. Which numbers sum to 1 in each row?")
def scores_for_weights(weights):
    return right_scores() @ embeddings()


@output.wrong("every row is the plain mean of the vectors. Where do the weights come in?")
def plain_mean(weights):
    return np.tile(embeddings().mean(axis=0), (4, 1))


@output.wrong("every row is the plain sum of the vectors. Where do the weights come in?")
def plain_sum(weights):
    return np.tile(embeddings().sum(axis=0), (4, 1))


@output.wrong("the result is divided by the number of tokens. Do the weights of a row not sum to 1 already?")
def divided_by_tokens(weights):
    return weights @ embeddings() / 4


@output.wrong("the token's own vector is added to its average. What does an output consist of?")
def own_vector_added(weights):
    return weights @ embeddings() + embeddings()


@output.wrong("rows and columns are exchanged. Which tokens should stand one below the other?")
def rows_for_columns(weights):
    return (weights @ embeddings()).T


@output.wrong("the token vectors came back as they were. What do the weights do to them?")
def vectors_unchanged(weights):
    return embeddings()


@output.wrong("the two numbers of each output are added up. How many numbers has an average of vectors?")
def numbers_added_up(weights):
    return (weights @ embeddings()).sum(axis=1, keepdims=True)


@output.wrong("they are rounded to two decimals. How many are asked for?")
def two_decimals(weights):
    return np.round(weights @ embeddings(), 2)


@output.right
def typed_to_four_decimals(weights):
    return np.round(np.round(weights, 4) @ embeddings(), 4).tolist()


@output.right
def from_weights_cut_off(weights):
    return (np.floor(weights * 1e4) / 1e4) @ embeddings()


@output.right
def by_loops(weights):
    vectors = embeddings()
    return [[sum(row[k] * vectors[k, f] for k in range(4)) for f in range(2)] for row in weights]


@output.right
def by_einsum_in_float32(weights):
    return np.einsum("qk,kf->qf", weights.astype(np.float32), embeddings().astype(np.float32))


@output.right
def by_torch(weights):
    import torch

    return torch.from_numpy(weights) @ torch.tensor([[1.0, 0], [0, 1], [1, 1], [0, 0]], dtype=torch.float64)
