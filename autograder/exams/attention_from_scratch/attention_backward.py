"""attention_backward(grad_output, query, key, value, mask=None) -> (grad_query, grad_key, grad_value), by hand."""

import numpy as np

from autograder.exam.exercise import Case, Exercise
from autograder.exams.attention_from_scratch.attention_inputs import draw as draw_forward
from autograder.exams.attention_from_scratch.attention_inputs import eighths, some
from autograder.exams.attention_from_scratch.earlier import NOTEBOOK, attention


def draw(rng, leading, queries, keys, depth, features):
    """The gradient of the output, and query, key and value of these sizes."""
    return rng.normal(size=(*leading, queries, features)), *draw_forward(rng, leading, queries, keys, depth, features)


def cases(rng):
    yield Case("a few queries, more keys and longer values", draw(rng, (), 2, 3, 4, 5))
    yield Case("queries, keys, depth and features of one size", draw(rng, (), 3, 3, 3, 3))
    yield Case("a batch", draw(rng, (2,), 3, 4, 5, 2))
    yield Case("batch and heads as leading axes", draw(rng, (2, 3), 4, 2, 3, 6))
    yield Case("a batch as large as everything else", draw(rng, (3,), 3, 3, 3, 3))
    yield Case("a single key", draw(rng, (), 3, 1, 2, 4))
    yield Case("a single query", draw(rng, (2,), 1, 3, 2, 4))
    yield Case("depth one and one feature", draw(rng, (), 3, 4, 1, 1))
    yield from masked_cases(rng)
    large = 400 * eighths(rng, 2, 4), 10 * eighths(rng, 3, 4)
    yield Case("scores in the thousands", (rng.normal(size=(2, 2)), *large, rng.normal(size=(3, 2))))
    narrow = tuple(a.astype(np.float32) for a in draw(rng, (2,), 3, 4, 8, 5))
    yield Case("float32 input", narrow)
    integers = (rng.integers(-2, 3, size=size) for size in ((2, 3), (4, 3), (4, 2)))
    yield Case("integer query, key and value", (rng.normal(size=(2, 2)), *integers))
    grad_output, query, key, value = draw(rng, (2,), 6, 4, 6, 4)
    views = grad_output[:, ::2, 1:], query[:, ::2, 1::2], np.asfortranarray(key)[..., 1::2], value[..., 1:]
    yield Case("views with strides", views)


def masked_cases(rng):
    def masked(concept, sizes, mask):
        return Case(concept, draw(rng, *sizes), {"mask": mask})

    yield masked("a mask", ((), 3, 5, 2, 4), some(rng, 3, 5))
    yield masked("a causal mask", ((2,), 4, 4, 2, 3), np.tri(4, dtype=bool))
    yield masked("a mask over the keys of each example", ((3,), 2, 4, 5, 2), some(rng, 3, 1, 4))
    yield masked("a mask over the keys alone", ((2,), 3, 4, 2, 3), some(rng, 4))
    yield masked("a mask over batch and heads", ((2, 3), 2, 4, 3, 3), some(rng, 2, 1, 1, 4))
    yield Case("a mask given by position", (*draw(rng, (), 2, 4, 3, 3), some(rng, 2, 4)))
    nothing = some(rng, 3, 4)
    nothing[1] = False
    yield masked("a query with nothing to attend to", ((), 3, 4, 2, 3), nothing)
    yield masked("an example with nothing to attend to", ((2,), 2, 3, 4, 2), np.array([[[True] * 3], [[False] * 3]]))
    yield masked("a mask that allows nothing at all", ((2,), 3, 4, 2, 3), np.zeros((3, 4), dtype=bool))


attention_backward = Exercise(NOTEBOOK, "attention_backward", cases)


def transposed(matrices):
    """The last two axes exchanged."""
    return np.swapaxes(matrices, -1, -2)


def through_softmax(weights, grad_weights):
    """The gradient of the scores; shared by the variants whose slip lies elsewhere."""
    return weights * (grad_weights - (weights * grad_weights).sum(axis=-1, keepdims=True))


def forward_weights(query, key, mask, forbidden):
    """The weights of the forward step without care for queries that may attend to nothing."""
    scores = query @ transposed(key) / np.sqrt(key.shape[-1])
    scores = scores if mask is None else np.where(mask, scores, forbidden)
    exps = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exps / exps.sum(axis=-1, keepdims=True)


@attention_backward.right
def by_einsum(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_weights = np.einsum("...qv,...kv->...qk", grad_output, value)
    grad_scores = weights * grad_weights - weights * np.einsum("...qk,...qk->...q", weights, grad_weights)[..., None]
    grad_scores /= np.sqrt(query.shape[-1])
    return (
        np.einsum("...qk,...kd->...qd", grad_scores, key),
        np.einsum("...qk,...qd->...kd", grad_scores, query),
        np.einsum("...qk,...qv->...kv", weights, grad_output),
    )


@attention_backward.right
def by_output_dot_product(grad_output, query, key, value, mask=None):
    output, weights = attention(query, key, value, mask)
    delta = np.sum(grad_output * output, axis=-1, keepdims=True)
    grad_scores = weights * (grad_output @ value.swapaxes(-1, -2) - delta)
    scale = key.shape[-1] ** -0.5
    grads = grad_scores @ (key * scale), grad_scores.swapaxes(-1, -2) @ (query * scale)
    return [*(grad.tolist() for grad in grads), (weights.swapaxes(-1, -2) @ grad_output).tolist()]


@attention_backward.right
def by_jacobians_in_loops(grad_output, query, key, value, mask=None):
    _, weights = attention(query, key, value, mask)
    grad_query, grad_key, grad_value = (np.zeros(a.shape) for a in (query, key, value))
    for *leading, i in np.ndindex(weights.shape[:-1]):
        at = tuple(leading)
        row = weights[(*at, i)]
        jacobian = np.diag(row) - np.outer(row, row)
        grad_row = jacobian @ (value[at] @ grad_output[(*at, i)]) / np.sqrt(key.shape[-1])
        grad_query[(*at, i)] = grad_row @ key[at]
        grad_key[at] += np.outer(grad_row, query[(*at, i)])
        grad_value[at] += np.outer(row, grad_output[(*at, i)])
    return grad_query, grad_key, grad_value


@attention_backward.right
def by_autograd(grad_output, query, key, value, mask=None):
    import torch

    grad_output, query, key, value = (torch.from_numpy(a).double() for a in (grad_output, query, key, value))
    leaves = [a.requires_grad_() for a in (query, key, value)]
    scores = query @ key.mT / key.shape[-1] ** 0.5
    allowed = torch.ones_like(scores, dtype=torch.bool) if mask is None else torch.tensor(mask).expand_as(scores)
    scores = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min)
    weights = torch.softmax(scores, dim=-1).masked_fill(~allowed, 0)
    grads = torch.autograd.grad(weights @ value, leaves, grad_output)
    return tuple(grad.numpy() for grad in grads)


@attention_backward.right
def in_float32(grad_output, query, key, value, mask=None):
    grad_output, query, key, value = (a.astype(np.float32) for a in (grad_output, query, key, value))
    weights = attention(query, key, value, mask)[1].astype(np.float32)
    grad_weights = grad_output @ value.swapaxes(-1, -2)
    grad_scores = weights * (grad_weights - np.vecdot(weights, grad_weights)[..., None])
    grad_scores *= np.float32(key.shape[-1] ** -0.5)
    return grad_scores @ key, grad_scores.swapaxes(-1, -2) @ query, weights.swapaxes(-1, -2) @ grad_output
