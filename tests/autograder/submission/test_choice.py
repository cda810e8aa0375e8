"""Which file of a submission is the notebook: what honest people hand in, and what they are told."""

import os
from pathlib import Path

import nbformat
import pytest
from small_course import NAME

from autograder.submission.choice import answers
from autograder.submission.folder import Submitted
from autograder.submission.intake import as_notebook, choose_notebook, read_content

A = f"{NAME}.ipynb"
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"


def notebook(first=STUB, second=STUB, *, marks=True, names=("first", "second")):
    """A notebook of the assignment with these answers, as bytes."""
    made = nbformat.v4.new_notebook()
    for name, text in zip(names, (first, second), strict=True):
        cell = nbformat.v4.new_code_cell(text if text.startswith("def") else f"def {name}():\n    {text}", id=name)
        if marks:
            cell.metadata.nbgrader = {"grade_id": name, "solution": True, "grade": False, "locked": False}
        made.cells.append(cell)
    return nbformat.writes(made).encode()


SOURCE = notebook("return 1", "return 2")
RELEASE, SOME, ALL = notebook(), notebook("return 1"), notebook("return 1", "return 3")
OTHER = notebook("return 1", "return 2", names=("softmax", "attention"))


@pytest.fixture
def choose(tmp_path):
    """choose({name: content, or (content, seconds since 1970)}) -> (name of the file, {incident: message})."""

    def chosen(files):
        place = tmp_path / "ada" / NAME
        place.mkdir(parents=True)
        for name, content in files.items():
            content, when = content if isinstance(content, tuple) else (content, 1_700_000_000)
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            os.utime(path, (when, when))
        with Submitted(tmp_path).folder("ada", NAME) as folder:
            found = choose_notebook(folder, NAME, lambda: SOURCE)
        told = as_notebook(found).metadata.get("attention_course", {}).get("incidents", [])
        return "/".join(found.path), {incident["name"]: incident["message"] for incident in told}

    return chosen


IGNORED = {
    f"._{A}": b"\x00\x05\x16\x07",
    ".DS_Store": b"x",
    f".ipynb_checkpoints/{NAME}-checkpoint.ipynb": (SOME, 1_800_000_000),
    f"__MACOSX/._{A}": b"\x00\x05\x16\x07",
    f"{NAME}-checkpoint.ipynb": (SOME, 1_800_000_000),
    f"{A}~": SOME,
    "notes.txt": b"x",
}


@pytest.mark.parametrize(
    "files",
    [
        {A: ALL},
        {A: ALL, **IGNORED},
        {A: ALL, f"{NAME} (1).ipynb": ALL, "copy.ipynb": (ALL, 1_800_000_000)},
        {A: ALL, "scratch.ipynb": (OTHER, 1_800_000_000)},
        {A: ALL, "scratch.ipynb": (b"{}", 1_800_000_000), "empty.ipynb": (b"", 1_800_000_000)},
        {A: ALL, f"{NAME} (1).ipynb": (RELEASE, 1_800_000_000)},
        {A: ALL, "older.ipynb": (SOME, 1_600_000_000)},
        {A: RELEASE},
        {A: RELEASE, "other.ipynb": (RELEASE + b"\n", 1_600_000_000)},
    ],
    ids=["alone", "leftovers", "copies", "other work", "no notebooks", "fresh release", "older", "blank", "both blank"],
)
def test_the_right_name_is_graded_and_nothing_is_said(choose, files):
    assert choose(files) == (A, {})


OTHER_NAMES = ["Homework.ipynb", f"{NAME}.IPYNB", f"{A}.txt", f"{A}.json", f"{NAME} (1).ipynb", f"{A} (2)"]


@pytest.mark.parametrize("name", OTHER_NAMES)
@pytest.mark.parametrize("beside", [{}, IGNORED, {A: b""}], ids=["alone", "leftovers", "an empty file"])
def test_one_notebook_of_another_name_is_graded(choose, name, beside):
    found, told = choose({name: ALL, **beside})
    assert found == name
    assert set(told) == {"misnamed notebook"}
    assert f"'{name}'" in told["misnamed notebook"]


@pytest.mark.parametrize("name", [f"{NAME}/{A}", "homework/x.ipynb", "a/b/c/x.IPYNB"])
def test_a_notebook_in_a_folder_is_found(choose, name):
    found, told = choose({name: ALL, **IGNORED})
    assert found == name
    assert set(told) == {"misplaced notebook"}


LATE = 1_800_000_000


@pytest.mark.parametrize(
    ("files", "expected", "why"),
    [
        ({f"{NAME} (1).ipynb": SOME, f"{NAME} (2).ipynb": (ALL, LATE)}, f"{NAME} (2).ipynb", "changed last"),
        ({f"{NAME} (1).ipynb": (SOME, LATE), f"{NAME} (2).ipynb": ALL}, f"{NAME} (1).ipynb", "changed last"),
        ({f"{NAME} (9).ipynb": SOME, f"{NAME} (10).ipynb": ALL}, f"{NAME} (10).ipynb", "number is the highest"),
        ({"a.ipynb": SOME, "b.ipynb": ALL}, "a.ipynb", "do not say which is newer"),
        (
            {f"{NAME} (1).ipynb": ALL, f"{NAME} (2).ipynb": (RELEASE, LATE)},
            f"{NAME} (1).ipynb",
            "only one with answers",
        ),
        ({A: SOME, "final.ipynb": (ALL, LATE)}, "final.ipynb", "changed last"),
        ({A: SOME, f"{NAME}/{A}": (ALL, LATE)}, f"{NAME}/{A}", "changed last"),
        ({A: SOME, "final.ipynb": ALL}, A, "right name, and their times do not say which is newer"),
        ({A: RELEASE, "mine.ipynb": (ALL, 1_600_000_000)}, "mine.ipynb", "only one with answers"),
        ({A: ALL[:300], "mine.ipynb": (ALL, 1_600_000_000)}, "mine.ipynb", "only one with answers"),
        ({"scratch.ipynb": (OTHER, LATE), "x/y.ipynb": ALL}, "x/y.ipynb", "only one with answers"),
        ({"a.ipynb": notebook("return 1", marks=False), "b.ipynb": (OTHER, LATE)}, "a.ipynb", "only one with answers"),
    ],
)
def test_of_several_notebooks_the_newest_with_answers_is_graded_and_the_others_are_named(choose, files, expected, why):
    found, told = choose(files)
    assert found == expected
    assert set(told) == {"several notebooks"}
    message = told["several notebooks"]
    assert f"'{expected}' was graded, because" in message
    assert why in message
    assert all(f"'{name}'" in message for name in files)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "there is no notebook in its folder)"),
        ({".DS_Store": b"x"}, "there is no notebook in its folder)"),
        ({"answers.docx": b"PK"}, "there is no notebook in its folder, which holds 'answers.docx'"),
        ({f"{NAME}.zip": b"PK", "a/b": b""}, "which holds '09_example.zip', 'a', 'a/b'"),
        ({A: b""}, "it is empty"),
        ({A: b" \n", "b.ipynb": b""}, "it is empty"),
        ({f"._{A}": b"x"}, "there is no notebook in its folder)"),
    ],
)
def test_where_there_is_none_the_reason_is_true(choose, files, says):
    found, told = choose(files)
    assert found in ("", A)
    assert set(told) == {"no notebook"}
    assert says in told["no notebook"]


@pytest.mark.parametrize("beside", [{}, {A: b""}, {f"{NAME} (1).ipynb": b" "}])
def test_a_backup_is_graded_where_there_is_nothing_else(choose, beside):
    found, told = choose({f"{NAME}-checkpoint.ipynb": ALL, **beside})
    assert found == f"{NAME}-checkpoint.ipynb"
    assert set(told) == {"misnamed notebook"}


def test_an_answer_is_known_by_its_mark_or_by_its_name():
    names = ["first", "second"]
    assert answers(read_content(ALL), names) == 2
    assert answers(read_content(SOME), names) == 1
    assert answers(read_content(RELEASE), names) == 0
    assert answers(read_content(notebook("return 1", marks=False)), names) == 1
    assert answers(read_content(OTHER), names) is None
    assert answers(read_content(ALL), []) is None
    assert answers(read_content(b"no notebook"), names) is None


def test_more_notebooks_than_are_compared_are_no_obstacle(choose):
    files = {f"{number}.ipynb": (ALL + b" " * number, 1_700_000_000 + 10 * number) for number in range(60)}
    found, told = choose({**files, A: b"{}"})
    assert found == "59.ipynb"
    assert set(told) == {"several notebooks"}


def test_the_folder_is_only_read(choose, tmp_path):
    choose({"Homework.ipynb": ALL})
    assert [path.name for path in Path(tmp_path, "ada", NAME).iterdir()] == ["Homework.ipynb"]
