"""All that builds and grades: exams, nbgrader steps, sample class, reports. It may import attention_course."""

from pathlib import Path

import attention_course  # noqa: F401  before nbformat: it makes that import short

ROOT = Path(__file__).resolve().parents[1]
"""The course's root: the folder that holds lessons/, solutions/, notebooks/."""
