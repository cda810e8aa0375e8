"""The record that a result carries, so that a learner can appeal and an instructor can show what was graded, and how.

It names the submission and the exam by their hashes, the seed, the packages and the points, and is signed with a key
that stays in the course directory.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader import utils

import attention_course
from autograder.submission.incident import KEY

NAME = "receipt"
"""Where the record lies in the grader's part of a notebook's metadata."""

_NOT_JUDGING = ("authoring", "class_run", "figures", "kernels", "report", "sample", "training")
"""Parts of both packages that no verdict depends on."""


def exam_version(source: bytes) -> str:
    """The hash of all that a verdict depends on: the source notebook, the exams and the code that examines."""
    digest = hashlib.sha256(source)
    for package in (Path(__file__).parents[1], Path(attention_course.__file__).parent):
        for path in sorted(package.rglob("*.py")):
            place = path.relative_to(package)
            if place.parts[0] not in _NOT_JUDGING:
                digest.update(f"{package.name}/{place.as_posix()}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def points(notebook: NotebookNode) -> dict[str, float | None]:
    """What nbgrader makes of each check of an executed notebook; what a person grades is not among them."""
    checks = [cell for cell in notebook.cells if utils.is_grade(cell) and not utils.is_solution(cell)]
    return {check.metadata.nbgrader.grade_id: utils.determine_grade(check)[0] for check in checks}


def write_receipt(notebook: NotebookNode, key: bytes, **facts: Any) -> None:
    """Sign an executed notebook's points and the facts of its grading, and keep them in its metadata.

    The seed is text: no number of JavaScript's has 128 bits, and JupyterLab may save the notebook again.

    Args:
        facts: assignment, student, submission (hash), exam (version).
    """
    ours = notebook.metadata.setdefault(KEY, {})
    run = {"seed": ours.pop("seed", ""), "packages": ours.pop("packages", {})}
    facts = {**facts, **run, "points": points(notebook)}
    ours[NAME] = {**facts, "signature": signature(facts, key)}


def read_receipt(notebook: NotebookNode) -> dict[str, Any]:
    """The record in a graded notebook, {} where nbgrader itself has graded it."""
    return dict(notebook.metadata.get(KEY, {}).get(NAME, {}))


def is_genuine(receipt: dict[str, Any], key: bytes) -> bool:
    """Whether a record was signed with this key and is unchanged since."""
    facts = {name: value for name, value in receipt.items() if name != "signature"}
    return hmac.compare_digest(str(receipt.get("signature", "")), signature(facts, key))


def signature(facts: dict[str, Any], key: bytes) -> str:
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
