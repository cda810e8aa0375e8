"""A new lesson builds, passes its proofs and can be graded, before anybody has changed a word of it."""

import os
import shutil
import subprocess
import sys

import pytest

from autograder import ROOT
from autograder.authoring.lesson import LessonError
from autograder.authoring.new import new_lesson

NAME = "10_my_topic"
GRADES = """
import sys
from pathlib import Path
import nbformat
from nbgrader.api import Gradebook
from autograder.class_run.autograde import autograde
from autograder.course import Course, release
from autograder.sample.classroom import Classwork
root, name = Path(sys.argv[1]), sys.argv[2]
course = Course(root)
release(course, name)
work = Classwork(name)
for student, notebook in (("right", work.solved()), ("blank", work.released())):
    folder = root / "submitted" / student / name
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")
assert autograde(course, name, isolation="none") == []
with Gradebook(course.database) as gradebook:
    print(*(gradebook.find_submission(name, student).score for student in ("right", "blank")))
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A copy of the course, with a new lesson in it."""
    root = tmp_path_factory.mktemp("course")
    for folder in ("autograder", "attention_course", "data", "tests"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "lessons").mkdir()
    shutil.copy(ROOT / "pyproject.toml", root)
    new_lesson(NAME, root)
    return root


def run(root, *command):
    environment = {**os.environ, "PYTHONPATH": str(root), "NUMBA_DISABLE_JIT": "1"}
    environment.pop("PYTEST_XDIST_WORKER", None)
    done = subprocess.run(
        [sys.executable, *command], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_it_builds_is_proven_and_graded(root):
    assert "built 1 lessons" in run(root, "-m", "autograder", "build")
    proofs = run(
        root, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/autograder/exams/test_proofs.py", "-k", "10"
    )
    assert "passed" in proofs
    assert run(root, "-c", GRADES, str(root), NAME).split()[-2:] == ["2.0", "0.0"]


def test_nothing_is_replaced(root):
    for name in (NAME, "11_my_topic"):
        with pytest.raises(LessonError, match="there already"):
            new_lesson(name, root)


@pytest.mark.parametrize("name", ["my_topic", "1_topic", "10_My", "10-topic", "10_", "../10_x"])
def test_a_name_that_is_none_is_refused(name, tmp_path):
    with pytest.raises(LessonError, match="10_my_topic"):
        new_lesson(name, tmp_path)
    assert list(tmp_path.iterdir()) == []
