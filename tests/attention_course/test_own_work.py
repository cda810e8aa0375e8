"""A learner's earlier function comes along when it works, and never stops the later notebook when it does not."""

import nbformat
import numpy as np
import pytest

from attention_course import own_work
from attention_course.own_work import own_function

EARLIER = "01_attention_from_scratch"
PROBE = (np.array([1.0, 3.0]),)
RIGHT = "def square(x):\n    return x * x"


def library(x):
    return x**2


def write(folder, *cells):
    """A notebook beside the one in `folder`; a cell is (text, kind) with kind given, exercise, check or free."""
    marks = {
        "given": {"grade": False, "solution": False, "locked": True},
        "exercise": {"grade": False, "solution": True, "locked": False},
        "check": {"grade": True, "solution": False, "locked": True},
    }
    notebook = nbformat.v4.new_notebook()
    for text, kind in cells:
        metadata = {"nbgrader": marks[kind]} if kind in marks else {}
        notebook.cells.append(nbformat.v4.new_code_cell(text, metadata=metadata))
    path = folder.parent / EARLIER / f"{EARLIER}.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, path)


@pytest.fixture
def folder(tmp_path):
    here = tmp_path / "02_worked_example"
    here.mkdir()
    return here


def bring(folder, name="square", fallback=library, probe=PROBE):
    return own_function(EARLIER, name, fallback, probe, folder=folder)


def test_own_function_comes_with_one_line(folder, capsys):
    write(
        folder,
        ("import numpy as np\nprint('hello')", "given"),
        ("%matplotlib inline\n" + RIGHT + "\nwhile True:\n    pass", "exercise"),
        ("raise RuntimeError('a check is not run')", "check"),
        ("raise RuntimeError('a free cell is not run')", "free"),
    )
    square = bring(folder)
    assert square is not library
    assert square(3) == 9
    assert capsys.readouterr() == ("square: using your square of notebook 01.\n", "")


def test_own_function_may_use_the_ones_before_it(folder):
    write(
        folder,
        ("FACTOR = 1", "given"),
        ("def twice(x):\n    return 2 * x", "exercise"),
        ("def square(x):\n    return twice(x) * x / 2 * FACTOR", "exercise"),
    )
    assert bring(folder) is not library


def test_beside_this_notebook(tmp_path):
    write(tmp_path / "anywhere", (RIGHT, "exercise"))
    (tmp_path / EARLIER / f"{EARLIER}.ipynb").rename(tmp_path / f"{EARLIER}.ipynb")
    assert bring(tmp_path) is not library


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("def square(x):\n    raise NotImplementedError()", "still to be written"),
        ("def square(x:\n", "not there"),
        ("square = 7", "not there"),
        ("import no_such_package_here\ndef other(x):\n    return x", "not there"),
        ("def square(x):\n    return x + x", "does not give the library's numbers"),
        ("def square(x):\n    return 'text'", "does not give the library's numbers"),
        ("def square(x):\n    return None", "does not give the library's numbers"),
        ("def square(x):\n    print('noise')\n    return x / [1]['a']", "TypeError"),
        ("def square(x):\n    raise SystemExit", "SystemExit"),
        ("import time\ndef square(x):\n    time.sleep(0.4)", "does not finish"),
    ],
)
def test_falls_back_with_one_line(folder, capsys, monkeypatch, text, word):
    monkeypatch.setattr(own_work, "SECONDS", 0.2 if "sleep" in text else 10.0)
    write(folder, (text, "exercise"))
    assert bring(folder) is library
    printed = capsys.readouterr()
    assert word in printed.out
    assert printed.out.count("\n") == 1
    assert "the library's is used here" in printed.out
    assert printed.err == ""


def test_a_broken_definition_does_not_take_the_others_along(folder):
    write(folder, ("LOST = 1 / 0\n" + RIGHT, "exercise"))
    assert bring(folder) is not library


def test_no_notebook(folder, capsys):
    assert bring(folder) is library
    assert "was found next to this one" in capsys.readouterr().out


def test_no_fallback(folder, capsys):
    assert bring(folder, fallback=None) is None
    assert "left out" in capsys.readouterr().out


@pytest.mark.parametrize("result", ["x", "(x,)", "(x, x, x)", "None"])
def test_one_result_where_two_are_needed(folder, capsys, result):
    write(folder, (f"def square(x):\n    return {result}", "exercise"))
    assert own_function(EARLIER, "square", None, PROBE, returns=("output", "weights"), folder=folder) is None
    assert "square must return (output, weights); so the cells" in capsys.readouterr().out


@pytest.mark.parametrize("result", ["(x, x)", "[x, x]"])
def test_as_many_results_as_needed(folder, result):
    write(folder, (f"def square(x):\n    return {result}", "exercise"))
    assert own_function(EARLIER, "square", None, PROBE, returns=("output", "weights"), folder=folder) is not None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"cells": [{}]}', "not json"])
def test_not_a_notebook(folder, content):
    path = folder.parent / EARLIER / f"{EARLIER}.ipynb"
    path.parent.mkdir()
    path.write_text(content)
    assert bring(folder) is library


def test_the_probe_stays_as_it_was(folder):
    write(folder, ("def square(x):\n    x *= x\n    return x", "exercise"))
    probe = (np.array([1.0, 3.0]),)
    assert bring(folder, probe=probe) is not library
    assert probe[0].tolist() == [1.0, 3.0]
