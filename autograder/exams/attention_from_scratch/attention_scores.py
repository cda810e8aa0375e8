"""attention_scores(query, key): (..., q, d), (..., k, d) -> (..., q, k), scaled by 1/sqrt(d)."""

import numpy as np

from autograder.exam.exercise import Case, Exercise
from autograder.exams.attention_from_scratch.earlier import NOTEBOOK, softmax


def cases(rng):
    def pair(leading, queries, keys, depth):
        return rng.normal(size=(*leading, queries, depth)), rng.normal(size=(*leading, keys, depth))

    yield Case("a few queries and more keys", pair((), 3, 4, 2))
    yield Case("the scale", pair((), 3, 2, 16))
    yield Case("as many queries as keys", pair((), 3, 3, 5))
    yield Case("a depth equal to the number of keys", pair((), 2, 4, 4))
    yield Case("a depth equal to the numbers of queries and keys", pair((), 3, 3, 3))
    yield Case("a batch", pair((2,), 3, 5, 4))
    yield Case("a batch as large as everything else", pair((3,), 3, 3, 3))
    yield Case("a batch of one", pair((1,), 3, 2, 4))
    yield Case("batch and heads as leading axes", pair((2, 3), 4, 2, 5))
    yield Case("vectors of depth one", pair((), 3, 2, 1))
    yield Case("one query and one key", pair((), 1, 1, 6))
    yield Case("one query", pair((2,), 1, 4, 3))
    query, key = pair((2,), 3, 4, 8)
    yield Case("float32 input", (query.astype(np.float32), key.astype(np.float32)))
    yield Case("integer input", (rng.integers(-4, 5, size=(3, 5)), rng.integers(-4, 5, size=(4, 5))))
    query, key = pair((2,), 4, 6, 8)
    yield Case("views with strides", (query[:, ::2, ::2], np.asfortranarray(key)[:, 1::3, 4:]))


attention_scores = Exercise(NOTEBOOK, "attention_scores", cases)


@attention_scores.wrong("these are the dot products alone. What keeps them from growing with the depth?")
def unscaled(query, key):
    return query @ np.swapaxes(key, -1, -2)


@attention_scores.wrong("you divide by the depth. Which power of it is the spread of a sum of that many products?")
def scaled_by_depth(query, key):
    return query @ np.swapaxes(key, -1, -2) / key.shape[-1]


@attention_scores.wrong("the scale makes the scores larger. Should a greater depth stretch or shrink them?")
def scale_multiplied(query, key):
    return query @ np.swapaxes(key, -1, -2) * np.sqrt(key.shape[-1])


@attention_scores.wrong("you take the root of the number of keys. Over which axis does a dot product sum?")
def scaled_by_number_of_keys(query, key):
    return query @ np.swapaxes(key, -1, -2) / np.sqrt(key.shape[-2])


@attention_scores.wrong("you take the root of the number of queries. Over which axis does a dot product sum?")
def scaled_by_number_of_queries(query, key):
    return query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-2])


@attention_scores.wrong("rows belong to keys here. Which of the two should the rows of the result follow?")
def rows_are_keys(query, key):
    return key @ np.swapaxes(query, -1, -2) / np.sqrt(key.shape[-1])


@attention_scores.wrong("`.T` reverses all axes, the batch too. Which two axes of the keys should change places?")
def all_axes_reversed(query, key):
    return query @ key.T / np.sqrt(key.shape[-1])


@attention_scores.wrong("query and key are added. Which operation makes the score large when both point the same way?")
def added(query, key):
    return (query[..., :, np.newaxis, :] + key[..., np.newaxis, :, :]).sum(axis=-1) / np.sqrt(key.shape[-1])


@attention_scores.wrong("each query meets only the key at its own place. How many scores does one query need?")
def same_place_only(query, key):
    return (query * key).sum(axis=-1) / np.sqrt(key.shape[-1])


@attention_scores.wrong("this is the cosine: the lengths of the vectors are divided out. Does the formula do that?")
def cosine(query, key):
    lengths = np.linalg.norm(query, axis=-1)[..., :, np.newaxis] * np.linalg.norm(key, axis=-1)[..., np.newaxis, :]
    return query @ np.swapaxes(key, -1, -2) / lengths


@attention_scores.wrong("these are weights already. Which step comes after the scores, in an exercise of its own?")
def weights_already(query, key):
    return softmax(query @ np.swapaxes(key, -1, -2) / np.sqrt(key.shape[-1]))


@attention_scores.wrong("fractions get lost when the input is integers. Which dtype does your result array have?")
def result_in_input_dtype(query, key):
    scores = np.zeros((*query.shape[:-1], key.shape[-2]), dtype=query.dtype)
    scores[...] = query @ np.swapaxes(key, -1, -2) / np.sqrt(key.shape[-1])
    return scores


@attention_scores.wrong("only two axes are handled. Which axes of the keys should change places when there is a batch?")
def two_axes_only(query, key):
    (_, depth), _ = query.shape, key.shape
    return np.dot(query, key.T) / np.sqrt(depth)


@attention_scores.wrong("every example of the batch meets the keys of every other one. Which products should there be?")
def across_the_batch(query, key):
    return np.tensordot(query, key, axes=(-1, -1)) / np.sqrt(key.shape[-1])


@attention_scores.right
def by_einsum(query, key):
    return np.einsum("...qd,...kd->...qk", query, key) / query.shape[-1] ** 0.5


@attention_scores.right
def by_loops(query, key):
    scores = np.empty((*query.shape[:-1], key.shape[-2]))
    for *leading, i, j in np.ndindex(scores.shape):
        at = tuple(leading)
        products = [float(a) * float(b) for a, b in zip(query[(*at, i)], key[(*at, j)], strict=True)]
        scores[(*at, i, j)] = sum(products) / np.sqrt(len(products))
    return scores


@attention_scores.right
def by_broadcasting(query, key):
    return np.sum(query[..., None, :] * key[..., None, :, :] / np.sqrt(key.shape[-1]), axis=-1)


@attention_scores.right
def query_scaled_first(query, key):
    axes = [*range(key.ndim - 2), key.ndim - 1, key.ndim - 2]
    return np.matmul(query * key.shape[-1] ** -0.5, key.transpose(axes)).tolist()


@attention_scores.right
def by_torch(query, key):
    import torch

    query, key = torch.from_numpy(query).double(), torch.from_numpy(key).double()
    return (query @ key.mT / key.shape[-1] ** 0.5).numpy()


@attention_scores.right
def in_float32(query, key):
    scores = np.matmul(query, key.swapaxes(-2, -1), dtype=np.float32, casting="unsafe")
    scores /= np.float32(np.sqrt(key.shape[-1]))
    return scores
