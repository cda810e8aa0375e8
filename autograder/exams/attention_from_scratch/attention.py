"""attention(query, key, value, mask=None) -> (output, weights); a query with nothing to attend to gets zeros."""

import numpy as np

from autograder.exam.exercise import Exercise
from autograder.exams.attention_from_scratch.attention_inputs import cases
from autograder.exams.attention_from_scratch.earlier import NOTEBOOK, attention_scores, softmax

attention = Exercise(NOTEBOOK, "attention", cases)


def masked(scores, mask):
    """The scores with -inf where the mask forbids; shared by the variants whose slip lies elsewhere."""
    return scores if mask is None else np.where(mask, scores, -np.inf)


@attention.right
def by_einsum(query, key, value, mask=None):
    scores = np.einsum("...qd,...kd->...qk", query, key) / np.sqrt(query.shape[-1])
    weights = softmax(masked(scores, mask))
    return np.einsum("...qk,...kv->...qv", weights, value), weights


@attention.right
def by_loops(query, key, value, mask=None):
    weights = np.zeros((*query.shape[:-1], key.shape[-2]))
    output = np.zeros((*query.shape[:-1], value.shape[-1]))
    allowed = np.ones(weights.shape, dtype=bool) if mask is None else np.broadcast_to(mask, weights.shape)
    for *leading, i in np.ndindex(weights.shape[:-1]):
        at = tuple(leading)
        keys = [j for j in range(key.shape[-2]) if allowed[(*at, i, j)]]
        scores = [float(np.dot(query[(*at, i)], key[(*at, j)])) / key.shape[-1] ** 0.5 for j in keys]
        exps = [np.exp(score - max(scores)) for score in scores]
        for j, e in zip(keys, exps, strict=True):
            weights[(*at, i, j)] = e / sum(exps)
            output[(*at, i)] += e / sum(exps) * value[(*at, j)]
    return output, weights


@attention.right
def by_additive_mask_and_scipy(query, key, value, mask=None):
    import scipy.special

    scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(key.shape[-1])
    scores += 0.0 if mask is None else np.where(mask, 0.0, -np.inf)
    weights = np.nan_to_num(scipy.special.softmax(scores, axis=-1))
    return [(weights @ value).tolist(), weights.tolist()]


@attention.right
def by_torch_library(query, key, value, mask=None):
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    query, key, value = (torch.from_numpy(a).double() for a in (query, key, value))
    allowed = torch.ones(*query.shape[:-1], key.shape[-2], dtype=torch.bool)
    allowed = allowed if mask is None else allowed & torch.tensor(mask)
    output = torch.nan_to_num(scaled_dot_product_attention(query, key, value, attn_mask=allowed))
    scores = (query @ key.mT / key.shape[-1] ** 0.5).masked_fill(~allowed, -torch.inf)
    return output.numpy(), torch.nan_to_num(torch.softmax(scores, dim=-1)).numpy()


@attention.right
def renormalised_after_the_mask(query, key, value, mask=None):
    mask = np.True_ if mask is None else mask
    scores = attention_scores(query, key)
    exps = np.exp(scores - np.max(scores, axis=-1, keepdims=True, where=mask, initial=-1e300)) * mask
    exps[np.isnan(exps)] = 0
    weights = exps / np.maximum(exps.sum(axis=-1, keepdims=True), 1e-300)
    return weights @ value, weights


@attention.right
def finite_fill_then_zeroed(query, key, value, mask=None):
    scores = np.array(attention_scores(query, key))
    allowed = np.broadcast_to(True if mask is None else mask, scores.shape)
    scores[~allowed] = np.finfo(scores.dtype).min
    weights = np.where(allowed, softmax(scores), 0)
    return weights @ value, weights


@attention.right
def in_float32(query, key, value, mask=None):
    query, key, value = (a.astype(np.float32) for a in (query, key, value))
    scores = query @ key.swapaxes(-1, -2) * np.float32(key.shape[-1] ** -0.5)
    weights = softmax(masked(scores, mask)).astype(np.float32)
    return weights @ value, weights
