"""make_sentence_pairs(documents, generator) -> list of (first, second, is_next): the right variants."""

import random
from itertools import pairwise

import numpy as np

from autograder.exam.exercise import Exercise
from autograder.exams.masked_language_model.earlier import NOTEBOOK
from autograder.exams.masked_language_model.sentence_pairs_cases import cases

_STEP = "generator.integers(1, len(documents))"

make_sentence_pairs = Exercise(
    NOTEBOOK,
    "make_sentence_pairs",
    cases,
    survivors={
        "make_sentence_pairs: bool(generator.random() < 0.5) -> generator.random() < 0.5": (
            "without a size, NumPy's random() is a Python float"
        ),
        "make_sentence_pairs: generator.random() < 0.5 -> generator.random() <= 0.5": "a random number is never 0.5",
        "make_sentence_pairs: generator.random() < 0.5 -> generator.random() > 0.5": "a fair coin has two equal sides",
        f"make_sentence_pairs: place + {_STEP} -> place - {_STEP}": "both ways round lead to every other place",
    },
)


@make_sentence_pairs.right
def by_choice_among_the_others(documents, generator):
    if len(documents) < 2:
        raise ValueError("no other document")
    pairs = []
    for own in range(len(documents)):
        others = [place for place in range(len(documents)) if place != own]
        for n in range(len(documents[own]) - 1):
            if generator.integers(2) == 1:
                pairs.append((documents[own][n], documents[own][n + 1], True))
            else:
                other = documents[generator.choice(others)]
                pairs.append((documents[own][n], other[generator.integers(0, len(other))], False))
    return pairs


@make_sentence_pairs.right
def by_trying_again(documents, generator):
    if len(documents) <= 1:
        raise ValueError
    pairs = []
    for own, document in enumerate(documents):
        for n, first in enumerate(document[:-1]):
            is_next = bool(generator.uniform() > 0.5)
            second = document[n + 1]
            if not is_next:
                place = own
                while place == own:
                    place = int(generator.integers(len(documents)))
                second = documents[place][int(generator.random() * len(documents[place]))]
            pairs.append((first, second, is_next))
    return pairs


@make_sentence_pairs.right
def all_coins_first(documents, generator):
    if not documents or len(documents) == 1:
        raise ValueError("at least two documents")
    places = [(own, n) for own, document in enumerate(documents) for n in range(len(document) - 1)]
    coins = generator.random(len(places)) < 0.5
    steps = generator.integers(1, len(documents), size=len(places))
    result = []
    for (own, n), is_next, step in zip(places, coins.tolist(), steps.tolist(), strict=True):
        other = documents[own - step]
        second = documents[own][n + 1] if is_next else other[generator.integers(len(other))]
        result.append((documents[own][n], second, is_next))
    return result


@make_sentence_pairs.right
def by_a_permutation(documents, generator):
    if len(documents) < 2:
        raise ValueError
    result = []
    for own, document in enumerate(documents):
        for first, second in pairwise(document):
            if generator.binomial(1, 0.5):
                result += [(first, second, True)]
                continue
            order = generator.permutation(len(documents)).tolist()
            order.remove(own)
            other = documents[order[0]]
            result += [(first, other[generator.permutation(len(other))[-1]], False)]
    return result


@make_sentence_pairs.right
def by_python_chance_seeded_by_the_generator(documents, generator):
    if len(documents) < 2:
        raise ValueError
    chance = random.Random(int(generator.integers(2**63)))

    def pair(own, n):
        if chance.random() < 0.5:
            return documents[own][n], documents[own][n + 1], True
        others = documents[:own] + documents[own + 1 :]
        return documents[own][n], chance.choice(chance.choice(others)), False

    return [pair(own, n) for own, document in enumerate(documents) for n in range(len(document) - 1)]


@make_sentence_pairs.right
def by_a_generator_of_its_own(documents, generator):
    if len(documents) < 2:
        raise ValueError
    own_generator = np.random.default_rng(generator.integers(2**32, size=4))
    place_of = [place for place, document in enumerate(documents) for _ in document[1:]]
    following = [pair for document in documents for pair in zip(document, document[1:])]  # noqa: B905, RUF007
    shifted = own_generator.integers(len(documents) - 1, size=len(following))
    pairs = []
    for place, (first, second), drawn in zip(place_of, following, shifted, strict=True):
        other = documents[drawn + (drawn >= place)]
        number = own_generator.choice(len(other))
        heads = own_generator.choice([True, False])
        pairs.append((first, second, True) if heads else (first, other[number], False))
    return pairs
