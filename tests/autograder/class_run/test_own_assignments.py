"""An instructor's own assignment, written in nbgrader's way, is graded as nbgrader grades it."""

import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from own_course import CLASS, QUIZ, comments, grade_by_hand, hand_in, make, scores

from autograder.course import course_at
from autograder.report.feedback import write_feedback
from autograder.report.records import read_records

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("nbgrader's commands")]

OURS = "\nfrom pathlib import Path\nfrom autograder.config import course_config\nours = course_config(Path({root!r}))\n"


def command(root, *arguments):
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])  # nbgrader calls alembic
    env = {**os.environ, "PYTHONPATH": str(root), "PATH": path}
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=root, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def due(root):
    with_due = "2026-11-21 00:00:00 UTC"
    command(root, "nbgrader", "db", "assignment", "add", QUIZ, f"--duedate={with_due}")


def url(root):
    return f"sqlite:///{root}/scores/grades.db"


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    """The course, graded by nbgrader as it comes, before and after somebody graded by hand."""
    root = make(tmp_path_factory.mktemp("own") / "stock")
    command(root, "nbgrader", "generate_assignment", QUIZ)
    due(root)
    hand_in(root)
    ungraded = root.with_name("ours")
    shutil.copytree(root, ungraded)
    for path in (root, ungraded):
        settings = path / "nbgrader_config.py"
        settings.write_text(settings.read_text().replace(str(root), str(path)))
    command(root, "nbgrader", "autograde", QUIZ)
    found = [scores(url(root)), comments(url(root))]
    grade_by_hand(url(root))
    command(root, "nbgrader", "autograde", QUIZ, "--force")
    return ungraded, *found, scores(url(root))


@pytest.fixture(scope="module")
def ours(stock):
    """The same course, graded by our command."""
    root = stock[0]
    command(root, "autograder", "grade", QUIZ, "--course-dir", str(root), "--workers", "1")
    return root


def test_every_score_is_the_one_that_nbgrader_gives(stock, ours):
    _, expected, said, _ = stock
    assert len(expected) == len(CLASS) * 17
    assert {value[0] for (_, name), value in expected.items() if name == "partial"} == {3, 1.5, 0}
    assert {value[2] for (_, name), value in expected.items() if name == "whole"} > {0}
    assert scores(url(ours)) == expected
    assert comments(url(ours)) == said


def test_nothing_stands_in_the_default_gradebook(ours):
    assert not (ours / "gradebook.db").exists()


def test_the_texts_of_assertions_are_told_and_those_of_hidden_ones_stay_hidden_but_for_their_words(ours):
    course = course_at(ours)
    results, events = read_records(course)
    messages = {(r.student, r.exercise): r.message for r in results}
    assert messages["chidi", "plain"] == "AssertionError: zero stays zero"
    assert messages["bela", "partial"] == "1.5 of 3 points."
    assert [e for e in events if e.incident in ("missing cell", "changed cell")] == []
    write_feedback(course, QUIZ)
    pages = {student: (ours / "feedback" / student / QUIZ / f"{QUIZ}.html").read_text() for student in CLASS}
    assert "zero stays zero" in pages["chidi"]
    assert not [student for student, page in pages.items() if "double(21)" in page or "-2) ==" in page]


def test_what_a_learner_wrote_is_kept_and_clean(ours):
    notebook = nbformat.read(ours / "autograded" / "ada" / QUIZ / f"{QUIZ}.ipynb", as_version=4)
    texts = {c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata}
    assert texts["essay"].cell_type == "markdown"
    assert "so" in texts["essay"].source
    assert "script" not in texts["essay"].source
    assert "Look at the plot." in texts["project"].source
    assert texts["by_hand"].source == "plot = 3"


def test_results_are_verified_and_grading_again_gives_the_same(ours):
    assert f"{len(CLASS)} of {len(CLASS)} results" in command(
        ours, "autograder", "verify", QUIZ, "--course-dir", str(ours)
    )


def test_grades_by_hand_hold_when_all_is_graded_again(stock, ours):
    grade_by_hand(url(ours))
    command(ours, "autograder", "grade", QUIZ, "--course-dir", str(ours), "--force", "--workers", "2")
    assert scores(url(ours)) == stock[-1]


def test_nbgraders_own_command_with_the_courses_settings_gives_the_same(stock, tmp_path):
    root = tmp_path / "mixed"
    shutil.copytree(stock[0], root, ignore=shutil.ignore_patterns("autograded", "feedback", ".grading", "scores"))
    (root / "scores").mkdir()
    few = ("bela", "emre")  # a kernel each, started by nbgrader
    for student in CLASS.keys() - few:
        shutil.rmtree(root / "submitted" / student)
    settings = root / "nbgrader_config.py"
    own = settings.read_text().replace(str(stock[0]), str(root)).removeprefix("c = get_config()\n")
    settings.write_text("c = get_config()" + OURS.format(root=str(root)) + "c.merge(ours)\n" + own)
    command(root, "nbgrader", "generate_assignment", QUIZ, "--force")
    due(root)
    command(root, "nbgrader", "autograde", QUIZ)
    assert scores(url(root)) == {key: value for key, value in stock[1].items() if key[0] in few}
