"""Exams of notebook 06, sequence to sequence."""

from autograder.exams.sequence_to_sequence.additive_attention_mistakes import AdditiveAttention
from autograder.exams.sequence_to_sequence.alignment_mistakes import alignment
from autograder.exams.sequence_to_sequence.bleu_mistakes import bleu
from autograder.exams.sequence_to_sequence.decoder_block_mistakes import DecoderBlock
from autograder.exams.sequence_to_sequence.decoder_mistakes import AttentionDecoder
from autograder.exams.sequence_to_sequence.encoder_mistakes import Encoder
from autograder.exams.sequence_to_sequence.lstm_step_mistakes import lstm_step
from autograder.exams.sequence_to_sequence.search_mistakes import search
from autograder.exams.sequence_to_sequence.teacher_forcing_mistakes import teacher_forcing

EXERCISES = [
    lstm_step,
    Encoder,
    AdditiveAttention,
    AttentionDecoder,
    teacher_forcing,
    alignment,
    DecoderBlock,
    search,
    bleu,
]

__all__ = ["EXERCISES", *(exercise.name for exercise in EXERCISES)]
