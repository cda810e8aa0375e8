"""Copies of the released notebooks to type in: notebooks/ itself is what nbgrader hands out to learners."""

from __future__ import annotations

import shutil
from pathlib import Path

from autograder import ROOT

FOLDER = "work"


def make_copies(root: Path = ROOT) -> list[Path]:
    """Copy what is released and not there yet into work/; what is there stays as it is, whatever it holds.

    Returns:
        The copies that were made.
    """
    made = []
    for path in sorted((root / "notebooks").rglob("*")):
        copy = root / FOLDER / path.relative_to(root / "notebooks")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts and not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            made.append(copy)
    return made
