"""Figures of notebook 04: `drawings` and `flows` explain an idea, `plots` show what the learner's model did."""

from attention_course.figures.masked_language_model.drawings import (
    agreement,
    corruption,
    encoded_pair,
    next_sentence,
    word_pieces,
)
from attention_course.figures.masked_language_model.flows import bert, embedding_sum, weight_places
from attention_course.figures.masked_language_model.grammar import moment, switched_off
from attention_course.figures.masked_language_model.plots import (
    guesses,
    head_maps,
    head_table,
    ladder,
    schedule,
    training,
    training_figure,
    training_picture,
    training_words,
)

__all__ = [
    "agreement",
    "bert",
    "corruption",
    "embedding_sum",
    "encoded_pair",
    "guesses",
    "head_maps",
    "head_table",
    "ladder",
    "moment",
    "next_sentence",
    "schedule",
    "switched_off",
    "training",
    "training_figure",
    "training_picture",
    "training_words",
    "weight_places",
    "word_pieces",
]
