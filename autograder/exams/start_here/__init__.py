"""Exams of notebook 00, start here."""

from autograder.exams.start_here.double import double

EXERCISES = [double]

__all__ = ["EXERCISES", "double"]
