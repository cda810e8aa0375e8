"""A synchronous grammar: a sentence is derived once and written twice, in English and in Chinese.

Every item of both sides carries the numbers of the ideas that it stands for. Two words that share an idea are linked,
so the true alignment is known however the words move. What moves: a relative clause stands before its noun in Chinese,
time and place before the verb. What is added: a measure word between number and noun. What has no counterpart: the, do.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from attention_course.language.chinese import (
    ADJECTIVES,
    AS_OBJECT,
    JOINING,
    NUMBERS,
    PEOPLE,
    PLACES,
    PRONOUNS,
    THINGS,
    TIMES,
    VARIANTS,
    VERBS,
    VERBS_OF_PEOPLE,
    VERBS_OF_THINGS,
    Noun,
)

T = TypeVar("T")
Item = tuple[str, frozenset[int]]
"""A word and the ideas it stands for."""


@dataclass(frozen=True)
class Pair:
    """A sentence and its translation.

    Attributes:
        source, target: words.
        links: the true alignment, pairs (target place, source place).
        log_probability: log P(target | source), in nats.
        entropy: the entropy of the translation given the source, in nats: what nobody can predict.
        options: the probabilities of each choice that the source leaves open.
    """

    source: list[str]
    target: list[str]
    links: frozenset[tuple[int, int]]
    log_probability: float = 0.0
    entropy: float = 0.0
    options: list[tuple[float, ...]] = field(default_factory=list)


@dataclass
class Grammar:
    """What sentences are drawn from.

    Args:
        clauses: the most clauses of a sentence; each number of them is as likely.
        variation: whether some words have several translations.
        relative: the probability of a relative clause at a noun.
        question: the probability that the last clause asks.
    """

    clauses: int = 2
    variation: bool = False
    relative: float = 0.25
    question: float = 0.15

    def pair(
        self, generator: np.random.Generator, clauses: int | None = None, chosen: Sequence[int] | None = None
    ) -> Pair:
        """Draw a sentence with its translation.

        Args:
            generator: the only source of chance.
            clauses: exactly so many, instead of a number drawn.
            chosen: which variant is taken at each choice that the source leaves open, instead of a drawn one; 0
                beyond its end. The source is the same whatever is chosen.
        """
        return _Derivation(self, generator, chosen).pair(clauses)

    def pairs(
        self,
        generator: np.random.Generator,
        count: int,
        *,
        shortest: int = 1,
        longest: int = 99,
        clauses: int | None = None,
    ) -> list[Pair]:
        """Draw so many pairs, with sources of so many words."""
        found: list[Pair] = []
        while len(found) < count:
            pair = self.pair(generator, clauses)
            if shortest <= len(pair.source) <= longest:
                found.append(pair)
        return found

    def translations(
        self, seed: int, clauses: int | None = None, most: int = 4096
    ) -> dict[tuple[str, ...], float] | None:
        """Every translation of the source that a seed draws, with its probability; None if more than `most`."""
        options = self.pair(np.random.default_rng(seed), clauses, chosen=()).options
        if math.prod(map(len, options)) > most:
            return None
        found: dict[tuple[str, ...], float] = {}
        for chosen in itertools.product(*(range(len(option)) for option in options)):
            pair = self.pair(np.random.default_rng(seed), clauses, chosen)
            target = tuple(pair.target)
            found[target] = found.get(target, 0.0) + math.exp(pair.log_probability)
        return found


class _Phrase:
    """The two sides of a phrase."""

    def __init__(self, source: Iterable[Item] = (), target: Iterable[Item] = ()) -> None:
        self.source, self.target = list(source), list(target)


class _Derivation:
    """One sentence on its way."""

    def __init__(self, grammar: Grammar, generator: np.random.Generator, chosen: Sequence[int] | None) -> None:
        self.grammar, self.chosen = grammar, chosen
        self.variants = np.random.default_rng(generator.integers(2**31))  # a stream of its own: see `chosen`
        self.generator, self.ideas = generator, 0
        self.log_probability = self.entropy = 0.0
        self.options: list[tuple[float, ...]] = []

    def pair(self, clauses: int | None) -> Pair:
        count = clauses or int(self.generator.integers(1, self.grammar.clauses + 1))
        whole = _Phrase()
        for number in range(count):
            if number:
                word, idea = self.pick(JOINING), self.idea()
                whole.source.append((word, idea))
                whole.target.append((JOINING[word], idea))
            asks = number == count - 1 and self.happens(self.grammar.question)
            clause = self.clause(asks)
            whole.source += clause.source
            whole.target += clause.target
        links = {
            (row, column)
            for row, (_, mine) in enumerate(whole.target)
            for column, (_, theirs) in enumerate(whole.source)
            if mine & theirs
        }
        source, target = ([word for word, _ in side] for side in (whole.source, whole.target))
        return Pair(source, target, frozenset(links), self.log_probability, self.entropy, self.options)

    def idea(self) -> frozenset[int]:
        """A new idea."""
        self.ideas += 1
        return frozenset([self.ideas])

    def pick(self, options: Mapping[str, Any] | Sequence[str]) -> str:
        return list(options)[self.generator.integers(len(options))]

    def happens(self, probability: float) -> bool:
        return bool(self.generator.random() < probability)

    def choose(self, options: Sequence[tuple[T, float]]) -> T:
        """A choice of the translator's, which the source does not determine."""
        if not self.grammar.variation or len(options) == 1:
            return options[0][0]
        shares = tuple(share for _, share in options)
        drawn = int(self.variants.choice(len(shares), p=shares))
        if self.chosen is not None:
            place = len(self.options)
            drawn = self.chosen[place] if place < len(self.chosen) else 0
        self.options.append(shares)
        self.log_probability += math.log(shares[drawn])
        self.entropy -= sum(share * math.log(share) for share in shares)
        return options[drawn][0]

    def words(self, text: str, idea: frozenset[int]) -> list[Item]:
        return [(word, idea) for word in text.split()]

    def clause(self, asks: bool) -> _Phrase:
        """Subject, verb, object; place and time at the end in English, before the verb in Chinese."""
        subject, third = self.subject(1)
        kinds = THINGS if self.happens(0.7) else PEOPLE
        verb = self.verb(third and not asks, kinds)
        what, _ = self.noun_phrase(kinds, 2)
        place, time = self.place(), self.time()
        early = bool(time.target) and self.choose(((False, 0.5), (True, 0.5)))
        front = time.target + subject.target if early else subject.target + time.target
        source = subject.source + verb.source + what.source + place.source + time.source
        target = front + place.target + verb.target + what.target
        if not asks:
            return _Phrase(source, target)
        mark = self.idea()
        nothing: frozenset[int] = frozenset()
        return _Phrase([("does" if third else "do", nothing), *source, ("?", mark)], [*target, ("吗", mark)])

    def place(self) -> _Phrase:
        if not self.happens(0.35):
            return _Phrase()
        word, at, idea = self.pick(PLACES), self.idea(), self.idea()
        article = [] if word == "home" else [("the", frozenset[int]())]
        return _Phrase([("at", at), *article, (word, idea)], [("在", at), (PLACES[word], idea)])

    def time(self) -> _Phrase:
        if not self.happens(0.35):
            return _Phrase()
        words, idea = self.pick(TIMES), self.idea()
        return _Phrase(self.words(words, idea), [(TIMES[words], idea)])

    def verb(self, third: bool, kinds: Mapping[str, Noun]) -> _Phrase:
        usual = VERBS_OF_PEOPLE if kinds is PEOPLE else VERBS_OF_THINGS
        word = self.pick([*usual, *["look after"] * (3 if self.grammar.variation else 0)])
        chinese, idea = VERBS[word].chinese, self.idea()
        chinese = self.choose(VARIANTS.get(chinese, ((chinese, 1.0),)))
        return _Phrase(self.words(VERBS[word].third if third else word, idea), self.words(chinese, idea))

    def subject(self, depth: int) -> tuple[_Phrase, bool]:
        """Somebody who does something, and whether the verb gets its s."""
        if self.happens(0.6):
            word, idea = self.pick(PRONOUNS), self.idea()
            return _Phrase([(word, idea)], [(PRONOUNS[word], idea)]), word in ("he", "she")
        return self.described(PEOPLE, depth)

    def noun_phrase(self, kinds: Mapping[str, Noun], depth: int) -> tuple[_Phrase, bool]:
        """Somebody or something to whom it is done."""
        if kinds is PEOPLE and self.happens(0.4):
            word, idea = self.pick(PRONOUNS), self.idea()
            return _Phrase([(AS_OBJECT[word], idea)], [(PRONOUNS[word], idea)]), False
        return self.described(kinds, depth)

    def described(self, kinds: Mapping[str, Noun], depth: int) -> tuple[_Phrase, bool]:
        """A noun with what stands around it; in Chinese: relative clause, number, measure word, adjective, noun."""
        word, idea = self.pick(kinds), self.idea()
        noun, kind = kinds[word], self.pick(("the", "a", "this", "number"))
        adjective = self.pick(ADJECTIVES) if self.happens(0.3) else ""
        head = self.determiner(kind, adjective or word, noun, idea)
        plural = kind == "number"
        source, quality = list(head.source), self.idea()
        if adjective:
            source.append((adjective, quality))
        source.append((noun.plural if plural else word, idea))
        clause = _Phrase()
        if depth > 0 and self.happens(self.grammar.relative):
            clause = self.relative_clause(depth - 1, kinds, plural)
        target = clause.target + head.target
        if adjective:
            target += [(ADJECTIVES[adjective][kinds is THINGS], quality), ("的", quality)]
        return _Phrase(source + clause.source, [*target, (noun.chinese, idea)]), not plural

    def determiner(self, kind: str, following: str, noun: Noun, idea: frozenset[int]) -> _Phrase:
        """the, a, this or a number; the measure word belongs to the idea of the noun."""
        if kind == "the":
            return _Phrase([("the", frozenset())])
        own = self.idea()
        if kind == "number":
            english = self.pick(NUMBERS)
            chinese = NUMBERS[english]
        elif kind == "this":
            english, chinese = "this", "这"
        else:
            english, chinese = "an" if following[0] in "aeiou" else "a", "一"
        return _Phrase([(english, own)], [(chinese, own), (noun.measure, idea)])

    def relative_clause(self, depth: int, kinds: Mapping[str, Noun], plural: bool) -> _Phrase:
        """that loves the cat -> 爱 猫 的; that he buys -> 他 买 的."""
        mark = self.idea()
        if kinds is PEOPLE and self.happens(0.5):
            verb = self.verb(not plural, THINGS)
            what, _ = self.noun_phrase(THINGS, depth)
            return _Phrase([("that", mark), *verb.source, *what.source], [*verb.target, *what.target, ("的", mark)])
        subject, third = self.subject(0)
        verb = self.verb(third, kinds)
        return _Phrase([("that", mark), *subject.source, *verb.source], [*subject.target, *verb.target, ("的", mark)])


def by_hand(source: str, target: str, links: Iterable[tuple[int, int]]) -> Pair:
    """A pair written down by hand."""
    return Pair(source.split(), target.split(), frozenset(links))


I_LOVE_YOU = by_hand("i love you", "我 爱 你", [(0, 0), (1, 1), (2, 2)])
"""The first sentence, and its alignment."""
