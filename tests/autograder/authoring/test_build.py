"""lessons -> solutions -> notebooks: the same bytes every time, no answers in the release, edits pulled back."""

import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from autograder import ROOT
from autograder.authoring.build import build, build_tree, differing, lessons, pull
from autograder.authoring.lesson import LessonError
from autograder.exam.reference import exercise_sources

EVERYWHERE = ("super().__init__()", "with torch.no_grad():")
"""Lines that any module of PyTorch's has, which give nothing away."""

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


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("built")
    (root / "lessons").mkdir()
    (root / "lessons" / "09_example.py").write_text(EXAMPLE)
    build(root)
    return root


@pytest.fixture
def course(built, tmp_path):
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.mark.slow
def test_the_committed_notebooks_are_what_the_lessons_make():
    assert differing(build_tree()) == []


def test_building_twice_changes_nothing(course):
    before = {path: path.read_bytes() for path in course.rglob("*.ipynb")}
    assert len(before) == 2
    assert build(course).changed == []
    for path in before:
        path.unlink()
    build(course)
    assert {path: path.read_bytes() for path in before} == before


def test_what_a_lesson_made_goes_with_the_lesson(course):
    (course / "lessons" / "09_example.py").rename(course / "lessons" / "10_example.py")
    gone = [Path(top, "09_example", "09_example.ipynb") for top in ("notebooks", "solutions")]
    assert set(gone) <= set(differing(build_tree(course), course))
    assert set(gone) <= set(build(course).changed)
    assert not (course / "notebooks" / "09_example").exists()


@pytest.mark.parametrize("top", ["solutions", "notebooks"])
def test_an_instructors_own_assignment_stays_as_it_is(course, top):
    own = course / top / "08_quiz"
    own.mkdir()
    for name in ("08_quiz.ipynb", "prices.csv", "keys.txt"):
        (own / name).write_text("mine")
    assert differing(build_tree(course), course) == []
    built = build(course)
    assert (built.changed, built.foreign) == ([], [Path(top, "08_quiz", "08_quiz.ipynb")])
    assert sorted(path.read_text() for path in own.iterdir()) == ["mine"] * 3


def test_files_beside_a_notebook_outlive_it(course):
    note = course / "solutions" / "09_example" / "note.txt"
    note.write_text("mine")
    (course / "lessons" / "09_example.py").unlink()
    build(course)
    assert [path.name for path in note.parent.iterdir()] == ["note.txt"]


def test_a_lesson_does_not_take_the_place_of_an_own_assignment(course):
    own = course / "solutions" / "10_new" / "10_new.ipynb"
    own.parent.mkdir()
    own.write_text("mine")
    (course / "lessons" / "10_new.py").write_text(EXAMPLE)
    assert build(course).kept == [own.relative_to(course)]
    assert own.read_text() == "mine"


@pytest.mark.parametrize("top", ["solutions", "notebooks"])
@pytest.mark.parametrize("lesson", ["edited", "removed"])
def test_what_somebody_typed_into_a_built_notebook_is_not_overwritten(course, top, lesson):
    path = course / top / "09_example" / "09_example.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source = "def double(x): return x << 1"
    nbformat.write(notebook, path)
    typed = path.read_bytes()
    if lesson == "edited":
        (course / "lessons" / "09_example.py").write_text(EXAMPLE.replace("2 * x", "x * 2"))
    else:
        (course / "lessons" / "09_example.py").unlink()
    for _ in range(2):
        assert build(course).kept == [path.relative_to(course)]
        assert path.read_bytes() == typed
    assert build(course, replace=True).changed == [path.relative_to(course)]
    assert not path.exists() or path.read_bytes() != typed


def test_a_notebook_that_was_only_run_may_be_built_anew(course):
    path = course / "notebooks" / "09_example" / "09_example.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="run in JupyterLab")]
    nbformat.write(notebook, path)
    assert build(course).changed == [path.relative_to(course)]


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
        leaked = [line for line in telling if line in code and line not in EVERYWHERE]
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
