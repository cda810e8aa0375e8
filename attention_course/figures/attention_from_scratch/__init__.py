"""Figures of notebook 01: `drawings` explain an idea before its formula, `plots` show what the learner's code did."""

from attention_course.figures.attention_from_scratch.drawings import (
    heads_as_columns,
    masks,
    score_shapes,
    soft_dictionary,
    softmax_steps,
    timeline,
)
from attention_course.figures.attention_from_scratch.flows import (
    attention_flow,
    bottleneck,
    clocks,
    gradient_flow,
    multi_head_flow,
)
from attention_course.figures.attention_from_scratch.plots import (
    entropy_against_depth,
    head_maps,
    learning,
    position_table,
    score_growth,
    weights,
)

__all__ = [
    "attention_flow",
    "bottleneck",
    "clocks",
    "entropy_against_depth",
    "gradient_flow",
    "head_maps",
    "heads_as_columns",
    "learning",
    "masks",
    "multi_head_flow",
    "position_table",
    "score_growth",
    "score_shapes",
    "soft_dictionary",
    "softmax_steps",
    "timeline",
    "weights",
]
