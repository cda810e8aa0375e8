"""The small language with names in it: tagged documents, pieces of words, and the exact posterior of the tags."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from attention_course.language import named_grammar as rules
from attention_course.language.grammar import SUBJECTS
from attention_course.language.lexicon import LEXICON
from attention_course.language.machine import NO_STATE, Machine
from attention_course.language.named_grammar import AMBIGUOUS, SENSES, TAG_OF_SLOT, TAGS
from attention_course.language.vocabulary import with_specials

Tagged = list[tuple[str, str]]
"""A sentence: each word with its tag."""

PIECES = {
    "florence": ["flor", "##ence"], "victoria": ["vict", "##oria"], "austin": ["aust", "##in"],
    "lincoln": ["linc", "##oln"], "harriet": ["harr", "##iet"], "miriam": ["mir", "##iam"],
    "geneva": ["gen", "##eva"], "odessa": ["od", "##essa"], "walter": ["walt", "##er"], "edgar": ["ed", "##gar"],
}  # fmt: skip
"""The words that the vocabulary has in pieces only."""


class NamedLanguage:
    """The small language with people's names and towns, some words of which may be either.

    Attributes:
        vocabulary: dict from piece to number, special tokens first; all words of the small language are whole in it.
        tokens: the same as a list.
        words: all words, in alphabetical order.
    """

    def __init__(self) -> None:
        self.states = rules.reachable()
        self._memories = rules.memories()
        choices = [rules.words_of(state, sense) for state in self.states for sense in (SENSES[0], SENSES[-1])]
        self.words = sorted({word for words in choices for word in words})
        self.vocabulary = with_specials(sorted({piece for word in self.words for piece in pieces_of(word)}))
        self.tokens = list(self.vocabulary)
        self._number = {word: number for number, word in enumerate(self.words)}
        self._tags = np.array([TAG_OF_SLOT.get(state.slot, 0) for state in self.states])

    def documents(self, count: int, generator: np.random.Generator, sentences: int = 4) -> list[list[Tagged]]:
        """Documents about one topic and in one sense each.

        Returns:
            count documents, each a list of sentences, each a list of (word, tag).
        """
        found: list[list[Tagged]] = []
        for machine, size in zip(
            self.machines, generator.multinomial(count, [1 / len(SENSES)] * len(SENSES)), strict=True
        ):
            memory = generator.choice(len(self._memories), size=size, p=machine.stationary)
            documents: list[list[Tagged]] = [[] for _ in range(size)]
            for _ in range(sentences if size else 0):
                words, states, memory = machine.walk(memory, generator)
                for document, row, path in zip(documents, words.tolist(), states, strict=True):
                    tags = self._tags[path[path != NO_STATE]].tolist()
                    document.append([(self.words[word], TAGS[tag]) for word, tag in zip(row, tags, strict=False)])
            found += documents
        return [found[place] for place in generator.permutation(count)]

    def with_shared_names(self, count: int, generator: np.random.Generator) -> list[list[Tagged]]:
        """Pairs of neighbouring sentences that mention one and the same ambiguous name.

        They are chosen by their words alone, so the exact posterior of their tags stays what it is.
        """
        found: list[list[Tagged]] = []
        while len(found) < count:
            for pair in self.documents(1000, generator, sentences=2):
                first, second = ({word for word, _ in sentence} & set(AMBIGUOUS) for sentence in pair)
                if first & second:
                    found.append(pair)
        return found[:count]

    def posterior(self, sentences: Sequence[Sequence[str]], together: bool = True) -> list[np.ndarray]:
        """The exact probability of each tag at each word of neighbouring sentences.

        Given the sense of the document the words come from a hidden Markov chain, so this is forward-backward
        (Rabiner 1989, section III) for each of the 16 senses, mixed by how likely each makes all words.

        Args:
            sentences: lists of words.
            together: whether all sentences are read; else each by itself.

        Returns:
            for each sentence an array (t, 5), in the order of TAGS.
        """
        if not together:
            return [self.posterior([sentence])[0] for sentence in sentences]
        columns = [[self._number[word] for word in sentence] for sentence in sentences]
        found = [one for one in (_read(machine, columns, self._tags) for machine in self.machines) if one is not None]
        if not found:
            raise ValueError("these sentences cannot come from this language")
        logs = np.array([log for log, _ in found])
        weights = np.exp(logs - logs.max())
        weights /= weights.sum()
        return [
            sum(weight * tags[place] for weight, (_, tags) in zip(weights, found, strict=True))
            for place in range(len(columns))
        ]

    @cached_property
    def machines(self) -> list[Machine]:
        """One machine a sense; they differ in the words that names may be."""
        number = {state: index for index, state in enumerate(self.states)}
        size, memories = len(self.states), len(self._memories)
        transition, finish, handover = np.zeros((size, size)), np.zeros((size, memories)), np.zeros((memories, size))
        for index, state in enumerate(self.states):
            after = rules.following_states(state)
            for share, following in after:
                transition[index, number[following]] += share
            if not after:
                finish[index, self._memories.index((state.topic, state.subject))] = 1.0
        for index, memory in enumerate(self._memories):
            for share, first in rules.first_states(*memory):
                handover[index, number[first]] += share
        stationary = np.array([SUBJECTS[subject] / len(LEXICON.topics) for _, subject in self._memories])
        rest = csr_array(transition), finish, handover, stationary
        return [Machine(self._emission(sense), *rest) for sense in SENSES]

    def _emission(self, sense: tuple[int, ...]) -> np.ndarray:
        emission = np.zeros((len(self.states), len(self.words)))
        for index, state in enumerate(self.states):
            for word, share in rules.words_of(state, sense).items():
                emission[index, self._number[word]] += share
        return emission


def pieces_of(word: str) -> list[str]:
    """The word in pieces of the vocabulary.

    >>> pieces_of("florence"), pieces_of("net")
    (['flor', '##ence'], ['net'])
    """
    return PIECES.get(word, [word])


def _read(machine: Machine, sentences: list[list[int]], tags: np.ndarray) -> tuple[float, list[np.ndarray]] | None:
    """(log-likelihood, posterior of the tags in each sentence) under one sense; None where it is impossible."""
    start, before, log = machine.fresh, [], 0.0
    for sentence in sentences:
        state, rows = start, []
        for word in sentence:
            joint = state * machine.emission[:, word]
            total = joint.sum()
            if not total:
                return None
            log += np.log(total)
            rows.append(joint / total)
            state = machine.transition.T @ rows[-1]
        memory = machine.finish.T @ rows[-1]
        if not memory.sum():
            return None
        log += np.log(memory.sum())
        before.append(rows)
        start = machine.handover.T @ (memory / memory.sum())
    after_memory = np.ones(machine.finish.shape[1])
    found: list[np.ndarray] = []
    for sentence, rows in zip(reversed(sentences), reversed(before), strict=True):
        after = machine.finish @ after_memory
        table = np.zeros((len(sentence), len(TAGS)))
        for place in range(len(sentence) - 1, -1, -1):
            belief = rows[place] * after
            table[place] = np.bincount(tags, belief / belief.sum(), minlength=len(TAGS))
            joint = after * machine.emission[:, sentence[place]]
            joint /= joint.sum()
            after = machine.transition @ joint
        after_memory = machine.handover @ joint
        found.insert(0, table)
    return log, found
