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


def test_writing_back_gives_the_same_text():
    assert write_lesson(read_lesson(GOOD, PATH)) == GOOD


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_every_lesson_is_in_the_form_that_pull_writes(path):
    text = path.read_text(encoding="utf-8")
    assert write_lesson(read_lesson(text, path)) == text


def test_a_manually_graded_cell_cannot_be_written_back():
    notebook = read_lesson(GOOD, PATH)
    notebook.cells[2].metadata.nbgrader.grade = True
    with pytest.raises(LessonError, match="manually graded"):
        write_lesson(notebook)


def test_a_raw_cell_cannot_be_written_back():
    notebook = read_lesson(GOOD, PATH)
    notebook.cells.append(nbformat.v4.new_raw_cell("x"))
    with pytest.raises(LessonError, match="raw"):
        write_lesson(notebook)
