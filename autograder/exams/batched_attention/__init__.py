"""Exams of notebook 03, batched attention in PyTorch."""

from autograder.exams.batched_attention.attention_mistakes import scaled_dot_product_attention
from autograder.exams.batched_attention.combine_masks import combine_masks
from autograder.exams.batched_attention.multi_head_loading import MultiHeadAttention
from autograder.exams.batched_attention.pick_device import pick_device

EXERCISES = [
    pick_device,
    scaled_dot_product_attention,
    combine_masks,
    MultiHeadAttention,
]

__all__ = ["EXERCISES", *(exercise.name for exercise in EXERCISES)]
