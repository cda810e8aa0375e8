"""Where a verb agrees with its subject across another noun: the places to look for when a model is opened up."""

from __future__ import annotations

from dataclasses import dataclass

from attention_course.language.small_language import Sentence, SmallLanguage


@dataclass(frozen=True)
class Agreement:
    """The places of a verb and of its subject in a sentence, counted from 0, [CLS] not included.

    Attributes:
        subject: of the noun or pronoun that the verb agrees with.
        verb: of the main verb.
        other: of the last noun between them, None where there is none.
        attracts: whether the noun between them has the other number, so that a reader of the nearest noun errs.
    """

    subject: int
    verb: int
    other: int | None
    attracts: bool


def agreement(language: SmallLanguage, sentence: Sentence) -> Agreement:
    """The agreement in a sentence of the small language.

    >>> agreement(SmallLanguage(), "the sailor near the girls mends a net .".split())
    Agreement(subject=1, verb=5, other=4, attracts=True)
    """
    slots = language.slots(sentence)
    subject = slots.index("pronoun") if "pronoun" in slots else slots.index("noun")
    verb = slots.index("verb")
    other = slots.index("other noun") if "other noun" in slots else None
    attracts = other is not None and language.is_plural(sentence[other]) != language.is_plural(sentence[subject])
    return Agreement(subject, verb, other, attracts)
