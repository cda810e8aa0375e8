"""Whatever is submitted comes out as a notebook with the source's locked cells in their places."""

import json
import time
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.authoring.lesson import read_lesson
from autograder.submission.check_cell import without_hidden_tests
from autograder.submission.incident import KEY, incidents
from autograder.submission.intake import read_submission
from autograder.submission.parsing import MOST_VALUES, values_in
from autograder.submission.restore import restore

LESSON = """\
# %% given imports
import math


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

# %%
first()


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


@pytest.fixture
def source():
    return read_lesson(LESSON, Path("lessons/09_example.py"))


@pytest.fixture
def submitted(source, tmp_path):
    """The released notebook as a learner has it, on disk, and a function that reads and restores it."""
    for cell in source.cells:
        cell.source = without_hidden_tests(cell.source)

    def send(change=lambda notebook: None):
        change(source)
        path = tmp_path / "09_example.ipynb"
        path.write_text(nbformat.writes(source), encoding="utf-8")
        return restore(read_submission(path), read_lesson(LESSON, Path("lessons/09_example.py")))

    return send


def named(notebook, name):
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def order(notebook):
    return [c.metadata.get("nbgrader", {}).get("grade_id", "-") for c in notebook.cells]


def found(notebook):
    return {(incident.name, incident.cell) for incident in incidents(notebook)}


WHOLE = ["imports", "first", "check_first", "-", "second", "check_second"]


def test_an_untouched_notebook_gets_its_hidden_tests_and_no_incident(submitted):
    notebook = submitted()
    assert order(notebook) == WHOLE
    assert "assert first() == 1" in named(notebook, "check_first").source
    assert found(notebook) == set()


def test_a_learners_answer_and_own_cells_stay(submitted):
    def change(notebook):
        named(notebook, "first").source = "def first(): return 7"
        notebook.cells.insert(2, nbformat.v4.new_markdown_cell("my notes"))

    notebook = submitted(change)
    assert named(notebook, "first").source == "def first(): return 7"
    assert order(notebook) == ["imports", "first", "-", "check_first", "-", "second", "check_second"]


@pytest.mark.parametrize("name", ["imports", "check_first", "check_second"])
def test_a_deleted_locked_cell_comes_back_in_its_place(submitted, name):
    notebook = submitted(lambda nb: nb.cells.remove(named(nb, name)))
    assert [n for n in order(notebook) if n != "-"] == [n for n in WHOLE if n != "-"]
    assert found(notebook) == {("missing cell", name)}


def test_a_deleted_exercise_keeps_its_check(submitted):
    notebook = submitted(lambda nb: nb.cells.remove(named(nb, "second")))
    assert order(notebook) == [n for n in WHOLE if n != "second"]
    assert found(notebook) == {("missing cell", "second")}


def test_all_locked_cells_deleted(submitted):
    def change(nb):
        nb.cells = [c for c in nb.cells if c.metadata.get("nbgrader", {}).get("solution")]

    assert order(submitted(change)) == [n for n in WHOLE if n != "-"]


def test_a_changed_check_is_restored(submitted):
    notebook = submitted(lambda nb: named(nb, "check_first").update(source="pass"))
    assert "assert first() == 1" in named(notebook, "check_first").source
    assert found(notebook) == {("changed cell", "check_first")}


@pytest.mark.parametrize("name", ["first", "check_first"])
def test_of_a_duplicated_cell_the_last_counts(submitted, name):
    def change(nb):
        twin = nbformat.from_dict(json.loads(json.dumps(named(nb, name))))
        twin.id = "twin"
        if name == "first":
            twin.source = "def first(): return 1  # second try"
        nb.cells.insert(nb.cells.index(named(nb, name)) + 1, twin)

    notebook = submitted(change)
    assert order(notebook).count(name) == 1
    assert found(notebook) == {("duplicated cell", name)}
    if name == "first":
        assert "second try" in named(notebook, "first").source


def test_a_check_above_its_exercise_is_run_below_it(submitted):
    def change(nb):
        cell = named(nb, "check_second")
        nb.cells.remove(cell)
        nb.cells.insert(0, cell)

    notebook = submitted(change)
    assert [n for n in order(notebook) if n != "-"] == [n for n in WHOLE if n != "-"]
    assert found(notebook) == {("moved cell", "check_second")}


def test_an_exercise_at_the_bottom_takes_its_check_along(submitted):
    def change(nb):
        cell = named(nb, "first")
        nb.cells.remove(cell)
        nb.cells.append(cell)

    names = order(submitted(change))
    assert names.index("check_first") > names.index("first")
    assert sorted(n for n in names if n != "-") == sorted(n for n in WHOLE if n != "-")


def test_metadata_is_the_sources_whatever_the_submission_claims(submitted, source):
    def change(nb):
        for cell in nb.cells:
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader.update(points=100, schema_version=99, locked=False, task=True)
        nb.metadata["attention_course"] = {"incidents": "forged"}

    right = {name: dict(named(source, name).metadata.nbgrader) for name in WHOLE if name != "-"}
    notebook = submitted(change)
    assert {name: dict(named(notebook, name).metadata.nbgrader) for name in right} == right
    assert found(notebook) == set()


def test_a_cell_that_claims_to_be_graded_and_is_not(submitted):
    def change(nb):
        marks = dict(named(nb, "check_first").metadata.nbgrader, grade_id="check_bonus", points=50)
        nb.cells.append(nbformat.v4.new_code_cell("pass", metadata={"nbgrader": marks}, id="bonus"))

    notebook = submitted(change)
    assert order(notebook) == [*WHOLE, "-"]
    assert found(notebook) == {("unknown cell", "")}


def test_an_exercise_turned_into_a_text_cell_is_code_again(submitted):
    notebook = submitted(lambda nb: named(nb, "first").update(cell_type="markdown"))
    assert named(notebook, "first").cell_type == "code"
    nbformat.validate(notebook)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "no notebook"),
        (b"  \n", "no notebook"),
        (b"PK\x03\x04\xff\xfe", "not a notebook"),
        (b"{", "not a notebook"),
        (b"[1, 2]", "not a notebook"),
        (b'"text"', "not a notebook"),
        (b"null", "not a notebook"),
        (b'{"a": 1}', "not a notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}', "not a notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}', "no notebook"),
        (b'{"nbformat": 99, "nbformat_minor": 5, "metadata": {}, "cells": []}', "not a notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [' + b"[" * 100_000, "not a notebook"),
    ],
)
def test_a_file_that_is_no_notebook_gives_an_empty_one_with_every_check(tmp_path, source, content, name):
    path = tmp_path / "x.ipynb"
    path.write_bytes(content)
    notebook = restore(read_submission(path), source)
    assert [i.name for i in incidents(notebook)] == [name]
    assert order(notebook) == ["imports", "check_first", "check_second"]


def test_a_byte_order_mark_does_no_harm(tmp_path, source):
    path = tmp_path / "x.ipynb"
    path.write_text("\ufeff" + nbformat.writes(source), encoding="utf-8")
    assert incidents(read_submission(path)) == []


def test_an_old_notebook_format_is_read(tmp_path):
    path = tmp_path / "x.ipynb"
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": [
        {"cell_type": "code", "input": "x = 1", "language": "python", "outputs": []}]}]}  # fmt: skip
    path.write_text(json.dumps(old))
    assert [c.source for c in read_submission(path).cells] == ["x = 1"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=12), children, max_size=4),
    max_leaves=12,
)
cells = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading", ""]) | json_values,
        "source": st.text(max_size=20) | st.lists(st.text(max_size=5), max_size=3) | json_values,
        "metadata": st.fixed_dictionaries(
            {}, optional={"nbgrader": st.fixed_dictionaries({}, optional={"grade_id": json_values}) | json_values}
        )
        | json_values,
        "outputs": json_values,
        "id": json_values,
    },
)


@given(st.lists(cells, max_size=5), json_values)
def test_no_json_in_the_shape_of_a_notebook_stops_the_intake(tmp_path_factory, content, metadata):
    path = tmp_path_factory.mktemp("fuzz") / "x.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": content}))
    source = read_lesson(LESSON, Path("lessons/09_example.py"))
    notebook = restore(read_submission(path), source)
    assert {"check_first", "check_second"} <= set(order(notebook))
    nbformat.validate(notebook)
    assert all(KEY not in cell.metadata for cell in notebook.cells)


PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def read(tmp_path, *cells):
    path = tmp_path / "09_example.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return read_submission(path)


def text_cell(kind, attachments, metadata=None):
    made = {"cell_type": kind, "id": "a", "metadata": metadata or {}, "source": "![x](attachment:a.png)"}
    return {**made, "attachments": attachments}


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_pasted_pictures_and_raw_cells_stay(tmp_path, kind):
    notebook = read(tmp_path, text_cell(kind, {"a.png": {"image/png": PNG}, "b.html": {"text/html": "PGI+"}}))
    assert notebook.cells[0].cell_type == kind
    assert notebook.cells[0].attachments == {"a.png": {"image/png": PNG}}
    nbformat.validate(notebook)


def test_an_exercise_made_a_text_has_no_pictures(tmp_path, source):
    cell = text_cell("markdown", {"a.png": {"image/png": PNG}}, {"nbgrader": {"grade_id": "first"}})
    notebook = restore(read(tmp_path, cell), source)
    first = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "first")
    assert first.cell_type == "code"
    assert "attachments" not in first
    nbformat.validate(notebook)


def without_marks(notebook):
    for cell in notebook.cells:
        cell.metadata = {}


def test_cells_that_lost_their_marks_are_recognised_and_it_costs_nothing(submitted):
    def change(notebook):
        named(notebook, "first").source = "def first(): return 7"
        without_marks(notebook)

    notebook = submitted(change)
    assert order(notebook) == WHOLE
    assert named(notebook, "first").source == "def first(): return 7"
    assert "assert first() == 1" in named(notebook, "check_first").source
    assert found(notebook) == {("cells without marks", "")}


@pytest.mark.parametrize(
    "text", ["first = lambda: 7", "first: int = 7", "class first:\n    pass", "a, first = 1, 7",
             "async def first(): pass", "def first(:", "%%time\ndef first():\n    return 7", "first = (\n    7"],
)  # fmt: skip
def test_an_answer_without_marks_is_recognised_by_the_name_that_it_defines(submitted, text):
    def change(notebook):
        named(notebook, "first").source = text
        without_marks(notebook)

    assert named(submitted(change), "first").source == text


def test_of_several_answers_without_marks_the_last_counts(submitted):
    def change(notebook):
        place = notebook.cells.index(named(notebook, "first"))
        notebook.cells.insert(place + 1, nbformat.v4.new_code_cell("def first(): return 7"))
        without_marks(notebook)

    notebook = submitted(change)
    assert named(notebook, "first").source == "def first(): return 7"
    assert order(notebook) == ["imports", "-", "first", "check_first", "-", "second", "check_second"]


def test_an_answer_in_a_new_cell_counts_where_the_exercises_cell_is_gone(submitted):
    def change(notebook):
        notebook.cells.remove(named(notebook, "second"))
        notebook.cells.append(nbformat.v4.new_code_cell("def second(): return 2"))

    notebook = submitted(change)
    assert order(notebook) == WHOLE
    assert named(notebook, "second").source == "def second(): return 2"


def test_a_marked_cell_is_never_another_ones(submitted):
    def change(notebook):
        notebook.cells.remove(named(notebook, "second"))
        named(notebook, "first").source = "def first(): pass\ndef second(): pass"

    notebook = submitted(change)
    assert found(notebook) == {("missing cell", "second")}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\n", "  \t\n") + "  \n\n",
        lambda text: "\ufeff" + text,
        lambda text: "\n" + text,
    ],
    ids=["CRLF", "CR", "trailing blanks", "byte order mark", "empty line"],
)
def test_what_an_editor_changes_of_itself_is_no_change(submitted, spoil):
    def change(notebook):
        for cell in notebook.cells:
            cell.source = spoil(cell.source)

    notebook = submitted(change)
    assert found(notebook) == set()
    assert not any("\r" in cell.source or "\ufeff" in cell.source for cell in notebook.cells)


def test_what_an_earlier_release_did_not_have_was_not_deleted_by_anybody(submitted):
    def change(notebook):
        notebook.cells.remove(named(notebook, "second"))
        notebook.cells.remove(named(notebook, "check_second"))

    messages = [incident.message for incident in incidents(submitted(change))]
    assert len(messages) == 2
    assert all("was not in the notebook" in message for message in messages)


@pytest.mark.parametrize(
    ("facts", "named_so"),
    [
        ({"kernelspec": {"name": "conda-env-torch-py", "language": "python", "display_name": "x"}}, False),
        ({"kernelspec": {"name": ".venv"}}, False),
        ({"kernelspec": {"name": "ir"}, "language_info": {"name": "python"}}, False),
        ({"kernelspec": {"name": "ir", "language": "R"}}, True),
        ({"kernelspec": {"name": "python3"}, "language_info": {"name": "julia"}}, True),
        ({"kernelspec": 3, "language_info": [7]}, False),
        ({"kernelspec": {"name": ["ir"], "language": {}}}, False),
    ],
)
def test_a_kernel_is_a_wrong_one_where_its_language_is(tmp_path, source, facts, named_so):
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps({**json.loads(nbformat.writes(source)), "metadata": facts}))
    assert ("wrong kernel" in {i.name for i in incidents(read_submission(path))}) is named_so


def test_commas_in_texts_are_no_values(tmp_path, source):
    source.cells.insert(0, nbformat.v4.new_markdown_cell('[{,"\\' * (MOST_VALUES // 2)))
    path = tmp_path / "x.ipynb"
    path.write_text(nbformat.writes(source))
    assert incidents(read_submission(path)) == []


@pytest.mark.parametrize("text", ['"' + '\\"' * 200_000, '"a",' * 100_000, '"' * 200_000, '"\\', '\\"["', '"a" "b[" ,'])
def test_texts_without_an_end_are_measured_in_no_time(text):
    begun = time.monotonic()
    assert values_in(text, 0) >= json.dumps(text).count(",") * (text == '"a",' * 100_000)
    assert time.monotonic() - begun < 2
