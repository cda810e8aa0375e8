"""The sample class: what nbgrader recorded is what each submission was made to score."""

from types import SimpleNamespace

import nbformat
import pytest
from nbgrader.api import Gradebook
from recorded_points import recorded

from autograder import ROOT, course
from autograder.class_run.autograde import autograde
from autograder.course import GradingError, release
from autograder.exams import EXAMS
from autograder.report.feedback import write_feedback
from autograder.report.records import read_records
from autograder.sample.classroom import Classwork, Submission, classroom, write_class
from autograder.sample.demo import fresh_course
from autograder.submission.demonstrations import NOTE
from autograder.submission.incident import incidents

pytestmark = pytest.mark.slow

in_each_notebook = pytest.mark.parametrize(
    "graded",
    [pytest.param(name, marks=pytest.mark.xdist_group(f"sample class, {name}")) for name in EXAMS],  # graded once
    indirect=True,
)
SECONDS = 5
AUTHOR = "solution"
"""A student who hands in the solutions notebook as it is; its checks are not the released ones."""


@pytest.fixture(scope="module")
def impatient():
    """Have endless loops end after five processor seconds of a cell, not after thirty."""
    configure = course.course_config

    def soon(root):
        config = configure(root)
        config.Execute.timeout = SECONDS
        return config

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course, "course_config", soon)
        yield


@pytest.fixture(scope="module")
def graded(request, tmp_path_factory, impatient):
    """What the class hands in of one notebook, and the solution beside it, graded by our own command."""
    name = request.param
    here = fresh_course(tmp_path_factory.mktemp("sample"))
    submissions = {submission.student: submission for submission in Classwork(name).submissions()}
    solution = nbformat.read(ROOT / "solutions" / name / f"{name}.ipynb", as_version=4)
    submissions[AUTHOR] = Submission(AUTHOR, name, "the solution", solution, incidents=frozenset(["changed cell"]))
    write_class(here.root, list(submissions.values()))
    release(here, name)
    assert autograde(here, name) == []
    write_feedback(here, name)
    return SimpleNamespace(course=here, name=name, submissions=submissions, points=recorded(here))


def stories(graded):
    """{student: story}, to tell in a failure what a learner has done."""
    return {student: submission.story for student, submission in graded.submissions.items()}


def test_the_class_is_the_same_every_time_and_holds_many_misconceptions():
    once, again = classroom(), classroom()
    assert once == again
    assert sum(len(submission.misconceptions) for submission in once) > 20


@in_each_notebook
def test_recorded_points_are_the_expected_ones_and_nobody_is_missing(graded):
    expected = {(s.student, graded.name): s.expected_points() for s in graded.submissions.values()}
    assert graded.points == expected, stories(graded)


@in_each_notebook
def test_each_broken_submission_has_its_named_verdict(graded):
    found = {}
    for student in graded.submissions:
        path = graded.course.folder("autograded", student, graded.name) / f"{graded.name}.ipynb"
        found[student] = {incident.name for incident in incidents(nbformat.read(path, as_version=4))}
    assert found == {s.student: set(s.incidents) for s in graded.submissions.values()}, stories(graded)


@in_each_notebook
def test_cells_that_only_show_something_were_not_run(graded):
    """So all these points are what a class gets without them; test_demonstrations.py has them run."""
    path = graded.course.folder("autograded", AUTHOR, graded.name) / f"{graded.name}.ipynb"
    outputs = [output for cell in nbformat.read(path, as_version=4).cells for output in cell.get("outputs", [])]
    assert [output for output in outputs if output.get("text") == NOTE]


@in_each_notebook
def test_feedback_names_the_misconception(graded):
    results, _ = read_records(graded.course)
    named = {(r.student, r.exercise): r.misconception for r in results if r.points == 0}
    expected = {(s.student, e): name for s in graded.submissions.values() for e, name in s.misconceptions.items()}
    assert {key: named[key] for key in expected} == expected


@in_each_notebook
def test_feedback_shows_the_message_and_no_hidden_test(graded):
    for submission in graded.submissions.values():
        folder = graded.course.folder("feedback", submission.student, graded.name)
        page = (folder / f"{graded.name}.html").read_text(encoding="utf-8")
        assert [s for s in ("HIDDEN TESTS", "autograder.exams", "exam.") if s in page] == [], submission.story
        assert page.count('<div class="verdict"') == len(submission.lost), submission.story


@in_each_notebook
def test_solutions_score_full_and_releases_score_zero(graded):
    as_released = [s for s in graded.submissions.values() if s.notebook == Classwork(graded.name).released()]
    assert as_released
    with Gradebook(graded.course.database) as gradebook:
        best = gradebook.find_submission(graded.name, AUTHOR)
        assert best.score == best.max_score > 0
        assert [gradebook.find_submission(graded.name, s.student).score for s in as_released] == [0] * len(as_released)


def test_grading_what_is_not_released_says_what_to_do(tmp_path):
    here = fresh_course(tmp_path / "course")
    with pytest.raises(GradingError, match="nbgrader generate_assignment 01_attention_from_scratch"):
        autograde(here, "01_attention_from_scratch")


def test_the_demo_does_not_replace_a_folder_that_is_not_its_own(tmp_path):
    (tmp_path / "thesis.txt").write_text("all my work")
    with pytest.raises(GradingError, match="not made by the demo"):
        fresh_course(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "all my work"
