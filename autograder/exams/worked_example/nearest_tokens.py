"""nearest_tokens(output, embeddings, tokens, measure="dot"): the token most similar to each output vector.

Ties are between whole numbers or along an axis, where every order of arithmetic gives the very same similarity.
"""

import math

import numpy as np
from scipy.spatial.distance import cdist

from autograder.exam.exercise import Case, Exercise
from autograder.exams.worked_example.given import NOTEBOOK, TOKENS, apart, embeddings, right_weights

ENGLISH = ["bank", "river", "money", "boat", "loan", "shore", "water"]


def cases(rng):
    worked_out = right_weights() @ embeddings()
    yield Case("the worked example", apart(worked_out, embeddings(), TOKENS))
    yield Case("the worked example with cosines", apart(worked_out, embeddings(), TOKENS), {"measure": "cosine"})
    for q, t, d in ((1, 6, 3), (8, 7, 2), (4, 4, 4), (9, 5, 3)):
        vectors = _of_many_lengths(rng, t, d)
        outputs = _near(rng, vectors, q)
        words = _words(rng, t)
        yield Case("the measure when none is given", apart(outputs, vectors, words))
        yield Case("the dot product", apart(outputs, vectors, words), {"measure": "dot"})
        yield Case("the cosine", apart(outputs, vectors, words), {"measure": "cosine"})
    yield Case("a measure given by position", apart(outputs, vectors, words, "cosine"))
    whole = rng.integers(-4, 5, size=(6, 3))
    yield Case("vectors of whole numbers", (whole, np.vstack([whole[::-1] * 2, whole[:1]]), ENGLISH.copy()))
    yield Case("tokens of which several are equally similar", (np.array([[1, 1], [0, 2], [3, 3]]), *_tied(rng)))
    yield Case("equal cosines", (np.array([[1, 1], [-1, -1.0]]), *_tied(rng)), {"measure": "cosine"})
    yield Case("an output of zeros", (np.zeros((2, 3)), _of_many_lengths(rng, 5, 3), _words(rng, 5)))
    for measure in ("dot", "cosine"):
        zero_last = np.vstack([_of_many_lengths(rng, 3, 2) - 9, np.zeros((1, 2))])
        nonnegative = rng.uniform(1, 2, size=(3, 2))
        yield Case("a zero vector among the tokens", apart(nonnegative, zero_last, TOKENS), {"measure": measure})
        zero_first = np.vstack([np.zeros((1, 2)), rng.uniform(1, 3, size=(3, 2))])
        yield Case("a zero vector that is not nearest", apart(nonnegative, zero_first, TOKENS), {"measure": measure})
        some_zero = np.vstack([np.zeros(2), nonnegative])
        yield Case(
            "an output of zeros among others", apart(some_zero, zero_first[::-1].copy(), TOKENS), {"measure": measure}
        )
    opposite = -_of_many_lengths(rng, 4, 3)
    yield Case("vectors that point the other way", apart(-opposite, opposite, TOKENS), {"measure": "dot"})
    for measure in ("euclidean", "manhattan"):
        yield Case(
            "a measure that does not exist", apart(outputs, vectors, words), {"measure": measure}, raises="ValueError"
        )


def _words(rng, count):
    """Chinese words where there are enough of them, English ones otherwise, in any order."""
    words = TOKENS if count <= len(TOKENS) else ENGLISH
    return [words[index] for index in rng.permutation(len(words))[:count]]


def _of_many_lengths(rng, count, depth):
    """Vectors in all directions, the first ones many times longer than the last ones."""
    directions = rng.normal(size=(count, depth))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return directions * np.geomspace(4, 0.25, count)[:, np.newaxis]


def _near(rng, vectors, count):
    """Outputs near short tokens and long ones alike; the shortest always has one."""
    chosen = vectors[::-1][np.arange(count) % len(vectors)]
    return chosen + 0.05 * rng.normal(size=chosen.shape)


def _tied(rng):
    """Tokens along the axes, each twice; equal similarities are exactly equal."""
    return np.array([[0, -2.0], [2, 0], [0, 2], [2, 0], [0, 2], [-2, 0], [0, -2]]), _words(rng, 7)


_TWO_AXES = "a matrix has two axes; the last one is axis 1"

nearest_tokens = Exercise(
    NOTEBOOK,
    "nearest_tokens",
    cases,
    survivors={
        "nearest_tokens: ('dot', 'cosine') -> ('cosine', 'dot')": "membership knows no order",
        "nearest_tokens: np.linalg.norm(output, axis=-1)[:, np.newaxis] * np.linalg.norm(embeddings, axis=-1)"
        " -> np.linalg.norm(embeddings, axis=-1)": "the length of an output divides all its similarities",
        "nearest_tokens: np.where(lengths == 0, 1, lengths) -> np.where(lengths == 0, 2, lengths)": (
            "the dot product with a zero vector is 0, whatever divides it"
        ),
        "nearest_tokens: axis=-1 -> axis=1": _TWO_AXES,
        "nearest_tokens: axis=-1 -> axis=1 #2": _TWO_AXES,
        "nearest_tokens: axis=-1 -> axis=1 #3": _TWO_AXES,
    },
)


def _similarities(output, embeddings, measure):
    if measure not in ("dot", "cosine"):
        raise ValueError(measure)
    dots = output @ embeddings.T
    lengths = np.outer(np.linalg.norm(output, axis=1), np.linalg.norm(embeddings, axis=1))
    return dots if measure == "dot" else dots / np.where(lengths == 0, 1, lengths)


def _named(indices, tokens):
    return [tokens[int(index)] for index in indices]


@nearest_tokens.wrong("distances decide, not similarities. Is a long vector nearer in the sense of the dot product?")
def by_distance(output, embeddings, tokens, measure="dot"):
    _similarities(output, embeddings, measure)
    return _named(cdist(output, embeddings).argmin(axis=1), tokens)


@nearest_tokens.wrong("distances decide where the dot product should. Does the dot product prefer long vectors?")
def distance_for_dot(output, embeddings, tokens, measure="dot"):
    if measure == "dot":
        return by_distance(output, embeddings, tokens)
    return right_by_matrix(output, embeddings, tokens, measure)


@nearest_tokens.wrong('"cosine" gives what "dot" gives. By what is the dot product divided?')
def token_lengths_ignored(output, embeddings, tokens, measure="dot"):
    _similarities(output, embeddings, measure)
    return right_by_matrix(output, embeddings, tokens)


@nearest_tokens.wrong('"dot" gives what "cosine" gives. Which of the two does not look at lengths?')
def always_cosine(output, embeddings, tokens, measure="dot"):
    _similarities(output, embeddings, measure)
    return right_by_matrix(output, embeddings, tokens, "cosine")


@nearest_tokens.wrong("the two measures are exchanged. Which of them divides by the lengths?")
def measures_exchanged(output, embeddings, tokens, measure="dot"):
    other = {"dot": "cosine", "cosine": "dot"}
    return right_by_matrix(output, embeddings, tokens, other.get(measure, measure))


@nearest_tokens.wrong("the cosine is the measure when none is given. Which default does the signature have?")
def cosine_by_default(output, embeddings, tokens, measure="cosine"):
    return right_by_matrix(output, embeddings, tokens, measure)


@nearest_tokens.wrong(
    "the cosine with a zero vector is 0 / 0, which is NaN, and argmax picks it. What should it count as?"
)
def zero_vector_nan(output, embeddings, tokens, measure="dot"):
    similarities = _similarities(output, embeddings, measure)
    if measure == "cosine":
        similarities = similarities / np.outer(np.any(output, axis=1), np.any(embeddings, axis=1))
    return _named(similarities.argmax(axis=1), tokens)


@nearest_tokens.wrong("a zero vector can never win. What does its cosine count as, and can the others be less?")
def zero_vector_excluded(output, embeddings, tokens, measure="dot"):
    similarities = _similarities(output, embeddings, measure)
    if measure == "cosine":
        similarities = np.where(np.any(embeddings, axis=1), similarities, -np.inf)
    return _named(similarities.argmax(axis=1), tokens)


@nearest_tokens.wrong("of equally similar tokens the last one wins. Which one does the docstring ask for?")
def last_of_equals(output, embeddings, tokens, measure="dot"):
    similarities = _similarities(output, embeddings, measure)
    return _named(len(tokens) - 1 - similarities[:, ::-1].argmax(axis=1), tokens)


@nearest_tokens.wrong("there is one answer for each token. For which vectors should there be one?")
def one_for_each_token(output, embeddings, tokens, measure="dot"):
    best = _similarities(output, embeddings, measure).argmax(axis=0)
    return [tokens[index % len(tokens)] for index in best]


@nearest_tokens.wrong("there is one answer for all outputs together. Along which axis is the largest searched?")
def one_for_all(output, embeddings, tokens, measure="dot"):
    return [tokens[int(_similarities(output, embeddings, measure).argmax()) % len(tokens)]]


@nearest_tokens.wrong("the answer is a single word. How many output vectors are there?")
def a_single_word(output, embeddings, tokens, measure="dot"):
    return right_by_matrix(output, embeddings, tokens, measure)[0]


@nearest_tokens.wrong("the least similar token wins. Is a large dot product near or far?")
def least_similar(output, embeddings, tokens, measure="dot"):
    return _named(_similarities(output, embeddings, measure).argmin(axis=1), tokens)


@nearest_tokens.wrong("signs are dropped. Is a vector that points the other way similar?")
def signs_dropped(output, embeddings, tokens, measure="dot"):
    return _named(np.abs(_similarities(output, embeddings, measure)).argmax(axis=1), tokens)


@nearest_tokens.wrong("these are numbers of tokens. How do you get their names?")
def indices(output, embeddings, tokens, measure="dot"):
    return _similarities(output, embeddings, measure).argmax(axis=1).tolist()


@nearest_tokens.wrong("each word is there once only. What if two outputs are near the same token?")
def each_word_once(output, embeddings, tokens, measure="dot"):
    return list(dict.fromkeys(right_by_matrix(output, embeddings, tokens, measure)))


@nearest_tokens.wrong('an unknown measure is taken for "dot". What does the docstring say should happen?')
def unknown_is_dot(output, embeddings, tokens, measure="dot"):
    return right_by_matrix(output, embeddings, tokens, "cosine" if measure == "cosine" else "dot")


@nearest_tokens.wrong('an unknown measure is taken for "cosine". What does the docstring say should happen?')
def unknown_is_cosine(output, embeddings, tokens, measure="dot"):
    return right_by_matrix(output, embeddings, tokens, "dot" if measure == "dot" else "cosine")


@nearest_tokens.wrong("an unknown measure gives None. Which error does the docstring ask for?")
def unknown_is_none(output, embeddings, tokens, measure="dot"):
    return right_by_matrix(output, embeddings, tokens, measure) if measure in ("dot", "cosine") else None


@nearest_tokens.wrong("an unknown measure raises another error. Which one does the docstring ask for?")
def unknown_raises_another(output, embeddings, tokens, measure="dot"):
    return {name: right_by_matrix(output, embeddings, tokens, name) for name in ("dot", "cosine")}[measure]


@nearest_tokens.right
def right_by_matrix(output, embeddings, tokens, measure="dot"):
    return _named(np.argmax(_similarities(output, embeddings, measure), axis=-1), tokens)


@nearest_tokens.right
def by_loops(output, embeddings, tokens, measure="dot"):
    if measure not in {"dot", "cosine"}:
        raise ValueError("no such measure")

    def similarity(a, b):
        dot = sum(x * y for x, y in zip(a, b, strict=True))
        length = math.hypot(*a) * math.hypot(*b) if measure == "cosine" else 1
        return dot / length if length else 0.0

    best = []
    for vector in output.tolist():
        found = [similarity(vector, other) for other in embeddings.tolist()]
        best.append(tokens[found.index(max(found))])
    return best


@nearest_tokens.right
def by_unit_vectors(output, embeddings, tokens, measure="dot"):
    def units(vectors):
        lengths = np.sqrt(np.einsum("td,td->t", vectors, vectors, dtype=float))
        return np.divide(vectors, lengths[:, np.newaxis], out=np.zeros(vectors.shape), where=lengths[:, np.newaxis] > 0)

    if measure == "cosine":
        output, embeddings = units(output), units(embeddings)
    elif measure != "dot":
        raise ValueError
    return np.array(tokens)[np.einsum("qd,td->qt", output, embeddings).argmax(1)].tolist()


@nearest_tokens.right
def by_nan_to_num(output, embeddings, tokens, measure="dot"):
    similarities = output @ embeddings.T
    match measure:
        case "dot":
            pass
        case "cosine":
            similarities = similarities / np.linalg.norm(output, axis=1)[:, None]
            similarities = np.nan_to_num(similarities / np.linalg.norm(embeddings, axis=1))
        case _:
            raise ValueError(measure)
    return list(np.take(tokens, similarities.argmax(axis=1)))


@nearest_tokens.right
def by_torch(output, embeddings, tokens, measure="dot"):
    import torch

    if measure not in ("dot", "cosine"):
        raise ValueError
    one, other = (torch.tensor(np.array(vectors), dtype=torch.float64) for vectors in (output, embeddings))
    if measure == "cosine":
        one, other = (torch.nn.functional.normalize(vectors, dim=-1) for vectors in (one, other))
    return [tokens[row.tolist().index(max(row))] for row in one @ other.T]
