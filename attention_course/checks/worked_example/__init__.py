"""Visible checks of notebook 02, one function per exercise."""

from attention_course.checks.worked_example.by_hand import output, scaled_weights, scores, weights
from attention_course.checks.worked_example.matrices import is_attention_weights, misprinted_scores, row_entropy
from attention_course.checks.worked_example.words import align, nearest_tokens, permutation_check

__all__ = [
    "align",
    "is_attention_weights",
    "misprinted_scores",
    "nearest_tokens",
    "output",
    "permutation_check",
    "row_entropy",
    "scaled_weights",
    "scores",
    "weights",
]
