"""What the driver's tests share: a run without a kernel, and all that a grading run leaves behind."""

import nbformat
from nbgrader import utils
from nbgrader.api import Gradebook

from autograder.submission.incident import KEY
from autograder.submission.outputs import error_output

ASSIGNMENT = "09_example"
RIGHT, WRONG = "def first(): return 1", "def first(): return 7"


def fake_run(notebook, assignment, seed, settings):
    """Stands for run_submission: an exercise is wrong where its text has a 7 in it, or is missing."""
    nb = nbformat.reads(notebook.decode(), as_version=4)
    text = {c.metadata.nbgrader.grade_id: c.source for c in nb.cells if utils.is_solution(c)}
    for cell in nb.cells:
        if utils.is_grade(cell):
            exercise = cell.metadata.nbgrader.grade_id.removeprefix("check_")
            passed = "7" not in text.get(exercise, "7")
            cell.outputs = [] if passed else [error_output("NotYet", "a seven")]
            verdict = {"exercise": exercise, "passed": passed, "seed": str(seed), "message": "seven"}
            cell.metadata[KEY] = {"verdict": verdict}
    nb.metadata.setdefault(KEY, {})["seed"] = str(seed)
    return nbformat.writes(nb).encode()


def grades(url):
    """Everything in a gradebook that an instructor may see, in an order of its own."""
    with Gradebook(url) as gradebook:
        return sorted(
            (
                submission.student.id,
                submission.assignment.name,
                grade.name,
                grade.auto_score,
                grade.manual_score,
                grade.needs_manual_grade,
            )
            for assignment in gradebook.assignments
            for submission in assignment.submissions
            for notebook in submission.notebooks
            for grade in notebook.grades
        )


def graded_files(root):
    """{path: bytes} of everything in autograded/."""
    files = (root / "autograded").rglob("*")
    return {str(path.relative_to(root)): path.read_bytes() for path in files if path.is_file()}


def score(course, student):
    with Gradebook(course.database) as gradebook:
        return gradebook.find_submission(ASSIGNMENT, student).score
