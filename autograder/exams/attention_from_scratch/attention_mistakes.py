"""attention: what learners take it for."""

import numpy as np

from autograder.exams.attention_from_scratch.attention import attention, masked
from autograder.exams.attention_from_scratch.earlier import attention as reference_attention
from autograder.exams.attention_from_scratch.earlier import attention_scores, softmax


@attention.wrong("the weights are the scores themselves. What turns a row of scores into shares that sum to 1?")
def no_softmax(query, key, value, mask=None):
    weights = attention_scores(query, key)
    if mask is not None:
        weights = np.where(mask, weights, 0)
    return weights @ value, weights


@attention.wrong("the weights sum to 1 over the whole matrix. Who shares out its attention: the matrix or each query?")
def softmax_over_everything(query, key, value, mask=None):
    scores = masked(attention_scores(query, key), mask)
    weights = softmax(scores.reshape(*scores.shape[:-2], -1)).reshape(scores.shape)
    return weights @ value, weights


@attention.wrong("the weights of each key sum to 1. Over which axis does a query share out its attention?")
def softmax_over_queries(query, key, value, mask=None):
    scores = masked(attention_scores(query, key), mask)
    weights = softmax(scores, axis=-2)
    return weights @ value, weights


@attention.wrong("this is what you get without the scale. Where did the square root of the depth go?")
def unscaled(query, key, value, mask=None):
    weights = softmax(masked(query @ np.swapaxes(key, -1, -2), mask))
    return weights @ value, weights


@attention.wrong("the scores are divided by the depth, perhaps by its root twice. Does attention_scores scale already?")
def scaled_by_depth(query, key, value, mask=None):
    weights = softmax(masked(query @ np.swapaxes(key, -1, -2) / key.shape[-1], mask))
    return weights @ value, weights


@attention.wrong("the scale takes the size of a value. Whose products are added up in a score?")
def scaled_by_features(query, key, value, mask=None):
    weights = softmax(masked(query @ np.swapaxes(key, -1, -2) / np.sqrt(value.shape[-1]), mask))
    return weights @ value, weights


@attention.wrong("the scale takes the number of keys. Whose products are added up in a score?")
def scaled_by_number_of_keys(query, key, value, mask=None):
    weights = softmax(masked(query @ np.swapaxes(key, -1, -2) / np.sqrt(key.shape[-2]), mask))
    return weights @ value, weights


@attention.wrong("the weights are divided by the root of the depth. Before or after the softmax does the scale come?")
def scaled_after_softmax(query, key, value, mask=None):
    scores = masked(query @ np.swapaxes(key, -1, -2), mask)
    weights = softmax(scores) / np.sqrt(key.shape[-1])
    return weights @ value, weights


@attention.wrong("the mask works the wrong way round. Does True let a query attend or forbid it?")
def mask_inverted(query, key, value, mask=None):
    scores = attention_scores(query, key)
    if mask is not None:
        scores = np.where(mask, -np.inf, scores)
    weights = softmax(scores)
    return weights @ value, weights


@attention.wrong("the mask has no effect. Where should it come in?")
def mask_ignored(query, key, value, mask=None):
    weights = softmax(attention_scores(query, key))
    return weights @ value, weights


@attention.wrong("a mask that allows nothing is skipped. What does it say about every query?")
def empty_mask_skipped(query, key, value, mask=None):
    return reference_attention(query, key, value, mask if np.any(mask) else None)


@attention.wrong("the mask comes after the softmax, and the weights no longer sum to 1. Where should it come in?")
def mask_after_softmax(query, key, value, mask=None):
    weights = softmax(attention_scores(query, key))
    if mask is not None:
        weights = weights * mask
    return weights @ value, weights


@attention.wrong("forbidden keys get the score 0, and a weight that is not 0. Which score has a weight of 0?")
def filled_with_zero(query, key, value, mask=None):
    scores = attention_scores(query, key)
    if mask is not None:
        scores = scores * mask
    weights = softmax(scores)
    return weights @ value, weights


@attention.wrong("a little attention leaks through the mask: exp(-20) is not 0. Which score has a weight of 0?")
def filled_with_minus_20(query, key, value, mask=None):
    scores = attention_scores(query, key)
    if mask is not None:
        scores = np.where(mask, scores, -20)
    weights = softmax(scores)
    return weights @ value, weights


@attention.wrong("forbidden keys get -10000, and other scores may lie below that. Below which score can none lie?")
def filled_with_minus_10000(query, key, value, mask=None):
    scores = attention_scores(query, key)
    if mask is not None:
        scores = np.where(mask, scores, -1e4)
    weights = softmax(scores)
    return weights @ value, weights


@attention.wrong("a query that may attend to nothing attends to all keys alike. What should its weights be?")
def empty_row_uniform(query, key, value, mask=None):
    scores = attention_scores(query, key)
    if mask is not None:
        scores = np.where(mask, scores, -1e9)
    weights = softmax(scores)
    return weights @ value, weights


@attention.wrong("a query that may attend to nothing gets NaN. What is the softmax of a row of -inf to be?")
def empty_row_nan(query, key, value, mask=None):
    scores = masked(attention_scores(query, key), mask)
    exps = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = exps / exps.sum(axis=-1, keepdims=True)
    return weights @ value, weights


@attention.wrong("True and False are added to the scores as 1 and 0. What should a mask do to a score?")
def mask_added(query, key, value, mask=None):
    scores = attention_scores(query, key)
    if mask is not None:
        scores = scores + mask
    weights = softmax(scores)
    return weights @ value, weights


@attention.wrong("the mask has to have the shape of the scores here. What lets NumPy stretch an axis of length 1?")
def mask_not_broadcast(query, key, value, mask=None):
    scores = attention_scores(query, key)
    if mask is not None:
        scores[~mask] = -np.inf
    weights = softmax(scores)
    return weights @ value, weights


@attention.wrong("every key gets the same weight. Where do query and key come in?")
def uniform_weights(query, key, value, mask=None):
    shape = (*query.shape[:-1], key.shape[-2])
    scores = np.zeros(shape) if mask is None else np.where(np.broadcast_to(mask, shape), 0, -np.inf)
    weights = softmax(scores)
    return weights @ value, weights


@attention.wrong("all the weight goes to the best key. How does a soft look-up differ from a dictionary?")
def best_key_only(query, key, value, mask=None):
    scores = masked(attention_scores(query, key), mask)
    best = np.argmax(scores, axis=-1)[..., np.newaxis]
    weights = (np.arange(key.shape[-2]) == best) * np.any(np.isfinite(scores), axis=-1, keepdims=True) * 1.0
    return weights @ value, weights


@attention.wrong("a tanh flattens the dot products. Which kind of attention has a tanh, and which has dot products?")
def tanh_of_dot_products(query, key, value, mask=None):
    weights = softmax(masked(np.tanh(attention_scores(query, key)), mask))
    return weights @ value, weights


@attention.wrong("exp overflows for large scores. Which of your earlier functions is safe?")
def overflows(query, key, value, mask=None):
    exps = np.exp(attention_scores(query, key))
    if mask is not None:
        exps = np.where(mask, exps, 0)
    sums = exps.sum(axis=-1, keepdims=True)
    weights = exps / np.where(sums == 0, 1, sums)
    return weights @ value, weights


@attention.wrong("the weights are transposed before they meet the values. Which axis of them runs over the keys?")
def values_weighted_by_columns(query, key, value, mask=None):
    weights = softmax(masked(attention_scores(query, key), mask))
    return np.swapaxes(weights, -1, -2) @ value, weights


@attention.wrong("only the output comes back. Which two things does the docstring promise?")
def output_alone(query, key, value, mask=None):
    scores = masked(attention_scores(query, key), mask)
    return softmax(scores) @ value


@attention.wrong("the weights come first. In which order does the docstring promise the two?")
def weights_first(query, key, value, mask=None):
    weights = softmax(masked(attention_scores(query, key), mask))
    return weights, weights @ value


@attention.wrong("the scores come back beside the output. What should the second result be?")
def scores_returned(query, key, value, mask=None):
    scores = masked(attention_scores(query, key), mask)
    return softmax(scores) @ value, scores


@attention.wrong("the weights before the mask come back. Which weights made the output?")
def unmasked_weights_returned(query, key, value, mask=None):
    scores = attention_scores(query, key)
    return softmax(masked(scores, mask)) @ value, softmax(scores)


@attention.wrong("dropout is still on, and on the output. Does the formula leave anything to chance?")
def dropout_on_output(query, key, value, mask=None):
    weights = softmax(masked(attention_scores(query, key), mask))
    output = weights @ value
    return output * (np.random.default_rng(0).random(output.shape) < 0.5) / 0.5, weights


@attention.wrong("batch and positions are merged, so that examples attend to each other. Which axes may mix?")
def batch_merged_with_positions(query, key, value, mask=None):
    rows, columns = query.reshape(-1, query.shape[-1]), key.reshape(-1, key.shape[-1])
    weights = softmax(masked(attention_scores(rows, columns), mask))
    return (weights @ value.reshape(-1, value.shape[-1])).reshape(*query.shape[:-1], -1), weights
