"""Everything that grades: build, exams, nbgrader steps, sample class, reports. Imports attention_course, never the reverse."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The course's root: the folder that holds lessons/, solutions/, notebooks/."""
