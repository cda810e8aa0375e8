"""The small language, ready to use: a vocabulary, documents drawn from it, and the states behind a sentence."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from attention_course.language import grammar
from attention_course.language.grammar import SUBJECTS, State
from attention_course.language.lexicon import LEXICON, Lexicon
from attention_course.language.machine import Machine
from attention_course.language.vocabulary import with_specials

Sentence = list[str]
Document = list[Sentence]


class SmallLanguage:
    """A language of a few hundred words, small enough that the best possible prediction can be computed.

    Attributes:
        vocabulary: dict from token to number, special tokens first, words in alphabetical order.
        tokens: the same as a list, so that `tokens[number]` is the token.
        states: what the machine's states stand for, in the machine's order.
        machine: the probabilities.

    >>> language = SmallLanguage()
    >>> [[sentence]] = language.documents(1, np.random.default_rng(0), sentences=1)
    >>> " ".join(sentence)
    'a young man near the sisters steers his boat .'
    """

    def __init__(self, lexicon: Lexicon = LEXICON) -> None:
        self.memories = [(topic, subject) for topic in lexicon.topics for subject in SUBJECTS]
        self.states = _reachable(self.memories)
        choices = [grammar.words_of(state, lexicon) for state in self.states]
        self.vocabulary = with_specials(sorted({word for words in choices for word in words}))
        self.tokens = list(self.vocabulary)
        self.machine = self._machine(choices, len(lexicon.topics))
        self._plurals = {"they", *_plurals(lexicon)}

    def documents(self, count: int, generator: np.random.Generator, sentences: int = 4) -> list[Document]:
        """Documents about one topic each, in which subjects return as pronouns.

        A document is cut out of the middle of a longer story, so its first sentence may start with a pronoun. For
        that every sentence follows the same law, whatever its place, and the bound in `exact` holds for any pair.

        Args:
            count: how many.
            generator: numpy's; the same generator state gives the same documents.
            sentences: in each document.

        Returns:
            count documents, each a list of sentences, each a list of words that ends with a full stop.
        """
        memory = generator.choice(len(self.memories), size=count, p=self.machine.stationary)
        documents: list[Document] = [[] for _ in range(count)]
        for _ in range(sentences):
            numbers, _, memory = self.machine.walk(memory, generator)
            for document, row in zip(documents, numbers.tolist(), strict=True):
                document.append([self.tokens[number] for number in row if number])
        return documents

    def slots(self, sentence: Sentence) -> list[str]:
        """The job of every word in a sentence of this language, such as "verb" or "other noun".

        Raises:
            ValueError: the sentence is not one of the language.
        """
        possible = self._possible_states(sentence)
        return [self.states[np.flatnonzero(row)[0]].slot for row in possible]

    def is_plural(self, word: str) -> bool:
        """Whether a noun or pronoun of the language is plural."""
        return word in self._plurals

    def _possible_states(self, sentence: Sentence) -> np.ndarray:
        """(t, S) True for the states in which some walk that writes the whole sentence may be at each word."""
        machine = self.machine
        if not sentence or not self.vocabulary.keys() >= set(sentence):
            raise ValueError(f"{' '.join(sentence)!r} has words that the small language lacks")
        fits = [machine.emission[:, self.vocabulary[word]] > 0 for word in sentence]
        rows = [fits[0] & (machine.fresh > 0)]
        for fit in fits[1:]:
            rows.append(fit & (machine.transition.T @ rows[-1].astype(float) > 0))
        rows[-1] = rows[-1] & (machine.finish.sum(axis=1) > 0)
        for place in range(len(rows) - 2, -1, -1):
            rows[place] = rows[place] & (machine.transition @ rows[place + 1].astype(float) > 0)
        if not rows[0].any():
            raise ValueError(f"{' '.join(sentence)!r} is no sentence of the small language")
        return np.stack(rows)

    def _machine(self, choices: list[grammar.Choices], topics: int) -> Machine:
        number = {state: index for index, state in enumerate(self.states)}
        emission = np.zeros((len(self.states), len(self.tokens)))
        transition = np.zeros((len(self.states), len(self.states)))
        finish = np.zeros((len(self.states), len(self.memories)))
        for index, (state, words) in enumerate(zip(self.states, choices, strict=True)):
            for word, probability in words.items():
                emission[index, self.vocabulary[word]] += probability
            after = grammar.following_states(state)
            for probability, following in after:
                transition[index, number[following]] += probability
            if not after:
                finish[index, self.memories.index((state.topic, state.subject))] = 1.0
        handover = np.zeros((len(self.memories), len(self.states)))
        for index, memory in enumerate(self.memories):
            for probability, first in grammar.first_states(*memory):
                handover[index, number[first]] += probability
        stationary = np.array([SUBJECTS[subject] / topics for _, subject in self.memories])
        return Machine(emission, csr_array(transition), finish, handover, stationary)


def _reachable(memories: list[tuple[str, str]]) -> list[State]:
    """Every state that a sentence can pass through, in the order of first visit."""
    waiting = [first for memory in memories for _, first in grammar.first_states(*memory)]
    found: dict[State, None] = {}
    while waiting:
        state = waiting.pop(0)
        if state not in found:
            found[state] = None
            waiting.extend(following for _, following in grammar.following_states(state))
    return list(found)


def _plurals(lexicon: Lexicon) -> list[str]:
    objects = [pair for topic in lexicon.topics.values() for _, pairs in topic.actions for pair in pairs]
    people = [pair for topic in lexicon.topics.values() for pair in topic.people]
    return [plural for _, plural in (*lexicon.women, *lexicon.men, *people, *objects)]
