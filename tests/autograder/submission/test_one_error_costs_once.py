"""Wherever an exercise goes wrong, it costs its own points and no others, whatever is built on it."""

import nbformat
import pytest

from autograder import ROOT
from autograder.class_run.run import Settings, run_submission
from autograder.config import course_config
from autograder.exam.reference import exercise_sources
from autograder.exams import EXAMS
from autograder.sample.edits import write
from autograder.submission.incident import KEY
from autograder.submission.restore import restore

pytestmark = pytest.mark.slow

EXERCISES = {f"{name[:2]} {e.name}": e for name in EXAMS if not name.startswith("00") for e in EXAMS[name].EXERCISES}


def solved(notebook):
    """(the source notebook, a submission with the reference's answers and without the cells that nobody needs)."""
    path = ROOT / "solutions" / notebook / f"{notebook}.ipynb"
    source = nbformat.read(path, as_version=4)
    submission = nbformat.read(ROOT / "notebooks" / notebook / f"{notebook}.ipynb", as_version=4)
    submission.cells = [c for c in submission.cells if "nbgrader" in c.metadata]
    for name, text in exercise_sources(notebook).items():
        write(name, text)(submission)
    for cell in submission.cells:
        cell.metadata[KEY] = {"grade_id": cell.metadata.nbgrader.grade_id}
    return path.read_bytes(), source, submission


def broken(exercise):
    """An answer that everybody who builds on it would be the worse for."""
    if exercise.value:
        return f"{exercise.name} = 'nothing that one can go on from'"
    names = exercise.functions or (exercise.name,)
    return "\n\n\n".join(f"def {name}(*args, **kwargs):\n    return None" for name in names)


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_one_error_costs_once(exercise):
    content, source, submission = solved(exercise.notebook)
    write(exercise.name, broken(exercise))(submission)
    taken_in = nbformat.writes(restore(submission, source)).encode()
    settings = Settings(content, course_config(ROOT))
    graded = nbformat.reads(run_submission(taken_in, exercise.notebook, 2026, settings).decode(), as_version=4)
    found = [c.metadata[KEY]["verdict"] for c in graded.cells if "verdict" in c.metadata.get(KEY, {})]
    verdicts = {v["exercise"]: v for v in found}
    names = [e.name for e in EXAMS[exercise.notebook].EXERCISES]
    assert [name for name in names if not verdicts[name]["passed"]] == [exercise.name], verdicts
    assert verdicts[exercise.name]["carried"].startswith("This costs once")


@pytest.mark.parametrize(
    ("notebook", "exercise", "line"),
    [
        ("01_attention_from_scratch", "softmax", 'softmax = lend("softmax")'),
        ("01_attention_from_scratch", "heads", 'split_heads, merge_heads = lend("split_heads"), lend("merge_heads")'),
        ("02_worked_example", "scores", 'scores = lend("scores")'),
    ],
)
def test_what_is_lent_earns_nothing_and_costs_nothing_else(notebook, exercise, line):
    content, source, submission = solved(notebook)
    write(exercise, line)(submission)
    taken_in = nbformat.writes(restore(submission, source)).encode()
    settings = Settings(content, course_config(ROOT))
    graded = nbformat.reads(run_submission(taken_in, notebook, 2026, settings).decode(), as_version=4)
    found = [c.metadata[KEY]["verdict"] for c in graded.cells if "verdict" in c.metadata.get(KEY, {})]
    failed = {v["exercise"]: v["message"] for v in found if not v["passed"]}
    assert list(failed) == [exercise]
    assert f"{exercise} is lent: it earns no points" in failed[exercise]
