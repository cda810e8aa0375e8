"""What one course directory knows and nobody else: the key that signs its results, and the seed of its exams."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

FOLDER = ".grading"
"""The grader's own folder in a course directory."""


def course_key(root: Path) -> bytes:
    """The key of a course directory; made at the first call, for its owner alone.

    Raises:
        PermissionError: other users of the machine may read it, so that a signature would prove nothing.
    """
    place = root / FOLDER / "key"
    place.parent.mkdir(exist_ok=True)
    try:
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if os.name == "posix" and place.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise PermissionError(f"{place} can be read by others; if nobody did, run `chmod 600 {place}`") from None
        return bytes.fromhex(place.read_text())
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32))
    return bytes.fromhex(place.read_text())


def course_seed(root: Path) -> int:
    """The seed that draws the inputs of the exams in a course directory: the same for the whole class, and not known
    outside of it, so that nobody can hand in a table of answers."""
    digest = hmac.new(course_key(root), b"seed of the exams", hashlib.sha256).digest()
    return 1 + int.from_bytes(digest[:4]) % (2**31 - 1)
