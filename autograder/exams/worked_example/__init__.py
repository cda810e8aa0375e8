"""Exams of notebook 02, the worked example with four tokens."""

from autograder.exams.worked_example.align import align
from autograder.exams.worked_example.is_attention_weights import is_attention_weights
from autograder.exams.worked_example.misprinted_scores import misprinted_scores
from autograder.exams.worked_example.nearest_tokens import nearest_tokens
from autograder.exams.worked_example.output import output
from autograder.exams.worked_example.permutation_check import permutation_check
from autograder.exams.worked_example.row_entropy import row_entropy
from autograder.exams.worked_example.scaled_weights import scaled_weights
from autograder.exams.worked_example.scores import scores
from autograder.exams.worked_example.weights import weights

EXERCISES = [
    scores,
    weights,
    output,
    scaled_weights,
    row_entropy,
    is_attention_weights,
    misprinted_scores,
    nearest_tokens,
    permutation_check,
    align,
]

__all__ = [
    "EXERCISES",
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
