"""Wrong variants of make_sentence_pairs: where chance comes from, and what is refused."""

import copy
import random

import numpy as np

from autograder.exams.masked_language_model.sentence_pairs_mistakes import coin, paired
from autograder.exams.masked_language_model.sentence_pairs_returns import make_sentence_pairs


@make_sentence_pairs.wrong("the generator is not used. Which functions of chance does it have?")
def generator_ignored(documents, generator):
    return paired(documents, np.random.default_rng())


@make_sentence_pairs.wrong("NumPy's global functions are used. From which generator should chance come?")
def global_numpy(documents, generator):
    return paired(
        documents, np.random.RandomState(np.random.randint(2**31)), _by_randint, lambda own, n: _global_coin()
    )


def _global_coin():
    return bool(np.random.rand() < 0.5)


def _by_randint(documents, own, _):
    other = documents[(own + np.random.randint(1, len(documents))) % len(documents)]
    return other[np.random.randint(len(other))]


@make_sentence_pairs.wrong("the coin comes from the generator, the other sentence does not. What else is drawn?")
def other_from_elsewhere(documents, generator):
    return paired(documents, generator, lambda documents, own, _: _by_randint(documents, own, None))


@make_sentence_pairs.wrong("the other sentence comes from the generator, the coin does not. What else is tossed?")
def coin_from_elsewhere(documents, generator):
    return paired(documents, generator, toss=lambda own, n: random.random() < 0.5)


@make_sentence_pairs.wrong("every call draws the same, whatever the generator. Who decides about the seed?")
def fixed_seed(documents, generator):
    return paired(documents, np.random.default_rng(0))


@make_sentence_pairs.wrong("a generator used twice gives the same twice. Does a copy of it draw?")
def copied_generator(documents, generator):
    return paired(documents, copy.deepcopy(generator))


@make_sentence_pairs.wrong("too few documents are no error here. Which one does the docstring ask for?")
def nothing_refused(documents, generator):
    return paired(documents, generator) if len(documents) > 1 else []


@make_sentence_pairs.wrong("no documents at all are no error here. How many does it need?")
def none_at_all_accepted(documents, generator):
    return paired(documents, generator) if documents else []


@make_sentence_pairs.wrong("one document of one sentence is no error here. How many documents does it need?")
def refused_when_drawn(documents, generator):
    return paired(documents, generator) if sum(map(len, documents)) != 1 else []


@make_sentence_pairs.wrong("too few documents raise another error. Which one does the docstring ask for?")
def assertion(documents, generator):
    if len(documents) < 2:
        raise AssertionError
    return paired(documents, generator)


@make_sentence_pairs.wrong("two documents are refused. How many does it need?")
def three_needed(documents, generator):
    if len(documents) < 3:
        raise ValueError
    return paired(documents, generator)


@make_sentence_pairs.wrong("the documents come back in another order. Which method shuffles a copy?")
def shuffled_in_place(documents, generator):
    pairs = paired(documents, generator)
    documents.reverse()
    return pairs


@make_sentence_pairs.wrong("sentences are taken out of the documents. What reads one and leaves it there?")
def popped(documents, generator):
    pairs = paired(documents, generator)
    for document in documents:
        document.pop()
    return pairs


@make_sentence_pairs.wrong("the coin is tossed twice, and both must fall the same way. How likely is that?")
def tossed_twice(documents, generator):
    pairs = paired(documents, generator, toss=lambda own, n: coin(generator) and coin(generator))
    return pairs
