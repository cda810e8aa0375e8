"""Exams of notebook 01, attention from scratch in NumPy."""

from autograder.exams.from_scratch.softmax import softmax

EXERCISES = [softmax]

__all__ = ["EXERCISES", "softmax"]
