"""attention_backward: what learners take it for."""

import numpy as np

from autograder.exams.attention_from_scratch.attention_backward import (
    attention_backward,
    forward_weights,
    through_softmax,
    transposed,
)
from autograder.exams.attention_from_scratch.earlier import attention


@attention_backward.wrong("the scale is missing on the way back. What did the forward step do to the dot products?")
def scale_forgotten(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_scores = through_softmax(weights, grad_output @ transposed(value))
    return grad_scores @ key, transposed(grad_scores) @ query, transposed(weights) @ grad_output


@attention_backward.wrong("a mask that allows nothing is skipped. Which gradients has an output of zeros?")
def empty_mask_skipped(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask if np.any(mask) else None)
    grad_scores = through_softmax(weights, grad_output @ transposed(value)) / np.sqrt(key.shape[-1])
    return grad_scores @ key, transposed(grad_scores) @ query, transposed(weights) @ grad_output


@attention_backward.wrong("the gradients of query and key are divided by the depth. How often does the scale come in?")
def scaled_by_depth(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_scores = through_softmax(weights, grad_output @ transposed(value)) / key.shape[-1]
    return grad_scores @ key, transposed(grad_scores) @ query, transposed(weights) @ grad_output


@attention_backward.wrong("the gradient of the query is scaled, that of the key is not. Which scores are both from?")
def key_unscaled(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_scores = through_softmax(weights, grad_output @ transposed(value))
    return (
        grad_scores @ key / np.sqrt(key.shape[-1]),
        transposed(grad_scores) @ query,
        transposed(weights) @ grad_output,
    )


@attention_backward.wrong("the scale takes the size of a value. By the root of what were the scores divided?")
def scaled_by_features(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_scores = through_softmax(weights, grad_output @ transposed(value)) / np.sqrt(value.shape[-1])
    return grad_scores @ key, transposed(grad_scores) @ query, transposed(weights) @ grad_output


@attention_backward.wrong("a score also lowers the other weights of its row. Which term of the derivative says so?")
def correction_forgotten(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_scores = weights * (grad_output @ transposed(value)) / np.sqrt(key.shape[-1])
    return grad_scores @ key, transposed(grad_scores) @ query, transposed(weights) @ grad_output


@attention_backward.wrong("the gradient passes the softmax as if it were not there. What is the derivative of softmax?")
def softmax_skipped(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_scores = grad_output @ transposed(value) / np.sqrt(key.shape[-1])
    return grad_scores @ key, transposed(grad_scores) @ query, transposed(weights) @ grad_output


@attention_backward.wrong("each weight is treated like a sigmoid of its own score. Which other scores move it?")
def diagonal_of_the_jacobian(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_scores = weights * (1 - weights) * (grad_output @ transposed(value)) / np.sqrt(key.shape[-1])
    return grad_scores @ key, transposed(grad_scores) @ query, transposed(weights) @ grad_output


@attention_backward.wrong("a plain sum is subtracted from each row. With what does softmax weight the terms of it?")
def sum_unweighted(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_weights = grad_output @ transposed(value)
    grad_scores = weights * (grad_weights - grad_weights.sum(axis=-1, keepdims=True)) / np.sqrt(key.shape[-1])
    return grad_scores @ key, transposed(grad_scores) @ query, transposed(weights) @ grad_output


@attention_backward.wrong("a plain mean is subtracted from each row. With what does softmax weight the terms of it?")
def mean_unweighted(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_weights = grad_output @ transposed(value)
    grad_scores = weights * (grad_weights - grad_weights.mean(axis=-1, keepdims=True)) / np.sqrt(key.shape[-1])
    return grad_scores @ key, transposed(grad_scores) @ query, transposed(weights) @ grad_output


@attention_backward.wrong("the correction sums over the queries. Along which axis did the softmax run?")
def correction_over_queries(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_weights = grad_output @ transposed(value)
    grad_scores = weights * (grad_weights - (weights * grad_weights).sum(axis=-2, keepdims=True))
    grad_scores = grad_scores / np.sqrt(key.shape[-1])
    return grad_scores @ key, transposed(grad_scores) @ query, transposed(weights) @ grad_output


@attention_backward.wrong("the correction is added. Does a score that grows raise or lower the weights beside it?")
def correction_added(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_weights = grad_output @ transposed(value)
    grad_scores = weights * (grad_weights + (weights * grad_weights).sum(axis=-1, keepdims=True))
    grad_scores = grad_scores / np.sqrt(key.shape[-1])
    return grad_scores @ key, transposed(grad_scores) @ query, transposed(weights) @ grad_output


@attention_backward.wrong("the gradient of the keys lacks a transpose. Over which axis does it sum, queries or keys?")
def key_gradient_not_transposed(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_scores = through_softmax(weights, grad_output @ transposed(value)) / np.sqrt(key.shape[-1])
    return grad_scores @ key, grad_scores @ query, transposed(weights) @ grad_output


@attention_backward.wrong("the gradient of the values lacks a transpose. Over which axis does it sum, queries or keys?")
def value_gradient_not_transposed(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_scores = through_softmax(weights, grad_output @ transposed(value)) / np.sqrt(key.shape[-1])
    return grad_scores @ key, transposed(grad_scores) @ query, weights @ grad_output


@attention_backward.wrong("the gradient of the query is built from the query. What multiplies the query in a score?")
def query_and_key_exchanged(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_scores = through_softmax(weights, grad_output @ transposed(value)) / np.sqrt(key.shape[-1])
    return transposed(grad_scores) @ query, grad_scores @ key, transposed(weights) @ grad_output


@attention_backward.wrong("the three come in another order. In which order does the docstring name them?")
def value_gradient_first(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_scores = through_softmax(weights, grad_output @ transposed(value)) / np.sqrt(key.shape[-1])
    return transposed(weights) @ grad_output, transposed(grad_scores) @ query, grad_scores @ key


@attention_backward.wrong("the mask has no effect. Which weights did the forward step use?")
def mask_ignored(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value)
    grad_scores = through_softmax(weights, grad_output @ transposed(value)) / np.sqrt(key.shape[-1])
    return grad_scores @ key, transposed(grad_scores) @ query, transposed(weights) @ grad_output


@attention_backward.wrong("the mask acts on the way back only. Which weights did the forward step use?")
def mask_on_the_way_back_only(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value)
    grad_scores = through_softmax(weights, grad_output @ transposed(value))
    grad_scores = (grad_scores if mask is None else np.where(mask, grad_scores, 0)) / np.sqrt(key.shape[-1])
    return grad_scores @ key, transposed(grad_scores) @ query, transposed(weights) @ grad_output


@attention_backward.wrong("the mask works the wrong way round. Does True let a query attend or forbid it?")
def mask_inverted(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, None if mask is None else ~mask)
    grad_scores = through_softmax(weights, grad_output @ transposed(value)) / np.sqrt(key.shape[-1])
    return grad_scores @ key, transposed(grad_scores) @ query, transposed(weights) @ grad_output


@attention_backward.wrong("a query that may attend to nothing spreads NaN. Which weights does your attention give it?")
def empty_row_nan(grad_output, query, key, value, mask=None):
    weights = forward_weights(query, key, mask, -np.inf)
    grad_scores = through_softmax(weights, grad_output @ transposed(value)) / np.sqrt(key.shape[-1])
    return grad_scores @ key, transposed(grad_scores) @ query, transposed(weights) @ grad_output


@attention_backward.wrong("a query that may attend to nothing sends a gradient to all values. Which weights has it?")
def empty_row_uniform(grad_output, query, key, value, mask=None):
    weights = forward_weights(query, key, mask, -1e9)
    grad_scores = through_softmax(weights, grad_output @ transposed(value)) / np.sqrt(key.shape[-1])
    return grad_scores @ key, transposed(grad_scores) @ query, transposed(weights) @ grad_output


@attention_backward.wrong("`.T` reverses all axes, the batch too. Which two axes should change places?")
def all_axes_reversed(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_weights = grad_output @ value.T
    grad_scores = through_softmax(weights, grad_weights) / np.sqrt(key.shape[-1])
    return grad_scores @ key, grad_scores.T @ query, weights.T @ grad_output


@attention_backward.wrong("the signs are reversed. Do you return the gradient or the step that lowers the loss?")
def descent_direction(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_scores = through_softmax(weights, grad_output @ transposed(value)) / np.sqrt(key.shape[-1])
    return -grad_scores @ key, -transposed(grad_scores) @ query, -transposed(weights) @ grad_output
