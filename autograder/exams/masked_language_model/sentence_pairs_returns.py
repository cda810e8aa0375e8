"""Wrong variants of make_sentence_pairs: what a pair is, and which sentences are a first."""

from itertools import pairwise

import numpy as np

from autograder.exams.masked_language_model.sentence_pairs_mistakes import another, coin, make_sentence_pairs, paired


@make_sentence_pairs.wrong("is_next is turned round. For which pairs is it True?")
def turned_round(documents, generator):
    return [(first, second, not is_next) for first, second, is_next in paired(documents, generator)]


@make_sentence_pairs.wrong("is_next is a number. What sort of value does the docstring promise?")
def numbers(documents, generator):
    return [(first, second, int(is_next)) for first, second, is_next in paired(documents, generator)]


@make_sentence_pairs.wrong("is_next is a number of BERT's, where 0 means next. What does the docstring promise?")
def published_numbers(documents, generator):
    return [(first, second, int(not is_next)) for first, second, is_next in paired(documents, generator)]


@make_sentence_pairs.wrong("is_next is NumPy's bool. What makes a plain one of it?")
def numpy_bools(documents, generator):
    return [(first, second, np.bool_(is_next)) for first, second, is_next in paired(documents, generator)]


@make_sentence_pairs.wrong("a pair is a list. What sort of value does the docstring promise?")
def lists(documents, generator):
    return [list(pair) for pair in paired(documents, generator)]


@make_sentence_pairs.wrong("is_next comes first. In which order does the docstring name the three?")
def is_next_first(documents, generator):
    return [(is_next, first, second) for first, second, is_next in paired(documents, generator)]


@make_sentence_pairs.wrong("first and second are exchanged. Which one comes first in the text?")
def exchanged(documents, generator):
    return [(second, first, is_next) for first, second, is_next in paired(documents, generator)]


@make_sentence_pairs.wrong("the pairs come without is_next. What is the third of the three?")
def pairs_alone(documents, generator):
    return [pair[:2] for pair in paired(documents, generator)]


@make_sentence_pairs.wrong("the pairs come in a tuple. What sort of value does the docstring promise?")
def in_a_tuple(documents, generator):
    return tuple(paired(documents, generator))


@make_sentence_pairs.wrong("the pairs are in another order. In which one does the docstring want them?")
def shuffled(documents, generator):
    pairs = paired(documents, generator)
    return [pairs[number] for number in generator.permutation(len(pairs))]


@make_sentence_pairs.wrong("each first sentence has two pairs, a true one and another. How many should it have?")
def both(documents, generator):
    pairs = paired(documents, generator, toss=lambda own, n: True)
    others = paired(documents, generator, toss=lambda own, n: False)
    return [pair for two in zip(pairs, others, strict=True) for pair in two]


@make_sentence_pairs.wrong("every second sentence is skipped. Which sentences become a first?")
def without_overlap(documents, generator):
    pairs = iter(paired(documents, generator))
    return [pair for document in documents for n, pair in enumerate([next(pairs) for _ in document[1:]]) if n % 2 == 0]


@make_sentence_pairs.wrong("only the first sentence of each document is a first. Which others have a next one?")
def one_pair_for_each_document(documents, generator):
    pairs = iter(paired(documents, generator))
    return [mine[0] for mine in ([next(pairs) for _ in document[1:]] for document in documents) if mine]


@make_sentence_pairs.wrong("the last sentence of a document is a first too. What follows it in its document?")
def across_documents(documents, generator):
    if len(documents) < 2:
        raise ValueError
    places = [(own, sentence) for own, document in enumerate(documents) for sentence in document]
    pairs = []
    for (own, first), (_, following) in pairwise(places):
        is_next = coin(generator)
        pairs.append((first, following if is_next else another(documents, own, generator), is_next))
    return pairs


@make_sentence_pairs.wrong("documents of two sentences are passed over. How many does a pair need?")
def two_sentences_passed_over(documents, generator):
    pairs = iter(paired(documents, generator))
    return [pair for d in documents for pair in [next(pairs) for _ in d[1:]] if len(d) > 2]


@make_sentence_pairs.wrong("a document of one sentence raises an error. What becomes of it?")
def one_sentence_fails(documents, generator):
    if any(len(document) < 2 for document in documents) and len(documents) > 1:
        raise IndexError
    return paired(documents, generator)


@make_sentence_pairs.wrong("sentences that are lists fail as keys or members of a set. What else tells a sentence?")
def hashable_sentences(documents, generator):
    {sentence for document in documents for sentence in document}
    return paired(documents, generator)


@make_sentence_pairs.wrong("sentences that are lists of words fail. What does `choice` make of them, and of numbers?")
def chosen_by_choice(documents, generator):
    def draw(documents, own, generator):
        other = documents[(own + generator.integers(1, len(documents))) % len(documents)]
        drawn = generator.choice(np.array(other))
        return drawn.item()

    return paired(documents, generator, draw)


@make_sentence_pairs.wrong("the first and the second are joined to one text. What are the three things in a pair?")
def joined(documents, generator):
    return [(f"{first} [SEP] {second}", is_next) for first, second, is_next in paired(documents, generator)]
