"""What learners do to a notebook, as functions from a notebook to a notebook (or to bytes that are none)."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.exam.exercise import Exercise
from autograder.exam.reference import exercise_sources
from autograder.sample.standalone import standalone

Edit = Callable[[NotebookNode], NotebookNode]


def cell_named(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    """The cell of a notebook with a grade_id."""
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def write(name: str, text: str) -> Edit:
    """Write a text into a cell."""

    def edit(notebook: NotebookNode) -> NotebookNode:
        cell_named(notebook, name).source = text
        return notebook

    return edit


def reference_text(exercise: Exercise) -> str:
    """The reference answer as a learner would have typed it."""
    text = exercise_sources(exercise.notebook)[exercise.name]
    return re.sub(r"^\s*# (BEGIN|END) SOLUTION\n?", "", text, flags=re.MULTILINE)


def variant_text(exercise: Exercise, variant: Any, given: tuple[str, ...] = ()) -> str:
    """A right or wrong variant as the text of the exercise's cell.

    Args:
        variant: a function; for an exercise of several functions a dict of those that are not the reference's.
        given: for a value exercise, the names of the learner's earlier values that the answer follows from.
    """
    if isinstance(variant, dict):
        return "\n\n\n".join([reference_text(exercise), *(standalone(f, name) for name, f in variant.items())])
    if exercise.value:
        arrays = ", ".join(f"np.array({name}, dtype=float)" for name in given)  # a learner's value may be a list
        return f"{standalone(variant, '_answer')}\n\n\n{exercise.name} = _answer({arrays})"
    return standalone(variant, exercise.name)


def given_names(source: NotebookNode, exercise: Exercise) -> tuple[str, ...]:
    """The names that the graded cell of a value exercise passes on besides the answer."""
    call = re.search(rf"exam\.{exercise.name}\(([^)]*)\)", cell_named(source, f"check_{exercise.name}").source)
    return tuple(name.strip() for name in call.group(1).split(","))[1:] if call else ()


def delete(name: str) -> Edit:
    """Delete a cell."""

    def edit(notebook: NotebookNode) -> NotebookNode:
        notebook.cells.remove(cell_named(notebook, name))
        return notebook

    return edit


def duplicate(name: str) -> Edit:
    """Copy and paste a cell below itself, as JupyterLab does: the copy keeps the metadata."""

    def edit(notebook: NotebookNode) -> NotebookNode:
        index = notebook.cells.index(cell_named(notebook, name))
        twin = copy.deepcopy(notebook.cells[index])
        twin.id = f"copy-{twin.id}"
        notebook.cells.insert(index + 1, twin)
        return notebook

    return edit


def move_to_top(name: str) -> Edit:
    """Drag a cell to the top of the notebook."""

    def edit(notebook: NotebookNode) -> NotebookNode:
        cell = cell_named(notebook, name)
        notebook.cells.remove(cell)
        notebook.cells.insert(0, cell)
        return notebook

    return edit


def append(name: str, text: str) -> Edit:
    """Write more below what stands in a cell."""

    def edit(notebook: NotebookNode) -> NotebookNode:
        cell_named(notebook, name).source += f"\n\n{text}"
        return notebook

    return edit


def rename(old: str, new: str) -> Edit:
    """Give a function another name in its exercise cell."""

    def edit(notebook: NotebookNode) -> NotebookNode:
        cell = cell_named(notebook, old)
        cell.source = re.sub(rf"\bdef {old}\b", f"def {new}", cell.source)
        return notebook

    return edit


def ask_for_kernel(name: str) -> Edit:
    """Save the notebook with the kernel of another language selected."""

    def edit(notebook: NotebookNode) -> NotebookNode:
        notebook.metadata.kernelspec = {"name": name, "display_name": name, "language": name}
        return notebook

    return edit


def claim_points(name: str, points: float) -> Edit:
    """Change the points in a check cell's metadata."""

    def edit(notebook: NotebookNode) -> NotebookNode:
        cell_named(notebook, name).metadata.nbgrader.points = points
        return notebook

    return edit


def scratch_cell(after: str, text: str) -> Edit:
    """Add a cell of one's own below another."""

    def edit(notebook: NotebookNode) -> NotebookNode:
        index = notebook.cells.index(cell_named(notebook, after))
        notebook.cells.insert(index + 1, nbformat.v4.new_code_cell(text, id=f"scratch-{len(notebook.cells)}"))
        return notebook

    return edit
