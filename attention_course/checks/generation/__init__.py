"""Visible checks of notebook 07, one function per exercise."""

from attention_course.checks.generation.attending import CausalSelfAttention, KeyValueCache
from attention_course.checks.generation.choosing import choosing
from attention_course.checks.generation.copying import induction_score
from attention_course.checks.generation.models import DecoderModel
from attention_course.checks.generation.positions import RMSNorm, rotate
from attention_course.checks.generation.words import next_token_loss, word_vectors
from attention_course.checks.generation.writing import generate

__all__ = [
    "CausalSelfAttention",
    "DecoderModel",
    "KeyValueCache",
    "RMSNorm",
    "choosing",
    "generate",
    "induction_score",
    "next_token_loss",
    "rotate",
    "word_vectors",
]
