"""Reads a lesson (percent-format text with short markers) into an nbgrader source notebook, and writes it back."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

MARKERS = """\
  # %% [markdown]                a text cell
  # %%                           a code cell the learner may change
  # %% given NAME                a code cell restored before grading
  # %% exercise NAME             a cell the learner completes; answer between # BEGIN SOLUTION, # END SOLUTION
  # %% check NAME points=N       its graded cell: # BEGIN HIDDEN TESTS ... # END HIDDEN TESTS, then visible checks
  # %% manual NAME points=N      an answer in code that a person grades, between # BEGIN SOLUTION, # END SOLUTION
  # %% manual NAME [markdown] points=N    the same in words
  # %% task NAME [markdown] points=N      work in cells of the learner's own that a person grades; for the grader
                                 between # BEGIN MARK SCHEME and # END MARK SCHEME"""

_REGIONS = {"exercise": {"SOLUTION"}, "manual": {"SOLUTION"}, "check": {"HIDDEN TESTS"}, "task": {"MARK SCHEME"}}
_POSSIBLE = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")
_KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_SCHEMA = 3


class LessonError(ValueError):
    """A lesson cannot be built; the message names file, line and what is allowed."""


def read_lesson(text: str, path: Path) -> NotebookNode:
    """Build the source notebook of a lesson.

    Args:
        text: the lesson, in jupytext's percent format.
        path: where it comes from, for messages and cell ids.

    Raises:
        LessonError: a marker is misspelt, incomplete or out of place.
    """
    cells = jupytext.reads(text, fmt="py:percent").cells
    lines = [number for number, line in enumerate(text.splitlines(), 1) if re.match(r"#\s*%%", line)]
    if len(cells) != len(lines):
        raise LessonError(f"{path}:1: text before the first cell marker; allowed markers:\n{MARKERS}")
    facts = {"kernelspec": _KERNELSPEC, "language_info": {"name": "python"}, "attention_course": {"lesson": path.stem}}
    notebook = nbformat.v4.new_notebook(metadata=facts)
    exercises: set[str] = set()
    checked: set[str] = set()
    seen: dict[str, int] = {}
    for cell, line in zip(cells, lines, strict=True):
        where = f"{path}:{line}"
        kind, name, points = _marker(cell, where)
        _check_regions(cell.source, kind, where)
        if kind == "check":
            if name not in exercises or name in checked:
                raise LessonError(f"{where}: check {name} needs one exercise {name} above it")
            checked.add(name)
        elif kind:
            if name in exercises:
                raise LessonError(f"{where}: {name} is there already")
            exercises.add(name)
        grade_id = f"check_{name}" if kind == "check" else name
        made = nbformat.v4.new_markdown_cell if cell.cell_type == "markdown" else nbformat.v4.new_code_cell
        key = grade_id or cell.source
        seen[key] = seen.get(key, 0) + 1
        identity = hashlib.sha256(f"{path.stem}\0{key}\0{seen[key]}".encode()).hexdigest()[:12]
        metadata = {"nbgrader": _nbgrader(kind, grade_id, points)} if kind else {}
        notebook.cells.append(made(cell.source, id=identity, metadata=metadata))
    missing = sorted(
        c.metadata.nbgrader.grade_id
        for c in notebook.cells
        if _needs_check(c.metadata.get("nbgrader", {})) and c.metadata.nbgrader.grade_id not in checked
    )
    if missing:
        raise LessonError(f"{path}: no check for exercise {', '.join(missing)}")
    return notebook


def write_lesson(notebook: NotebookNode) -> str:
    """The percent-format text of a source notebook; `read_lesson` of it gives the same cells.

    Raises:
        LessonError: a cell has nbgrader metadata that no marker expresses.
    """
    cells = []
    for cell in notebook.cells:
        if cell.cell_type not in ("markdown", "code"):
            raise LessonError(f"a {cell.cell_type} cell has no marker; make it a text or a code cell")
        made = nbformat.v4.new_markdown_cell if cell.cell_type == "markdown" else nbformat.v4.new_code_cell
        cells.append(made(cell.source, metadata=_marker_metadata(cell)))
    text = jupytext.writes(nbformat.v4.new_notebook(cells=cells), fmt="py:percent")
    return text[text.index("# %%") :]


def _needs_check(marks: dict) -> bool:
    return marks.get("solution", False) and not marks["grade"]


def _marker(cell: NotebookNode, where: str) -> tuple[str, str, float | None]:
    """(kind, name, points) of a parsed cell; kind is "" for a plain one."""
    metadata = {k: v for k, v in cell.metadata.items() if k != "lines_to_next_cell"}
    title = metadata.pop("title", "")
    points = metadata.pop("points", None)
    kind, _, name = title.partition(" ")
    valid = (
        cell.cell_type in ("markdown", "code")
        and not metadata
        and (
            (not title and points is None)
            or (
                name.isidentifier()
                and cell.cell_type in _TYPES.get(kind, ())
                and (points is None if kind in ("given", "exercise") else _is_points(points))
            )
        )
    )
    if not valid:
        raise LessonError(f"{where}: cannot read this marker; allowed are:\n{MARKERS}")
    return kind, name, points


_TYPES = {
    **dict.fromkeys(("given", "exercise", "check"), ("code",)),
    "manual": ("code", "markdown"),
    "task": ("markdown",),
}
"""The types that a cell of each kind may have."""


def _is_points(points: object) -> bool:
    return isinstance(points, (int, float)) and not isinstance(points, bool) and points > 0


def _check_regions(source: str, kind: str, where: str) -> None:
    wanted = _REGIONS.get(kind, ())
    for region in _POSSIBLE:
        begins, ends = source.count(f"# BEGIN {region}"), source.count(f"# END {region}")
        if begins != ends or (begins > 0) != (region in wanted):
            must = (
                f"this cell needs # BEGIN {region} and # END {region}" if region in wanted else "it belongs elsewhere"
            )
            raise LessonError(f"{where}: {begins} BEGIN and {ends} END {region}; there must be {must}")


def _nbgrader(kind: str, grade_id: str, points: float | None) -> dict:
    marks = {
        "grade": kind in ("check", "manual"),
        "grade_id": grade_id,
        "locked": kind not in ("exercise", "manual"),
        "schema_version": _SCHEMA,
        "solution": kind in ("exercise", "manual"),
        "task": kind == "task",
    }
    return marks | ({"points": points} if points is not None else {})


def _marker_metadata(cell: NotebookNode) -> dict:
    marks = cell.metadata.get("nbgrader")
    if not marks:
        return {}
    if marks.get("task") or (marks["grade"] and marks["solution"]):
        return {
            "title": f"{'task' if marks.get('task') else 'manual'} {marks['grade_id']}",
            "points": marks.get("points", 0),
        }
    if cell.cell_type != "code":
        raise LessonError(f"cell {marks['grade_id']!r}: a locked text cell has no marker; make it a plain one")
    if marks["grade"]:
        return {"title": f"check {marks['grade_id'].removeprefix('check_')}", "points": marks["points"]}
    return {"title": f"{'exercise' if marks['solution'] else 'given'} {marks['grade_id']}"}
