"""Visible checks of notebook 08, one function per exercise."""

from attention_course.checks.beyond_text.curves import nadaraya_watson
from attention_course.checks.beyond_text.fairness import fair_evaluation
from attention_course.checks.beyond_text.long_sequences import linear_attention, window_attention
from attention_course.checks.beyond_text.models import NextItem, VisionTransformer
from attention_course.checks.beyond_text.pictures import attention_rollout, patches

__all__ = [
    "NextItem",
    "VisionTransformer",
    "attention_rollout",
    "fair_evaluation",
    "linear_attention",
    "nadaraya_watson",
    "patches",
    "window_attention",
]
