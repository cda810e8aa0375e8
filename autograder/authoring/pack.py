"""What learners get: one zip with the notebooks and all they need, and nothing that answers or grades."""

from __future__ import annotations

import zipfile
from pathlib import Path

from autograder import ROOT
from autograder.authoring.build import build_tree

SHARED = ("attention_course", "data", "LICENSE", "environment.yml", "requirements.txt")
"""Files and folders that learners and instructors have alike."""

OWN = Path(__file__).with_name("learner")
"""What is written for learners alone: README, Makefile, pyproject."""


def pack(target: Path, root: Path = ROOT) -> list[str]:
    """Write the learners' zip and return the names in it; the same bytes for the same content.

    The notebooks come from the lessons, not from notebooks/, where somebody may have been working.
    """
    content = {str(p): c for p, c in build_tree(root).items() if p.parts[0] == "notebooks"}
    first = Path(min(content)).stem
    for name in SHARED:
        path = root / name
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        content |= {str(f.relative_to(root)): f.read_bytes() for f in files if "__pycache__" not in f.parts}
    content |= {path.name: path.read_bytes().replace(b"{first}", first.encode()) for path in OWN.iterdir()}
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(content):
            entry = zipfile.ZipInfo(f"attention-course/{name}", date_time=(2026, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content[name])
    return sorted(content)
