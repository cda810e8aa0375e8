"""Figures of notebook 03: `drawings` and `flows` explain an idea, `plots` show what the learner's code did."""

from attention_course.figures.batched_attention.drawings import (
    combined_masks,
    layer_norm_steps,
    loops_and_batches,
    module_contents,
    number_formats,
    slopes,
    two_conventions,
    two_memories,
)
from attention_course.figures.batched_attention.flows import (
    attention_flow,
    chunk_walk,
    encoder_block,
    head_shapes,
    online_softmax,
    packed_weights,
)
from attention_course.figures.batched_attention.plots import costs, reversing

__all__ = [
    "attention_flow",
    "chunk_walk",
    "combined_masks",
    "costs",
    "encoder_block",
    "head_shapes",
    "layer_norm_steps",
    "loops_and_batches",
    "module_contents",
    "number_formats",
    "online_softmax",
    "packed_weights",
    "reversing",
    "slopes",
    "two_conventions",
    "two_memories",
]
