"""What one course directory knows and nobody else: the key that signs its results and makes the seeds of its exams."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

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


def submission_seed(key: bytes, cells: Iterable[Mapping[str, Any]]) -> int:
    """The seed that draws the inputs of one submission's exams: the same whenever that submission is graded.

    Nobody outside of the course directory can work it out, and 128 bits cannot be tried through. It hangs on every
    letter of the submission, so that inputs which one prints, or right answers to them, are of no use to another.

    Args:
        key: the course directory's.
        cells: of the sanitised notebook, before any of them has run.
    """
    text = json.dumps([[cell["cell_type"], cell["source"]] for cell in cells])
    digest = hmac.new(key, b"seed of an exam\n" + text.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:16])
