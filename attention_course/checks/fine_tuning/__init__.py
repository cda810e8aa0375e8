"""Visible checks of notebook 05, one function per exercise."""

from attention_course.checks.fine_tuning.counting import bootstrap_interval, confusion_matrix, precision_recall_f1
from attention_course.checks.fine_tuning.labels import align_labels, best_tags, spans
from attention_course.checks.fine_tuning.models import heads, sentence_vectors, set_trainable

__all__ = [
    "align_labels",
    "best_tags",
    "bootstrap_interval",
    "confusion_matrix",
    "heads",
    "precision_recall_f1",
    "sentence_vectors",
    "set_trainable",
    "spans",
]
