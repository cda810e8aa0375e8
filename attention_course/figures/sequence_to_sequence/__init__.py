"""Figures of notebook 06: `drawings` and `flows` explain an idea, `plots` show what was computed."""

from attention_course.figures.sequence_to_sequence.drawings import linked, padded_batch, teacher_forcing, trap
from attention_course.figures.sequence_to_sequence.flows import additive_score, decoder_block, decoder_step, lstm_cell
from attention_course.figures.sequence_to_sequence.plots import (
    alignment_map,
    by_length,
    fading,
    sharpening,
    training_figure,
    training_picture,
    training_words,
    widths,
)

__all__ = [
    "additive_score",
    "alignment_map",
    "by_length",
    "decoder_block",
    "decoder_step",
    "fading",
    "linked",
    "lstm_cell",
    "padded_batch",
    "sharpening",
    "teacher_forcing",
    "training_figure",
    "training_picture",
    "training_words",
    "trap",
    "widths",
]
