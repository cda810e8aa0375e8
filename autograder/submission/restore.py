"""Put a submission's own cells and the source's locked cells together again."""

from __future__ import annotations

from nbformat import NotebookNode, from_dict
from nbgrader import utils

from autograder.submission.check_cell import as_released
from autograder.submission.incident import KEY, Incident, report
from autograder.submission.unmarked import plain, recognise


def restore(notebook: NotebookNode, source: NotebookNode) -> NotebookNode:
    """Put the submission's exercise cells and the source's locked cells together again.

    A learner's exercise cell is recognised by its grade_id (the last one counts), or where that is gone by the names
    that it defines, and a written answer by the cell above it. Every locked cell of the source (given, check and task
    cells) is there exactly once, in the source's order and below the exercise it checks, whatever the learner did to
    it. nbgrader's metadata comes from the source alone.

    Args:
        notebook: what `read_submission` returned; changed in place.
        source: the nbgrader source notebook.
    """
    wanted = {c.metadata.nbgrader.grade_id: c for c in source.cells if _counts(c)}
    recognise(notebook, wanted, source.cells)
    place = _claim(notebook, wanted)
    if place:
        _compare(notebook, wanted, place)
    _insert_locked(notebook, wanted, place)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # not by chance: the same submission gives the same graded notebook
    return notebook


def _counts(cell: NotebookNode) -> bool:
    """Whether a cell of the source is more than text or code of no account."""
    marks = cell.metadata.get("nbgrader", {})
    return any(marks.get(mark) for mark in ("grade", "solution", "locked", "task"))


def _claim(nb: NotebookNode, wanted: dict[str, NotebookNode]) -> dict[str, NotebookNode]:
    """Give known cells the source's metadata; return them by grade_id. Unknown and earlier duplicate claims go."""
    place: dict[str, NotebookNode] = {}
    for cell in reversed(nb.cells):
        name = cell.metadata.pop(KEY, {}).get("grade_id")
        if name is None:
            continue
        if name not in wanted:
            report(nb, Incident("unknown cell", "", f"a cell claims to be {name[:40]!r}; there is none of that name."))
        elif name in place:
            report(nb, Incident("duplicated cell", name, "the cell occurs more than once; the last one counts."))
            if utils.is_locked(wanted[name]):
                cell.source = ""
        else:
            place[name] = cell
            cell.metadata.nbgrader = wanted[name].metadata.nbgrader
            _become(cell, wanted[name].cell_type)
    return place


def _compare(nb: NotebookNode, wanted: dict[str, NotebookNode], place: dict[str, NotebookNode]) -> None:
    """Report the cells that are missing and the locked cells that were changed."""
    for name, cell in wanted.items():
        locked = utils.is_locked(cell)
        if name not in place:
            gone = "the exercise's cell was not in the notebook. Was it deleted, or is this an earlier release?"
            message = "the cell was not in the notebook; the grader put it in." if locked else gone
            report(nb, Incident("missing cell", name, message))
        elif locked and plain(place[name].source) != plain(as_released(cell.source)):
            report(nb, Incident("changed cell", name, "the cell is locked and was changed; the grader restored it."))


def _insert_locked(nb: NotebookNode, wanted: dict[str, NotebookNode], place: dict[str, NotebookNode]) -> None:
    """Take the locked cells out and put the source's in, each below all that precedes it in the source."""
    order = {id(cell): index for index, cell in enumerate(nb.cells)}
    position = {name: order[id(cell)] for name, cell in place.items()}
    groups: list[list[NotebookNode]] = [[], *([cell] for cell in nb.cells)]  # the first is for what goes on top
    slot = -1
    for name, cell in wanted.items():
        slot = max(slot, position.get(name, -1))
        if not utils.is_locked(cell):
            continue
        if name in place:
            groups[position[name] + 1].remove(place[name])
            if position[name] < position.get(name.removeprefix("check_"), -1):
                report(nb, Incident("moved cell", name, "the check stood above its exercise; it was run below it."))
        groups[slot + 1].append(_copy_of(cell))
    nb.cells = [cell for group in groups for cell in group]


def _become(cell: NotebookNode, kind: str) -> None:
    """Give a cell the type that it has in the source; a text keeps its pictures."""
    if kind == "code" != cell.cell_type:
        cell.pop("attachments", None)
        cell.update(outputs=[], execution_count=None)
    elif kind != "code" == cell.cell_type:
        del cell["outputs"], cell["execution_count"]
    cell.cell_type = kind


def _copy_of(cell: NotebookNode) -> NotebookNode:
    """A cell of the source, made without nbformat's check against its schema: that takes as long as a short cell."""
    made = from_dict({"id": "", "cell_type": cell.cell_type, "source": cell.source, "metadata": cell.metadata})
    if cell.cell_type == "code":
        made.update(outputs=[], execution_count=None)
    elif "attachments" in cell:
        made.attachments = cell.attachments
    return made
