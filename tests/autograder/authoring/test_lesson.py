"""Lessons are read strictly and written back faithfully."""

from pathlib import Path

import nbformat
import pytest

from autograder.authoring.build import lessons
from autograder.authoring.lesson import LessonError, read_lesson, write_lesson

PATH = Path("lessons/09_example.py")
GOOD = """\
# %% [markdown]
# # Example

# %% given imports
import numpy as np


# %% exercise double
def double(x):
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION


# %% check double points=2
# BEGIN HIDDEN TESTS
exam.double(double)
# END HIDDEN TESTS
checks.double(double)

# %%
double(3)
"""


def test_markers_become_nbgrader_metadata():
    cells = read_lesson(GOOD, PATH).cells
    assert [c.cell_type for c in cells] == ["markdown", "code", "code", "code", "code"]
    given, exercise, check = (c.metadata.nbgrader for c in cells[1:4])
    assert (given.grade_id, given.locked, given.solution, given.grade) == ("imports", True, False, False)
    assert (exercise.grade_id, exercise.locked, exercise.solution, exercise.grade) == ("double", False, True, False)
    assert (check.grade_id, check.locked, check.solution, check.grade, check.points) == (
        "check_double",
        True,
        False,
        True,
        2,
    )
    assert "nbgrader" not in cells[0].metadata
    assert "nbgrader" not in cells[4].metadata


def test_cell_ids_are_unique_and_hang_on_content_alone():
    twice = GOOD + "\n# %%\ndouble(3)\n"
    ids = [c.id for c in read_lesson(twice, PATH).cells]
    assert len(set(ids)) == len(ids)
    assert ids[:5] == [c.id for c in read_lesson(GOOD, PATH).cells]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("# %% exercise double", "# %% excercise double", 8),
        ("# %% exercise double", "# %% exercise", 8),
        ("# %% exercise double", "# %% exercise two words", 8),
        ("# %% exercise double", "# %% exercise double points=2", 8),
        ("# %% check double points=2", "# %% check double", 15),
        ("# %% check double points=2", "# %% check double points=0", 15),
        ("# %% check double points=2", "# %% check double points=many", 15),
        ("# %% check double points=2", "# %% check double marks=2", 15),
        ("# %% check double points=2", "# %% check triple points=2", 15),
        ("# %% given imports", "# %% given double", 8),
        ("    # END SOLUTION\n", "", 8),
        ("# BEGIN HIDDEN TESTS\n", "", 15),
        ("double(3)", "# BEGIN SOLUTION\ndouble(3)\n# END SOLUTION", 21),
        ("# %% [markdown]", "# %% [markdwon]", 1),
        ("# %% [markdown]", "# %% [raw]", 1),
    ],
)
def test_a_wrong_marker_is_refused_with_file_and_line(old, new, line):
    assert old in GOOD
    with pytest.raises(LessonError, match=rf"lessons/09_example\.py:{line}: "):
        read_lesson(GOOD.replace(old, new), PATH)


def test_a_misspelt_marker_is_answered_with_the_allowed_ones():
    with pytest.raises(LessonError, match="# %% exercise NAME"):
        read_lesson(GOOD.replace("# %% exercise", "# %% excercise"), PATH)


def test_an_exercise_without_a_check_is_refused():
    with pytest.raises(LessonError, match="no check for exercise double"):
        read_lesson(GOOD[: GOOD.index("# %% check")], PATH)


def test_text_before_the_first_marker_is_refused():
    with pytest.raises(LessonError, match=":1: "):
        read_lesson("x = 1\n\n" + GOOD, PATH)


BY_HAND = """\
# %% manual essay [markdown] points=3
# Why?
#
# # BEGIN SOLUTION
# Because.
# # END SOLUTION

# %% manual plot points=2
# BEGIN SOLUTION
x = 1
# END SOLUTION

# %% task project [markdown] points=5
# Do it.
#
# # BEGIN MARK SCHEME
# Look at the plot.
# # END MARK SCHEME
"""


def test_a_lesson_may_ask_for_what_a_person_grades():
    cells = read_lesson(BY_HAND, PATH).cells
    essay, plot, project = (cell.metadata.nbgrader for cell in cells)
    assert [cell.cell_type for cell in cells] == ["markdown", "code", "markdown"]
    assert (essay.grade, essay.solution, essay.locked, essay.task, essay.points) == (True, True, False, False, 3)
    assert (plot.grade, plot.solution, plot.locked, plot.task, plot.points) == (True, True, False, False, 2)
    assert (project.grade, project.solution, project.locked, project.task, project.points) == (
        False,
        False,
        True,
        True,
        5,
    )
    assert write_lesson(read_lesson(BY_HAND, PATH)) == BY_HAND


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("manual essay [markdown] points=3", "manual essay [markdown]", 1),
        ("manual plot points=2", "manual plot", 8),
        ("task project [markdown] points=5", "task project points=5", 13),
        ("# # BEGIN MARK SCHEME\n", "", 13),
        ("manual plot points=2", "exercise plot [markdown]", 8),
    ],
)
def test_a_wrong_marker_of_what_a_person_grades_is_refused(old, new, line):
    assert old in BY_HAND
    with pytest.raises(LessonError, match=rf"lessons/09_example\.py:{line}: "):
        read_lesson(BY_HAND.replace(old, new), PATH)


def test_writing_back_gives_the_same_text():
    assert write_lesson(read_lesson(GOOD, PATH)) == GOOD


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_every_lesson_is_in_the_form_that_pull_writes(path):
    text = path.read_text(encoding="utf-8")
    assert write_lesson(read_lesson(text, path)) == text


def test_an_exercise_that_somebody_made_manual_is_written_back_as_that():
    notebook = read_lesson(BY_HAND, PATH)
    notebook.cells[1].metadata.nbgrader.points = 4
    assert "# %% manual plot points=4" in write_lesson(notebook)


def test_a_locked_text_cannot_be_written_back():
    notebook = read_lesson(GOOD, PATH)
    notebook.cells[0].metadata["nbgrader"] = {**notebook.cells[1].metadata.nbgrader, "grade_id": "text"}
    with pytest.raises(LessonError, match="locked text"):
        write_lesson(notebook)


def test_a_raw_cell_cannot_be_written_back():
    notebook = read_lesson(GOOD, PATH)
    notebook.cells.append(nbformat.v4.new_raw_cell("x"))
    with pytest.raises(LessonError, match="raw"):
        write_lesson(notebook)
