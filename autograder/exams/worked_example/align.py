"""align(query_words, key_words, query_vectors, key_vectors): each query word with the key word it attends to most."""

import numpy as np
import scipy.special
from scipy.spatial.distance import cdist

from autograder.exam.exercise import Case, Exercise
from autograder.exams.worked_example.given import NOTEBOOK, apart

ENGLISH = ["the", "cat", "sees", "a", "bird", "and", "dog"]
CHINESE = ["猫", "看见", "一只", "鸟", "和", "狗"]


def cases(rng):
    meanings = 3 * np.eye(3) + rng.uniform(0, 0.5, size=(3, 3))
    yield Case("a translation word by word", (["I", "love", "you"], ["我", "爱", "你"], meanings, np.eye(3)))
    crossed = [1, 2, 0]
    yield Case(
        "a translation in another order", (["我", "爱", "你"], ["you", "I", "love"], meanings, np.eye(3)[crossed])
    )
    for q, k, d in ((6, 4, 3), (3, 6, 2), (4, 4, 4), (7, 5, 5)):
        yield Case("queries and keys of any number", _sentence(rng, q, k, d))
    yield Case("one query word", _sentence(rng, 1, 5, 3))
    yield Case("one key word", _sentence(rng, 3, 1, 2))
    keys = np.vstack([np.eye(3), [[6, 6, 6]]])[rng.permutation(4)]
    queries = np.eye(3)[rng.permutation(3)] + 0.1
    yield Case("a key word that many queries choose", (ENGLISH[:3], CHINESE[:4], queries, keys))
    repeated = ["the", "cat", "the", "bird"]
    vectors = rng.normal(size=(5, 3))
    yield Case(
        "a query word that occurs twice", apart(repeated, CHINESE[:5], vectors[[3, 0, 1, 2]] * 2, _units(vectors))
    )
    yield Case("a key word that occurs twice", apart(CHINESE[:5], [*repeated, "sees"], vectors, _units(vectors[::-1])))
    whole = np.array([[1, 1, 0], [0, 2, 2], [0, 0, 0], [-1, -1, -1]])
    axes = np.array([[0, 0, -1], [0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    yield Case("several key words with equal weights", (CHINESE[:4], ENGLISH[:5], whole, axes))
    away = rng.uniform(1, 2, size=(3, 2))
    yield Case("scores that are all negative", (CHINESE[:3], ENGLISH[:4], away, -rng.uniform(1, 2, size=(4, 2))))


def _sentence(rng, q, k, d):
    """Words in any order, key vectors of different lengths."""
    lengths = np.linspace(0.5, 2, k)[:, np.newaxis]
    query_words = [ENGLISH[index] for index in rng.permutation(len(ENGLISH))[:q]]
    key_words = [CHINESE[index] for index in rng.permutation(len(CHINESE))[:k]]
    return query_words, key_words, rng.normal(size=(q, d)), lengths * _units(rng.normal(size=(k, d)))


def _units(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


_ONE_INDEX_EACH = "there is one index for each query word, so there is nothing to be strict about"

align = Exercise(
    NOTEBOOK,
    "align",
    cases,
    survivors={
        "align: axis=-1 -> axis=1": "a matrix has two axes; the last one is axis 1",
        "align: zip(query_words, best, strict=True) -> zip(query_words, best)": _ONE_INDEX_EACH,
        "align: strict=True -> strict=False": _ONE_INDEX_EACH,
    },
)


def _pairs(query_words, key_words, indices):
    return [(word, key_words[int(index)]) for word, index in zip(query_words, indices, strict=True)]


@align.wrong("each key word picks a query word here. Who attends to whom?")
def keys_pick(query_words, key_words, query_vectors, key_vectors):
    best = (query_vectors @ key_vectors.T).argmax(axis=0)
    return [(query_words[index], word) for word, index in zip(key_words, best, strict=True)]


@align.wrong("a key word is given away only once. Can two query words attend to the same one?")
def one_to_one(query_words, key_words, query_vectors, key_vectors):
    scores = query_vectors @ key_vectors.T
    best = []
    for row in scores:
        free = [j for j in range(len(key_words)) if j not in best] or list(range(len(key_words)))
        best.append(max(free, key=lambda j: row[j]))
    return _pairs(query_words, key_words, best)


@align.wrong("the first word goes with the first, the second with the second. Do the vectors have no say?")
def by_place(query_words, key_words, query_vectors, key_vectors):
    return list(zip(query_words, key_words, strict=False))


@align.wrong("each query word is paired with the key word it attends to least. Is a large score much or little?")
def least(query_words, key_words, query_vectors, key_vectors):
    return _pairs(query_words, key_words, (query_vectors @ key_vectors.T).argmin(axis=1))


@align.wrong("the softmax runs down the columns. Whose weights should sum to 1: those of a query or those of a key?")
def softmax_down_columns(query_words, key_words, query_vectors, key_vectors):
    scores = query_vectors @ key_vectors.T / np.sqrt(key_vectors.shape[1])
    return _pairs(query_words, key_words, scipy.special.softmax(scores, axis=0).argmax(axis=1))


@align.wrong("of equal key words the last one wins. Which one does the docstring ask for?")
def last_of_equals(query_words, key_words, query_vectors, key_vectors):
    scores = query_vectors @ key_vectors.T
    return _pairs(query_words, key_words, len(key_words) - 1 - scores[:, ::-1].argmax(axis=1))


@align.wrong("cosines decide. Does attention divide by the lengths of the vectors?")
def cosines(query_words, key_words, query_vectors, key_vectors):
    lengths = np.linalg.norm(key_vectors, axis=1)
    return _pairs(query_words, key_words, (query_vectors @ key_vectors.T / lengths).argmax(axis=1))


@align.wrong("distances decide. What does attention compare vectors with?")
def distances(query_words, key_words, query_vectors, key_vectors):
    return _pairs(query_words, key_words, cdist(query_vectors, key_vectors).argmin(axis=1))


@align.wrong("signs are dropped. How much weight does a very negative score get?")
def signs_dropped(query_words, key_words, query_vectors, key_vectors):
    return _pairs(query_words, key_words, np.abs(query_vectors @ key_vectors.T).argmax(axis=1))


@align.wrong("the key word comes first in your pairs. Which word does the docstring put first?")
def key_first(query_words, key_words, query_vectors, key_vectors):
    return [(key, query) for query, key in right_by_matrix(query_words, key_words, query_vectors, key_vectors)]


@align.wrong("the query words are missing. What does a pair consist of?")
def key_words_only(query_words, key_words, query_vectors, key_vectors):
    return [key for _, key in right_by_matrix(query_words, key_words, query_vectors, key_vectors)]


@align.wrong("the pairs hold places instead of words. How do you get from a place to its word?")
def places(query_words, key_words, query_vectors, key_vectors):
    return list(enumerate((query_vectors @ key_vectors.T).argmax(axis=1).tolist()))


@align.wrong("each pair has a place where its key word should be. How do you get from a place to its word?")
def key_places(query_words, key_words, query_vectors, key_vectors):
    best = (query_vectors @ key_vectors.T).argmax(axis=1).tolist()
    return list(zip(query_words, best, strict=True))


@align.wrong("it is a dict, and a word that occurs twice is there once. What does the docstring ask for?")
def as_dict(query_words, key_words, query_vectors, key_vectors):
    return dict(right_by_matrix(query_words, key_words, query_vectors, key_vectors))


@align.wrong("a query word that occurs twice is paired once. How many pairs should there be?")
def repeated_words_lost(query_words, key_words, query_vectors, key_vectors):
    return list(dict(right_by_matrix(query_words, key_words, query_vectors, key_vectors)).items())


@align.wrong("a word's vector is looked up by the word. What if the word occurs twice?")
def looked_up_by_word(query_words, key_words, query_vectors, key_vectors):
    rows = [query_words.index(word) for word in query_words]
    return right_by_matrix(query_words, key_words, query_vectors[rows], key_vectors)


@align.wrong("it is a set, which has no order. What does the docstring ask for?")
def as_set(query_words, key_words, query_vectors, key_vectors):
    return set(right_by_matrix(query_words, key_words, query_vectors, key_vectors))


@align.wrong("the pairs are sorted. Which order does the docstring ask for?")
def sorted_pairs(query_words, key_words, query_vectors, key_vectors):
    return sorted(right_by_matrix(query_words, key_words, query_vectors, key_vectors))


@align.wrong("the pairs stand in the order of the key words. Which order does the docstring ask for?")
def in_order_of_keys(query_words, key_words, query_vectors, key_vectors):
    best = (query_vectors @ key_vectors.T).argmax(axis=1)
    order = np.argsort(best, kind="stable")
    return [(query_words[i], key_words[best[i]]) for i in order]


@align.wrong("only the strongest pair is there. How many query words are there?")
def strongest_only(query_words, key_words, query_vectors, key_vectors):
    i, j = divmod(int((query_vectors @ key_vectors.T).argmax()), len(key_words))
    return [(query_words[i], key_words[j])]


@align.right
def right_by_matrix(query_words, key_words, query_vectors, key_vectors):
    return _pairs(query_words, key_words, (query_vectors @ key_vectors.T).argmax(axis=1))


@align.right
def by_loops(query_words, key_words, query_vectors, key_vectors):
    pairs = []
    for word, query in zip(query_words, query_vectors.tolist(), strict=True):
        scores = [sum(a * b for a, b in zip(query, key, strict=True)) for key in key_vectors.tolist()]
        pairs.append((word, key_words[scores.index(max(scores))]))
    return pairs


@align.right
def by_weights(query_words, key_words, query_vectors, key_vectors):
    scores = np.einsum("qd,kd->qk", query_vectors, key_vectors) / np.sqrt(key_vectors.shape[-1])
    best = scipy.special.softmax(scores, axis=-1).argmax(axis=-1)
    return list(zip(query_words, np.array(key_words)[best], strict=True))


@align.right
def by_torch_attention(query_words, key_words, query_vectors, key_vectors):
    """The weights are the output where the values are one-hot."""
    import torch

    query, key = (torch.tensor(np.array(x), dtype=torch.float64)[None] for x in (query_vectors, key_vectors))
    values = torch.eye(len(key_words), dtype=torch.float64)[None]
    weights = torch.nn.functional.scaled_dot_product_attention(query, key, values)[0].tolist()
    return [(query_words[i], key_words[max(range(len(row)), key=row.__getitem__)]) for i, row in enumerate(weights)]
