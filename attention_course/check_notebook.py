"""Runs a notebook from the top in an empty kernel, as the Validate button does, and tells what its checks say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode

SECONDS = 30
"""How long a cell may take; the grader allows as much."""

CHANGED = "The cell of this check was changed; the grader takes the original."


class NotebookError(Exception):
    """There is nothing to check; the message says why."""


@dataclass(frozen=True)
class Verdict:
    """What a visible check says about an exercise.

    `problem` is "" where the check holds; `note` is a remark on the check's cell itself.
    """

    exercise: str
    problem: str = ""
    note: str = ""


def verdicts(path: Path) -> Iterator[Verdict]:
    """Yield the verdict of each visible check as soon as its cell has run. The file is not changed.

    Raises:
        NotebookError: the file is missing, is no notebook, or has no checks.
    """
    notebook = _read(path)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=SECONDS,
        interrupt_on_timeout=True,
        allow_errors=True,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(path.resolve().parent)}},
    )
    with patch.dict(os.environ, NBGRADER_EXECUTION="validate"), client.setup_kernel():
        gone = stuck = ""
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type == "code" and not gone:
                try:
                    client.execute_cell(cell, index)
                except DeadKernelError:
                    gone = f"not run: cell {index + 1} of the notebook ended the kernel."
            if _is_exercise(cell) and not gone:
                problem = _problem(cell)
                stuck = f"the exercise's own cell stops with {problem}" if problem else ""
            if _is_check(cell):
                yield Verdict(_exercise(cell), gone or stuck or _problem(cell), _note(cell))
                stuck = ""


def _read(path: Path) -> NotebookNode:
    try:
        with path.open(encoding="utf-8") as file:
            notebook = nbformat.read(file, as_version=4)
    except OSError as error:
        raise NotebookError(f"{path} cannot be read: {error.strerror}.") from None
    except Exception as error:  # JSON, encoding, or a form that nbformat does not know
        raise NotebookError(f"{path} is no notebook: {str(error).splitlines()[0]}") from None
    if not any(map(_is_check, notebook.cells)):
        raise NotebookError(f"{path} has no checks in it. Is it a notebook of this course?")
    return notebook


def _is_check(cell: NotebookNode) -> bool:
    marks = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and bool(marks.get("grade")) and not marks.get("solution")


def _is_exercise(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and bool(cell.metadata.get("nbgrader", {}).get("solution"))


def _exercise(cell: NotebookNode) -> str:
    return cell.metadata.nbgrader.get("grade_id", "a check").removeprefix("check_")


def _problem(cell: NotebookNode) -> str:
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if not errors:
        return ""
    error = errors[-1]
    if error.ename == "KeyboardInterrupt":
        where = _own_lines(error)[1:-1]  # without the sentence that it was interrupted, which stands here
        question = " Is there an endless loop in it?"
        return "\n".join([f"took longer than {SECONDS} seconds and was interrupted.{question}", *where])
    if error.ename in ("CheckError", "LentError"):  # the course's own errors speak for themselves
        return error.evalue
    return "\n".join(_own_lines(error)) or f"{error.ename}: {error.evalue}"


def _own_lines(error: NotebookNode) -> list[str]:
    """What `checks.own_errors` made of an error in the learner's own code; nothing of another error."""
    ours = error.traceback and (" stops with a" in error.traceback[0] or " was interrupted" in error.traceback[0])
    return list(error.traceback) if ours and not error.traceback[0].startswith("\x1b") else []


def _note(cell: NotebookNode) -> str:
    from nbgrader.utils import compute_checksum  # half a second, which the first verdict need not wait for

    marks = cell.metadata.nbgrader
    if "checksum" not in marks or ("points" in marks and marks.checksum == compute_checksum(cell)):
        return ""
    return CHANGED
