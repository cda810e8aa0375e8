"""Exams of notebook 08, beyond text."""

EXERCISES: list = []
