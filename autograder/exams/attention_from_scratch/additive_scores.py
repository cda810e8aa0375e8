"""additive_scores(query, key, w_query, w_key, v): v . tanh(query W_q + key W_k) for each query and key -> (q, k)."""

import numpy as np

from autograder.exam.exercise import Case, Exercise
from autograder.exams.attention_from_scratch.attention_inputs import eighths
from autograder.exams.attention_from_scratch.earlier import NOTEBOOK, softmax


def draw(rng, queries, keys, query_depth, key_depth, hidden):
    """The five arguments for these sizes."""
    sizes = (queries, query_depth), (keys, key_depth), (query_depth, hidden), (key_depth, hidden), (hidden,)
    return tuple(rng.normal(size=size) for size in sizes)


def cases(rng):
    yield Case("a few queries and more keys", draw(rng, 2, 3, 4, 5, 6))
    yield Case("more queries than keys", draw(rng, 4, 2, 3, 2, 5))
    yield Case("as many queries as keys", draw(rng, 3, 3, 2, 4, 5))
    yield Case("all sizes equal", draw(rng, 3, 3, 3, 3, 3))
    yield Case("as many hidden units as keys", draw(rng, 2, 4, 3, 3, 4))
    yield Case("one query and one key", draw(rng, 1, 1, 3, 2, 4))
    yield Case("one hidden unit", draw(rng, 3, 2, 2, 3, 1))
    yield Case("vectors of depth one", draw(rng, 2, 3, 1, 1, 4))
    exact = eighths(rng, 2, 4), eighths(rng, 3, 2), 50 * eighths(rng, 4, 3), 50 * eighths(rng, 2, 3)
    yield Case("large projections", (*exact, rng.normal(size=3)))
    narrow = tuple(a.astype(np.float32) for a in draw(rng, 2, 3, 4, 5, 6))
    yield Case("float32 input", narrow)
    _, _, *weights = draw(rng, 2, 3, 4, 2, 3)
    yield Case("integer input", (rng.integers(-2, 3, size=(2, 4)), rng.integers(-2, 3, size=(3, 2)), *weights))
    query, key, w_query, w_key, v = draw(rng, 4, 3, 6, 2, 10)
    views = query[::2, ::2], np.asfortranarray(key), w_query[1::2, ::2], np.asfortranarray(w_key)[:, 5:], v[::2]
    yield Case("views with strides", views)


additive_scores = Exercise(NOTEBOOK, "additive_scores", cases)


@additive_scores.wrong("there is no tanh: the score is a plain sum. Where in the formula does it stand?")
def no_tanh(query, key, w_query, w_key, v):
    return ((query @ w_query)[:, np.newaxis, :] + key @ w_key) @ v


@additive_scores.wrong("tanh is applied to dot products. Are the projections multiplied or added?")
def tanh_of_dot_products(query, key, w_query, w_key, v):
    return np.tanh((query @ w_query) @ (key @ w_key).T)


@additive_scores.wrong("the projections are multiplied. Which word in the name of this attention says otherwise?")
def projections_multiplied(query, key, w_query, w_key, v):
    return np.tanh((query @ w_query)[:, np.newaxis, :] * (key @ w_key)) @ v


@additive_scores.wrong("each projection has a tanh of its own. Of what does the formula take it?")
def tanh_of_each(query, key, w_query, w_key, v):
    return np.tanh(query @ w_query)[:, np.newaxis, :] @ v + np.tanh(key @ w_key) @ v


@additive_scores.wrong("tanh comes last and squeezes the score itself. Which comes first, v or tanh?")
def tanh_of_the_score(query, key, w_query, w_key, v):
    return np.tanh(((query @ w_query)[:, np.newaxis, :] + key @ w_key) @ v)


@additive_scores.wrong("the hidden units are added up with equal weight. What is `v` for?")
def v_unused(query, key, w_query, w_key, v):
    return np.tanh((query @ w_query)[:, np.newaxis, :] + key @ w_key).sum(axis=-1)


@additive_scores.wrong("the scores are scaled. Which kind of attention divides by a square root?")
def scaled(query, key, w_query, w_key, v):
    return np.tanh((query @ w_query)[:, np.newaxis, :] + key @ w_key) @ v / np.sqrt(len(v))


@additive_scores.wrong("these are weights already. Does the exercise ask for a softmax?")
def weights_already(query, key, w_query, w_key, v):
    return softmax(np.tanh((query @ w_query)[:, np.newaxis, :] + key @ w_key) @ v)


@additive_scores.wrong("rows belong to keys here. Which of the two should the rows of the result follow?")
def rows_are_keys(query, key, w_query, w_key, v):
    return np.tanh((key @ w_key)[:, np.newaxis, :] + query @ w_query) @ v


@additive_scores.wrong("the hidden units go through a sigmoid. Which function does the formula name?")
def sigmoid(query, key, w_query, w_key, v):
    return 1 / (1 + np.exp(-((query @ w_query)[:, np.newaxis, :] + key @ w_key))) @ v


@additive_scores.wrong("the hidden units go through a ReLU. Which function does the formula name?")
def relu(query, key, w_query, w_key, v):
    return np.maximum((query @ w_query)[:, np.newaxis, :] + key @ w_key, 0) @ v


@additive_scores.wrong("each query meets only the key at its own place. How many scores does one query need?")
def same_place_only(query, key, w_query, w_key, v):
    return np.tanh(query @ w_query + key @ w_key) @ v


@additive_scores.wrong("the two matrices have changed places. Which one belongs to the queries?")
def matrices_exchanged(query, key, w_query, w_key, v):
    return np.tanh((query @ w_key)[:, np.newaxis, :] + key @ w_query) @ v


@additive_scores.wrong("the matrices are transposed. Does the docstring apply them from the right as they are?")
def matrices_transposed(query, key, w_query, w_key, v):
    return np.tanh((query @ w_query.T)[:, np.newaxis, :] + key @ w_key.T) @ v


@additive_scores.wrong("the keys have no say. Where do they enter the formula?")
def keys_ignored(query, key, w_query, w_key, v):
    return np.tile(np.tanh(query @ w_query) @ v, (len(key), 1)).T


@additive_scores.wrong("the queries have no say. Where do they enter the formula?")
def queries_ignored(query, key, w_query, w_key, v):
    return np.tile(np.tanh(key @ w_key) @ v, (len(query), 1))


@additive_scores.wrong("the key is subtracted. Which sign stands between the two projections?")
def key_subtracted(query, key, w_query, w_key, v):
    return np.tanh((query @ w_query)[:, np.newaxis, :] - key @ w_key) @ v


@additive_scores.wrong("query and key are used without their matrices. What makes depths d and e comparable?")
def unprojected(query, key, w_query, w_key, v):
    return np.tanh(query[:, np.newaxis, :] + key) @ v


@additive_scores.right
def by_loops(query, key, w_query, w_key, v):
    scores = np.zeros((len(query), len(key)))
    for i, one_query in enumerate(query):
        for j, one_key in enumerate(key):
            scores[i, j] = np.dot(v, np.tanh(one_query @ w_query + one_key @ w_key))
    return scores


@additive_scores.right
def by_einsum(query, key, w_query, w_key, v):
    hidden = np.einsum("qd,du->qu", query, w_query)[:, None] + np.einsum("ke,eu->ku", key, w_key)[None]
    return np.einsum("qku,u->qk", np.tanh(hidden), v)


@additive_scores.right
def by_joined_vectors(query, key, w_query, w_key, v):
    q, k = len(query), len(key)
    pairs = np.concatenate([np.repeat(query, k, axis=0), np.tile(key, (q, 1))], axis=1)
    return (np.tanh(pairs @ np.concatenate([w_query, w_key])) @ v).reshape(q, k)


@additive_scores.right
def by_torch(query, key, w_query, w_key, v):
    import torch

    query, key, w_query, w_key, v = (torch.from_numpy(a).double() for a in (query, key, w_query, w_key, v))
    return (torch.tanh((query @ w_query).unsqueeze(1) + (key @ w_key).unsqueeze(0)) @ v).numpy()


@additive_scores.right
def by_exponentials_to_lists(query, key, w_query, w_key, v):
    hidden = np.add.outer(query @ w_query, np.zeros(len(key))).swapaxes(1, 2) + key @ w_key
    return np.sum((1 - 2 / (np.exp(2 * hidden) + 1)) * v, axis=2).tolist()


@additive_scores.right
def in_float32(query, key, w_query, w_key, v):
    query, key, w_query, w_key, v = (a.astype(np.float32) for a in (query, key, w_query, w_key, v))
    return np.inner(np.tanh(np.expand_dims(query @ w_query, 1) + np.expand_dims(key @ w_key, 0)), v)
