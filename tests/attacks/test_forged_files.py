"""A submission whose file is the attack: claims in metadata, cells of its own making, links, and no notebook at all."""

import copy
import json

import nbformat
import pytest
from hostile_target import HONEST, NAME, nothing_gained

from autograder.sample.edits import cell_named

pytestmark = pytest.mark.slow

WRONG = "def first(x):\n    return 0"


def claims_a_verdict(notebook):
    for cell in notebook.cells:
        cell.metadata["attention_course"] = {
            "verdict": {"passed": True, "exercise": "first", "seed": 1, "message": "x"}
        }
    notebook.metadata["attention_course"] = {
        "incidents": [{"name": "time limit", "cell": "", "message": "not my fault"}]
    }


def claims_points(notebook):
    marks = cell_named(notebook, "check_first").metadata.nbgrader
    marks.update(points=100, grade=False, locked=False, solution=True)


def brings_its_own_check(notebook):
    cell = nbformat.v4.new_code_cell("100")
    marks = {"grade": True, "locked": False, "solution": False, "schema_version": 3}
    cell.metadata.nbgrader = {**marks, "grade_id": "check_bonus", "points": 100}
    notebook.cells.append(cell)


def brings_a_second_check_of_the_same_name(notebook):
    cell = copy.deepcopy(cell_named(notebook, "check_first"))
    cell.update(source="pass", id="second-check")
    notebook.cells.append(cell)


def makes_the_check_a_text(notebook):
    cell = cell_named(notebook, "check_first")
    index = notebook.cells.index(cell)
    notebook.cells[index] = nbformat.v4.new_markdown_cell("passed", metadata=cell.metadata)


def makes_the_exercise_a_check(notebook):
    cell_named(notebook, "first").metadata.nbgrader.update(grade_id="check_first", grade=True)


def deletes_every_check(notebook):
    notebook.cells = [c for c in notebook.cells if not c.metadata.get("nbgrader", {}).get("grade")]


def asks_for_a_kernel_of_its_own(notebook):
    notebook.metadata.kernelspec = {"name": "../../../tmp/mine", "display_name": "x", "language": "python"}


def brings_outputs(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "100"}, execution_count=1)]


def skips_the_check(notebook):
    for cell in notebook.cells:
        cell.metadata.tags = ["skip-execution", "raises-exception", "remove-cell"]


def begins_a_cell_of_hidden_tests(notebook):
    cell = nbformat.v4.new_code_cell("# BEGIN HIDDEN TESTS\nprint(sorted(globals()))\n# END HIDDEN TESTS")
    notebook.cells.insert(0, cell)


EDITS = [
    claims_a_verdict,
    claims_points,
    brings_its_own_check,
    brings_a_second_check_of_the_same_name,
    makes_the_check_a_text,
    deletes_every_check,
    asks_for_a_kernel_of_its_own,
    brings_outputs,
    skips_the_check,
    begins_a_cell_of_hidden_tests,
]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_a_claim_is_not_a_grade(attack, edit):
    nothing_gained(attack(WRONG, HONEST["second"], edit))


def test_an_exercise_that_says_it_is_the_check_is_none(attack):
    nothing_gained(attack("pass", HONEST["second"], makes_the_exercise_a_check))


FORMAT = {"metadata": {}, "nbformat": 4, "nbformat_minor": 5}
FILES = {
    "nested deeply": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a list": b"[]",
    "cells that are no list": json.dumps(
        {"cells": {"a": 1}, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    ).encode(),
    "cells without text": json.dumps({"cells": [{"cell_type": "code"}] * 3, **FORMAT}).encode(),
    "of the year 3000": json.dumps({"cells": [], "metadata": {}, "nbformat": 900, "nbformat_minor": 5}).encode(),
    "binary": bytes(range(256)) * 100,
    "a number that is too long": b'{"nbformat": ' + b"9" * 10_000 + b"}",
    "a pickle": b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.",
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_file_that_is_no_notebook_scores_nothing_and_says_so(target, tmp_path, content):
    graded = target.grade(content, tmp_path)
    nothing_gained(graded, lost=("first", "second"))
    assert graded.incidents & {"not a notebook", "no notebook"}


def test_half_a_character_in_a_text_is_no_obstacle(target, tmp_path):
    text = json.dumps(target.submission("x = '\ud800'\n" + WRONG))
    graded = target.grade(text.encode(), tmp_path)
    nothing_gained(graded)


def test_a_link_to_the_solution_is_no_submission(target, tmp_path):
    link = tmp_path / f"{NAME}.ipynb"
    link.symlink_to(target.root / "solutions" / NAME / f"{NAME}.ipynb")
    graded = target.grade_file(link)
    nothing_gained(graded, lost=("first", "second"))
    assert "not a notebook" in graded.incidents
