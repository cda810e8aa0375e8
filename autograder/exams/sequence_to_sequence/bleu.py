"""bleu(candidates, references, max_n=4): the cases, the right variants. Tests compare the oracle with sacrebleu."""

import math
from collections import Counter

import numpy as np

from autograder.exam.exercise import Case, Exercise
from autograder.exams.sequence_to_sequence.earlier import NOTEBOOK


def grams(sentence, n):
    """How often each n-gram stands in a sentence."""
    return Counter(zip(*(sentence[start:] for start in range(n)), strict=False))


def counts(candidates, references, n):
    """Found and all n-grams of the candidates, for a corpus."""
    pairs = [(grams(c, n), grams(r, n)) for c, r in zip(candidates, references, strict=True)]
    return sum((mine & theirs).total() for mine, theirs in pairs), sum(mine.total() for mine, _ in pairs)


def brevity(candidates, references):
    """1, or less where the candidates are shorter."""
    c, r = (sum(map(len, side)) for side in (candidates, references))
    return math.exp(min(0.0, 1 - r / c)) if c else 0.0


def right(candidates, references, max_n=4):
    """The oracle."""
    pairs = [counts(candidates, references, n) for n in range(1, max_n + 1)]
    if not all(found for found, _ in pairs):
        return 0.0
    return brevity(candidates, references) * math.prod(found / total for found, total in pairs) ** (1 / max_n)


def cases(rng):
    words = ["i", "love", "you", "the", "cat", "sees", "a", "small", "bird", "and", "we", "like", "it"]

    def sentence(length, most=12):
        return [words[number] for number in rng.integers(most, size=length)]

    def spoilt(reference, changes, cut=0, add=0):
        candidate = list(reference)
        for place in rng.integers(len(candidate), size=changes):
            candidate[place] = words[rng.integers(len(words))]
        return candidate[: len(candidate) - cut] + sentence(add)

    def corpus(lengths, changes, **options):
        references = [sentence(length) for length in lengths]
        return [spoilt(reference, changes, **options) for reference in references], references

    def score(concept, candidates, references, *more):
        return Case(concept, (candidates, references, *more), expected=right(candidates, references, *more))

    yield score("translations with some errors", *corpus([9, 12, 7], 1))
    yield score("translations that are too long", *corpus([9, 12, 8], 1, add=3))
    yield score("translations that are too short", *corpus([10, 12, 9], 1, cut=3))
    yield score("translations that are a word too short", *corpus([8, 9], 0, cut=1))
    mixed = corpus([12, 9], 1, cut=3), corpus([8, 14], 1, add=2)
    yield score("some too long, some too short", mixed[0][0] + mixed[1][0], mixed[0][1] + mixed[1][1])
    yield score("perfect translations", *(2 * [[sentence(6), sentence(9)]]))
    yield score("few kinds of words, often repeated", *(([sentence(14, 3) for _ in range(3)]) for _ in range(2)))
    reference = ["the", "cat", "sees", "the", "small", "bird", "and", "the", "cat"]
    yield score("a word said again and again", [["the"] * 7 + reference[:5]], [reference])
    yield score("a sentence said twice", [reference[:5] * 2], [reference])
    yield score("words of another sentence", *shuffled(*corpus([8, 8, 8], 0)))
    short, long = corpus([2, 2, 3], 0), corpus([11, 13], 1)
    yield score("short sentences among long ones", short[0] + long[0], short[1] + long[1])
    yield score("nothing but sentences of two words", *corpus([2, 2], 0))
    yield score("nothing but sentences of two words, and pairs", *corpus([2, 2, 2], 0), 2)
    yield score("no word right", [["cat", "bird"] * 3], [["i", "love", "you", "and", "we", "like"]])
    yield score("right words in the wrong order", [reference[::-1]], [reference])
    yield score("an empty translation among others", [[], *long[0]], [sentence(6), *long[1]])
    yield score("nothing but empty translations", [[], []], [sentence(4), sentence(5)])
    for n in (1, 2, 3, 5):
        yield score("another largest n", *corpus([9, 11, 10], 1, cut=1), n)
    yield score("a corpus of many sentences", *corpus(rng.integers(5, 16, size=12).tolist(), 2))
    yield score("sentences of quite different quality", *quality(corpus))
    tuples = [tuple(map(tuple, side)) for side in corpus([8, 9], 1)]
    yield score("Chinese words", [["我", "爱", "你", "和", "苹果"]], [["我", "爱", "你", "和", "他", "的", "苹果"]])
    yield score("tuples of words", *tuples)


def shuffled(candidates, references):
    """Each candidate beside the reference of the next one, whose words are its own last ones."""
    mine = [c[:4] + d[-4:] for c, d in zip(candidates, [*references[1:], references[0]], strict=True)]
    return mine, references


def quality(corpus):
    good, bad = corpus([12, 9], 0, cut=1), corpus([8, 14], 5)
    return good[0] + bad[0], good[1] + bad[1]


bleu = Exercise(
    NOTEBOOK,
    "bleu",
    cases,
    survivors={
        "bleu: grams.get(gram, 0) + 1 -> grams.get(gram, 0) + 2": "all counts are doubled, above and below the line",
        "bleu: min(count, theirs.get(gram, 0)) -> min(theirs.get(gram, 0), "
        "count)": "the smaller of two in either order",
        "bleu: c >= r -> c > r": "exp(1 - 1) is 1",
        "bleu: return 0.0 -> return 0": "0 is 0.0",
    },
)


@bleu.right
def with_counters(candidates, references, max_n=4):
    logs = []
    for n in range(1, max_n + 1):
        found, total = counts(candidates, references, n)
        if not found:
            return 0.0
        logs.append(math.log(found) - math.log(total))
    return brevity(candidates, references) * math.exp(sum(logs) / max_n)


@bleu.right
def with_arrays(candidates, references, max_n=4):
    table = np.zeros((max_n, 2))
    for candidate, reference in zip(candidates, references, strict=True):
        for n in range(1, max_n + 1):
            mine = [tuple(candidate[i : i + n]) for i in range(len(candidate) - n + 1)]
            theirs = [tuple(reference[i : i + n]) for i in range(len(reference) - n + 1)]
            found = sum(min(mine.count(gram), theirs.count(gram)) for gram in set(mine))
            table[n - 1] += found, len(mine)
    if (table == 0).any():
        return 0.0
    c, r = sum(len(x) for x in candidates), sum(len(x) for x in references)
    mean = np.exp(np.log(table[:, 0] / table[:, 1]).mean())
    return float(mean * min(1.0, np.exp(1 - r / c)))


@bleu.right
def striking_out_what_was_found(candidates, references, max_n=4):
    product, c, r = 1.0, 0, 0
    for n in range(1, max_n + 1):
        found = total = 0
        for candidate, reference in zip(candidates, references, strict=True):
            left = [list(reference[i : i + n]) for i in range(len(reference) - n + 1)]
            for i in range(len(candidate) - n + 1):
                total += 1
                if list(candidate[i : i + n]) in left:
                    left.remove(list(candidate[i : i + n]))
                    found += 1
        product *= found / total if total else 0
    for candidate, reference in zip(candidates, references, strict=True):
        c, r = c + len(candidate), r + len(reference)
    if product == 0:
        return 0
    return product ** (1 / max_n) * (1 if c > r else math.exp(1 - r / c))
