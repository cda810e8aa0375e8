"""What a learner wrote is text wherever an instructor looks; tests/attacks/browser asks a real browser the same."""

from collections import Counter
from copy import deepcopy

import nbformat
import pytest
from hostile_course import HOSTILE, MISNAMED, NAMED, PLAIN, RAISING, HostileCourse, powers
from injections import MARK, SHORT, attempts
from nbconvert.exporters import HTMLExporter
from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_notebook

from autograder.report.feedback_page import FeedbackPage
from autograder.report.policy import POLICY
from autograder.submission.cleaning import clean

ATTEMPTS = list(attempts())


@pytest.fixture(scope="module")
def exporters():
    """A page as nbgrader's templates show a notebook, without what stands around it, and our own."""
    return HTMLExporter(template_name="classic", template_file="base.html.j2"), FeedbackPage(template_name="classic")


def _submitted(attempt):
    cell = deepcopy(attempt.cell)
    if attempt.output is not None:
        data, metadata = deepcopy(attempt.output)
        cell = new_code_cell("")
        cell.outputs = [from_dict({"output_type": "display_data", "data": data, "metadata": metadata})]
    notebook = new_notebook()
    notebook.cells = [cell]
    return notebook


@pytest.mark.parametrize("number", range(len(ATTEMPTS)), ids=lambda n: f"{n}-{ATTEMPTS[n].place.replace(' ', '-')}")
def test_nothing_of_an_injection_is_left_but_text(number, exporters):
    notebook = clean(_submitted(ATTEMPTS[number]))
    body, _ = exporters[0].from_notebook_node(notebook)
    assert powers(body) == []
    nbformat.validate(notebook)
    before = deepcopy(notebook)
    assert clean(notebook) == before


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    return HostileCourse(tmp_path_factory.mktemp("hostile"))


@pytest.mark.slow
def test_no_submission_stops_another_ones_page(hostile):
    assert hostile.failed == sorted(NAMED[:3])
    assert set(hostile.graded) == {PLAIN, HOSTILE, MISNAMED, RAISING, *NAMED[3:]}
    for student in hostile.graded:
        assert hostile.feedback(student).exists()


@pytest.mark.slow
@pytest.mark.parametrize("student", [HOSTILE, MISNAMED, RAISING, *NAMED[3:]])
def test_pages_hold_nothing_but_what_the_page_of_an_honest_student_holds(hostile, student):
    ours = Counter(powers(hostile.formgrader(PLAIN)))
    theirs = Counter(powers(hostile.formgrader(student)))
    paths = [found for found in theirs - ours if found[1] == "data-link"]  # where the notebook lies
    assert list((theirs - ours).keys() - set(paths)) == []
    assert len(paths) <= 1
    page = powers(hostile.feedback(student).read_text())
    formulas = [("math", f"[('display', '{display}')]") for display in ("inline", "block")]  # drawn by us
    assert list((Counter(page) - Counter(powers(hostile.feedback(PLAIN).read_text()))).keys() - set(formulas)) == []


@pytest.mark.slow
def test_learners_words_are_on_the_pages(hostile):
    """They were made text, and not left out."""
    shown = SHORT.replace("<", "&lt;").replace(">", "&gt;")
    for student in (MISNAMED, RAISING, HOSTILE):
        assert shown in hostile.feedback(student).read_text()
    assert shown in hostile.report.read_text()


@pytest.mark.slow
def test_policies(hostile):
    for page in (hostile.feedback(HOSTILE), hostile.report):
        text = page.read_text()
        head = text[text.index("<head>") + len("<head>") :].lstrip()
        assert head.startswith('<meta http-equiv="Content-Security-Policy"') or head.startswith("<meta content=")
        assert POLICY in text.replace("&#39;", "'")
        assert '<html lang="en">' in text
        assert "<script" not in text
    assert "script-src" not in POLICY
    assert "default-src 'none'" in POLICY


@pytest.mark.slow
def test_report_holds_no_markup_of_a_learners(hostile):
    found = powers(hostile.report.read_text())
    assert [f for f in found if f[0] != "meta" and f[1] != "data-label" and not f[-1].endswith(".csv")] == []
    assert len([f for f in found if f[0] == "meta" and f[1].startswith("[")]) == 3


def test_marks_are_in_every_place():
    assert Counter(a.place for a in ATTEMPTS).keys() >= {"markdown cell", "raw cell", "html output", "svg", "bundle"}
    assert len(ATTEMPTS) > 60
    assert MARK in SHORT
