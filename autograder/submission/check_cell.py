"""The two parts of a check cell: what learners see of it, and the hidden tests."""

from __future__ import annotations


def without_hidden_tests(source: str) -> str:
    """A check cell's text as learners see it."""
    return _part(source, hidden=False)


def hidden_tests(source: str) -> str:
    """The part of a check cell's text that learners do not see; "" if there is none."""
    return _part(source, hidden=True)


def _part(source: str, *, hidden: bool) -> str:
    kept, inside = [], False
    for line in source.splitlines():
        if "BEGIN HIDDEN TESTS" in line:
            inside = True
        elif "END HIDDEN TESTS" in line:
            inside = False
        elif inside == hidden:
            kept.append(line)
    return "\n".join(kept)
