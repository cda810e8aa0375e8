"""The rules of the small language: which state follows which, and which words a state may write.

A sentence, with the subject's number carried to its verb across whatever stands in between:

    [connective] subject [adverb] verb object [in the place] .
    subject: pronoun | determiner [adjective] noun [modifier]
    modifier: that determiner noun verb | that verb determiner noun | preposition determiner noun
    object:  determiner or possessive [adjective] noun

A pronoun takes up the subject of the sentence before; a noun phrase brings a new one. The topic stays the same
through a document.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from attention_course.language.lexicon import Forms, Lexicon

Choices = dict[str, float]
"""Words with their probabilities."""

SUBJECTS: Choices = {"she": 0.28, "he": 0.28, "they": 0.44}
"""Whom a sentence is about, named by the pronoun, with the share of new subjects."""

POSSESSIVE = {"she": "her", "he": "his", "they": "their"}
DETERMINERS = (0.45, 0.25, 0.15, 0.15)
ACTIONS = (0.45, 0.3, 0.25)
RETURNING = 0.5  # sentences that go on about the subject of the sentence before
CONNECTIVE = 0.4
ADJECTIVE = 0.3
MODIFIER = {"that": 0.35, "preposition": 0.35, "": 0.3}
OBJECT_RELATIVE = 0.6  # "that the king sees", against "that sees the king"
ADVERB = 0.25
POSSESSED = 0.4
PLURAL = 0.5
PLACE = 0.35
AT_HOME = 0.4  # new subjects who belong to the topic, such as a farmer in a field
TOPICAL_ADJECTIVE = 0.7


class State(NamedTuple):
    """One state of the machine.

    Attributes:
        slot: the job of the word that it writes.
        topic: the small world of the document.
        subject: she, he or they.
        detail: what else must be remembered: the number of a second noun, the verb chosen, and so on.
    """

    slot: str
    topic: str
    subject: str
    detail: tuple = ()

    @property
    def plural(self) -> bool:
        """Whether the subject is plural."""
        return self.subject == "they"

    def to(self, slot: str, *detail) -> State:
        """The state of another slot in the same sentence."""
        return State(slot, self.topic, self.subject, detail)


Following = list[tuple[float, State]]


def first_states(topic: str, subject: str) -> Following:
    """The first state of a sentence, after a sentence of this topic about this subject."""
    same = State("", topic, subject)
    choices = [
        (RETURNING * CONNECTIVE, same.to("connective", "pronoun")),
        (RETURNING * (1 - CONNECTIVE), same.to("pronoun", "bare")),
    ]
    for new, share in SUBJECTS.items():
        state = State("", topic, new)
        choices.append(((1 - RETURNING) * share * CONNECTIVE, state.to("connective", "determiner")))
        choices.append(((1 - RETURNING) * share * (1 - CONNECTIVE), state.to("determiner")))
    return choices


def following_states(state: State) -> Following:
    """The states that may come next, with their probabilities; empty after the full stop."""
    return _RULES[state.slot](state)


def _chain(slot: str) -> Callable[[State], Following]:
    """A rule with one outcome, which keeps the details."""
    return lambda state: [(1.0, state.to(slot, *state.detail))]


def _connective(state: State) -> Following:
    return [(1.0, state.to(state.detail[0]))]


def _determiner(state: State) -> Following:
    return [(ADJECTIVE, state.to("adjective")), (1 - ADJECTIVE, state.to("noun"))]


def _noun(state: State) -> Following:
    modified = [(share, state.to(slot)) for slot, share in MODIFIER.items() if slot]
    return modified + _scaled(MODIFIER[""], _adverb_or_verb(state))


def _pronoun(state: State) -> Following:
    if state.detail == ("bare",):  # an adverb keeps the shortest sentence at six tokens
        return [(1.0, state.to("adverb"))]
    return _adverb_or_verb(state)


def _adverb_or_verb(state: State) -> Following:
    return [(ADVERB, state.to("adverb")), *_scaled(1 - ADVERB, _to_verb(state))]


def _to_verb(state: State) -> Following:
    return [(share, state.to("verb", action)) for action, share in enumerate(ACTIONS)]


def _that(state: State) -> Following:
    before = [(OBJECT_RELATIVE * share, state.to("other determiner", n, "agrees")) for n, share in _numbers()]
    return [*before, (1 - OBJECT_RELATIVE, state.to("subject's relative verb"))]


def _second_person(state: State) -> Following:
    return [(share, state.to("other determiner", number, "")) for number, share in _numbers()]


def _other_noun(state: State) -> Following:
    number, then = state.detail
    return [(1.0, state.to("other's relative verb", number))] if then else _to_verb(state)


def _verb(state: State) -> Following:
    (action,) = state.detail
    choices = []
    for number, share in _numbers():
        choices.append((share * POSSESSED, state.to("possessive", action, number)))
        choices.append((share * (1 - POSSESSED), state.to("object determiner", action, number)))
    return choices


def _before_object(state: State) -> Following:
    return [
        (ADJECTIVE, state.to("object adjective", *state.detail)),
        (1 - ADJECTIVE, state.to("object", *state.detail)),
    ]


def _object(state: State) -> Following:
    return [(PLACE, state.to("in")), (1 - PLACE, state.to("stop"))]


def _numbers() -> list[tuple[int, float]]:
    return [(0, 1 - PLURAL), (1, PLURAL)]


def _scaled(factor: float, choices: Following) -> Following:
    return [(factor * share, state) for share, state in choices]


_RULES: dict[str, Callable[[State], Following]] = {
    "connective": _connective,
    "determiner": _determiner,
    "adjective": _chain("noun"),
    "noun": _noun,
    "pronoun": _pronoun,
    "that": _that,
    "preposition": _second_person,
    "subject's relative verb": _second_person,
    "other determiner": _chain("other noun"),
    "other noun": _other_noun,
    "other's relative verb": _to_verb,
    "adverb": _to_verb,
    "verb": _verb,
    "possessive": _before_object,
    "object determiner": _before_object,
    "object adjective": _chain("object"),
    "object": _object,
    "in": _chain("place's the"),
    "place's the": _chain("place"),
    "place": _chain("stop"),
    "stop": lambda state: [],
}


def words_of(state: State, lexicon: Lexicon) -> Choices:
    """The words that a state may write, with their probabilities."""
    topic = lexicon.topics[state.topic]
    plural = state.plural
    match state.slot:
        case "connective":
            return by_rank(lexicon.connectives)
        case "determiner":
            return _determiners(lexicon, plural)
        case "adjective":
            return by_rank(lexicon.person_adjectives)
        case "noun":
            return _people(state, lexicon)
        case "pronoun":
            return {state.subject: 1.0}
        case "that" | "in":
            return {state.slot: 1.0}
        case "preposition":
            return by_rank(lexicon.prepositions)
        case "other determiner":
            return _determiners(lexicon, state.detail[0])
        case "other noun":
            return _anybody(lexicon, state.detail[0])
        case "other's relative verb":  # agrees with the second noun
            return _forms(lexicon.watching, state.detail[0])
        case "subject's relative verb":
            return _forms(lexicon.watching, plural)
        case "adverb":
            return by_rank(lexicon.adverbs)
        case "verb":
            return {topic.actions[state.detail[0]][0][plural]: 1.0}
        case "possessive":
            return {POSSESSIVE[state.subject]: 1.0}
        case "object determiner":
            return _determiners(lexicon, state.detail[1])
        case "object adjective":
            return mixed(TOPICAL_ADJECTIVE, by_rank(topic.adjectives), by_rank(lexicon.thing_adjectives))
        case "object":
            action, number = state.detail
            return _forms(topic.actions[action][1], number)
        case "place's the":
            return {"the": 1.0}
        case "place":
            return by_rank(topic.places)
        case "stop":
            return {".": 1.0}
    raise ValueError(f"the grammar has no slot {state.slot!r}")


def by_rank(words: tuple[str, ...]) -> Choices:
    """Words with frequencies that fall with their rank, as in real text: proportional to 1 / rank^0.7."""
    weights = [rank**-0.7 for rank in range(1, len(words) + 1)]
    return {word: weight / sum(weights) for word, weight in zip(words, weights, strict=True)}


def mixed(share: float, first: Choices, rest: Choices) -> Choices:
    """A mixture of two: the first with this share, the rest with what is left."""
    mixture = {word: share * probability for word, probability in first.items()}
    for word, probability in rest.items():
        mixture[word] = mixture.get(word, 0.0) + (1 - share) * probability
    return mixture


def _determiners(lexicon: Lexicon, plural: int) -> Choices:
    words = lexicon.plural_determiners if plural else lexicon.singular_determiners
    shares = DETERMINERS[: len(words)]
    return {word: share / sum(shares) for word, share in zip(words, shares, strict=True)}


def _forms(pairs: tuple[Forms, ...], plural: int) -> Choices:
    return by_rank(tuple(pair[plural] for pair in pairs))


def _anybody(lexicon: Lexicon, plural: int) -> Choices:
    return mixed(0.5, _forms(lexicon.women, plural), _forms(lexicon.men, plural))


def _people(state: State, lexicon: Lexicon) -> Choices:
    """Those who can be the subject: people of the topic, and women, men or both."""
    people = _forms(lexicon.topics[state.topic].people, state.plural)
    match state.subject:
        case "she":
            return mixed(AT_HOME, people, _forms(lexicon.women, 0))
        case "he":
            return mixed(AT_HOME, people, _forms(lexicon.men, 0))
    return mixed(AT_HOME, people, _anybody(lexicon, 1))
