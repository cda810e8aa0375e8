"""All that builds and grades: exams, nbgrader steps, sample class, reports. It may import attention_course."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The course's root: the folder that holds lessons/, solutions/, notebooks/."""

# nbformat loads jsonschema, which builds a grammar out of this package when it is there: two seconds of every start,
# for a kind of string that the notebook format does not have
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
