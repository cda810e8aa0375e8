"""What several checks ask of a learner's result, and how they show it in a message."""

from __future__ import annotations

import textwrap

import numpy as np

from attention_course.checks.report import CheckError


def flag(result, name: str) -> bool:
    """The result as a bool.

    Raises:
        CheckError: it is neither True nor False.
    """
    if not isinstance(result, (bool, np.bool_)):
        raise CheckError(f"{name} should return True or False; it returned {kind(result)}.")
    return bool(result)


def kind(result) -> str:
    """What sort of thing a learner's function returned, short enough for a message."""
    return "None (is there a `return`?)" if result is None else f"a value of type {type(result).__name__}"


def brief(result) -> str:
    """The result itself, cut off where it gets long."""
    return textwrap.shorten(repr(result), 120, placeholder=" ...")
