"""`make check`: what a learner's saved notebook gets to hear, exercise by exercise."""

import nbformat
import pytest
from typer import Typer
from typer.testing import CliRunner

from attention_course import check_notebook
from attention_course.__main__ import main
from attention_course.check_notebook import NotebookError, Verdict, verdicts
from autograder import ROOT

pytestmark = pytest.mark.slow  # a kernel each

CHECK = "from attention_course.checks.report import CheckError\nif {}:\n    raise CheckError('it is not so')"


def write(path, *cells):
    """A notebook of (text, kind) cells, kind one of exercise, free and check."""
    marks = {"exercise": {"solution": True, "grade": False}, "check": {"solution": False, "grade": True}}
    notebook = nbformat.v4.new_notebook()
    for number, (text, kind) in enumerate(cells):
        cell = nbformat.v4.new_code_cell(text)
        if kind in marks:
            cell.metadata["nbgrader"] = {**marks[kind], "grade_id": f"check_{number}"}
        notebook.cells.append(cell)
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "notebook.ipynb"


def said(path):
    app = Typer()
    app.command()(main)
    result = CliRunner().invoke(app, [str(path)])
    return result.exit_code, result.output


def test_each_check_says_its_own_sentence_and_the_next_one_goes_on(path):
    write(path, ("x = 1", "exercise"), (CHECK.format("x != 2"), "check"), (CHECK.format("x != 1"), "check"))
    assert list(verdicts(path)) == [Verdict("1", "it is not so"), Verdict("2")]
    code, text = said(path)
    assert code == 1
    assert "✗ 1: it is not so" in text
    assert "✓ 2" in text
    assert "1 of 2 visible checks hold" in text


def test_an_exercise_that_does_not_run_is_named_in_the_place_of_what_follows_from_it(path):
    write(path, ("def f(:", "exercise"), ("f", "check"), ("1", "check"))
    first, second = verdicts(path)
    assert first.problem.startswith("the exercise's own cell stops with SyntaxError")
    assert not second.problem


def test_an_error_that_is_no_check_s_has_its_name(path):
    write(path, ("1 / 0", "check"))
    assert list(verdicts(path)) == [Verdict("0", "ZeroDivisionError: division by zero")]


def test_an_endless_loop_is_interrupted(path, monkeypatch):
    monkeypatch.setattr(check_notebook, "SECONDS", 2)
    write(path, ("while True: pass", "check"), ("1", "check"))
    said = "took longer than 2 seconds and was interrupted. Is there an endless loop in it?"
    assert list(verdicts(path)) == [Verdict("0", said), Verdict("1")]


def test_a_kernel_that_ends_leaves_a_sentence_for_the_rest(path):
    write(path, ("1", "check"), ("import os\nos._exit(1)", "free"), ("1", "check"), ("1", "check"))
    first, second, third = verdicts(path)
    assert not first.problem
    assert second.problem == third.problem == "not run: cell 2 of the notebook ended the kernel."


def test_a_changed_check_is_noted(path):
    write(path, ("1", "check"))
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].metadata.nbgrader.update(checksum="0" * 32, points=1, cell_type="code")
    nbformat.write(notebook, path)
    assert list(verdicts(path)) == [Verdict("0", note=check_notebook.CHANGED)]
    assert check_notebook.CHANGED in said(path)[1]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read"),
        ("# Notes", "is no notebook"),
        ('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "no checks in it"),
    ],
)
def test_what_cannot_be_checked_gets_a_sentence(path, content, sentence):
    if content is not None:
        path.write_text(content)
    with pytest.raises(NotebookError, match=sentence):
        list(verdicts(path))
    code, text = said(path)
    assert code == 2
    assert sentence in text.replace("\n", " ")


def test_the_file_stays_as_it_was_and_the_solution_holds():
    path = ROOT / "solutions" / "00_start_here" / "00_start_here.ipynb"
    before = path.read_bytes()
    found = list(verdicts(path))
    assert found
    assert not [v for v in found if v.problem or v.note]
    assert path.read_bytes() == before


def test_nobody_waits_for_pictures(path):
    text = "from attention_course.figures import canvas\n@canvas.given_figure\ndef draw(): 1 / 0\ndraw()"
    write(path, (text, "check"))
    assert list(verdicts(path)) == [Verdict("0")]
