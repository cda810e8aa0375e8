"""scores: (4, 4), the dot product of every token with every token, worked out by hand."""

import numpy as np
from scipy.spatial.distance import cdist

from autograder.exam.exercise import Case, Exercise
from autograder.exams.worked_example.given import NOTEBOOK, embeddings, row_softmax, usable_scores


def cases(rng):
    yield Case("the dot product of every token with every token")


def dot_products():
    x = embeddings()
    return x @ x.T


scores = Exercise(NOTEBOOK, "scores", cases, reference=dot_products, value=True, usable=usable_scores)


@scores.wrong("these are the misprinted scores of the published example. What is 1 * 1 + 0 * 0?")
def published():
    return [[2, 0, 1, 0], [0, 2, 1, 0], [1, 1, 2, 1], [0, 0, 1, 0]]


@scores.wrong(
    "they follow from a transpose with a misprint in its second row. What is the second number of each token?"
)
def misprinted_transpose():
    x = embeddings()
    return x @ np.array([[1, 0, 1, 0], [0, 1, 0, 1]])


@scores.wrong("they are divided by the square root of 2 already. Which later exercise does that?")
def scaled():
    x = embeddings()
    return x @ x.T / np.sqrt(2)


@scores.wrong("these are the weights after the softmax. What goes into a softmax?")
def softmaxed():
    x = embeddings()
    return row_softmax(x @ x.T)


@scores.wrong("this compares the two features instead of the four tokens. Which of the two factors is transposed?")
def features_compared():
    x = embeddings()
    return x.T @ x


@scores.wrong("the numbers of two tokens are added. What does a dot product do with each pair before it adds?")
def added():
    x = embeddings()
    return x.sum(axis=1)[:, np.newaxis] + x.sum(axis=1)


@scores.wrong("1 stands wherever two tokens have anything in common. What is 1 * 1 + 1 * 1?")
def overlap_only():
    x = embeddings()
    return (x @ x.T > 0).astype(int)


@scores.wrong("a token meets only itself here. Which other tokens share a 1 with it?")
def itself_only():
    return np.eye(4)


@scores.wrong("the diagonal is zero. Does a token not meet itself as well?")
def itself_left_out():
    x = embeddings()
    return x @ x.T * (1 - np.eye(4))


@scores.wrong("half of the table is zero. Does the order matter when two tokens are multiplied?")
def half_filled():
    x = embeddings()
    return np.triu(x @ x.T)


@scores.wrong("these are cosines: divided by the lengths of the vectors. Does the dot product divide?")
def cosines():
    x = embeddings()
    lengths = np.linalg.norm(x, axis=1)
    return x @ x.T / np.maximum(np.outer(lengths, lengths), 1e-9)


@scores.wrong("these are distances, small where two tokens are alike. Is a dot product small or large there?")
def distances():
    x = embeddings()
    return cdist(x, x)


@scores.right
def typed_by_hand():
    return [[1, 0, 1, 0], [0, 1, 1, 0], [1, 1, 2, 0], [0, 0, 0, 0]]


@scores.right
def by_loops():
    x = embeddings()
    return [[sum(float(a) * float(b) for a, b in zip(one, other, strict=True)) for other in x] for one in x]


@scores.right
def by_einsum_in_float32():
    x = embeddings()
    return np.einsum("qd,kd->qk", x.astype(np.float32), x.astype(np.float32))


@scores.right
def from_distances():
    """|a - b|^2 = |a|^2 + |b|^2 - 2 a . b, solved for a . b."""
    x = embeddings()
    squares = (x**2).sum(axis=1)
    return (squares[:, np.newaxis] + squares - cdist(x, x, "sqeuclidean")) / 2
