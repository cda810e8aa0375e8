"""Visible checks of notebook 06, one function per exercise."""

from attention_course.checks.sequence_to_sequence.attending import AdditiveAttention, teacher_forcing
from attention_course.checks.sequence_to_sequence.decoder import AttentionDecoder
from attention_course.checks.sequence_to_sequence.decoding import search
from attention_course.checks.sequence_to_sequence.judging import alignment, bleu
from attention_course.checks.sequence_to_sequence.recurrent import Encoder, lstm_step
from attention_course.checks.sequence_to_sequence.transformer import DecoderBlock

__all__ = [
    "AdditiveAttention",
    "AttentionDecoder",
    "DecoderBlock",
    "Encoder",
    "alignment",
    "bleu",
    "lstm_step",
    "search",
    "teacher_forcing",
]
