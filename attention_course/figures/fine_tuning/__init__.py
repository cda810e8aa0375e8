"""Figures of notebook 05: `drawings` explain an idea, `plots` show what was measured."""

from attention_course.figures.fine_tuning.drawings import aligned_labels, lattice, one_body, spans_on_words
from attention_course.figures.fine_tuning.plots import (
    accuracy_against_labels,
    confusion,
    how_sure,
    loss_curve,
    loss_picture,
    scores_side_by_side,
    similarities,
)

__all__ = [
    "accuracy_against_labels",
    "aligned_labels",
    "confusion",
    "how_sure",
    "lattice",
    "loss_curve",
    "loss_picture",
    "one_body",
    "scores_side_by_side",
    "similarities",
    "spans_on_words",
]
