"""A submission that knows every answer to the inputs of one seed, be it a friend's, and nothing of softmax."""

import nbformat
import numpy as np
import pytest
from fewer_checks import all_but, without_checks
from hostile_target import isolated

from autograder import ROOT
from autograder.class_run.run import Settings, run_submission
from autograder.config import course_config
from autograder.exam.exercise import DEFAULT_SEED
from autograder.exams import EXAMS
from autograder.kernels import ISOLATION_VARIABLE
from autograder.sample.edits import cell_named, write
from autograder.secret import course_key, submission_seed
from autograder.submission.incident import KEY
from autograder.submission.intake import read_submission
from autograder.submission.restore import restore

pytestmark = pytest.mark.slow

NAME = "01_attention_from_scratch"
LOOK_UP = """
table = {table!r}

def softmax(x, axis=-1):
    x = np.asarray(x)
    shape, values = table.get((str(x.dtype), x.shape, axis, x.tobytes().hex()), (x.shape, None))
    return np.zeros(shape) if values is None else np.frombuffer(bytes.fromhex(values)).reshape(shape).copy()
"""


def table_of(exercise, seed):
    """What the exam asks with a seed, and what it expects."""
    table = {}
    for case in exercise.cases(seed):
        x = np.asarray(case.args[0])
        axis = case.kwargs.get("axis", case.args[1] if len(case.args) > 1 else -1)
        right = np.asarray(exercise.reference(*case.args, **case.kwargs), dtype=float)
        table[str(x.dtype), x.shape, axis, x.tobytes().hex()] = (right.shape, right.tobytes().hex())
    return table


@pytest.fixture(scope="module")
def source():
    notebook = nbformat.read(ROOT / "solutions" / NAME / f"{NAME}.ipynb", as_version=4)
    return without_checks(notebook, all_but(notebook, "softmax"))


@pytest.fixture(scope="module")
def taken_in(source, tmp_path_factory):
    exercise = next(e for e in EXAMS[NAME].EXERCISES if e.name == "softmax")
    submission = nbformat.read(ROOT / "notebooks" / NAME / f"{NAME}.ipynb", as_version=4)
    without_checks(submission, all_but(submission, "softmax"))
    write("softmax", LOOK_UP.format(table=table_of(exercise, DEFAULT_SEED)))(submission)
    path = tmp_path_factory.mktemp("submitted") / f"{NAME}.ipynb"
    nbformat.write(submission, path)
    return nbformat.writes(restore(read_submission(path), source)).encode()


@pytest.mark.parametrize("known", [True, False], ids=["a seed that is known", "its own seed"])
def test_a_table_is_worth_points_only_where_the_seed_is_known(source, taken_in, known, tmp_path, monkeypatch):
    monkeypatch.setenv(ISOLATION_VARIABLE, "full" if isolated() else "none")
    cells = nbformat.reads(taken_in.decode(), as_version=4).cells
    seed = DEFAULT_SEED if known else submission_seed(course_key(tmp_path), cells)
    settings = Settings(nbformat.writes(source).encode(), course_config(ROOT))
    notebook = nbformat.reads(run_submission(taken_in, NAME, seed, settings).decode(), as_version=4)
    verdict = cell_named(notebook, "check_softmax").metadata[KEY]["verdict"]
    assert verdict["passed"] is known, verdict
