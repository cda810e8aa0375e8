"""Wrong variants of make_sentence_pairs."""

from itertools import pairwise

from autograder.exams.masked_language_model.sentence_pairs import make_sentence_pairs


def another(documents, own, generator):
    """A sentence of another document, as it should be drawn."""
    other = documents[(own + generator.integers(1, len(documents))) % len(documents)]
    return other[generator.integers(len(other))]


def coin(generator):
    return bool(generator.random() < 0.5)


def paired(documents, generator, draw=another, toss=None):
    """The right pairs, with another way to draw the other sentence or to toss; shared by variants.

    Args:
        draw: called as draw(documents, own, generator).
        toss: called as toss(own, n), of the document's number and the sentence's.
    """
    if len(documents) < 2:
        raise ValueError
    toss = toss or (lambda own, n: coin(generator))
    pairs = []
    for own, document in enumerate(documents):
        for n, (first, following) in enumerate(pairwise(document)):
            is_next, elsewhere = toss(own, n), draw(documents, own, generator)
            pairs.append((first, following if is_next else elsewhere, is_next))
    return pairs


@make_sentence_pairs.wrong("all pairs are true ones. What decides, and what comes in the other half?")
def always_next(documents, generator):
    return paired(documents, generator, toss=lambda own, n: True)


@make_sentence_pairs.wrong("no pair is a true one. What decides, and what comes in the other half?")
def never_next(documents, generator):
    return paired(documents, generator, toss=lambda own, n: False)


@make_sentence_pairs.wrong("the coin is not fair: three pairs in four are true. How many should be?")
def three_in_four(documents, generator):
    return paired(documents, generator, toss=lambda own, n: bool(generator.random() < 0.75))


@make_sentence_pairs.wrong("true and other pairs take turns. What is left to chance?")
def in_turn(documents, generator):
    turn = [coin(generator)]

    def toss(own, n):
        turn[0] = not turn[0]
        return turn[0]

    return paired(documents, generator, toss=toss)


@make_sentence_pairs.wrong("one coin is tossed for a whole document. For what does the docstring toss one?")
def coin_for_each_document(documents, generator):
    coins = [coin(generator) for _ in documents]
    return paired(documents, generator, toss=lambda own, n: coins[own])


@make_sentence_pairs.wrong("one coin is tossed for all pairs together. For what does the docstring toss one?")
def one_coin(documents, generator):
    is_next = coin(generator)
    return paired(documents, generator, toss=lambda own, n: is_next)


@make_sentence_pairs.wrong("exactly half of the pairs are true, in every call. Is each coin independent of the others?")
def exactly_half(documents, generator):
    count = sum(len(document) - 1 for document in documents)
    coins = iter(generator.permutation(count) < count // 2)
    return paired(documents, generator, toss=lambda own, n: bool(next(coins)))


@make_sentence_pairs.wrong("the other document may be the same one. Which one is it not to be?")
def any_document(documents, generator):
    def draw(documents, own, generator):
        document = documents[generator.integers(len(documents))]
        return document[generator.integers(len(document))]

    return paired(documents, generator, draw)


@make_sentence_pairs.wrong("the other sentence comes from the same document. Where should it come from?")
def same_document(documents, generator):
    def draw(documents, own, generator):
        return documents[own][generator.integers(len(documents[own]))]

    return paired(documents, generator, draw)


@make_sentence_pairs.wrong("longer documents are drawn more often. What is drawn first, a document or a sentence?")
def any_sentence_of_the_others(documents, generator):
    def draw(documents, own, generator):
        sentences = [s for place, document in enumerate(documents) if place != own for s in document]
        return sentences[generator.integers(len(sentences))]

    return paired(documents, generator, draw)


@make_sentence_pairs.wrong("any sentence of all is drawn. Which document is it not to come from?")
def any_sentence(documents, generator):
    sentences = [sentence for document in documents for sentence in document]
    return paired(documents, generator, lambda *_: sentences[generator.integers(len(sentences))])


@make_sentence_pairs.wrong("a document of the same text counts as the same one. What makes it another: text or place?")
def another_text(documents, generator):
    def draw(documents, own, generator):
        others = [document for document in documents if document != documents[own]]
        other = others[generator.integers(len(others))]
        return other[generator.integers(len(other))]

    return paired(documents, generator, draw)


@make_sentence_pairs.wrong("the other document is always the following one. Which others are there?")
def following_document(documents, generator):
    def draw(documents, own, generator):
        other = documents[(own + 1) % len(documents)]
        return other[generator.integers(len(other))]

    return paired(documents, generator, draw)


@make_sentence_pairs.wrong("one of the other documents is never drawn. Is the upper end of the range drawn?")
def one_document_missing(documents, generator):
    def draw(documents, own, generator):
        step = 1 if len(documents) == 2 else generator.integers(1, len(documents) - 1)
        other = documents[(own + step) % len(documents)]
        return other[generator.integers(len(other))]

    return paired(documents, generator, draw)


@make_sentence_pairs.wrong("only the documents before are drawn. Which others are there?")
def documents_before(documents, generator):
    def draw(documents, own, generator):
        other = documents[generator.integers(own) if own else generator.integers(1, len(documents))]
        return other[generator.integers(len(other))]

    return paired(documents, generator, draw)


@make_sentence_pairs.wrong("one other document serves a whole call. For what is one drawn?")
def one_other_document(documents, generator):
    steps = generator.integers(1, len(documents)) if len(documents) > 1 else 1

    def draw(documents, own, generator):
        other = documents[(own + steps) % len(documents)]
        return other[generator.integers(len(other))]

    return paired(documents, generator, draw)


@make_sentence_pairs.wrong("the other sentence is always the first of its document. Which ones may it be?")
def first_of_the_other(documents, generator):
    def draw(documents, own, generator):
        return documents[(own + generator.integers(1, len(documents))) % len(documents)][0]

    return paired(documents, generator, draw)


@make_sentence_pairs.wrong("the last sentence of a document is never drawn. Does it need a next one to be a second?")
def last_never_drawn(documents, generator):
    def draw(documents, own, generator):
        other = documents[(own + generator.integers(1, len(documents))) % len(documents)]
        return other[generator.integers(max(1, len(other) - 1))]

    return paired(documents, generator, draw)


@make_sentence_pairs.wrong("the first sentence of a document is never drawn. Does one stand before a second?")
def first_never_drawn(documents, generator):
    def draw(documents, own, generator):
        other = documents[(own + generator.integers(1, len(documents))) % len(documents)]
        return other[generator.integers(min(1, len(other) - 1), len(other))]

    return paired(documents, generator, draw)


@make_sentence_pairs.wrong("documents of one sentence are never drawn. Can their sentence be a second?")
def long_documents_only(documents, generator):
    def draw(documents, own, generator):
        others = [d for place, d in enumerate(documents) if place != own]
        others = [d for d in others if len(d) > 1] or others
        other = others[generator.integers(len(others))]
        return other[generator.integers(len(other))]

    return paired(documents, generator, draw)


@make_sentence_pairs.wrong("a drawn sentence that reads like the true next one is drawn again. Is it from elsewhere?")
def never_like_the_next(documents, generator):
    pairs = paired(documents, generator)
    following = [second for document in documents for second in document[1:]]
    own = [place for place, document in enumerate(documents) for _ in document[1:]]
    for number, (first, second, is_next) in enumerate(pairs):
        for _ in range(50):
            if is_next or second != following[number]:
                break
            second = another(documents, own[number], generator)
        pairs[number] = (first, second, is_next)
    return pairs


@make_sentence_pairs.wrong("whether a pair is true is read off the text. What if another document says the same?")
def compared_afterwards(documents, generator):
    following = [second for document in documents for second in document[1:]]
    pairs = paired(documents, generator)
    return [(first, second, second == right) for (first, second, _), right in zip(pairs, following, strict=True)]
