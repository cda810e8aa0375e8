"""The JSON of a submitted file as a notebook, at a bounded cost, whatever it holds.

JSON takes up to a hundred times its size as objects, and nbformat's validation as much time again. So what stands in
the text is counted before it is read, and all that grading drops is dropped before nbformat sees it.
"""

from __future__ import annotations

import json
import re
from typing import Any

import nbformat
from nbformat import NotebookNode

MOST_VALUES = 1_000_000
"""Values of a file, lists, objects and their members: real notebooks have some thousands, outputs included."""
MOST_CELLS = 20_000
_TEXT = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""A text in JSON, or one without an end. It matches wherever a quote stands and never goes back, so it takes no longer
than the text."""
_KEPT = frozenset(
    ["attachments", "cell_type", "collapsed", "execution_count", "id", "input", "language", "level", "source"]
)
"""What is kept of a cell, by its names in all of nbformat's versions, besides a grade_id in its metadata."""


class TooMuchError(ValueError):
    """A file holds more than is read of any; the message completes "it cannot be read, because"."""


def parsed(text: str) -> NotebookNode:
    """The notebook in a file's text in today's format, without outputs and without metadata that grading drops.

    Raises:
        TooMuchError: it holds too much.
        Exception: it is no notebook; nbformat raises a dozen kinds of error then.
    """
    if values_in(text) > MOST_VALUES:
        raise TooMuchError(
            f"it holds more than {MOST_VALUES:,} values. Is there a very large table or figure among its outputs?"
        )
    tree = json.loads(text)
    if not isinstance(tree, dict):
        raise ValueError("a notebook is an object")
    sheets = tree.get("worksheets")
    for holder in [tree, *(sheets if isinstance(sheets, list) else [])]:
        cells = holder.get("cells") if isinstance(holder, dict) else None
        if isinstance(cells, list):
            if len(cells) > MOST_CELLS:
                raise TooMuchError(f"it has more than {MOST_CELLS:,} cells")
            holder["cells"] = [_slim(cell, number) for number, cell in enumerate(cells)]
    tree["metadata"] = _facts(tree.get("metadata"))
    return nbformat.reads(json.dumps(tree), as_version=4)


def values_in(text: str, most: int = MOST_VALUES) -> int:
    """How many values JSON text holds at most: its brackets and commas.

    Args:
        most: where there are more, those in texts are left out of account, which takes longer.
    """
    raw = sum(map(text.count, "[{,"))
    return raw if raw <= most else sum(map(_TEXT.sub('""', text).count, "[{,"))


def _slim(cell: Any, number: int) -> Any:
    """A cell with its text, type and grade_id; what is no cell stays what it is."""
    if not isinstance(cell, dict):
        return cell
    slim: dict[str, Any] = {key: value for key, value in cell.items() if key in _KEPT}
    if "id" in cell:
        slim["id"] = f"cell-{number}"  # nbformat warns of each id that occurs twice
    if "outputs" in cell or cell.get("cell_type") == "code":
        slim["outputs"] = []
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = marks.get("grade_id") if isinstance(marks, dict) else None
    return {**slim, "metadata": {"nbgrader": {"grade_id": grade_id}} if isinstance(grade_id, str) else {}}


def _facts(metadata: Any) -> dict[str, Any]:
    """What a notebook says of its kernel and language."""
    found: dict[str, Any] = {}
    for part in ("kernelspec", "language_info"):
        facts = metadata.get(part) if isinstance(metadata, dict) else None
        if isinstance(facts, dict):
            found[part] = {key: value for key, value in facts.items() if isinstance(value, str)}
    return found
