"""Wherever an exercise goes wrong, it costs its own points and no others, whatever is built on it."""

import nbformat
import pytest
from fewer_checks import without_checks

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
    source = nbformat.read(ROOT / "solutions" / notebook / f"{notebook}.ipynb", as_version=4)
    submission = nbformat.read(ROOT / "notebooks" / notebook / f"{notebook}.ipynb", as_version=4)
    submission.cells = [c for c in submission.cells if "nbgrader" in c.metadata]
    for name, text in exercise_sources(notebook).items():
        write(name, text)(submission)
    for cell in submission.cells:
        cell.metadata[KEY] = {"grade_id": cell.metadata.nbgrader.grade_id}
    return source, submission


def graded(source, submission):
    """{exercise: verdict} of a submission, in order."""
    name = source.metadata.attention_course.lesson
    taken_in = nbformat.writes(restore(submission, source)).encode()
    settings = Settings(nbformat.writes(source).encode(), course_config(ROOT))
    notebook = nbformat.reads(run_submission(taken_in, name, 2026, settings).decode(), as_version=4)
    found = [c.metadata[KEY]["verdict"] for c in notebook.cells if "verdict" in c.metadata.get(KEY, {})]
    return {verdict["exercise"]: verdict for verdict in found}


def broken(exercise):
    """An answer that everybody who builds on it would be the worse for."""
    if exercise.value:
        return f"{exercise.name} = 'nothing that one can go on from'"
    names = exercise.functions or (exercise.name,)
    return "\n\n\n".join(f"def {name}(*args, **kwargs):\n    return None" for name in names)


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_one_error_costs_once(exercise):
    """The checks above it are left out: when its cell runs they have been held, and cannot be touched."""
    source, submission = solved(exercise.notebook)
    names = [e.name for e in EXAMS[exercise.notebook].EXERCISES]
    above, below = names[: names.index(exercise.name)], names[names.index(exercise.name) :]
    write(exercise.name, broken(exercise))(submission)
    verdicts = graded(without_checks(source, above), without_checks(submission, above))
    assert list(verdicts) == below
    assert [name for name in below if not verdicts[name]["passed"]] == [exercise.name], verdicts
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
    source, submission = solved(notebook)
    write(exercise, line)(submission)
    verdicts = graded(source, submission)
    failed = {name: v["message"] for name, v in verdicts.items() if not v["passed"]}
    assert list(failed) == [exercise]
    assert f"{exercise} is lent: it earns no points" in failed[exercise]
