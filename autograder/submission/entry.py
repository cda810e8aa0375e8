"""Something in a submission's folder: what it is called, what kind of thing it is, and why it cannot be read."""

from __future__ import annotations

import os
import stat
import unicodedata
from dataclasses import dataclass

MAXIMUM_BYTES = 64 << 20
"""What is read of one submission, all files together: real ones are under a megabyte, outputs included."""

_KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "link",
    stat.S_IFIFO: "named pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


class UnreadableError(Exception):
    """Why something submitted is not read: the end of a sentence that begins with its name."""


@dataclass(frozen=True)
class Entry:
    """Something in a submission's folder. `path` is below that folder, `modified` in nanoseconds since 1970."""

    path: tuple[str, ...]
    kind: str
    size: int
    modified: int

    @classmethod
    def of(cls, path: tuple[str, ...], found: os.stat_result) -> Entry:
        """What `lstat` says of it; on Windows a junction is a link as well."""
        kind = "link" if getattr(found, "st_reparse_tag", 0) else _KINDS.get(stat.S_IFMT(found.st_mode), "device")
        return cls(path, kind, found.st_size, found.st_mtime_ns)

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def problem(self) -> str:
        """Why it is no file that can be read, "" if it can. Holes in a file count as if they were filled."""
        if self.kind == "link":
            return "is a link, and links are not followed"
        if self.kind != "file":
            return f"is a {self.kind}"
        return f"is larger than {MAXIMUM_BYTES >> 20} MiB" if self.size > MAXIMUM_BYTES else ""

    def __str__(self) -> str:
        return quoted("/".join(self.path))


def quoted(name: str) -> str:
    """A file's name for people to read, on one line and in any encoding, whatever bytes it is made of.

    >>> print(quoted("été"), quoted(os.fsdecode(b"\\xe9t\\xe9")), quoted("two\\nlines"))
    'été' '\\xe9t\\xe9' 'two\\nlines'
    """
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    shown = "".join(c if c.isprintable() or unicodedata.category(c) == "Zs" else _escaped(c) for c in text)
    return f"'{shown}'" if len(shown) <= 80 else f"'{shown[:60]}...{shown[-15:]}'"


def is_text(name: str) -> bool:
    """Whether a name can be written down and read again: it is UTF-8 and has no control characters.

    >>> is_text("a b"), is_text("a\\nb"), is_text(os.fsdecode(b"\\xe9"))
    (True, False, False)
    """
    return not any(unicodedata.category(c) in ("Cc", "Cs") for c in name)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
