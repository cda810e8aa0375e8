"""A small course directory to grade in: one notebook, two exercises."""

import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder import course
from autograder.authoring.build import build
from autograder.class_run.autograde import autograde
from autograder.course import Course, release
from autograder.sample.edits import cell_named
from autograder.submission.incident import incidents

LESSON = """\
# %% given tools
calls = []


# %% exercise first
def first():
    # BEGIN SOLUTION
    return 1
    # END SOLUTION


# %% check first points=2
# BEGIN HIDDEN TESTS
assert first() == 1
# END HIDDEN TESTS
assert first()


# %% exercise second
def second():
    # BEGIN SOLUTION
    return 2
    # END SOLUTION


# %% check second points=3
# BEGIN HIDDEN TESTS
assert second() == 2
# END HIDDEN TESTS
assert second()
"""
NAME = "09_example"


class SmallCourse:
    """One notebook with two exercises of 2 and 3 points, already released."""

    def __init__(self, root):
        self.course = Course(root)

    def submit(self, *changes, student="ada", first="def first(): return 1", second="def second(): return 2"):
        """Hand in the released notebook with these answers and changes."""
        notebook = nbformat.read(self.course.root / "notebooks" / NAME / f"{NAME}.ipynb", as_version=4)
        cell_named(notebook, "first").source = first
        cell_named(notebook, "second").source = second
        for change in changes:
            notebook = change(notebook)
        folder = self.course.root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{NAME}.ipynb")

    def graded(self, student="ada"):
        """(points of both exercises, names of incidents, the graded notebook)."""
        assert autograde(self.course, NAME) == []
        with Gradebook(self.course.database) as gradebook:
            points = {g.name: g.score for g in gradebook.find_submission(NAME, student).notebooks[0].grades}
        path = self.course.root / "autograded" / student / NAME / f"{NAME}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        return [points["check_first"], points["check_second"]], [i.name for i in incidents(notebook)], notebook


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """A course directory in which the example is built and released; creating its gradebook takes seconds."""
    root = tmp_path_factory.mktemp("released")
    (root / "lessons").mkdir()
    (root / "lessons" / f"{NAME}.py").write_text(LESSON)
    build(root)
    release(Course(root), NAME)
    return root


@pytest.fixture
def small(released, tmp_path, monkeypatch):
    """A SmallCourse whose cells may run for three seconds."""
    shutil.copytree(released, tmp_path, dirs_exist_ok=True)
    configure = course.course_config

    def impatient(root):
        config = configure(root)
        config.Execute.timeout = 3
        config.Execute.iopub_timeout = 3
        return config

    monkeypatch.setattr(course, "course_config", impatient)
    return SmallCourse(tmp_path)
