"""Exams of notebook 08, beyond text."""

from autograder.exams.beyond_text.attention_rollout_mistakes import attention_rollout
from autograder.exams.beyond_text.linear_attention_mistakes import linear_attention
from autograder.exams.beyond_text.nadaraya_watson_mistakes import nadaraya_watson
from autograder.exams.beyond_text.next_item_mistakes import NextItem
from autograder.exams.beyond_text.patches_mistakes import patches
from autograder.exams.beyond_text.summary_mistakes import fair_evaluation
from autograder.exams.beyond_text.vision_transformer_mistakes import VisionTransformer
from autograder.exams.beyond_text.window_attention_mistakes import window_attention

EXERCISES = [
    nadaraya_watson,
    patches,
    VisionTransformer,
    attention_rollout,
    NextItem,
    fair_evaluation,
    window_attention,
    linear_attention,
]

__all__ = ["EXERCISES", *(exercise.name for exercise in EXERCISES)]
