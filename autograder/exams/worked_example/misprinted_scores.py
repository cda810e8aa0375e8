"""misprinted_scores(published, embeddings): the places where a published score matrix is wrong.

Misprints are off by 0.1 and more, rounding by less than 1e-9: any sensible way to compare decimals is right.
"""

import itertools

import numpy as np

from autograder.exam.case import Case, in_any_order
from autograder.exam.exercise import Exercise
from autograder.exams.worked_example.given import NOTEBOOK, apart, embeddings, right_scores


def cases(rng):
    published = np.array([[2.0, 0, 1, 0], [0, 2, 1, 0], [1, 1, 2, 1], [0, 0, 1, 0]])
    first = Case("the published example", (published, embeddings()))
    return in_any_order(rng, first, [*certain_cases(rng), *(drawn_case(rng) for _ in range(12))])


def drawn_case(rng):
    """No list of answers holds: up to three places of sixteen or more, twelve times over."""
    tokens = int(rng.integers(4, 7))
    places = [(int(p) // tokens, int(p) % tokens) for p in rng.permutation(tokens**2)[: rng.integers(4)]]
    return Case("a matrix with any number of misprints", _printed(rng, tokens, int(rng.integers(2, 5)), places))


def certain_cases(rng):
    yield Case("a matrix without misprints", (right_scores(), embeddings()))
    above, below = sorted(rng.permutation(5)[:2].tolist()), sorted(rng.permutation(4)[:2].tolist())[::-1]
    yield Case("a single misprint", _printed(rng, 5, 3, [tuple(above)]))
    yield Case("a single misprint", _printed(rng, 4, 3, [tuple(below)]))
    yield Case("a single misprint", _printed(rng, 3, 5, [(int(rng.integers(3)),) * 2]))
    yield Case("two misprints", _printed(rng, 4, 6, [(0, 2), (2, 0)], sign=int(rng.choice([-1, 1])), alike=True))
    yield Case("several misprints", _printed(rng, 7, 2, [(0, 0), (2, 5), (5, 2), (6, 1), (6, 6)]))
    yield Case("as many tokens as features", _printed(rng, 4, 4, [(0, 3), (2, 1)]))
    yield Case("an entry that is too small", _printed(rng, 4, 2, [(1, 2), (3, 3)], sign=-1))
    yield Case("an entry that is too large", _printed(rng, 4, 2, [(0, 1), (3, 1)], sign=1))
    yield Case("misprints everywhere", _printed(rng, 3, 2, list(itertools.product(range(3), repeat=2))))
    yield Case("a single token", _printed(rng, 1, 3, [(0, 0)]))
    whole = rng.integers(-4, 5, size=(4, 3))
    yield Case("whole numbers", (whole @ whole.T + np.diag([0, 3, 0, -2]), whole))
    yield Case("decimals that differ by rounding", _printed(rng, 6, 3, []))
    vectors = rng.normal(size=(5, 4))
    noise = 1e-10 * rng.normal(size=(5, 5))
    yield Case("scores that differ by rounding", apart(vectors @ vectors.T + noise, vectors))
    missing = vectors @ vectors.T
    off_diagonal = np.abs(missing - np.diag(np.diag(missing)))
    missing[np.unravel_index(off_diagonal.argmax(), (5, 5))] = 0
    missing[(int(np.diag(missing).argmax()),) * 2] = 0
    yield Case("an entry printed as 0", apart(missing, vectors))


def _printed(rng, tokens, depth, places, sign=0, alike=False):
    """Vectors of one decimal and their scores as decimals, which floating-point arithmetic misses by a hair."""
    tenths = rng.integers(1, 10, size=(tokens, depth)) * rng.choice([-1, 1], size=(tokens, depth))
    hundredths = tenths @ tenths.T
    by = rng.integers(10, 200)
    for place in places:
        by = by if alike else rng.integers(10, 200)
        hundredths[place] += by * (sign or rng.choice([-1, 1]))
    return hundredths / 100, tenths / 10


_NUMPY_INTEGERS = "NumPy integers are accepted: they equal the plain ones"

misprinted_scores = Exercise(
    NOTEBOOK,
    "misprinted_scores",
    cases,
    survivors={
        "misprinted_scores: np.abs(published - embeddings @ embeddings.T) > 1e-06"
        " -> np.abs(published - embeddings @ embeddings.T) >= 1e-06": "no entry is off by 1e-6 to the last bit",
        "misprinted_scores: published - embeddings @ embeddings.T -> embeddings @ embeddings.T - published": (
            "the sign is dropped"
        ),
        "misprinted_scores: int(row) -> row": _NUMPY_INTEGERS,
        "misprinted_scores: int(column) -> column": _NUMPY_INTEGERS,
    },
)


def _places(wrong):
    return {(int(row), int(column)) for row, column in np.argwhere(wrong)}


def _wrong(published, embeddings):
    return np.abs(published - embeddings @ embeddings.T) > 1e-6


@misprinted_scores.wrong("decimals are compared exactly. Is 0.1 + 0.2 == 0.3 for floating-point numbers?")
def exact_comparison(published, embeddings):
    return _places(published != embeddings @ embeddings.T)


@misprinted_scores.wrong("the vectors are multiplied entry by entry. Which two vectors meet in entry (row, column)?")
def entry_by_entry(published, embeddings):
    return _places(np.abs(published - embeddings * embeddings) > 1e-6)


@misprinted_scores.wrong("the transpose is missing, so only square embeddings can be multiplied. Which shape has E?")
def transpose_missing(published, embeddings):
    return _places(np.abs(published - embeddings @ embeddings) > 1e-6)


@misprinted_scores.wrong("the features are compared instead of the tokens. Which of the two factors is transposed?")
def features_compared(published, embeddings):
    return _places(np.abs(published - embeddings.T @ embeddings) > 1e-6)


@misprinted_scores.wrong("only the upper triangle is searched. Is the lower one printed without error?")
def upper_triangle(published, embeddings):
    return _places(np.triu(_wrong(published, embeddings)))


@misprinted_scores.wrong("only the lower triangle is searched. Is the upper one printed without error?")
def lower_triangle(published, embeddings):
    return _places(np.tril(_wrong(published, embeddings)))


@misprinted_scores.wrong("only the diagonal is searched. Where else can a misprint stand?")
def diagonal_only(published, embeddings):
    return _places(np.diag(np.diag(_wrong(published, embeddings))))


@misprinted_scores.wrong("the diagonal is left out. What is the score of a token with itself?")
def diagonal_left_out(published, embeddings):
    return {(row, column) for row, column in _places(_wrong(published, embeddings)) if row != column}


@misprinted_scores.wrong("only places where the matrix is not symmetric are found. Can both mirror images be wrong?")
def asymmetry_only(published, embeddings):
    return _places(np.abs(published - published.T) > 1e-6)


@misprinted_scores.wrong("row and column are exchanged. Which of them comes first in the tuple?")
def column_first(published, embeddings):
    return {(column, row) for row, column in _places(_wrong(published, embeddings))}


@misprinted_scores.wrong("rows and columns are counted from 1. From what does the docstring count?")
def counted_from_one(published, embeddings):
    return {(row + 1, column + 1) for row, column in _places(_wrong(published, embeddings))}


@misprinted_scores.wrong("these are the entries that are right. Which ones are asked for?")
def right_entries(published, embeddings):
    return _places(~_wrong(published, embeddings))


@misprinted_scores.wrong("only entries that are too large are found. Is the difference taken without its sign?")
def too_large_only(published, embeddings):
    return _places(published - embeddings @ embeddings.T > 1e-6)


@misprinted_scores.wrong("only entries that are too small are found. Is the difference taken without its sign?")
def too_small_only(published, embeddings):
    return _places(embeddings @ embeddings.T - published > 1e-6)


@misprinted_scores.wrong("only the first misprint is found. Where does the loop stop?")
def first_only(published, embeddings):
    return set(sorted(_places(_wrong(published, embeddings)))[:1])


@misprinted_scores.wrong("one misprint in each row is found. Can a row have several?")
def one_in_each_row(published, embeddings):
    wrong = _wrong(published, embeddings)
    return {(row, int(wrong[row].argmax())) for row in range(len(wrong)) if wrong[row].any()}


@misprinted_scores.wrong("entries of 0 are skipped. Can a misprint read 0?")
def zeros_skipped(published, embeddings):
    return _places(_wrong(published, embeddings) & (published != 0))


@misprinted_scores.wrong("both matrices are rounded to whole numbers first. Which misprints disappear then?")
def rounded_first(published, embeddings):
    return _places(np.round(published) != np.round(embeddings @ embeddings.T))


@misprinted_scores.wrong("the scores are divided by the root of the depth. Are the published ones?")
def scaled(published, embeddings):
    return _places(np.abs(published - embeddings @ embeddings.T / np.sqrt(embeddings.shape[1])) > 1e-6)


@misprinted_scores.wrong("the places stand in a list or an array. Which collection does the docstring ask for?")
def as_list(published, embeddings):
    return sorted(_places(_wrong(published, embeddings)))


@misprinted_scores.wrong("it is a table of True and False. How do you get from there to (row, column)?")
def as_table(published, embeddings):
    return _wrong(published, embeddings)


@misprinted_scores.wrong("it is the number of misprints. What does the docstring want to know about each?")
def how_many(published, embeddings):
    return int(_wrong(published, embeddings).sum())


@misprinted_scores.wrong("these are the misprinted numbers themselves. What does the docstring want to know?")
def the_numbers(published, embeddings):
    return set(published[_wrong(published, embeddings)].tolist())


@misprinted_scores.wrong("these are places in the flattened matrix. How many numbers name a place in a table?")
def flat_places(published, embeddings):
    return set(np.flatnonzero(_wrong(published, embeddings)).tolist())


@misprinted_scores.right
def by_loops(published, embeddings):
    found = set()
    for i, one in enumerate(embeddings):
        for j, other in enumerate(embeddings):
            right = sum(float(a) * float(b) for a, b in zip(one, other, strict=True))
            if abs(published[i][j] - right) > 1e-6:
                found.add((i, j))
    return found


@misprinted_scores.right
def by_isclose(published, embeddings):
    rows, columns = np.nonzero(~np.isclose(published, embeddings @ embeddings.T))
    return set(zip(rows.tolist(), columns.tolist(), strict=True))


@misprinted_scores.right
def by_rounding(published, embeddings):
    wrong = np.round(published - np.einsum("qd,kd->qk", embeddings, embeddings), 6) != 0
    return {tuple(place) for place in np.argwhere(wrong).tolist()}


@misprinted_scores.right
def by_ndindex(published, embeddings):
    scores = np.inner(embeddings, embeddings)
    return frozenset(p for p in np.ndindex(*scores.shape) if not np.isclose(published[p], scores[p], atol=1e-6, rtol=0))
