"""Exams of notebook 07, generation."""

from autograder.exams.generation.attention_mistakes import CausalSelfAttention
from autograder.exams.generation.choosing_mistakes import choosing
from autograder.exams.generation.decoder_model_mistakes import DecoderModel
from autograder.exams.generation.generate import generate
from autograder.exams.generation.induction_score import induction_score
from autograder.exams.generation.key_value_cache_mistakes import KeyValueCache
from autograder.exams.generation.next_token_loss import next_token_loss
from autograder.exams.generation.rms_norm import RMSNorm
from autograder.exams.generation.rotate import rotate
from autograder.exams.generation.word_vectors_mistakes import word_vectors

EXERCISES = [
    word_vectors,
    next_token_loss,
    choosing,
    rotate,
    RMSNorm,
    KeyValueCache,
    CausalSelfAttention,
    DecoderModel,
    generate,
    induction_score,
]

__all__ = ["EXERCISES", *(exercise.name for exercise in EXERCISES)]
