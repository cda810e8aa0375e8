"""Visible checks of notebook 04, one function per exercise."""

from attention_course.checks.masked_language_model.embeddings import BertEmbeddings
from attention_course.checks.masked_language_model.evaluating import evaluation
from attention_course.checks.masked_language_model.learning import masked_lm_loss, train_step
from attention_course.checks.masked_language_model.loading import load_bert_weights
from attention_course.checks.masked_language_model.masking import mask_tokens
from attention_course.checks.masked_language_model.models import BertForPreTraining
from attention_course.checks.masked_language_model.texts import (
    encode_pair,
    make_sentence_pairs,
    wordpiece,
)
from attention_course.neutral import neutrally

__all__ = [
    "BertEmbeddings",
    "BertForPreTraining",
    "encode_pair",
    "evaluation",
    "load_bert_weights",
    "make_sentence_pairs",
    "mask_tokens",
    "masked_lm_loss",
    "train_step",
    "wordpiece",
]

neutrally(globals(), __all__)
