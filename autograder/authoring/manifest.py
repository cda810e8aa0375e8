"""What the build has made: the one thing by which it tells its own notebooks from everybody else's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import nbformat

NAME = "lessons/.built.json"
"""The manifest of a course's root: {path of a notebook that a build made: digest of its cells}."""


class Manifest:
    """The notebooks that the build of a course has made.

    Args:
        root: the course's root.
    """

    def __init__(self, root: Path):
        self._root = root
        place = root / NAME
        self._made: dict[str, str] = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}

    @property
    def paths(self) -> set[Path]:
        """Relative to the root."""
        return set(map(Path, self._made))

    def is_untouched(self, path: Path) -> bool:
        """Whether a notebook is as a build made it; to run it changes nothing that counts, to type in it does."""
        return self._made.get(path.as_posix()) == digest(self._root / path)

    def write(self, paths: Iterable[Path]) -> None:
        """Remember what lies at these paths as made by the build; of others, what is there still."""
        left = {path: made for path, made in self._made.items() if (self._root / path).exists()}
        now = left | {path.as_posix(): digest(self._root / path) for path in paths}
        text = json.dumps(now, indent=1, sort_keys=True) + "\n"
        place = self._root / NAME
        if not place.exists() or place.read_text(encoding="utf-8") != text:
            place.write_text(text, encoding="utf-8")


def digest(path: Path) -> str:
    """The hash of a notebook's cells, outputs left out of account; of the bytes, where it is no notebook."""
    content = path.read_bytes()
    try:
        cells = nbformat.reads(content.decode(), as_version=4).cells
        content = json.dumps([(c.cell_type, c.source, c.metadata.get("nbgrader")) for c in cells]).encode()
    except Exception:  # nbformat raises a dozen kinds of error
        pass
    return hashlib.sha256(content).hexdigest()[:16]
