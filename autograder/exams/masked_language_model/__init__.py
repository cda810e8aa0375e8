"""Exams of notebook 04, a masked language model in the style of BERT."""

from autograder.exams.masked_language_model.accuracy_mistakes import evaluation
from autograder.exams.masked_language_model.embeddings_mistakes import BertEmbeddings
from autograder.exams.masked_language_model.encode_pair_kinds import encode_pair
from autograder.exams.masked_language_model.loading_mistakes import load_bert_weights
from autograder.exams.masked_language_model.mask_tokens_returns import mask_tokens
from autograder.exams.masked_language_model.masked_lm_loss_mistakes import masked_lm_loss
from autograder.exams.masked_language_model.pre_training import BertForPreTraining
from autograder.exams.masked_language_model.sentence_pairs_generators import make_sentence_pairs
from autograder.exams.masked_language_model.training import train_step
from autograder.exams.masked_language_model.wordpiece_mistakes import wordpiece

EXERCISES = [
    wordpiece,
    encode_pair,
    make_sentence_pairs,
    mask_tokens,
    BertEmbeddings,
    BertForPreTraining,
    masked_lm_loss,
    train_step,
    evaluation,
    load_bert_weights,
]

__all__ = ["EXERCISES", *(exercise.name for exercise in EXERCISES)]
