"""Figures of notebook 07: `drawings` and `flows` explain an idea, `plots` and `curves` show what was computed."""

from attention_course.figures.generation.curves import (
    beyond,
    forming,
    forming_picture,
    stripes,
    training,
    training_picture,
)
from attention_course.figures.generation.drawings import (
    caching,
    clock_hands,
    copying,
    groups,
    one_step_apart,
    second_piece,
    window,
)
from attention_course.figures.generation.flows import decoder_layer, swiglu
from attention_course.figures.generation.plots import (
    choices,
    corner,
    dots_by_position,
    norms,
    per_token,
    windows,
    word_maps,
)

__all__ = [
    "beyond",
    "caching",
    "choices",
    "clock_hands",
    "copying",
    "corner",
    "decoder_layer",
    "dots_by_position",
    "forming",
    "forming_picture",
    "groups",
    "norms",
    "one_step_apart",
    "per_token",
    "second_piece",
    "stripes",
    "swiglu",
    "training",
    "training_picture",
    "window",
    "windows",
    "word_maps",
]
