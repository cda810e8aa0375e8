"""Visible checks of notebook 03, one function per exercise."""

from attention_course.checks.batched_attention.attending import (
    combine_masks,
    pick_device,
    scaled_dot_product_attention,
)
from attention_course.checks.batched_attention.block import EncoderBlock
from attention_course.checks.batched_attention.costs import chunked_attention, growth_exponent
from attention_course.checks.batched_attention.modules import LayerNorm, PositionalEncoding
from attention_course.checks.batched_attention.multi_head import MultiHeadAttention
from attention_course.neutral import neutrally

__all__ = [
    "EncoderBlock",
    "LayerNorm",
    "MultiHeadAttention",
    "PositionalEncoding",
    "chunked_attention",
    "combine_masks",
    "growth_exponent",
    "pick_device",
    "scaled_dot_product_attention",
]

neutrally(globals(), __all__)
