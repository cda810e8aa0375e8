"""Sentences of which every translation and its probability are known: what a search should have found.

With `Grammar(variation=True)` English leaves something open. The true distribution of the translations can then be
searched like a model, and a model trained on it can be held against it. A lazy translator, who stops after the first
clause in a tenth of the cases, makes a distribution whose most probable sentence is often half a translation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from attention_course.language.chinese import JOINING
from attention_course.translation.data import END, START, Material, Vocabulary, cut_short, vocabularies
from attention_course.translation.grammar import Grammar, Pair

LAZY = 0.1
"""How often the lazy translator stops after the first clause."""
LONGEST_LAZY = 18
OPEN = Grammar(variation=True, relative=0.3)
Targets = Mapping[tuple[str, ...], float]


@dataclass(frozen=True)
class Known:
    """A source with all its translations and their true probabilities."""

    pair: Pair
    targets: Targets

    @property
    def best(self) -> tuple[str, ...]:
        """The most probable translation."""
        return max(self.targets, key=self.targets.__getitem__)


def step_of(targets: Targets, vocabulary: Vocabulary) -> Callable[[Sequence[int]], np.ndarray]:
    """The true distribution as the `step` of a search: the log-probability of each next word after a prefix."""
    rows: dict[tuple[int, ...], np.ndarray] = {}
    for words, share in targets.items():
        ids = (START, *vocabulary.ids(words), END)
        for place in range(1, len(ids)):
            row = rows.setdefault(ids[:place], np.zeros(len(vocabulary)))
            row[ids[place]] += share

    def step(prefix: Sequence[int]) -> np.ndarray:
        row = rows[tuple(int(number) for number in prefix)]
        with np.errstate(divide="ignore"):
            return np.minimum(np.log(row / row.sum()), 0.0)

    return step


def _known(seed: int, clauses: int | None, choices: tuple[int, int]) -> Known | None:
    pair = OPEN.pair(np.random.default_rng(seed), clauses, chosen=())
    if len(pair.source) > LONGEST_LAZY or not choices[0] <= len(pair.options) <= choices[1]:
        return None
    targets = OPEN.translations(seed, clauses)
    return None if targets is None else Known(pair, targets)


def _collect(count: int, first: int, *args, wanted: Callable[[Known], bool] = lambda known: True) -> list[Known]:
    found: list[Known] = []
    seed = first
    while len(found) < count:
        known = _known(seed, *args)
        if known is not None and wanted(known):
            found.append(known)
        seed += 1
    return found


def trapping(count: int = 100) -> list[Known]:
    """Sources that leave two or three things open."""
    return _collect(count, 10**6, None, (2, 3))


def lazy(known: Known) -> Known:
    """The translations of the lazy translator: each of the whole ones, and each first clause alone."""
    found = {words: (1 - LAZY) * share for words, share in known.targets.items()}
    for words, share in known.targets.items():
        half = first_clause(words)
        found[half] = found.get(half, 0.0) + LAZY * share
    return Known(known.pair, found)


def first_clause(words: Sequence[str]) -> tuple[str, ...]:
    """A translation up to where its second clause begins."""
    ends = [place for place, word in enumerate(words) if word in JOINING.values()]
    return tuple(words[: ends[0]] if ends else words)


def lazy_cases(count: int = 40) -> tuple[list[Known], list[Known]]:
    """Sources of two clauses: those whose most probable lazy translation is whole, and those where it is cut short."""

    def cut_is_best(known: Known) -> bool:
        return lazy(known).best not in known.targets

    whole = _collect(count, 2 * 10**6, 2, (2, 9), wanted=lambda known: not cut_is_best(known))
    return whole, _collect(count, 3 * 10**6, 2, (3, 9), wanted=cut_is_best)


def lazy_material(count: int = 40_000, seed: int = 1) -> Material:
    """What the lazy translator wrote: a tenth of the two-clause sentences are cut short. There are no tests in it."""
    generator = np.random.default_rng(seed)
    pairs = OPEN.pairs(generator, count, longest=LONGEST_LAZY)
    written = [cut_short(pair) if generator.random() < LAZY else pair for pair in pairs]
    return Material(written, {}, *vocabularies())
