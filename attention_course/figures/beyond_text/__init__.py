"""Figures of notebook 08: `drawings` explain an idea, `plots` and `maps` show what was computed."""

from attention_course.figures.beyond_text.drawings import (
    brackets,
    kernel,
    listener,
    paths,
    vision_transformer,
    who_sees_whom,
)
from attention_course.figures.beyond_text.maps import cut_up, heads_by_distance, hidden_songs, looked_at, pictures
from attention_course.figures.beyond_text.plots import (
    bandwidth_errors,
    costs_by_length,
    fits,
    needle,
    set_sizes,
    training_figure,
    training_picture,
    training_words,
    two_rankings,
)

__all__ = [
    "bandwidth_errors",
    "brackets",
    "costs_by_length",
    "cut_up",
    "fits",
    "heads_by_distance",
    "hidden_songs",
    "kernel",
    "listener",
    "looked_at",
    "needle",
    "paths",
    "pictures",
    "set_sizes",
    "training_figure",
    "training_picture",
    "training_words",
    "two_rankings",
    "vision_transformer",
    "who_sees_whom",
]
