"""Visible checks of what judges a translation: alignments and BLEU, by hand."""

from __future__ import annotations

import math

import numpy as np

from attention_course.checks.masked_language_model.reading import number_of
from attention_course.checks.report import CheckError, called, visible_check

WEIGHTS = np.array([[0.1, 0.2, 0.7, 0.0], [0.4, 0.4, 0.1, 0.1], [0.3, 0.0, 0.2, 0.5]])


@visible_check(points=2)
def alignment(function, rate) -> None:
    """A map with a tie; then the rate by hand."""
    wanted, got = {(0, 2), (1, 0), (2, 3)}, called(function, WEIGHTS)
    if not isinstance(got, set):
        raise CheckError(f"alignment returns a set of pairs (target, source); yours returned {type(got).__name__}.")
    pairs = {tuple(int(place) for place in pair) for pair in got}
    if pairs != wanted:
        why = "Which place of each row has the largest weight?"
        if pairs == {(b, a) for a, b in wanted}:
            why = "Target and source have changed places."
        elif pairs == {(0, 0), (1, 3), (2, 3)}:
            why = "They are one step late: a row is the word that it writes, not the word before."
        elif pairs == wanted ^ {(1, 0), (1, 1)}:
            why = "In row 1 two weights are the largest; the first of them counts."
        raise CheckError(f"alignment of {WEIGHTS.tolist()} is {sorted(wanted)}, yours is {sorted(pairs)}. {why}")
    a, b, c, d = (0, 0), (1, 1), (2, 1), (2, 2)
    for args, right, reason in (
        (({a, b}, {a, b}), 0.0, "all right"),
        (({a, d}, {a, b}), 0.5, "one of two predicted, one of two sure: 1 - (1 + 1) / (2 + 2)"),
        (({a, c}, {a, b}, {a, b, c}), 0.25, "A has one sure link and two possible: 1 - (1 + 2) / (2 + 2)"),
        (({a}, {a, b}), 1 / 3, "one predicted, which is right, of two sure: 1 - (1 + 1) / (1 + 2)"),
        (({a}, set()), 1.0, "something predicted and nothing sure is all wrong: 1 - 0 / (1 + 0)"),
        ((set(), {a}), 1.0, "nothing predicted of what is sure is all wrong: 1 - 0 / (0 + 1)"),
        ((set(), set()), 0.0, "nothing predicted and nothing sure is no error"),
    ):
        value = number_of(rate, "alignment_error_rate", *args)
        if not math.isclose(value, right, abs_tol=1e-9):
            told = ", ".join(str(sorted(links)) for links in args)
            hits = " Is that the rate of hits?" if reason == "all right" and math.isclose(value, 1) else ""
            raise CheckError(f"alignment_error_rate of {told}: {reason}, so {right:.4f}; yours is {value:.4f}.{hits}")


@visible_check(points=2)
def bleu(function) -> None:
    """One sentence by hand; clipping; too short, too long; sentences of two words; a corpus is not a mean."""
    cat, reference = ["the", "cat", "sees", "a", "bird"], ["the", "cat", "sees", "the", "bird"]
    root = math.sqrt(4 / 5 * 2 / 4)
    found = "4 of 5 words and 2 of 4 pairs are found: the root of 4/5 * 2/4"
    _scores(function, [cat], [reference], 2, root, found, OF_ONE_SENTENCE)
    _scores(
        function, [["the"] * 4], [reference[:4]], 1, 0.5, "'the' stands twice in the reference, so 2 of 4 are found"
    )
    short = math.exp(1 - 5 / 3)
    penalty = "all found, but 3 words for 5: the penalty is exp(1 - 5/3)"
    _scores(function, [reference[:3]], [reference], 2, short, penalty, OF_A_SHORT_ONE)
    longer = math.sqrt(5 / 7 * 4 / 6)
    _scores(function, [[*reference, "and", "you"]], [reference], 2, longer, "a longer one has no penalty: 5/7 and 4/6")
    two = [["two", "words"]]
    _scores(function, two, two, 4, 0.0, "in a sentence of two words there is no run of three, and nothing is smoothed")
    wanted = math.sqrt(8 / 11 * 6 / 9)
    reason = "a corpus: 8 of 11 words and 6 of 9 pairs are found in both sentences together"
    bad, other = ["we", "see", "the", "cat", "it", "like"], ["they", "see", "the", "cat", "at", "home"]
    _scores(function, [reference, bad], [reference, other], 2, wanted, reason)
    even = "one is too short and one as much too long, together 10 words for 10: 8/10 and 6/8, without a penalty"
    _scores(function, [reference[:3], [*reference, "and", "you"]], [reference] * 2, 2, math.sqrt(8 / 10 * 6 / 8), even)


OF_ONE_SENTENCE = (
    (4 / 5 * 2 / 4, "It is the product without its root."),
    ((4 / 5 + 2 / 4) / 2, "It is half of the sum of both precisions. Which mean does the docstring take?"),
    (4 / 5, "It is the precision of words alone, whatever n is. How long is a run for n = 2?"),
    (2 / 4, "It is the precision of the longest runs alone. Which n count?"),
    (math.sqrt(3 / 4 * 2 / 3), "It looks as if the last run of each sentence were missing. Where does it begin?"),
    (1.0, "Everything seems to be found. What is it compared with?"),
)
OF_A_SHORT_ONE = (
    (1.0, "It has no penalty. Which of the two lengths must be the shorter one?"),
    (math.exp(1 - 3 / 5), "Above 1 it would be a reward. Which length stands above the line?"),
    (3 / 5, "It is the ratio of the lengths. What does the docstring make of it?"),
)
"""Numbers that a known slip gives, and a sentence about it."""


def _scores(function, candidates, references, most: int, wanted: float, reason: str, slips=()) -> None:
    value = number_of(function, "bleu", candidates, references, most)
    if math.isclose(value, wanted, rel_tol=1e-6, abs_tol=1e-9):
        return
    told = "; ".join(f"{' '.join(c)} / {' '.join(r)}" for c, r in zip(candidates, references, strict=True))
    why = [why for wrong, why in slips if math.isclose(value, wrong, rel_tol=1e-6)]
    why += ["It lies between 0 and 1."] if not 0 <= value <= 1 else []
    told = f"bleu, max_n {most}, of {told}: {reason}, {wanted:.4f}; yours is {value:.4f}."
    raise CheckError(" ".join([told, *why]))
