"""Figures of notebook 02: `drawings` explain an idea, `plots` show numbers, `shown` says both in words and shows them.

`own_values` reads the learner's arrays.
"""

from attention_course.figures.worked_example.own_values import needed
from attention_course.figures.worked_example.shown import (
    alignment_arrows,
    alignment_map,
    before_and_after,
    by_hand_and_by_code,
    entropy_bars,
    outputs_in_plane,
    plane,
    published_matrices,
    score_table,
    softmax_steps,
    territories,
    two_ways,
    weights_map,
)

__all__ = [
    "alignment_arrows",
    "alignment_map",
    "before_and_after",
    "by_hand_and_by_code",
    "entropy_bars",
    "needed",
    "outputs_in_plane",
    "plane",
    "published_matrices",
    "score_table",
    "softmax_steps",
    "territories",
    "two_ways",
    "weights_map",
]
