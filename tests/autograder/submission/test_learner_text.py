"""A learner's text is read in bounded time, and whatever a parser makes of it is no error here."""

import time

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_notebook

from autograder.submission import dependence
from autograder.submission.dependence import rests_on
from autograder.submission.learner_text import UnreadableError, defined_in, python_of
from autograder.submission.outputs import error_output, explain

PIECES = ["1+", "-", "not ", "f(", "a[0]", "()", ".b", "(", "[", "{0:", "{", "lambda:", "1 if 1 else ", "await ", "a=",
          "@a\n", "if 1:\n ", "def f():\n ", "class c:\n ", "x = !l\n", "%time ", "!l\n", "a?\n", "\x00", "\ud800",
          "\ufeff", "'", '"""', "f'{", "\\\n", "1,", "*", ":=", "#", "\r", "\x0c", "import a\n", "global a\n", "1e",
          "0x", "é"]  # fmt: skip


@st.composite
def texts(draw):
    """Pieces of Python repeated often, with others around them."""
    runs = draw(st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from([1, 3, 90, 3000])), max_size=3))
    return "".join(piece * times for piece, times in runs)


@given(texts(), texts())
@settings(deadline=None, max_examples=25)
def test_no_text_is_an_obstacle(text, other):
    cells = [nbformat.from_dict({"cell_type": "code", "metadata": {}, "source": text, "outputs": []})]
    begun = time.monotonic()
    assert rests_on(cells, other, {"a"}) in (True, False)
    defined_in(text)
    check = nbformat.v4.new_code_cell(metadata={"nbgrader": {"grade": True, "solution": False, "grade_id": "check_a"}})
    check.outputs = [error_output("NameError", "name 'a' is not defined")]
    verdict = explain(nbformat.from_dict({"cells": [*cells, check], "metadata": {}}), check, "a", {})
    assert verdict["concept"] == "name missing"
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    "line", ["    x = !l", "    x = %l", "    !l", "    %l", "    a?", "    ?a", "    /f a", "    ,f a"]
)
def test_many_magics_are_not_read(line):
    with pytest.raises(UnreadableError):
        python_of("if 0:\n" + f"{line}\n" * 900)


def test_few_magics_are_read():
    text, _ = python_of("%matplotlib inline\nx = !ls\nx?")
    assert "get_ipython()" in text


def test_what_cannot_be_read_is_remembered(monkeypatch):
    monkeypatch.setattr(dependence, "python_of", lambda text, *, tried=[]: tried.append(text) or 1 / len(tried[1:]))
    cells = [nbformat.v4.new_code_cell("whatever = 1  # remembered")]
    assert [rests_on(cells, "y", {"x"}) for _ in range(2)] == [True, True]


def test_reading_has_an_end(monkeypatch):
    monkeypatch.setattr(dependence, "_PATIENCE", -1.0)
    assert rests_on([nbformat.v4.new_code_cell("a = 1")], "b", {"c"})


@pytest.mark.parametrize(
    ("above", "below", "said"),
    [
        ("def a(): pass\ndel a", "", "is not there when this check runs, though a cell above defines it"),
        ("", "def a(): pass", "is defined only below this check"),
        ("", "", "is not defined anywhere in the notebook."),
        ("softmaxx = 1", "", "is not defined anywhere in the notebook."),
        ("def aa(): pass", "", "It defines `aa`; was it renamed?"),
    ],
)
def test_a_missing_name_is_explained_by_what_stands_there(above, below, said):
    check = nbformat.v4.new_code_cell(metadata={"nbgrader": {"grade": True, "solution": False, "grade_id": "check_a"}})
    check.outputs = [error_output("NameError", "name 'a' is not defined")]
    cells = [nbformat.v4.new_code_cell(above), check, nbformat.v4.new_code_cell(below)]
    assert said in explain(new_notebook(cells=cells), check, "a", {})["message"]


def test_an_answer_below_its_check_is_told_so():
    check = nbformat.v4.new_code_cell(metadata={"nbgrader": {"grade": True, "solution": False, "grade_id": "check_a"}})
    check.outputs = [error_output("NotImplementedError", "")]
    cells = [check, nbformat.v4.new_code_cell("def a(): return 1")]
    message = explain(new_notebook(cells=cells), check, "a", {})["message"]
    assert message == "a is still to be written. A cell below this check defines it: what counts stands above."


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            error_output("NotImplementedError", "'and' is not there for 'Float'"),
            "a raises NotImplementedError in the visible",
        ),
        (error_output("ValueError", "shapes"), "a raises ValueError in the visible check."),
        (
            error_output("ValueError", "shapes")
            | {"traceback": ["a stops with a ValueError for x (2, 3): a batch", "..."]},
            "a raises ValueError in the visible check. It was tried with x (2, 3): a batch.",
        ),
    ],
)
def test_an_error_in_the_visible_check_says_what_was_tried(error, message):
    check = nbformat.v4.new_code_cell(metadata={"nbgrader": {"grade": True, "solution": False, "grade_id": "check_a"}})
    check.outputs = [nbformat.from_dict(error)]
    assert explain(new_notebook(cells=[check]), check, "a", {})["message"].startswith(message)
