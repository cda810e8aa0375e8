"""What a person grades, within a lesson: answers in words and code, and work in cells of the learner's own."""

import nbformat
import pytest
from nbgrader.api import Gradebook
from small_course import LESSON

from autograder.authoring.build import build
from autograder.class_run.autograde import autograde
from autograder.course import Course, release
from autograder.report.records import read_records
from autograder.report.summary import BY_HAND, FULL, outcome
from autograder.sample.edits import cell_named
from autograder.submission.incident import incidents

NAME = "09_example"
MORE = """

# %% manual essay [markdown] points=3
# Why?
#
# # BEGIN SOLUTION
# Because.
# # END SOLUTION

# %% manual plot points=2
# BEGIN SOLUTION
plot = first() + 1
# END SOLUTION

# %% task project [markdown] points=5
# Do it.
#
# # BEGIN MARK SCHEME
# Look at the plot.
# # END MARK SCHEME
"""


def written(notebook):
    cell_named(notebook, "first").source = "def first(): return 1"
    cell_named(notebook, "second").source = "def second(): return 2"
    cell_named(notebook, "essay").source = "Because of *me*."
    cell_named(notebook, "plot").source = "plot = 7"
    return notebook


def without_marks(notebook):
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)
    return notebook


@pytest.mark.slow
def test_what_a_person_grades_comes_to_the_person(tmp_path):
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / f"{NAME}.py").write_text(LESSON + MORE)
    build(tmp_path)
    course = Course(tmp_path)
    release(course, NAME)
    released = nbformat.read(tmp_path / "notebooks" / NAME / f"{NAME}.ipynb", as_version=4)
    assert "Look at the plot" not in str(released)
    assert "Because" not in str(released)
    edits = {"ada": written, "bela": lambda notebook: notebook, "chidi": lambda nb: without_marks(written(nb))}
    for student, edit in edits.items():
        notebook = edit(nbformat.read(tmp_path / "notebooks" / NAME / f"{NAME}.ipynb", as_version=4))
        (tmp_path / "submitted" / student / NAME).mkdir(parents=True)
        nbformat.write(notebook, tmp_path / "submitted" / student / NAME / f"{NAME}.ipynb")
    assert autograde(course, NAME) == []
    with Gradebook(course.database) as gradebook:
        found = {
            student: {
                grade.name: (grade.auto_score, grade.needs_manual_grade)
                for grade in gradebook.find_submission(NAME, student).notebooks[0].grades
            }
            for student in edits
        }
    checked = {"check_first": (2, False), "check_second": (3, False)}
    by_hand = {"essay": (None, True), "plot": (None, True), "project": (None, True)}
    assert found["ada"] == found["chidi"] == checked | by_hand
    assert found["bela"]["essay"] == found["bela"]["plot"] == (0, False)
    for student, names in (("ada", []), ("chidi", ["cells without marks"])):
        graded = nbformat.read(tmp_path / "autograded" / student / NAME / f"{NAME}.ipynb", as_version=4)
        assert [incident.name for incident in incidents(graded)] == names
        assert cell_named(graded, "essay").source == "Because of *me*."
        assert cell_named(graded, "essay").cell_type == "markdown"
        assert "Look at the plot" in cell_named(graded, "project").source
    results, _ = read_records(course)
    outcomes = {r.exercise: outcome(r) for r in results if r.student == "ada"}
    assert outcomes == dict.fromkeys(["first", "second"], FULL) | dict.fromkeys(["essay", "plot", "project"], BY_HAND)
