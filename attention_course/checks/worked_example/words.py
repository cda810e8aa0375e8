"""The functions about tokens: what an output reads as, whether order is noticed, who looks at whom."""

from __future__ import annotations

import numpy as np

from attention_course.checks.report import CheckError, called, expect_value_error, result_of, visible_check
from attention_course.checks.worked_example.results import brief, flag, kind


@visible_check(points=2)
def nearest_tokens(function) -> None:
    """A clear case, a case where the measures differ, ties, zero vectors, a wrong measure."""
    vectors = np.array([[1.0, 0.0], [3.0, 3.0], [0.0, 0.0]])
    words = ["short", "long", "zero"]
    one = np.array([[2.0, 0.5]])
    _expect_words(
        called(function, one, vectors, words), ["long"], "(2, 0.5) · (3, 3) = 7.5 beats (2, 0.5) · (1, 0) = 2"
    )
    cosine = called(function, one, vectors, words, measure="cosine")
    angle = "the angle between (2, 0.5) and (1, 0) is the smaller one, whatever the lengths"
    nan = "(0, 0) has length 0; 0/0 is NaN, and argmax picks NaN. Its cosine counts as 0"
    _expect_words(cosine, ["short"], nan if _as_list(cosine) == ["zero"] else angle)
    zero = np.zeros((2, 2))
    for measure in ("dot", "cosine"):
        result = called(function, zero, vectors, words, measure=measure)
        _expect_words(result, ["short", "short"], f"a zero output is equally near to all ({measure}), the first counts")
    away = called(function, np.array([[-1.0, -1.0]]), vectors, words, measure="cosine")
    _expect_words(away, ["zero"], "the cosine with a zero vector counts as 0, and 0 is more than a negative number")
    advice = 'measure="manhattan" should raise a ValueError: a typing error must not pass for an answer'
    expect_value_error(function, advice, one, vectors, words, measure="manhattan")


def _as_list(result) -> list:
    """The entries of a list, a tuple or an array; none of anything else."""
    several = isinstance(result, (list, tuple)) or (isinstance(result, np.ndarray) and result.ndim > 0)
    return list(result) if several else []


def _expect_words(result, expected: list[str], why: str) -> None:
    words = _as_list(result)
    if words and all(isinstance(word, (int, np.integer)) for word in words):
        raise CheckError("nearest_tokens should return a list of token names; its entries are numbers.")
    if not words or not all(isinstance(word, str) for word in words):
        raise CheckError(f"nearest_tokens should return a list of token names; it returned {kind(result)}.")
    if words != expected:
        raise CheckError(f"expected {expected}, got {brief(words)}: {why}.")


@visible_check(points=2)
def permutation_check(function) -> None:
    """No positions, an order that changes nothing, positions that differ, that are equal, that do not show."""
    name = "permutation_check"
    vectors = np.array([[1.0, 0.0], [0.0, 2.0], [0.5, -1.0]])
    places = np.array([[0.0, 0.0], [0.3, 0.1], [0.9, -0.4]])
    likewise = "Compare with the rows `[order]` of the unshuffled output, and allow for rounding."
    cases = [
        ((vectors, [2, 0, 1]), True, f"without positions nothing tells attention which token came first. {likewise}"),
        ((vectors, [0, 1, 2], places), True, "an order that moves nothing changes nothing, positions or not."),
        ((vectors, [2, 0, 1], places), False, "positions stay in place, so a moved token gets another position."),
        (
            (vectors, [1, 0, 2], np.ones((3, 2))),
            True,
            f"positions that are all the same tell the places apart for nobody. {likewise}",
        ),
        (_two_leaders(), True, "each token looks at a single one, which does not move. Does each row sum to 1?"),
        (_one_leader(), False, "divided by √64, no weight is near 0, and positions show. Do you divide by √d?"),
    ]
    for arguments, expected, why in cases:
        if flag(result_of(function, name, *arguments), name) != expected:
            aside = _why_never(function, vectors) if len(arguments) == 2 else ""
            raise CheckError(f"{name} should say {expected} for the order {arguments[1]}: {why}{aside}")


def _why_never(function, vectors) -> str:
    """What else an answer says, which finds a difference where a shuffle makes none."""
    if called(function, vectors, [1, 0, 2]):
        return (
            " For the order [1, 0, 2], which is its own reverse, yours says True: place i is taken by token order[i], "
            "on both ways."
        )
    if called(function, vectors, [0, 1, 2]):
        return " Is it the outputs that are compared? In the weights a shuffle moves the columns, too."
    return " Yours says False even where the order moves nothing: what is compared with what?"


def _two_leaders() -> tuple:
    """Two long vectors, and a short one beside each; the short ones trade places, of different positions.

    Their scores with their own long vector are ahead by more than 60: in a softmax along the rows nothing else counts,
    and no position shows. Along the columns every short vector goes, undiminished, into the output of its long one.
    """
    vectors = np.array([[16, 0, 0, 0], [0, 16, 0, 0], [8, 0, 1, 0], [0, 8, 1, 0]], dtype=float)
    places = np.array([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, -1]], dtype=float)
    return vectors, [0, 1, 3, 2], places


def _one_leader() -> tuple:
    """A long vector, and two short ones that trade places, in 64 numbers each, mostly zeros.

    The short ones' scores with the long one are ahead by 47 and more. Divided by 8, by less than 6.2: the others keep
    weights of 0.002 and more. Not divided, the others' weights are below 1e-20, and no position shows.
    """
    vectors, places = np.zeros((3, 64)), np.zeros((3, 64))
    vectors[:, :3] = [[14, 0, 0], [7, 1, 0], [7, 0, 1]]
    places[1:, 3:5] = [[1, 0], [0, 1]]
    return vectors, [0, 2, 1], places


@visible_check(points=2)
def align(function) -> None:
    """More queries than keys, crossed pairs, a key that everybody takes, a tie, vectors of different lengths."""
    words = ["red", "green", "yellow"]
    keys = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    three = np.array([[-1.0, 3.0], [3.0, -1.0], [2.0, 1.0]])
    cases = [
        (["b", "a", "c"], three, 2, ["green", "red", "red"], "look at the larger number"),
        (["b", "a"], three[:2], 3, ["green", "red"], "look at the larger number"),
        (["a", "b"], np.array([[2.0, 2.0], [1.0, 1.5]]), 3, ["yellow", "yellow"], "two may take one key"),
        (["a"], np.array([[0.0, 0.0]]), 3, ["red"], "where all scores are equal, the first key word counts"),
        (
            ["a"],
            np.array([[2.0, 0.5]]),
            3,
            ["yellow"],
            "(2, ½) · (1, 1) = 2.5 beats (2, ½) · (1, 0) = 2. Attention does not divide by the keys' lengths",
        ),
    ]
    for queries, vectors, count, best, why in cases:
        result = called(function, queries, words[:count], vectors, keys[:count])
        _expect_pairs(result, list(zip(queries, best, strict=True)), why)


def _expect_pairs(result, expected: list[tuple[str, str]], why: str) -> None:
    pairs = [tuple(_as_list(pair)) for pair in _as_list(result)]
    if not pairs or not all(pairs):
        raise CheckError(f"align should return a list of (query word, key word) tuples; got {brief(result)}.")
    if any(isinstance(word, (int, np.integer)) for pair in pairs for word in pair):
        raise CheckError(f"a pair holds the key word itself, not its index; yours are {brief(pairs)}.")
    if not all(isinstance(word, str) for pair in pairs for word in pair):
        raise CheckError(f"a pair holds two words; yours are {brief(pairs)}.")
    if len(pairs) != len(expected):
        raise CheckError(
            f"for {len(expected)} query words align should return as many pairs; yours are {len(pairs)}. "
            "One key for each query: along which axis do you search?"
        )
    if pairs == [(key, query) for query, key in expected]:
        raise CheckError(f"the query word comes first in each pair: {expected}, not {brief(pairs)}.")
    if pairs != expected:
        raise CheckError(f"expected {expected}, got {brief(pairs)}: {why}.")
