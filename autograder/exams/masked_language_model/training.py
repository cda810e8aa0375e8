"""train_step with all its variants."""

from autograder.exams.masked_language_model import schedule_mistakes, step_mistakes
from autograder.exams.masked_language_model.steps import train_step

__all__ = ["schedule_mistakes", "step_mistakes", "train_step"]
