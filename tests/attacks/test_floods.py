"""A submission that sends, shows, waits or asks for more than a grader can hold: it is cut, named, and graded."""

import json
import time

import nbformat
import pytest
from hostile_target import HONEST, NAME, nothing_gained

from autograder.submission.incident import KEY
from autograder.submission.messages import own_memory
from autograder.submission.parsing import MOST_CELLS

pytestmark = pytest.mark.slow
GIBIBYTE = 1 << 30
WRONG = "\n\n\ndef first(x):\n    return 0\n"

RAW = """
import json, os, time
kernel = get_ipython().kernel
session, parent = kernel.session, kernel.get_parent()

def raw(kind, *content):
    header = json.dumps({**session.msg_header(kind), "session": session.session}, default=str).encode()
    parts = [header, json.dumps(parent["header"], default=str).encode(), b"{}", *content]
    kernel.iopub_socket.send_multipart([b"x", b"<IDS|MSG>", b"", *parts])
"""
SENT = {
    "a structure": "raw('display_data', b'{\"data\":{\"a\":[' + b'{},' * 5_000_000 + b'{}]},\"metadata\":{}}')",
    "one message that is too long": "raw('display_data', b'x' * 300_000_000)\ntime.sleep(0.5)",
    "many messages": "for _ in range(60):\n    raw('display_data', b'x' * 20_000_000)\n    time.sleep(0.02)",
    "errors": """
for n in range(3000):
    error = {"ename": f"E{n}", "evalue": "x" * 100_000, "traceback": []}
    kernel.session.send(kernel.iopub_socket, "error", error, parent)
""",
    "pieces of text": """
for n in range(30_000):
    kernel.session.send(kernel.iopub_socket, "stream", {"name": "stdout", "text": "x" * 10}, parent)
""",
    "small displays": """
for n in range(4000):
    kernel.session.send(kernel.iopub_socket, "display_data", {"data": {"text/plain": "x"}, "metadata": {}}, parent)
""",
}


@pytest.mark.parametrize("text", SENT.values(), ids=SENT)
def test_what_a_kernel_sends_is_bounded(attack, text):
    before = own_memory()
    graded = attack(RAW + text + WRONG)
    nothing_gained(graded)
    assert graded.incidents & {"too much output", "time limit"}  # whichever comes first on a busy machine
    assert own_memory() - before < GIBIBYTE // 2
    assert len(graded.visible) < 3_000_000


def test_a_message_that_never_ends_ends_its_kernel(attack, monkeypatch):
    monkeypatch.setattr("autograder.submission.watch.MOST_MEMORY", 60 << 20)
    graded = attack(RAW + "raw('display_data', *[b'x' * 30_000_000] * 12)" + WRONG)
    nothing_gained(graded)
    assert "too much output" in graded.incidents


def test_an_honest_answer_below_a_display_that_is_too_large_keeps_its_points(attack):
    graded = attack(f"display({{'text/html': 'x' * 50_000_000}}, raw=True)\n{HONEST['first']}")
    nothing_gained(graded, lost=())
    assert graded.incidents == {"too much output"}


def test_a_notebook_shows_no_more_than_is_kept_of_it(attack, target):
    target.config.ExecuteAndExamine.notebook_output_limit = 100_000
    shows = [nbformat.v4.new_code_cell("print('x' * 60_000)", id=f"shows-{n}") for n in range(5)]
    graded = attack(*HONEST.values(), lambda notebook: notebook.cells.extend(shows))
    del target.config.ExecuteAndExamine.notebook_output_limit
    nothing_gained(graded, lost=())
    assert graded.incidents == {"too much output"}
    assert "the notebook as a whole shows more" in graded.visible
    assert len(graded.visible) < 150_000


def test_a_notebook_that_sleeps_comes_to_an_end_and_what_was_answered_counts(attack, target):
    target.config.ExecuteAndExamine.notebook_seconds = 6
    sleeps = [nbformat.v4.new_code_cell(f"import time; time.sleep(3)  # {n}", id=f"sleeps-{n}") for n in range(30)]

    def change(notebook):
        at = 1 + next(
            i for i, c in enumerate(notebook.cells) if c.metadata.get("nbgrader", {}).get("grade_id") == "first"
        )
        notebook.cells[at:at] = sleeps

    begun = time.monotonic()
    graded = attack(*HONEST.values(), change)
    del target.config.ExecuteAndExamine.notebook_seconds
    assert time.monotonic() - begun < 25
    nothing_gained(graded, lost=("second",))  # what was not run defines nothing
    assert "time limit" in graded.incidents
    assert "not run: the notebook as a whole took longer than 6 seconds." in graded.visible
    check = next(c for c in graded.notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "check_second")
    assert "its cell failed (time limit)" in check.metadata[KEY]["verdict"]["message"]


DEEP = {
    "a sum": "y = " + "1+" * 6000 + "1",
    "magics": "if 0:\n" + "    x = !l\n" * 900,
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_no_text_keeps_a_submission_from_its_grade(attack, text):
    begun = time.monotonic()
    cell = nbformat.v4.new_code_cell(text)
    graded = attack("def other(x):\n    return 0", HONEST["second"], lambda notebook: notebook.cells.insert(0, cell))
    nothing_gained(graded)
    assert "name missing" in graded.incidents
    assert time.monotonic() - begun < 25


FORMAT = {"metadata": {}, "nbformat": 4, "nbformat_minor": 5}
MARKED = {"cell_type": "code", "source": "", "outputs": [], "execution_count": None}
TOO_MUCH = {
    "structure": lambda: json.dumps({**FORMAT, "cells": []}).replace("{}", "[" + "{}," * 3_000_000 + "{}]"),
    "cells": lambda: json.dumps({**FORMAT, "cells": [{**MARKED, "metadata": {}}] * (MOST_CELLS + 1)}),
}


@pytest.mark.parametrize("content", TOO_MUCH.values(), ids=TOO_MUCH)
def test_a_file_that_holds_too_much_is_refused_at_once_and_told_why(target, tmp_path, content):
    text = content().encode()
    before, begun = own_memory(), time.monotonic()
    graded = target.grade(text, tmp_path)
    assert time.monotonic() - begun < 20
    assert own_memory() - before < GIBIBYTE // 2
    assert graded.incidents == {"not a notebook"}
    assert "it holds more than" in graded.visible or "it has more than" in graded.visible


def test_many_claims_are_few_incidents(target, tmp_path, caplog, recwarn):
    notebook = json.loads(nbformat.writes(target.submission()))
    claims = [
        {"cell_type": "markdown", "source": "", "id": "same", "metadata": {"nbgrader": {"grade_id": f"unknown-{n}"}}}
        for n in range(4000)
    ]
    notebook["cells"] += claims
    path = tmp_path / f"{NAME}.ipynb"
    path.write_text(json.dumps(notebook))
    begun = time.monotonic()
    graded = target.grade_file(path)
    assert time.monotonic() - begun < 40
    nothing_gained(graded, lost=())
    assert graded.incidents == {"unknown cell"}
    assert graded.notebook.cells[0].source.count("unknown cell") == 51
    assert "and 3,950 more." in graded.notebook.cells[0].source
    assert len(recwarn) == 0
    assert len(caplog.records) == 0
