"""BertForPreTraining with all its variants."""

from autograder.exams.masked_language_model import body_mistakes, heads_mistakes
from autograder.exams.masked_language_model.models import BertForPreTraining

__all__ = ["BertForPreTraining", "body_mistakes", "heads_mistakes"]
