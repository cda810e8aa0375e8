"""align_labels(word_labels, word_ids) -> the labels of pieces: cases, right variants."""

from itertools import groupby

import numpy as np

from autograder.exam.exercise import Case, Exercise
from autograder.exams.fine_tuning.earlier import NOTEBOOK

IGNORED = -100


def sentence(rng, sizes, special=(1, 1), last=None):
    """Labels of words, no neighbours alike, and the words' numbers by piece.

    Args:
        sizes: how many pieces each word has.
        special: how many special tokens stand in front and behind.
        last: the first word of those that were cut off.
    """
    labels = [int(rng.integers(5))]
    while len(labels) < len(sizes):
        labels.append(int((labels[-1] + rng.integers(1, 5)) % 5))
    pieces = [word for word, size in enumerate(sizes[:last]) for _ in range(size)]
    return labels, [None] * special[0] + pieces + [None] * special[1]


def right_labels(labels, word_ids):
    """The oracle: each word's label put at the first place of its number."""
    found = np.full(len(word_ids), IGNORED)
    for word, label in enumerate(labels):
        if word in word_ids:
            found[word_ids.index(word)] = label
    return found.tolist()


def cases(rng):
    def case(concept, labels, word_ids):
        return Case(concept, (labels, word_ids), expected=right_labels(labels, word_ids))

    yield case("words of one piece", *sentence(rng, [1, 1, 1, 1]))
    yield case("a word of two pieces", *sentence(rng, [1, 2, 1]))
    yield case("words of several pieces", *sentence(rng, [3, 1, 4, 2, 1]))
    yield case("a first word of several pieces", *sentence(rng, [3, 1, 1]))
    yield case("no special tokens", *sentence(rng, [2, 1, 3], (0, 0)))
    yield case("padding behind", *sentence(rng, [1, 3, 1], (1, 5)))
    yield case("padding in front", *sentence(rng, [1, 3, 1], (4, 1)))
    _, word_ids = sentence(rng, [2, 3, 2])
    yield case("neighbours with the same label", [2, 2, 2], word_ids)
    yield case("labels that are all zero", [0, 0, 0], list(word_ids))
    yield case("an input that was cut off", *sentence(rng, [1, 2, 1, 3], last=2))
    yield case("a word without any piece", *sentence(rng, [1, 2, 0, 1, 0, 2]))
    yield case("a first word without any piece", *sentence(rng, [0, 2, 1, 1]))
    yield case("special tokens alone", *sentence(rng, [], (1, 3)))
    yield case("a single piece", *sentence(rng, [1], (0, 0)))
    yield case("a word that has no label of its own", [3, IGNORED, 1], [None, 0, 1, 1, 2, 2, None])


align_labels = Exercise(NOTEBOOK, "align_labels", cases)


@align_labels.right
def by_a_set_of_words_met(word_labels, word_ids):
    met, labels = set(), []
    for word in word_ids:
        if word is None or word in met:
            labels.append(-100)
        else:
            met.add(word)
            labels.append(word_labels[word])
    return labels


@align_labels.right
def by_groups(word_labels, word_ids):
    labels = []
    for word, pieces in groupby(word_ids):
        size = len(list(pieces))
        labels += [-100] * size if word is None else [word_labels[word]] + [-100] * (size - 1)
    return labels


@align_labels.right
def by_looking_back(word_labels, word_ids):
    return [
        -100 if w is None or (place > 0 and word_ids[place - 1] == w) else word_labels[w]
        for place, w in enumerate(word_ids)
    ]


@align_labels.right
def by_numpy(word_labels, word_ids):
    words = np.array([-1 if word is None else word for word in word_ids], dtype=int)
    numbers, first = np.unique(words, return_index=True)
    labels = np.full(len(words), -100)
    for number, place in zip(numbers, first, strict=True):
        if number >= 0:
            labels[place] = word_labels[number]
    return labels.tolist()


@align_labels.right
def from_the_end(word_labels, word_ids):
    labels = [-100] * len(word_ids)
    places = {word: place for place, word in reversed(list(enumerate(word_ids))) if word is not None}
    for word, place in places.items():
        labels[place] = word_labels[word]
    return labels
