"""The words of the small language: what exists in each topic, who acts, and the little words in between."""

from __future__ import annotations

from dataclasses import dataclass

Forms = tuple[str, str]
"""(singular, plural) of a noun; (with he or she, with they) of a verb."""


@dataclass(frozen=True)
class Topic:
    """A small world: its verbs choose their objects, and its words occur in no other topic.

    Attributes:
        people: those who are at home here.
        actions: for each verb the objects it takes (selectional preference).
        places, adjectives: where it happens, and what its things are like.
    """

    people: tuple[Forms, ...]
    actions: tuple[tuple[Forms, tuple[Forms, ...]], ...]
    places: tuple[str, ...]
    adjectives: tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """All words, by their job in a sentence. Words in a tuple come with falling frequency."""

    topics: dict[str, Topic]
    women: tuple[Forms, ...]
    men: tuple[Forms, ...]
    watching: tuple[Forms, ...]
    singular_determiners: tuple[str, ...]
    plural_determiners: tuple[str, ...]
    person_adjectives: tuple[str, ...]
    thing_adjectives: tuple[str, ...]
    adverbs: tuple[str, ...]
    prepositions: tuple[str, ...]
    connectives: tuple[str, ...]


def noun(word: str) -> Forms:
    """A noun with its plural; an irregular plural is written out after a slash.

    >>> noun("baker"), noun("ferry"), noun("man/men")
    (('baker', 'bakers'), ('ferry', 'ferries'), ('man', 'men'))
    """
    if "/" in word:
        singular, plural = word.split("/")
        return singular, plural
    if word.endswith("y") and word[-2] not in "aeiou":
        return word, word[:-1] + "ies"
    return word, _add_s(word)


def verb(word: str) -> Forms:
    """A verb with its two present forms, from the one that goes with they.

    >>> verb("catch"), verb("carry"), verb("play")
    (('catches', 'catch'), ('carries', 'carry'), ('plays', 'play'))
    """
    return noun(word)[::-1]


def _add_s(word: str) -> str:
    return word + ("es" if word.endswith(("ch", "sh", "s", "x")) else "s")


def nouns(words: str) -> tuple[Forms, ...]:
    """Several nouns from one string of words."""
    return tuple(noun(word) for word in words.split())


def verbs(words: str) -> tuple[Forms, ...]:
    """Several verbs from one string of words."""
    return tuple(verb(word) for word in words.split())


def topic(people: str, actions: dict[str, str], places: str, adjectives: str) -> Topic:
    """A topic from strings of words; `actions` maps a verb to its objects."""
    pairs = tuple((verb(action), nouns(objects)) for action, objects in actions.items())
    return Topic(nouns(people), pairs, tuple(places.split()), tuple(adjectives.split()))


# Words that can follow "a" start with a consonant, so that "an" is never needed.
LEXICON = Lexicon(
    topics={
        "farm": topic(
            "farmer shepherd",
            {"feed": "hen goat", "plant": "carrot turnip", "dig": "ditch pond"},
            "field meadow",
            "muddy small",
        ),
        "kitchen": topic(
            "cook baker",
            {"bake": "cake pie", "stir": "soup sauce", "wash": "plate cup"},
            "kitchen bakery",
            "hot cold",
        ),
        "school": topic(
            "teacher pupil",
            {"read": "book poem", "solve": "puzzle riddle", "draw": "map picture"},
            "school library",
            "long strange",
        ),
        "sea": topic(
            "sailor captain",
            {"steer": "boat ferry", "catch": "crab lobster", "mend": "net sail"},
            "harbour bay",
            "wet salty",
        ),
        "music": topic(
            "singer drummer",
            {"play": "violin flute", "write": "song tune", "carry": "harp piano"},
            "theatre hall",
            "loud quiet",
        ),
        "workshop": topic(
            "mechanic builder",
            {"repair": "robot machine", "paint": "wall door", "test": "lamp switch"},
            "factory garage",
            "rusty broken",
        ),
    },
    women=nouns("girl woman/women mother sister queen nun"),
    men=nouns("boy man/men father brother king monk"),
    watching=verbs("see know like follow help call"),
    singular_determiners=("the", "a", "this", "every"),
    plural_determiners=("the", "some", "these", "many"),
    person_adjectives=("young", "tall", "happy", "tired", "clever", "brave"),
    thing_adjectives=("new", "big", "good"),
    adverbs=("often", "never", "always", "slowly", "gladly", "rarely"),
    prepositions=("near", "behind", "beside"),
    connectives=("then", "later", "meanwhile"),
)
