"""Wrong variants of attention_rollout."""

from functools import reduce

import torch

from autograder.exams.beyond_text.attention_rollout import (
    attention_rollout,
    average,
    mixed,
    normalised,
    with_residual,
)


def product(matrices):
    return reduce(lambda below, layer: layer @ below, matrices)


@attention_rollout.wrong(
    "the residual is missing: what goes past the attention. What is added to the mean of the heads?"
)
def no_residual(weights):
    return product(average(layer) for layer in weights)


@attention_rollout.wrong(
    "the residual is missing, and rows of zeros are divided by 0. What is added to the mean of the heads?"
)
def no_residual_but_normalised(weights):
    return product(normalised(average(layer)) for layer in weights)


@attention_rollout.wrong("rows of zeros are not brought to the sum 1. What is the sum of such a row with its residual?")
def not_normalised(weights):
    return product(with_residual(average(layer)) for layer in weights)


@attention_rollout.wrong(
    "the identity is added whole and nothing is divided, so rows sum to 2. What should they sum to?"
)
def identity_whole_not_normalised(weights):
    return product(2 * with_residual(average(layer)) for layer in weights)


@attention_rollout.wrong("the columns are brought to the sum 1, not the rows. Who shares out attention, row or column?")
def columns_normalised(weights):
    return product(normalised(with_residual(average(layer)).mT).mT for layer in weights)


@attention_rollout.wrong("the first layer stands leftmost. Which layer looks at which?")
def first_layer_leftmost(weights):
    return reduce(torch.matmul, map(mixed, weights))


@attention_rollout.wrong("only the last layer is there. What have the tokens that it looks at looked at?")
def last_layer_alone(weights):
    return mixed(weights[-1])


@attention_rollout.wrong("only the first layer is there. Who looks at what has come out of it?")
def first_layer_alone(weights):
    return mixed(weights[0])


@attention_rollout.wrong("the layers are averaged. Which operation follows a path through two of them?")
def mean_of_layers(weights):
    return torch.stack(list(map(mixed, weights))).mean(dim=0)


@attention_rollout.wrong(
    "the layers are multiplied element by element. Which product follows paths from token to token?"
)
def element_by_element(weights):
    return reduce(torch.mul, map(mixed, weights))


@attention_rollout.wrong("the largest head counts, not the mean of all. What does the docstring take?")
def largest_head(weights):
    return product(normalised(with_residual(layer.amax(dim=1))) for layer in weights)


@attention_rollout.wrong("the heads are summed, so that the residual counts for less. What does the docstring take?")
def sum_of_heads(weights):
    return product(normalised(with_residual(layer.sum(dim=1))) for layer in weights)


@attention_rollout.wrong("only the first head is there. What does the docstring take?")
def first_head(weights):
    return product(normalised(with_residual(layer[:, 0])) for layer in weights)


@attention_rollout.wrong("each head is followed for itself, and averaged at the end. When does the docstring average?")
def heads_averaged_last(weights):
    return product(normalised(with_residual(layer)) for layer in weights).mean(dim=1)


@attention_rollout.wrong(
    "each head's rows are brought to the sum 1 before the mean, so that a row of zeros counts. When are rows divided?"
)
def normalised_before_the_mean(weights):
    return product(average(normalised(with_residual(layer))) for layer in weights)


@attention_rollout.wrong("the batch is averaged. Which axis holds the heads?")
def mean_of_the_batch(weights):
    return product(normalised(with_residual(layer.mean(dim=0))) for layer in weights)


@attention_rollout.wrong("the residual is added once, at the end. Which layers have one?")
def residual_at_the_end(weights):
    return normalised(with_residual(product(average(layer) for layer in weights)))


@attention_rollout.wrong(
    "the residual's share is a half of each row, whatever the row sums to: zeros are divided first. What is divided by "
    "its sum, and when?"
)
def half_of_each_row(weights):
    return product(with_residual(normalised(average(layer) + 1e-12)) for layer in weights)


@attention_rollout.wrong("a softmax is taken of what is a share already. How does a row come to the sum 1?")
def softmax_again(weights):
    return product(with_residual(average(layer)).softmax(dim=-1) for layer in weights)


@attention_rollout.wrong(
    "the maps are turned over: columns say who was looked at. What does the docstring say of row i?"
)
def turned_over(weights):
    return product(mixed(layer) for layer in weights).mT


@attention_rollout.wrong("the residual of the last layer is missing. Which layers have one?")
def last_layer_without_residual(weights):
    last = average(weights[-1])
    return product([*map(mixed, weights[:-1]), normalised(last + 1e-12)])


@attention_rollout.wrong("the weights that were given are changed. What does `+=` or a method ending in _ do?")
def changes_what_is_given(weights):
    for layer in weights:
        layer.diagonal(dim1=-2, dim2=-1).add_(1.0)
    return product(normalised(average(layer)) for layer in weights)
