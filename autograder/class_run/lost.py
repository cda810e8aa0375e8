"""What is recorded for a submission that no worker survived: zero, a named verdict, and a person must look at it."""

from __future__ import annotations

import nbformat
from nbgrader import utils
from nbgrader.api import Gradebook

from autograder.class_run.run import in_transit
from autograder.submission.incident import KEY, Incident, note_cell, report
from autograder.submission.outputs import error_output

NAME = "run lost"


def given_up(sanitised: bytes, reason: str, seed: int) -> bytes:
    """The sanitised notebook with a failed verdict in each graded cell, as if it had been run."""
    notebook = nbformat.reads(sanitised.decode(), as_version=4)
    message = f"the run was given up: {reason}. It was graded zero until an instructor has looked at it."
    incident = Incident(NAME, "", message)
    for cell in notebook.cells:
        if utils.is_grade(cell) and cell.cell_type == "code":
            name = cell.metadata.nbgrader.grade_id
            cell.outputs = [error_output(NAME, message)]
            verdict = {"exercise": name.removeprefix("check_"), "passed": False, "seed": str(seed)}
            cell.metadata[KEY] = {"verdict": {**verdict, "concept": NAME, "misconception": "", "message": message}}
    notebook.metadata.setdefault(KEY, {})["seed"] = str(seed)
    report(notebook, incident)
    notebook.cells.insert(0, note_cell([incident]))
    return in_transit(notebook)


def ask_for_review(gradebook: Gradebook, assignment: str, student: str) -> None:
    """Let formgrader list the submission among those that need a manual grade."""
    for grade in gradebook.find_submission_notebook(assignment, assignment, student).grades:
        grade.needs_manual_grade = True
    gradebook.db.commit()
