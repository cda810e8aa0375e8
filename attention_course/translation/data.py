"""Pairs of sentences as numbers: vocabularies, batches of about one length, test sets by length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from attention_course.language.chinese import GLOSSES, JOINING
from attention_course.translation.grammar import Grammar, Pair

PAD, START, END = 0, 1, 2
SPECIAL = ("<pad>", "<s>", "</s>")
LONGEST = 20
"""The most words of a source that a model is trained with."""

LENGTHS = ((3, 5), (6, 10), (11, 15), (16, 20), (21, 25), (26, 30), (31, 37))
"""The groups of source lengths in which a model is tested."""


@dataclass(frozen=True)
class Vocabulary:
    """The words of one side, with their numbers."""

    words: list[str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "_numbers", {word: number for number, word in enumerate(self.words)})

    def __len__(self) -> int:
        return len(self.words)

    def ids(self, words: Sequence[str]) -> list[int]:
        """The numbers of words. KeyError names a word that is not there."""
        numbers: dict[str, int] = self.__dict__["_numbers"]
        return [numbers[word] for word in words]

    def read(self, ids: Sequence[int]) -> list[str]:
        """The words up to the end of the sentence."""
        found = []
        for number in ids:
            if number == END:
                break
            found.append(self.words[int(number)])
        return found


@dataclass(frozen=True)
class Material:
    """What is learned from, and what is tested with.

    Attributes:
        train: pairs with sources of at most 20 words.
        tests: for each group of source lengths, pairs of the same grammar whose sources were not trained.
        source, target: the vocabularies.
    """

    train: list[Pair]
    tests: dict[tuple[int, int], list[Pair]]
    source: Vocabulary
    target: Vocabulary


@lru_cache
def vocabularies() -> tuple[Vocabulary, Vocabulary]:
    """The words of both sides: those of many sentences of the grammar with all its variants."""
    pairs = Grammar(variation=True).pairs(np.random.default_rng(0), 3000)
    source = {word for pair in pairs for word in pair.source}
    return tuple(Vocabulary([*SPECIAL, *sorted(words)]) for words in (source, set(GLOSSES)))  # type: ignore[return-value]


def material(train: int = 40_000, test: int = 100, seed: int = 1) -> Material:
    """Draw what notebook 06 learns from: sentences of one or two clauses, of at most 20 source words.

    Args:
        train: how many pairs to learn from.
        test: how many pairs for each group of lengths, those beyond 20 words too: the same grammar, other sources.
    """
    grammar = Grammar()
    pairs = grammar.pairs(np.random.default_rng(seed), train, longest=LONGEST)
    return Material(pairs, by_length(grammar, pairs, test, seed + 1), *vocabularies())


def by_length(
    grammar: Grammar,
    seen: Sequence[Pair],
    count: int,
    seed: int,
    lengths: Sequence[tuple[int, int]] = LENGTHS,
    clauses: int | None = None,
) -> dict[tuple[int, int], list[Pair]]:
    """So many pairs for each group of lengths, whose sources are not among those seen, nor twice in the test."""
    known = {tuple(pair.source) for pair in seen}
    generator = np.random.default_rng(seed)
    found: dict[tuple[int, int], list[Pair]] = {group: [] for group in lengths}
    while any(len(pairs) < count for pairs in found.values()):
        pair = grammar.pair(generator, clauses)
        group = next((g for g in lengths if g[0] <= len(pair.source) <= g[1]), None)
        if group is None or len(found[group]) >= count or tuple(pair.source) in known:
            continue
        known.add(tuple(pair.source))
        found[group].append(pair)
    return found


def read_sources(pairs: Sequence[Pair], vocabulary: Vocabulary) -> tuple[Tensor, Tensor]:
    """(ids (b, t), lengths (b,)) of the sources, padded behind."""
    rows = [torch.tensor(vocabulary.ids(pair.source)) for pair in pairs]
    lengths = torch.tensor([len(row) for row in rows])
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD), lengths


Teach = Callable[..., tuple[Tensor, Tensor]]
Batch = tuple[Tensor, Tensor, Tensor, Tensor]
"""Source ids, their lengths, what the decoder gets, what it must answer."""


def batch_of(pairs: Sequence[Pair], source: Vocabulary, target: Vocabulary, teach: Teach) -> Batch:
    """One batch; `teach` is the learner's teacher_forcing."""
    ids, lengths = read_sources(pairs, source)
    return ids, lengths, *teach([target.ids(pair.target) for pair in pairs], START, END, PAD)


def stream(
    pairs: Sequence[Pair], source: Vocabulary, target: Vocabulary, teach: Teach, size: int, seed: int
) -> Iterator[Batch]:
    """Batches without end, of sentences of about one length each: little is wasted on padding."""
    generator, pool = np.random.default_rng(seed), 50 * size
    while True:
        order = generator.permutation(len(pairs))
        for begin in range(0, len(order), pool):
            near = sorted(order[begin : begin + pool], key=lambda number: len(pairs[number].source))
            groups = [near[i : i + size] for i in range(0, len(near) - size + 1, size)] or [near]
            for chosen in generator.permutation(len(groups)):
                yield batch_of([pairs[number] for number in groups[chosen]], source, target, teach)


def cut_short(pair: Pair) -> Pair:
    """The translation of a lazy translator, who stops before the second clause."""
    ends = [place for place, word in enumerate(pair.target) if word in JOINING.values()]
    return replace(pair, target=pair.target[: ends[0]]) if ends else pair
