"""Exams of notebook 05, fine-tuning."""

from autograder.exams.fine_tuning.align_labels_mistakes import align_labels
from autograder.exams.fine_tuning.best_tags_mistakes import best_tags
from autograder.exams.fine_tuning.bootstrap_interval_mistakes import bootstrap_interval
from autograder.exams.fine_tuning.confusion_matrix import confusion_matrix
from autograder.exams.fine_tuning.heads_mistakes import heads
from autograder.exams.fine_tuning.precision_recall_f1_mistakes import precision_recall_f1
from autograder.exams.fine_tuning.sentence_vectors_mistakes import sentence_vectors
from autograder.exams.fine_tuning.set_trainable import set_trainable
from autograder.exams.fine_tuning.spans_mistakes import spans

EXERCISES = [
    align_labels,
    heads,
    set_trainable,
    confusion_matrix,
    precision_recall_f1,
    spans,
    best_tags,
    bootstrap_interval,
    sentence_vectors,
]

__all__ = ["EXERCISES", *(exercise.name for exercise in EXERCISES)]
