"""The rules and words by which names come into the small language: people and towns, of one word or two.

A new singular subject may be a name; so may whoever stands near, behind or beside it, or in its relative clause; and
the place may be a town. Four words are both, a first name and a town (florence); six second words may be common nouns
too (hill, bay). In one document each of the four means one thing throughout: its *sense*.
"""

from __future__ import annotations

import itertools

from attention_course.language import grammar
from attention_course.language.grammar import SUBJECTS, Choices, Following, State, by_rank
from attention_course.language.lexicon import LEXICON

WOMEN = ("rose", "lily", "grace", "emma", "clara", "judith", "miriam", "harriet", "agnes", "ursula")
MEN = ("jack", "max", "tom", "peter", "oscar", "hugo", "felix", "walter", "edgar", "simon")
TOWNS = ("oxford", "verona", "dublin", "bergen", "lisbon", "geneva", "quebec", "odessa", "malta", "tunis")
AMBIGUOUS_WOMEN, AMBIGUOUS_MEN = ("florence", "victoria"), ("austin", "lincoln")
AMBIGUOUS = AMBIGUOUS_WOMEN + AMBIGUOUS_MEN
SECOND = ("hill", "lake", "bay", "field", "hall", "stone")
"""Of which bay, field and hall are common nouns of the small language as well."""

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
TAG_OF_SLOT = {"first": 1, "other first": 1, "last": 2, "other last": 2, "town": 3, "town's second": 4}

PERSON, PLACE = 1, 0
SENSES = tuple(itertools.product((PLACE, PERSON), repeat=len(AMBIGUOUS)))
"""What each ambiguous word means in a document: all equally likely."""

NAMED = 0.6  # new singular subjects, and people in a relative clause, who have a name
TWO_WORDS = 0.4
NEAR_PERSON, NEAR_TOWN = 0.45, 0.45  # behind near, behind, beside; else a common noun
IN_A_TOWN = 0.5
AMBIGUOUS_SHARE = 0.7  # of the names where an ambiguous word may stand


def first_states(topic: str, subject: str) -> Following:
    """The first state of a sentence, after one of this topic about this subject."""
    choices: Following = []
    for share, state in grammar.first_states(topic, subject):
        begins = "determiner" in (state.slot, *state.detail)
        if not begins or state.plural:
            choices.append((share, state))
            continue
        named = state.to("connective", "first") if state.slot == "connective" else state.to("first")
        choices += [((1 - NAMED) * share, state), (NAMED * share, named)]
    return choices


def following_states(state: State) -> Following:
    """The states that may come next; empty after the full stop."""
    plain = grammar.following_states
    match state.slot:
        case "first":
            return _or_a_second_word(state.to("last"), plain(state.to("noun")))
        case "last":
            return plain(state.to("noun"))
        case "other first":
            last = state.to("other last", *state.detail)
            return _or_a_second_word(last, plain(state.to("other noun", 0, *state.detail)))
        case "other last":
            return plain(state.to("other noun", 0, *state.detail))
        case "town":
            second = state.to("town's second", *state.detail)
            return _or_a_second_word(second, following_states(second))
        case "town's second":
            return [(1.0, state.to("stop"))] if state.detail == ("end",) else plain(state.to("adverb"))
        case "that":
            return _with_a_name(plain(state), state.to("other first", "agrees"))
        case "subject's relative verb":
            return _with_a_name(plain(state), state.to("other first", ""))
        case "preposition":
            names = [(NEAR_PERSON, state.to("other first", "")), (NEAR_TOWN, state.to("town", "near"))]
            return [*_scaled(1 - NEAR_PERSON - NEAR_TOWN, plain(state)), *names]
        case "in":
            return [*_scaled(1 - IN_A_TOWN, plain(state)), (IN_A_TOWN, state.to("town", "end"))]
    return plain(state)


def words_of(state: State, sense: tuple[int, ...]) -> Choices:
    """The words that a state may write in a document of this sense."""
    match state.slot:
        case "first" if state.subject == "she":
            return _names(WOMEN, AMBIGUOUS_WOMEN, sense, PERSON)
        case "first":
            return _names(MEN, AMBIGUOUS_MEN, sense, PERSON)
        case "other first":
            return _names(WOMEN + MEN, AMBIGUOUS, sense, PERSON)
        case "town":
            return _names(TOWNS, AMBIGUOUS, sense, PLACE)
        case "last" | "other last" | "town's second":
            return by_rank(SECOND)
    return grammar.words_of(state, LEXICON)


def memories() -> list[tuple[str, str]]:
    """What one sentence hands over to the next: topic and subject."""
    return [(topic, subject) for topic in LEXICON.topics for subject in SUBJECTS]


def reachable() -> list[State]:
    """Every state that a sentence can pass through, in the order of first visit."""
    waiting = [first for memory in memories() for _, first in first_states(*memory)]
    found: dict[State, None] = {}
    while waiting:
        state = waiting.pop(0)
        if state not in found:
            found[state] = None
            waiting.extend(following for _, following in following_states(state))
    return list(found)


def _scaled(factor: float, choices: Following) -> Following:
    return [(factor * share, state) for share, state in choices]


def _or_a_second_word(second: State, otherwise: Following) -> Following:
    return [(TWO_WORDS, second), *_scaled(1 - TWO_WORDS, otherwise)]


def _with_a_name(choices: Following, name: State) -> Following:
    """A part of the choices that lead to another person goes to one with a name."""
    people = [(share, state) for share, state in choices if state.slot == "other determiner"]
    rest = [(share, state) for share, state in choices if state.slot != "other determiner"]
    return [*rest, *_scaled(1 - NAMED, people), (NAMED * sum(share for share, _ in people), name)]


def _names(plain: tuple[str, ...], ambiguous: tuple[str, ...], sense: tuple[int, ...], meaning: int) -> Choices:
    """Names of one meaning, the ambiguous ones that have it among them."""
    fitting = [word for word in ambiguous if sense[AMBIGUOUS.index(word)] == meaning]
    share = AMBIGUOUS_SHARE if fitting else 0.0
    found = {word: share / len(fitting) for word in fitting}
    return found | {word: (1 - share) / len(plain) for word in plain}
