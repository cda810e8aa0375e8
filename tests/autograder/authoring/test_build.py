"""lessons -> solutions -> notebooks: the same bytes every time, no answers in the release, edits pulled back."""

import json
import re
import shutil

import nbformat
import pytest

from autograder import ROOT
from autograder.authoring.build import build, build_tree, differing, lessons, pull
from autograder.authoring.lesson import LessonError
from autograder.exam.reference import exercise_sources

EXAMPLE = """\
# %% [markdown]
# # Example

# %% exercise double
def double(x):
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION


# %% check double points=2
# BEGIN HIDDEN TESTS
assert double(3) == 6
# END HIDDEN TESTS
assert double(0) == 0
"""


@pytest.fixture
def course(tmp_path):
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "09_example.py").write_text(EXAMPLE)
    build(tmp_path)
    return tmp_path


def test_the_committed_notebooks_are_what_the_lessons_make():
    assert differing(build_tree()) == []


def test_building_twice_changes_nothing(course):
    before = {path: path.read_bytes() for path in course.rglob("*.ipynb")}
    assert len(before) == 2
    assert build(course) == []
    for path in before:
        path.unlink()
    build(course)
    assert {path: path.read_bytes() for path in before} == before


def test_a_notebook_without_a_lesson_is_found_and_removed(course):
    stale = course / "notebooks" / "08_gone" / "08_gone.ipynb"
    stale.parent.mkdir()
    stale.write_text("{}")
    assert differing(build_tree(course), course) == [stale.relative_to(course)]
    build(course)
    assert not stale.parent.exists()


def test_an_edit_in_the_solutions_notebook_comes_back_into_the_lesson(course):
    path = course / "solutions" / "09_example" / "09_example.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source = "# A better title"
    notebook.cells[1].source = notebook.cells[1].source.replace("2 * x", "x + x")
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="run in JupyterLab")]
    nbformat.write(notebook, path)
    assert pull(path, course) is True
    text = (course / "lessons" / "09_example.py").read_text()
    assert text == EXAMPLE.replace("Example", "A better title").replace("2 * x", "x + x")
    assert pull(path, course) is False


def test_an_edit_that_no_marker_expresses_leaves_the_lesson_as_it_is(course):
    path = course / "solutions" / "09_example" / "09_example.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2].metadata.nbgrader.points = 0
    nbformat.write(notebook, path)
    with pytest.raises(LessonError):
        pull(path, course)
    assert (course / "lessons" / "09_example.py").read_text() == EXAMPLE


def test_pull_names_a_notebook_that_has_no_lesson(course):
    with pytest.raises(LessonError, match="no lesson 08_other"):
        pull(course / "solutions" / "08_other" / "08_other.ipynb", course)


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_the_release_holds_no_answer_and_no_hidden_test(path):
    released = (ROOT / "notebooks" / path.stem / f"{path.stem}.ipynb").read_text(encoding="utf-8")
    code = "\n".join("".join(c["source"]) for c in json.loads(released)["cells"] if c["cell_type"] == "code")
    for word in ("autograder", "SOLUTION", "HIDDEN", "exam."):
        assert word not in code
    answers = "\n".join(exercise_sources(path.stem).values())
    for region in re.findall(r"# BEGIN SOLUTION\n(.*?)# END SOLUTION", answers, re.DOTALL):
        telling = [
            line.strip() for line in region.splitlines() if re.search(r"[=(\[]", line) and len(line.strip()) > 12
        ]
        leaked = [line for line in telling if line in code and line != "super().__init__()"]  # as in every module
        assert not leaked, f"{path.stem} gives away: {leaked}"


def test_the_learners_package_imports_nothing_of_the_grader():
    for path in (ROOT / "attention_course").rglob("*.py"):
        imports = re.findall(r"^\s*(?:from|import) +([\w.]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert not [name for name in imports if name.split(".")[0] in ("autograder", "lessons", "tests")], path


def test_no_other_python_file_lies_beside_a_source_notebook():
    # nbgrader copies such files into the release
    assert not [path for path in (ROOT / "solutions").rglob("*") if path.is_file() and path.suffix != ".ipynb"]


def test_the_build_needs_no_gradebook_of_the_course(course):
    assert not list(course.glob("*.db"))
    shutil.rmtree(course / "notebooks")
    assert [path.parts[0] for path in differing(build_tree(course), course)] == ["notebooks"]
