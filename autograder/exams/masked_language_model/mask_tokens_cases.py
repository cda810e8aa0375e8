"""The cases of mask_tokens(input_ids, special_mask, vocabulary_size, mask_id, probability, generator).

Nobody's order of draws is asked for. What holds whatever the draws is compared on small inputs; shares are compared on
many tokens, at five standard deviations.
"""

from functools import partial

import numpy as np
import torch

from attention_course.probes.masked_language_model import texts
from autograder.exam.compare import EXACT, difference
from autograder.exam.exercise import Case
from autograder.exams.masked_language_model.chance import share, surplus, uneven

LABELLED = -100
TOKENS = (400, 500)  # 200,000 of them


def promises(tokens, special, vocabulary_size, result):
    """What holds whatever the draws, of (corrupted, labels)."""
    seen, labels = result
    selected = labels != LABELLED
    return {
        "special tokens stay": bool(((seen == tokens) & ~selected)[special].all()),
        "what has no label stays": bool((seen == tokens)[~selected].all()),
        "labels are the original": bool((labels == tokens)[selected].all()),
        "tokens of the vocabulary": bool(((seen >= 0) & (seen < vocabulary_size)).all()),
    }


_KEPT_PROMISES = dict.fromkeys(
    ("special tokens stay", "what has no label stays", "labels are the original", "tokens of the vocabulary"), True
)


def statistics(tokens, special, vocabulary_size, mask_id, probability, result):
    """The shares of (corrupted, labels), which replacements never come, and whether draws depend on each other."""
    tokens, special = tokens.numpy(), special.numpy()
    seen, labels = (part.numpy() for part in result)
    selected, masked, kept = labels != LABELLED, seen == mask_id, seen == tokens
    free, chosen, of_all = np.count_nonzero(~special), np.count_nonzero(selected), probability * tokens.size
    hit = 0.1 / vocabulary_size  # a random token is [MASK], or the token itself
    likely = (probability, of_all / np.count_nonzero(~special), 0.8 * probability, 0.9 * probability, 1 - probability)
    alternatives = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.72, 0.5, 0.2, 0.18, 0.15, 0.1, 0.05, 0.02, 0.0)
    return {
        "selected": share(chosen, free, *likely),
        "masked": share((masked & selected).sum(), chosen, 0.8 + hit, *alternatives),
        "kept": share((kept & selected).sum(), chosen, 0.1 + hit, *alternatives),
        "missing": _missing(tokens, seen, selected & ~masked & ~kept, selected, vocabulary_size, mask_id),
        "dependent": [
            [bool(uneven(*counts, p)) for counts in zip(_grouped(hits, tokens), _grouped(trials, tokens), strict=True)]
            for hits, trials, p in (
                (selected & ~special, ~special, probability),
                (masked & selected, selected, 0.8 + hit),
                (kept & selected, selected, 0.1 + hit),
            )
        ],
    }


def _grouped(these, tokens):
    """How many of these tokens there are in each row, in each column, and of each number."""
    return these.sum(axis=1), these.sum(axis=0), np.bincount(tokens[these], minlength=tokens.max() + 1)


def _missing(tokens, seen, replaced, selected, vocabulary_size, mask_id):
    """The numbers that never come as a replacement, if replacements are not even over the vocabulary; else none.

    Raises:
        ValueError: one is not of the vocabulary; counting up to it could take all memory.
    """
    replacements = seen[replaced]
    if ((replacements < 0) | (replacements >= vocabulary_size)).any():
        raise ValueError("not a token of the vocabulary")
    counts = np.bincount(replacements, minlength=vocabulary_size)
    originals = np.bincount(tokens[selected], minlength=vocabulary_size)
    shares = selected.sum() - originals  # a token that is drawn for itself is kept
    shares[mask_id] = 0
    expected = shares * replaced.sum() / shares.sum()
    if surplus(counts, expected, expected) <= 5:
        return []
    absent = np.flatnonzero(counts == 0)
    return [int(number) for number in absent if number != mask_id] or ["none"]


def alike(result):
    """Of several (corrupted, labels), whether each is the same as the first."""
    return [difference(other, result[0], EXACT) is None for other in result]


def alike_in_parts(mask_id, result):
    """Of several (corrupted, labels) with a note each, how far they are like the first, and the notes.

    Alike may be: which tokens are selected, which became [MASK] (nearly: a random token may be [MASK]), everything.
    """
    (first, first_labels), _ = result[0]
    parts = [
        [
            torch.equal(labels, first_labels),
            bool(((seen == mask_id) == (first == mask_id)).float().mean() > 0.95),
            torch.equal(seen, first),
        ]
        for (seen, labels), _ in result
    ]
    return parts, [moved for _, moved in result]


def all_masked(mask_id, result):
    """Whether every selected token became [MASK] in some of the calls, and in all of them."""
    calls = [bool((seen[labels != LABELLED] == mask_id).all()) for seen, labels in result]
    return [any(calls), all(calls)]


def batch(rng, *shape, size=30, special=0.2, mask_id=None):
    """Tokens, low numbers more often, without [MASK] if its number is given; and where they are special."""
    skewed = (np.linspace(0, 1, 256, endpoint=False) ** 1.5 * (size - (mask_id is not None))).astype(int)
    tokens = torch.from_numpy(skewed[rng.integers(256, size=shape, dtype=np.uint8)])
    if mask_id is not None:
        tokens += tokens >= mask_id
    return tokens, torch.from_numpy(rng.integers(256, size=shape, dtype=np.uint8) < 256 * special)


def cases(rng):
    def seed():
        return int(rng.integers(2**31))

    tokens, special = batch(rng, 3, 5)
    kinds = [["torch.int64", [3, 5], False]] * 2
    yield Case("the kinds of what comes back", (tokens, special, 30, 3), expected=kinds, use=texts.kinds_of_tensors)
    yield from _small(rng, seed)
    yield from _certain(rng, seed)
    yield from _generators(rng, seed)
    args = (*batch(rng, 9, 30), 30, 3)
    often = {"probability": 1.0, "seed": seed(), "calls": 30}
    yield Case(
        "the fate of each token", args, often, expected=[False, False], use=texts.with_one_generator,
        read=partial(all_masked, 3),
    )  # fmt: skip
    yield _many(rng, seed, "what chance does to many tokens", (50, 200), 3, 1.0)
    yield _many(rng, seed, "another probability", (60, 150), 8, 0.4, spare=3, by_position=True)
    yield _many(rng, seed, "shares of many tokens", TOKENS, 20)


def _small(rng, seed):
    def holds(concept, tokens, special, size, mask_id, *probability, **options):
        read = partial(promises, tokens.clone(), special.clone(), size)
        options |= {"seed": seed()}
        args = (tokens, special, size, mask_id, *probability)
        return Case(concept, args, options, expected=_KEPT_PROMISES, use=texts.with_generator, read=read)

    yield holds("a batch of texts", *batch(rng, 6, 9), 30, 3)
    yield holds("half of the tokens", *batch(rng, 6, 9), 30, 3, probability=0.5)
    yield holds("the probability by position", *batch(rng, 6, 9), 30, 3, 0.7)
    yield holds("one text without a batch", *batch(rng, 40), 30, 4, probability=0.5)
    yield holds("more axes", *batch(rng, 3, 2, 11), 30, 0, probability=0.5)
    yield holds("as many texts as tokens", *batch(rng, 8, 8), 30, 29, probability=0.5)
    yield holds("a single token", *batch(rng, 1, 1), 30, 3, probability=0.9)
    yield holds("a vocabulary of two", *batch(rng, 5, 9, size=2), 2, 1, probability=0.9)
    tokens, special = (part.T for part in batch(rng, 12, 7))
    yield holds("a view with strides", tokens, special, 30, 3, probability=0.5)


def _certain(rng, seed):
    """Probabilities of 0 and 1, and special tokens alone: little or nothing is left to chance."""
    for shape in ((4, 6), (9,), (2, 3, 4)):
        tokens, special = batch(rng, *shape)
        untouched = [tokens.clone(), torch.full(shape, LABELLED)]
        never, always = {"probability": 0.0, "seed": seed()}, {"probability": 1.0, "seed": seed()}
        args = (tokens.clone(), special, 30, 3)  # each case its own tensors, lest a change in one reach another
        yield Case("a probability of zero", args, never, EXACT, untouched, use=texts.with_generator)
        args = (tokens.clone(), special, 30, 3)
        labels = torch.where(special, LABELLED, tokens)
        yield Case("a probability of one", args, always, EXACT, labels, use=texts.with_generator, read=_labels)
        nothing_free = (tokens.clone(), torch.ones_like(special), 30, 3)
        yield Case("special tokens alone", nothing_free, always, EXACT, untouched, use=texts.with_generator)
    aliased = [["torch.int64", [2, 3, 4], False]] * 2
    never, args = {"probability": 0.0}, (tokens.clone(), special, 30, 3)
    yield Case("new tensors also where nothing is hidden", args, never, expected=aliased, use=texts.kinds_of_tensors)


def _labels(result):
    return result[1]


def _generators(rng, seed):
    tokens, special = batch(rng, 12, 25)
    half = {"probability": 0.5}
    first, second, own = (seed() for _ in range(3))
    seeds = {"seeds": [first, first, second], "own_seeds": [own, own + 1, own + 2]}
    expected = [[[True] * 3, [True] * 3, [False] * 3], [False] * 3]

    def given():
        return tokens.clone(), special.clone(), 30, 3

    yield Case(
        "a generator that is given", given(), half | seeds, expected=expected, use=texts.with_generators,
        read=partial(alike_in_parts, 3),
    )  # fmt: skip
    turns = half | {"seed": seed(), "calls": 2}
    yield Case(
        "a generator used twice", given(), turns, expected=[True, False], use=texts.with_one_generator, read=alike
    )
    own_seeds, once = half | {"own_seeds": [own, own, None]}, [True, True, False]
    yield Case("no generator", given(), own_seeds, expected=once, use=texts.without_generator, read=alike)
    explicit = own_seeds | {"generator": None}
    yield Case("None for a generator", given(), explicit, expected=once, use=texts.without_generator, read=alike)


def _many(rng, seed, concept, shape, size, probability=None, *, spare=0, by_position=False):
    """Shares, compared at five standard deviations; the highest `spare` numbers do not occur in the texts."""
    mask_id = int(rng.integers(size))
    tokens, special = batch(rng, *shape, size=size, special=0.1, mask_id=mask_id)
    special[:, 0] = True
    size += spare
    options = {"seed": seed()}
    args = (tokens, special, size, mask_id, *([probability] if by_position else []))
    if probability is not None and not by_position:
        options["probability"] = probability
    chance, hit = 0.15 if probability is None else probability, 0.1 / size
    expected = {"selected": chance, "masked": 0.8 + hit, "kept": 0.1 + hit, "missing": []}
    expected["dependent"] = [[False] * 3] * 3
    read = partial(statistics, tokens.clone(), special.clone(), size, mask_id, chance)
    return Case(concept, args, options, expected=expected, use=texts.with_generator, read=read)
