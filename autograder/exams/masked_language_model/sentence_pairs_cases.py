"""The cases of make_sentence_pairs(documents, generator).

Nobody's order of draws is asked for. What holds whatever the draws is compared on a few documents; shares are compared
over many calls, at five standard deviations.
"""

from functools import partial

import numpy as np

from attention_course.probes.masked_language_model import texts
from autograder.exam.compare import EXACT
from autograder.exam.exercise import Case
from autograder.exams.masked_language_model.chance import SIGMAS, share, surplus

_NOUNS = ("sailor", "girl", "pupil", "teacher", "ferry", "crab", "baker", "pie", "net", "boat", "book")


def firsts(documents):
    """The first sentences in order."""
    return [sentence for document in documents for sentence in document[:-1]]


def promises(documents, pairs):
    """What holds whatever the draws."""
    places = [(own, n) for own, document in enumerate(documents) for n in range(len(document) - 1)]
    told = list(zip(places, pairs, strict=False))
    return {
        "firsts": [first for first, _, _ in pairs],
        "true pairs": all(second == documents[own][n + 1] for (own, n), (_, second, is_next) in told if is_next),
        "other pairs": all(
            any(second in other for place, other in enumerate(documents) if place != own)
            for (own, _), (_, second, is_next) in told
            if not is_next
        ),
    }


def statistics(documents, calls):
    """Shares over many calls on documents in which every sentence is there once."""
    where = {sentence: (d, n) for d, document in enumerate(documents) for n, sentence in enumerate(document)}
    own = np.array([[where[first][0] for first, _, _ in pairs] for pairs in calls])
    second = np.array([[where[second] for _, second, _ in pairs] for pairs in calls])
    coins = np.array([[bool(is_next) for _, _, is_next in pairs] for pairs in calls])
    others = ~coins[:, 1:] & ~coins[:, :-1] & (own[:, 1:] == own[:, :-1])  # two neighbours with a second from elsewhere
    again = (second[:, 1:, 0] == second[:, :-1, 0])[others]
    return {
        **_of_coins(coins, own),
        **_of_documents(documents, own[~coins], *second[~coins].T),
        "the same document again": share(
            again.sum(), again.size, 1 / (len(documents) - 1), 1.0, 0.0, 1 / len(documents)
        ),
    }


def _of_coins(coins, own):
    """Whether true and other pairs are what independent tosses of a fair coin make."""
    same = own[:, 1:] == own[:, :-1]
    alike = coins[:, 1:] == coins[:, :-1]
    likely = (0.5, 1.0, 0.0, 0.75, 0.25, 0.15, 0.85, 0.8)
    calls, tosses = coins.shape
    balance = surplus(coins.sum(axis=1), np.full(calls, tosses / 2), np.full(calls, tosses / 4))
    return {
        "true": share(coins.sum(), coins.size, *likely),
        "alike in a document": share((alike & same).sum(), same.sum(), *likely),
        "alike across documents": share((alike & ~same).sum(), (~same).sum(), *likely),
        "balance of each call": "even" if balance < -SIGMAS else "uneven" if balance > SIGMAS else "by chance",
    }


def _of_documents(documents, own, other, place):
    """Whether the other document, and the place in it, are drawn evenly.

    Args:
        own, other, place: of each pair that is not a true one, the number of the document of the first sentence, of
            the second one's, and the place of the second in it.
    """
    count = len(documents)
    drawn = np.zeros((count, count))
    np.add.at(drawn, (own, other), 1)
    fair = drawn.sum(axis=1, keepdims=True) / (count - 1) * (1 - np.eye(count))
    places = [np.bincount(place[other == d], minlength=len(documents[d])) for d in range(count)]
    even = np.concatenate([np.full(len(counts), counts.mean()) for counts in places])
    return {
        "from the same document": bool(np.diag(drawn).any()),
        "documents": surplus(drawn[fair > 0], fair[fair > 0], fair[fair > 0]) > SIGMAS,
        "documents never drawn": int(np.count_nonzero(drawn[fair > 0] == 0)),
        "sentences": surplus(np.concatenate(places), even, even) > SIGMAS,
        "never drawn": [sum(counts[end] == 0 for counts in places) for end in (0, -1)],
        "sentences never drawn": sum(int((counts == 0).sum()) for counts in places),
    }


_BY_CHANCE = {
    "true": 0.5,
    "alike in a document": 0.5,
    "alike across documents": 0.5,
    "balance of each call": "by chance",
    "from the same document": False,
    "documents": False,
    "documents never drawn": 0,
    "sentences": False,
    "never drawn": [0, 0],
    "sentences never drawn": 0,
    "the same document again": 1 / 4,
}


def shares_among_twins(calls):
    """How often pairs are true, and how often a false one has the text of the true next one or of the lone sentence."""
    pairs = [pair for call in calls for pair in call]
    false = [second for _, second, is_next in pairs if not is_next]
    likely = (0.0, 1.0, 0.25, 0.5, 1 / 3, 2 / 3)
    return [
        share(len(pairs) - len(false), len(pairs), 0.5, 0.625, 0.75, 0.375, 1.0, 0.0),
        share(false.count("y"), len(false), 0.25, *likely),
        share(false.count("z"), len(false), 0.5, *likely),
    ]


def alike(results):
    """Of several results, whether their coins and the sentences from elsewhere are those of the first, and all is."""

    def parts(pairs):
        coins = [is_next for *_, is_next in pairs]
        elsewhere = [a == b for a, b in zip(pairs, results[0], strict=True) if not a[2] and not b[2]]
        return [coins == [is_next for *_, is_next in results[0]], all(elsewhere), pairs == results[0]]

    return [parts(pairs) for pairs in results]


def cases(rng):
    def seed():
        return int(rng.integers(2**31))

    def sentence(d, n):
        return f"the {_NOUNS[d]} meets the {rng.choice(_NOUNS)} for the {n} th time ."

    def documents(*lengths):
        return [[sentence(d, n) for n in range(length)] for d, length in enumerate(lengths)]

    def holds(concept, given):
        right = {"firsts": firsts(given), "true pairs": True, "other pairs": True}
        return Case(concept, (given, seed()), {}, EXACT, right, use=texts.with_rng, read=partial(promises, given))

    kinds = ["list", ["tuple"], [["str"], ["str"], ["bool"]]]
    yield Case("the kinds of what comes back", (documents(4, 1, 3), seed()), expected=kinds, use=texts.kinds_of_pairs)
    yield holds("documents of several lengths", documents(4, 1, 3, 2))
    yield holds("two documents", documents(5, 4))
    yield holds("as many documents as sentences", documents(4, 4, 4, 4))
    yield holds("other documents of one sentence", documents(6, 1, 1))
    yield holds("documents of one sentence alone", documents(1, 1, 1))
    yield holds("a document of one sentence at either end", documents(1, 3, 1))
    words = [[text.split()[: 3 + n] for n, text in enumerate(document)] for document in documents(3, 2, 4)]
    yield holds("sentences as lists of words", words)
    yield holds("sentences as tuples of words", [[tuple(sentence) for sentence in document] for document in words])
    yield holds("sentences as numbers", [[int(n) for n in rng.permutation(100)[:size]] for size in (3, 5, 2)])
    yield holds("sentences that begin alike", [["a", "a b", "a b c"], ["a d", "a b d"], ["b", "b a"]])
    few = ("no documents at all", []), ("a single document", documents(4)), ("a single sentence", documents(1))
    for concept, given in few:
        yield Case(concept, (given, seed()), raises="ValueError", use=texts.with_rng)
    yield from _chance(rng, seed, documents)


def _chance(rng, seed, documents):
    first, second, own = (seed() for _ in range(3))
    seeds = {"seeds": [first, first, second], "own_seeds": [own, own + 1, own]}
    expected = [[True] * 3, [True] * 3, [False] * 3]
    yield Case(
        "the generator that is given", (documents(30, 20, 10),), seeds, expected=expected, use=texts.with_rngs,
        read=alike,
    )  # fmt: skip
    turns, expected = {"seed": seed(), "calls": 2}, [[True] * 3, [False] * 3]
    yield Case(
        "a generator used twice", (documents(30, 20, 10),), turns, expected=expected, use=texts.with_one_rng,
        read=alike,
    )  # fmt: skip
    turns = {"seed": seed(), "calls": 800}
    twins = [["x", "y"], ["x", "y"], ["z"]]
    yield Case(
        "what chance does to many pairs", (twins,), turns, expected=[0.5, 0.25, 0.5], use=texts.with_one_rng,
        read=shares_among_twins,
    )  # fmt: skip
    given = documents(*(int(n) for n in rng.permutation([1, 2, 3, 5, 9])))
    turns = {"seed": seed(), "calls": 100}
    yield Case(
        "shares of many pairs", (given,), turns, expected=_BY_CHANCE, use=texts.with_one_rng,
        read=partial(statistics, given),
    )  # fmt: skip
