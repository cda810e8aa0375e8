"""Exams of notebook 07, generation."""

EXERCISES: list = []
