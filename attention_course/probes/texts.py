"""What is done with an answer about texts: what sort of things it returns, and many calls with generators of a seed.

A generator is no plain data; it is made here, beside the answer.
"""

from __future__ import annotations

from typing import Any


def kinds_of_rows(answer, *args) -> Any:
    """Of each entry of the dict that a call returns: its type, and the types of its members."""
    result = answer(*args)
    if not isinstance(result, dict):
        return type(result).__name__
    return {name: [type(row).__name__, _types(row)] for name, row in result.items()}


def _types(members: Any) -> list[str]:
    return sorted({type(member).__name__ for member in members})
