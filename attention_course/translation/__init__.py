"""From English to Chinese: a grammar that knows every translation, translators, their training, and what is true.

Nothing in here solves an exercise of notebook 06: the encoder, the decoder, the batches, the loss and the search are
the learner's, handed in.
"""

from attention_course.language.chinese import GLOSSES
from attention_course.translation.data import END, PAD, START, Material, material, read_sources
from attention_course.translation.data import by_length as test_pairs
from attention_course.translation.grammar import I_LOVE_YOU, Grammar, Pair
from attention_course.translation.learning import Curve, Writer, steps
from attention_course.translation.models import Transformer, with_dots, with_own_parts, without_attention
from attention_course.translation.run import Run
from attention_course.translation.truth import (
    Known,
    first_clause,
    lazy,
    lazy_cases,
    lazy_material,
    step_of,
    trapping,
)


def gloss(words: list[str]) -> str:
    """Chinese words with their meaning behind each: 我 (I) 爱 (love) 你 (you)."""
    return " ".join(f"{word} ({GLOSSES[word]})" if word in GLOSSES else word for word in words)


__all__ = [
    "END",
    "I_LOVE_YOU",
    "PAD",
    "START",
    "Curve",
    "Grammar",
    "Known",
    "Material",
    "Pair",
    "Run",
    "Transformer",
    "Writer",
    "first_clause",
    "gloss",
    "lazy",
    "lazy_cases",
    "lazy_material",
    "material",
    "read_sources",
    "step_of",
    "steps",
    "test_pairs",
    "trapping",
    "with_dots",
    "with_own_parts",
    "without_attention",
]
