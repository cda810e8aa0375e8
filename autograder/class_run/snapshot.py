"""What of a submission is graded: its own regular files, copied once, so that nothing changes under the grader."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from autograder.submission.intake import MAXIMUM_BYTES

MAXIMUM_FILES = 200
"""Files beside the notebook that are kept; nbgrader copies them into autograded/, no cell of a graded run sees them."""


def content(path: Path) -> bytes:
    """The bytes of a submitted file, at most one more than are read of any; nothing where it is no regular file.

    A link is not followed: it could name the solutions, or another learner's work.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        return file.read(MAXIMUM_BYTES + 1) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""


def fingerprint(path: Path) -> str:
    """The hash of a submitted notebook, by which a changed submission and an appeal are told."""
    return hashlib.sha256(content(path)).hexdigest()


def snapshot(notebook: Path, target: Path) -> None:
    """Copy a submission's folder to the folder of `target`, the notebook to `target` itself.

    Links, pipes and devices stay behind, and so does all that is too large; a notebook that stays behind leaves an
    empty file, which is graded as such.
    """
    kept = 0
    for place, folders, files in os.walk(notebook.parent):  # links to folders are not entered
        folders.sort()
        for name in sorted(files):
            source = Path(place, name)
            copy = target.parent / source.relative_to(notebook.parent)
            if source != notebook and kept < MAXIMUM_FILES and _is_small(source):
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(content(source))
                kept += 1
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content(notebook))


def _is_small(path: Path) -> bool:
    found = path.lstat()
    return stat.S_ISREG(found.st_mode) and found.st_size <= MAXIMUM_BYTES
