"""Exams of notebook 03, batched attention in PyTorch."""

from autograder.exams.batched_attention.attention_mistakes import scaled_dot_product_attention
from autograder.exams.batched_attention.chunked_mistakes import chunked_attention
from autograder.exams.batched_attention.combine_masks import combine_masks
from autograder.exams.batched_attention.encoder_block_loading import EncoderBlock
from autograder.exams.batched_attention.growth_exponent import growth_exponent
from autograder.exams.batched_attention.layer_norm_mistakes import LayerNorm
from autograder.exams.batched_attention.multi_head_loading import MultiHeadAttention
from autograder.exams.batched_attention.pick_device import pick_device
from autograder.exams.batched_attention.positional_mistakes import PositionalEncoding

EXERCISES = [
    pick_device,
    scaled_dot_product_attention,
    combine_masks,
    MultiHeadAttention,
    PositionalEncoding,
    LayerNorm,
    EncoderBlock,
    chunked_attention,
    growth_exponent,
]

__all__ = ["EXERCISES", *(exercise.name for exercise in EXERCISES)]
