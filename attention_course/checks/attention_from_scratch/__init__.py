"""Visible checks of notebook 01, one function per exercise."""

from attention_course.checks.attention_from_scratch.attending import attention, masks
from attention_course.checks.attention_from_scratch.backward import attention_backward
from attention_course.checks.attention_from_scratch.scoring import additive_scores, attention_scores, softmax
from attention_course.checks.attention_from_scratch.shaping import heads, multi_head_attention, positional_encoding

__all__ = [
    "additive_scores",
    "attention",
    "attention_backward",
    "attention_scores",
    "heads",
    "masks",
    "multi_head_attention",
    "positional_encoding",
    "softmax",
]
