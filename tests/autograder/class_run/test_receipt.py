"""A receipt says what was graded, and cannot be changed without the key."""

import nbformat
import pytest

from autograder.class_run.receipt import exam_version, is_genuine, read_receipt, write_receipt
from autograder.submission.outputs import error_output


@pytest.fixture
def notebook():
    def check(name, outputs):
        marks = {"grade": True, "solution": False, "locked": True, "grade_id": name, "points": 2, "schema_version": 3}
        return nbformat.v4.new_code_cell("check()", metadata={"nbgrader": marks}, outputs=outputs)

    cells = [check("check_first", []), check("check_second", [error_output("NotYet", "no")])]
    return nbformat.v4.new_notebook(
        cells=cells, metadata={"attention_course": {"packages": {"numpy": "2.0"}, "seed": "7"}}
    )


def test_it_names_the_facts_and_the_points(notebook):
    write_receipt(notebook, b"key", student="ada")
    receipt = read_receipt(notebook)
    assert receipt["points"] == {"check_first": 2.0, "check_second": 0}
    assert (receipt["student"], receipt["seed"], receipt["packages"]) == ("ada", "7", {"numpy": "2.0"})
    assert is_genuine(receipt, b"key")


@pytest.mark.parametrize(
    "change",
    [{"student": "bela"}, {"points": {"check_first": 2.0, "check_second": 2.0}}, {"signature": ""}, {"new": 1}],
)
def test_a_changed_one_is_not_genuine(notebook, change):
    write_receipt(notebook, b"key", student="ada")
    assert not is_genuine({**read_receipt(notebook), **change}, b"key")


def test_another_key_does_not_open_it(notebook):
    write_receipt(notebook, b"key", student="ada")
    assert not is_genuine(read_receipt(notebook), b"another")


def test_a_notebook_without_one_has_none(notebook):
    assert read_receipt(notebook) == {}
    assert not is_genuine({}, b"key")


def test_it_survives_being_written_and_read(notebook):
    write_receipt(notebook, b"key", student="ada")
    again = nbformat.reads(nbformat.writes(notebook), as_version=4)
    assert is_genuine(read_receipt(again), b"key")


def test_the_exam_version_follows_the_source_notebook():
    assert exam_version(b"one") == exam_version(b"one") != exam_version(b"two")
