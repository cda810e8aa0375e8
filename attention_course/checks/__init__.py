"""The checks learners see: hand-made cases and properties, with messages that teach. No answers in here.

One module per notebook, one function per exercise. A check raises `CheckError` with a sentence that says what was
expected, what came and what to look at next, or returns None after one line of praise.
"""

from attention_course.checks.report import CheckError, passed

__all__ = ["CheckError", "passed"]
