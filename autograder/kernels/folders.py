"""Temporary folders of this user's alone, which the next run removes if their owner was killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIXES = ("ak-", "grading-")
_OWNER = ".owner"


class OwnFolder:
    """A new folder that others cannot enter. Its owner holds a lock in there, which ends with the process.

    Args:
        prefix: one of PREFIXES.
        place: where to make it; by default with the other temporary files.
    """

    def __init__(self, prefix: str, place: str | None = None):
        self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
        self._lock = _locked(self.path)

    def remove(self) -> None:
        """Remove it with all that is in there."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1


@contextlib.contextmanager
def own_folder(prefix: str = "grading-") -> Iterator[Path]:
    """An OwnFolder for a `with` block."""
    folder = OwnFolder(prefix)
    try:
        yield folder.path
    finally:
        folder.remove()


def remove_left_behind(place: str) -> None:
    """Remove this user's folders whose owners have ended without doing so, killed perhaps. Others stay as they are."""
    for prefix in PREFIXES:
        for path in Path(place).glob(f"{prefix}*"):
            with contextlib.suppress(OSError):
                if _is_orphan(path):
                    shutil.rmtree(path, ignore_errors=True)


def _locked(folder: Path) -> int:
    """Lock the owner's mark before it has its name: a mark that is not locked is a dead owner's."""
    if sys.platform == "win32":
        return -1
    import fcntl

    new = folder / f"{_OWNER}-new"
    number = os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    fcntl.flock(number, fcntl.LOCK_EX)
    new.rename(folder / _OWNER)
    return number


def _is_orphan(folder: Path) -> bool:
    """Whether a folder is one of ours, of this user, and nobody holds its lock.

    Raises:
        OSError: somebody holds it, or there is none: it is not ours.
    """
    status = folder.lstat()
    if sys.platform == "win32" or status.st_uid != os.geteuid() or not folder.is_dir() or folder.is_symlink():
        return False
    import fcntl

    number = os.open(folder / _OWNER, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(number).st_uid == status.st_uid
    finally:
        os.close(number)
