"""The small language as running text: documents as rows of numbers, and what is known about each of its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from attention_course.environment import being_graded
from attention_course.language.lexicon import LEXICON
from attention_course.language.small_language import SmallLanguage
from attention_course.language.vocabulary import CLS, PAD, SPECIAL_TOKENS

BEGIN = CLS
"""Every row begins with this token, so that the first word has something to be predicted from."""

FIRST_WORD = len(SPECIAL_TOKENS)
TRAINING_SEED, HELD_OUT_SEED = 1, 2
Documents = list[list[int]]


@lru_cache
def small_language() -> SmallLanguage:
    """The language of notebook 04, made once."""
    return SmallLanguage()


def documents(count: int, seed: int = TRAINING_SEED, sentences: int = 4) -> Documents:
    """Documents as lists of word numbers, full stops included; the same seed gives the same ones."""
    language = small_language()
    drawn = language.documents(count, np.random.default_rng(seed), sentences)
    return [[language.vocabulary[word] for sentence in document for word in sentence] for document in drawn]


def rows(numbered: Sequence[Sequence[int]]) -> Tensor:
    """(n, t) int64: BEGIN, the words, padding behind."""
    length = 1 + max(map(len, numbered))
    table = torch.full((len(numbered), length), PAD)
    table[:, 0] = BEGIN
    for row, numbers in zip(table, numbered, strict=True):
        row[1 : len(numbers) + 1] = torch.tensor(numbers)
    return table


@dataclass(frozen=True)
class Material:
    """What a language model learns from, and what it is measured with.

    Attributes:
        tokens: what the numbers stand for.
        train, held_out: (n, t) int64 rows that begin with BEGIN and are padded behind.
    """

    tokens: Sequence[str]
    train: Tensor
    held_out: Tensor

    def read(self, ids: Sequence[int]) -> str:
        """A row as text, without BEGIN and padding."""
        return " ".join(self.tokens[number] for number in ids if number not in (BEGIN, PAD))


def material(train: int = 20_000, held_out: int = 300) -> Material:
    """The small language in documents of four sentences; fewer of them where nbgrader runs the notebook."""
    train = train // 20 if being_graded() else train
    kept = documents(held_out, HELD_OUT_SEED)
    return Material(small_language().tokens, rows(documents(train)), rows(kept))


@lru_cache
def grammar_classes() -> Mapping[str, str]:
    """Each content word with its grammatical class, number included: "thing singular", "place", "adverb"."""
    found: dict[str, str] = {}
    for topic in LEXICON.topics.values():
        _forms(found, topic.people, "person")
        for verb, things in topic.actions:
            _forms(found, [verb], "verb")
            _forms(found, things, "thing")
        found |= dict.fromkeys(topic.places, "place") | dict.fromkeys(topic.adjectives, "adjective of things")
    _forms(found, (*LEXICON.women, *LEXICON.men), "person")
    _forms(found, LEXICON.watching, "watching verb")
    found |= dict.fromkeys(LEXICON.person_adjectives, "adjective of people")
    found |= dict.fromkeys(LEXICON.thing_adjectives, "adjective of things")
    for name in ("adverbs", "prepositions", "connectives"):
        found |= dict.fromkeys(getattr(LEXICON, name), name)
    return found


def _forms(found: dict[str, str], pairs, kind: str) -> None:
    for singular, plural in pairs:
        found[singular], found[plural] = f"{kind} singular", f"{kind} plural"


@lru_cache
def topics() -> Mapping[str, str]:
    """Each word that occurs in one topic only, with that topic."""
    found: dict[str, str] = {}
    for name, topic in LEXICON.topics.items():
        verbs, things = zip(*topic.actions, strict=True)
        pairs = (*topic.people, *verbs, *(pair for many in things for pair in many))
        found |= dict.fromkeys((word for pair in pairs for word in pair), name)
        found |= dict.fromkeys((*topic.places, *topic.adjectives), name)
    return found


@lru_cache
def pairs_of_forms() -> Mapping[str, list[tuple[str, str]]]:
    """Pairs (singular, plural) for analogies, by kind; a verb's singular is the form with he or she."""
    worlds = list(LEXICON.topics.values())
    return {
        "king : kings": [*LEXICON.women, *LEXICON.men],
        "cook : cooks": [pair for topic in worlds for pair in topic.people],
        "net : nets": [pair for topic in worlds for _, things in topic.actions for pair in things],
        "mends : mend": [verb for topic in worlds for verb, _ in topic.actions],
    }
