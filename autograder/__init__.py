"""All that builds and grades: exams, nbgrader steps, sample class, reports. It may import attention_course."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The course's root: the folder that holds lessons/, solutions/, notebooks/."""
