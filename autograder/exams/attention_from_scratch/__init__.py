"""Exams of notebook 01, attention from scratch in NumPy."""

from autograder.exams.attention_from_scratch.additive_scores import additive_scores
from autograder.exams.attention_from_scratch.attention_backward_mistakes import attention_backward
from autograder.exams.attention_from_scratch.attention_mistakes import attention
from autograder.exams.attention_from_scratch.attention_scores import attention_scores
from autograder.exams.attention_from_scratch.heads import heads
from autograder.exams.attention_from_scratch.masks import masks
from autograder.exams.attention_from_scratch.multi_head_attention import multi_head_attention
from autograder.exams.attention_from_scratch.positional_encoding import positional_encoding
from autograder.exams.attention_from_scratch.softmax import softmax

EXERCISES = [
    softmax,
    attention_scores,
    masks,
    attention,
    additive_scores,
    heads,
    multi_head_attention,
    positional_encoding,
    attention_backward,
]

__all__ = ["EXERCISES", *(exercise.name for exercise in EXERCISES)]
