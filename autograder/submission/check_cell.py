"""The parts of a cell: what learners see of it, and what is taken out before it is released."""

from __future__ import annotations

_TESTS, _SCHEME = "HIDDEN TESTS", "MARK SCHEME"


def as_released(source: str) -> str:
    """The text of a locked cell as learners see it."""
    return _part(without_hidden_tests(source), _SCHEME, hidden=False)


def without_hidden_tests(source: str) -> str:
    """A check cell's text as learners see it."""
    return _part(source, _TESTS, hidden=False)


def hidden_tests(source: str) -> str:
    """The part of a check cell's text that learners do not see; "" if there is none."""
    return _part(source, _TESTS, hidden=True)


def _part(source: str, what: str, *, hidden: bool) -> str:
    kept, inside = [], False
    for line in source.splitlines():
        if f"BEGIN {what}" in line:
            inside = True
        elif f"END {what}" in line:
            inside = False
        elif inside == hidden:
            kept.append(line)
    return "\n".join(kept)
