"""Figures of notebook 02: `drawings` explain an idea, `plots` show numbers, `own_values` reads the learner's arrays."""

from attention_course.figures.worked_example.drawings import (
    alignment_arrows,
    plane,
    score_table,
    softmax_steps,
    two_ways,
)
from attention_course.figures.worked_example.own_values import in_words, needed, points_in_words
from attention_course.figures.worked_example.plots import (
    alignment_map,
    before_and_after,
    by_hand_and_by_code,
    entropy_bars,
    outputs_in_plane,
    published_matrices,
    territories,
    weights_map,
)

__all__ = [
    "alignment_arrows",
    "alignment_map",
    "before_and_after",
    "by_hand_and_by_code",
    "entropy_bars",
    "in_words",
    "needed",
    "outputs_in_plane",
    "plane",
    "points_in_words",
    "published_matrices",
    "score_table",
    "softmax_steps",
    "territories",
    "two_ways",
    "weights_map",
]
