"""Visible checks of labels and tags: pieces, spans, the best allowed sequence."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np

from attention_course.checks.patience import patience
from attention_course.checks.report import CheckError, called, visible_check


@visible_check(points=2)
def align_labels(function) -> None:
    """One piece a word, long words, special tokens, words without pieces."""
    for labels, word_ids, expected in (
        ([3, 0, 2], [None, 0, 1, 2, None], [-100, 3, 0, 2, -100]),
        ([3, 0, 2], [None, 0, 1, 1, 1, 2, None, None], [-100, 3, 0, -100, -100, 2, -100, -100]),
        ([1, 1], [0, 0, 1, 1], [1, -100, 1, -100]),
        ([4, 1, 2], [None, 0, 2, 2, None], [-100, 4, 2, -100, -100]),
        ([4, 1, 2], [None, 0, 0, None], [-100, 4, -100, -100]),
        ([], [None, None], [-100, -100]),
    ):
        given = copy.deepcopy((labels, word_ids))
        got = called(function, labels, word_ids)
        told = f"align_labels({labels}, {word_ids})"
        if (labels, word_ids) != given:
            raise CheckError(f"align_labels({given[0]}, {given[1]}) changed a list it was given.")
        if not isinstance(got, list) or not all(isinstance(label, (int, np.integer)) for label in got):
            raise CheckError(f"{told} should be a list of ints; yours is {got!r}.")
        if got != expected:
            raise CheckError(f"{told} should be {expected}, yours is {got}. {_why(labels, word_ids, expected, got)}")


def _why(labels: list, word_ids: list, expected: list, got: list) -> str:
    """The next question, from the first place that differs."""
    if len(got) != len(word_ids):
        return f"There are {len(word_ids)} pieces. How many labels should there be?"
    place = next(n for n, (right, label) in enumerate(zip(expected, got, strict=True)) if right != label)
    word = word_ids[place]
    if word is None:
        return f"Place {place} is a special token. Which number leaves it out of the loss?"
    if expected[place] == -100:
        return f"Place {place} is not the first piece of word {word}. Which number leaves it out of the loss?"
    if got[place] == -100:
        return f"Place {place} is the first piece of word {word}, whose label is {labels[word]}. What was taken for it?"
    return f"Place {place} belongs to word {word}, whose label is {labels[word]}. Which word's label did you take?"


SENTENCES: tuple[tuple[str, set, str], ...] = (
    ("O B-PER I-PER O", {("PER", 1, 3)}, "The end is the place of the first word behind the span."),
    ("B-PER", {("PER", 0, 1)}, "What closes a span that reaches the end of the sentence?"),
    ("B-PER B-PER I-PER", {("PER", 0, 1), ("PER", 1, 3)}, "A B- always begins a new span."),
    ("B-PER B-LOC I-LOC", {("PER", 0, 1), ("LOC", 1, 3)}, "A B- always begins a new span."),
    ("O I-PER O", set(), "An I- without its B- belongs to nothing."),
    ("I-PER B-PER", {("PER", 1, 2)}, "An I- without its B- belongs to nothing, at the start too."),
    ("B-PER I-LOC I-PER", {("PER", 0, 1)}, "Which I- carry a span on, and what becomes of one behind a gap?"),
    ("B-PER O I-PER", {("PER", 0, 1)}, "A span ends at O. To what does the I- behind it belong?"),
    ("B-A-B I-A-B O", {("A-B", 0, 2)}, "The label is all that stands behind the first dash."),
    ("", set(), "A sentence without words has no spans."),
)


@visible_check(points=3)
def spans(find, score) -> None:
    """Sentences read by hand; then scores that can be counted on one's fingers."""
    for text, expected, reason in SENTENCES:
        tags = text.split()
        got = called(find, list(tags))
        if got is None:
            raise CheckError("spans returned None. Is there a `return` on the last line?")
        if not isinstance(got, set):
            raise CheckError(f"spans should return a set of (label, start, end); it returned {got!r}.")
        if got != expected:
            raise CheckError(f"spans({tags}) should be {expected or 'an empty set'}, yours is {got}. {reason}")
    _scores(score)


def _scores(function) -> None:
    cases: tuple[tuple[str, list, list, tuple, str], ...] = (
        ("one of two spans found, and one too many", ["B-A I-A O B-B"], ["B-A I-A B-A O"], (0.5, 0.5, 0.5), ""),
        (
            "one of three spans found, and nothing else",
            ["B-A B-A B-A"],
            ["B-A O O"],
            (1.0, 1 / 3, 0.5),
            "Precision divides by what was found, recall by what is there.",
        ),
        (
            "a span that is one word too short",
            ["B-A I-A I-A O"],
            ["B-A I-A O O"],
            (0.0, 0.0, 0.0),
            "Three of four tags are right, and no span is.",
        ),
        ("a span with another label", ["B-A"], ["B-B"], (0.0, 0.0, 0.0), "The label has to agree too."),
        (
            "one span at the same place of two sentences, found in one of them",
            ["B-A O", "B-A O"],
            ["B-A O", "O O"],
            (1.0, 0.5, 2 / 3),
            "The same place in another sentence is another span.",
        ),
        (
            "two sentences, one with three spans, one with one",
            ["B-A B-A B-A", "B-A"],
            ["B-A B-A B-A", "O"],
            (1.0, 0.75, 6 / 7),
            "Add up over all sentences before you divide.",
        ),
        (
            "a span that ends one sentence, and an I- that begins the next",
            ["B-A", "O"],
            ["B-A", "I-A"],
            (1.0, 1.0, 1.0),
            "An I- at the start of a sentence does not go on from the sentence before.",
        ),
        ("no spans at all", ["O O"], ["O O"], (0.0, 0.0, 0.0), "0 / 0 is 0 here."),
    )
    for name, truth, predicted, expected, reason in cases:
        got = called(function, *([text.split() for text in texts] for texts in (truth, predicted)))
        values = three_numbers(got, "span_scores")
        if not all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(values, expected, strict=True)):
            raise CheckError(
                f"span_scores, {name} (truth {truth}, predicted {predicted}): precision, recall and F1 should be "
                f"{_rounded(expected)}, yours are {_rounded(values)}. {_ask(name, values, reason)}".rstrip()
            )


def _ask(name: str, values: list[float], reason: str) -> str:
    if name.startswith("one span at the same place") and math.isclose(values[0], 0.5):
        return "Are scores of single sentences averaged? Add up over all sentences before you divide."
    return reason


def three_numbers(got: Any, name: str) -> list[float]:
    """Precision, recall and F1 as plain numbers.

    Raises:
        CheckError: it is something else.
    """
    if got is None:
        raise CheckError(f"{name} returned None. Is there a `return` on every way out?")
    if not isinstance(got, (tuple, list)) or len(got) != 3:
        raise CheckError(f"{name} returns three things: precision, recall, F1. Yours returned {got!r}.")
    if not all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in got):
        kinds = ", ".join(type(x).__name__ for x in got)
        raise CheckError(f"{name} should return three plain floats; yours are of the kinds {kinds}.")
    return [float(x) for x in got]


def _rounded(values) -> list[float]:
    return [round(float(value), 4) for value in values]


ONE = ["O", "B-X", "I-X"]
TWO = ["O", "B-X", "I-X", "B-Y", "I-Y"]
PATHS: tuple[tuple[list, list, list, str], ...] = (
    ([[0.7, 0.2, 0.1]], ONE, ["O"], "One word, and its most probable tag is allowed."),
    ([[0.2, 0.2, 0.6], [0.9, 0.05, 0.05]], ["O", "B-X", "I-X"], ["O", "O"], ""),
    (
        [[0.5, 0.1, 0.4], [0.2, 0.1, 0.7]],
        ONE,
        ["O", "O"],
        "O I-X is not allowed; O O has the probability 0.1, B-X I-X 0.07.",
    ),
    (
        [[0.45, 0.4, 0.15], [0.05, 0.05, 0.9]],
        ONE,
        ["B-X", "I-X"],
        "The first word looks like O by itself; the second one speaks against it: 0.4 * 0.9 against 0.45 * 0.05.",
    ),
    (
        [[0.01, 0.5, 0.01, 0.47, 0.01], [0.01, 0.01, 0.3, 0.01, 0.67]],
        TWO,
        ["B-Y", "I-Y"],
        "I-Y may stand behind B-Y or I-Y, and not behind B-X: 0.47 * 0.67 against 0.5 * 0.3.",
    ),
    (
        [[0.1, 0.8, 0.1], [0.1, 0.2, 0.7], [0.1, 0.2, 0.7]],
        ONE,
        ["B-X", "I-X", "I-X"],
        "A name may have three words: I-X may stand behind I-X.",
    ),
    ([[0.1, 0.8, 0.1], [0.1, 0.8, 0.1]], ONE, ["B-X", "B-X"], "Two names may stand side by side."),
    ([[0.6, 0.1, 0.3], [0.6, 0.3, 0.1]], ["I-X", "O", "B-X"], ["B-X", "I-X"], "Which column is whose says `labels`."),
)


@visible_check(points=3)
def best_tags(function) -> None:
    """Sentences of up to three words whose products can be reckoned by hand, impossible tags, a long sentence."""
    for shares, labels, expected, reason in PATHS:
        if not reason:
            reason = "A sentence cannot begin with I-X; O O has the probability 0.18, the others less."
        _path(function, np.log(np.array(shares)), labels, expected, f"probabilities {shares}", reason)
    closed = np.array([[0.0, -np.inf, -np.inf], [-np.inf, 0.0, -np.inf], [-np.inf, -np.inf, 0.0]])
    _path(function, closed, ONE, ["O", "B-X", "I-X"], "a word with one possible tag each", "-inf is impossible.")
    far = np.array([[0.0, -400.0, -900.0], [-900.0, -900.0, 0.0]])
    reason = "B-X I-X has -400 in sum, O O -900. O I-X is not allowed at any price: which number closes a step?"
    _path(function, far, ONE, ["B-X", "I-X"], f"log-probabilities {far.tolist()}", reason)
    long = np.log(np.tile([[1e-9, 2e-9, 1e-9]], (200, 1)))
    reason = "A product of 200 small probabilities is 0 in any float. Do you add logarithms?"
    with patience(PATIENCE, TOO_LONG):
        _path(function, long, ONE, ["B-X"] * 200, "200 words, the same tag most probable everywhere", reason)


PATIENCE = 3.0
TOO_LONG = (
    f"best_tags is right for short sentences; with 200 words and 3 labels it was stopped after {PATIENCE:.0f} seconds "
    "of processor time. Does it try every sequence? There are 3 to the power of 200. Which of those that end in the "
    "same tag at a word do you still need at the next word?"
)


def _path(function, rows: np.ndarray, labels: list[str], expected: list[str], case: str, reason: str) -> None:
    given = rows.copy()
    got = called(function, rows, list(labels))
    if not np.array_equal(rows, given):
        raise CheckError("best_tags changed the array it was given. Write `x = x + 1`, not `x += 1`.")
    if not isinstance(got, list) or not all(isinstance(tag, str) for tag in got):
        raise CheckError(f"best_tags should return a list of strings; yours returned {got!r}.")
    if got != expected:
        if len(got) > 1 and got[::-1] == expected:
            reason = "Yours is the right sequence, last word first."
        shown = (expected, got) if len(expected) < 9 else (f"{expected[:3]}...", f"{got[:3]}...")
        raise CheckError(f"best_tags, {case}, labels {labels}: should be {shown[0]}, yours is {shown[1]}. {reason}")
