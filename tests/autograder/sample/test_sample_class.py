"""The sample class: what nbgrader recorded is what each submission was made to score, by every way of grading."""

import csv
import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.class_run.autograde import autograde, collect
from autograder.class_run.stages import COLLECTED
from autograder.course import GradingError, release
from autograder.report.feedback import write_feedback
from autograder.report.records import read_records
from autograder.sample.classroom import classroom, write_class
from autograder.sample.demo import fresh_course
from autograder.submission.incident import incidents

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sample class")]  # graded once for all of them

CLASS = {(s.student, s.assignment): s for s in classroom()}
IDS = [f"{student}-{assignment[:2]}" for student, assignment in CLASS]


def recorded(course):
    """{(student, assignment): {exercise: points}} from the gradebook."""
    with Gradebook(course.database) as gradebook:
        return {
            (submission.student.id, assignment.name): {
                grade.name.removeprefix("check_"): grade.score for grade in submission.notebooks[0].grades
            }
            for assignment in gradebook.assignments
            for submission in assignment.submissions
        }


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class graded by our own command."""
    course = fresh_course(tmp_path_factory.mktemp("sample"))
    write_class(course.root)
    for assignment in filter(course.students, course.assignments()):
        release(course, assignment)
        assert autograde(course, assignment) == []
        write_feedback(course, assignment)
    return course


@pytest.fixture(scope="module")
def points(graded):
    return recorded(graded)


def graded_notebook(course, submission):
    name = submission.assignment
    return nbformat.read(course.root / "autograded" / submission.student / name / f"{name}.ipynb", as_version=4)


def test_the_class_is_the_same_every_time():
    again = {(s.student, s.assignment): s for s in classroom()}
    assert again == CLASS


@pytest.mark.parametrize("submission", CLASS.values(), ids=IDS)
def test_recorded_points_are_the_expected_ones(points, submission):
    assert points[submission.student, submission.assignment] == submission.expected_points(), submission.story


@pytest.mark.parametrize("submission", CLASS.values(), ids=IDS)
def test_each_broken_submission_has_its_named_verdict(graded, submission):
    found = {incident.name for incident in incidents(graded_notebook(graded, submission))}
    assert found == set(submission.incidents), submission.story


def test_feedback_names_the_misconception(graded):
    results, _ = read_records(graded)
    named = {(r.student, r.assignment, r.exercise): r.misconception for r in results if r.points == 0}
    expected = {
        (s.student, s.assignment, exercise): name for s in CLASS.values() for exercise, name in s.misconceptions.items()
    }
    assert len(expected) > 20
    assert {key: named[key] for key in expected} == expected


@pytest.mark.parametrize("submission", CLASS.values(), ids=IDS)
def test_feedback_shows_the_message_and_no_hidden_test(graded, submission):
    name = submission.assignment
    page = (graded.root / "feedback" / submission.student / name / f"{name}.html").read_text(encoding="utf-8")
    for secret in ("HIDDEN TESTS", "autograder.exams", "exam."):
        assert secret not in page
    assert page.count('<div class="verdict"') == len(submission.lost)


def test_nobody_is_missing(points):
    assert set(points) == set(CLASS)


def test_solutions_score_full_and_releases_score_zero(graded):
    course, (full, none) = graded, ("solution", "released")
    for assignment in filter(course.students, course.assignments()):
        for student, folder in ((full, "solutions"), (none, "notebooks")):
            place = course.root / "submitted" / student / assignment
            place.mkdir(parents=True)
            shutil.copy(course.root / folder / assignment / f"{assignment}.ipynb", place)
        autograde(course, assignment)
        with Gradebook(course.database) as gradebook:
            best = gradebook.find_submission(assignment, full)
            assert best.score == best.max_score > 0
            assert gradebook.find_submission(assignment, none).score == 0
            for student in (full, none):
                gradebook.remove_student(student)
        for student in (full, none):
            shutil.rmtree(course.root / "submitted" / student)
            shutil.rmtree(course.root / "autograded" / student)


def test_nbgraders_own_commands_give_the_same_scores(points, tmp_path):
    course = fresh_course(tmp_path / "stock")
    write_class(course.root)
    for student in ("chidi", "dunja", "emre", "fatou", "goran"):  # whole notebooks like those of amara, bela and hana
        shutil.rmtree(course.root / "submitted" / student)
    config = course.root / "nbgrader_config.py"
    config.write_text(
        "from pathlib import Path\nfrom autograder.config import course_config\n"
        "c = get_config()\nc.merge(course_config(Path(__file__).parent))\n"
    )

    def nbgrader(*arguments):
        command = [sys.executable, "-m", "nbgrader", *arguments]
        done = subprocess.run(command, cwd=course.root, env={**os.environ}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]

    for assignment in filter(course.students, course.assignments()):
        nbgrader("generate_assignment", assignment, "--force")
        collect(course, assignment)
        nbgrader("autograde", assignment, f"--CourseDirectory.submitted_directory={COLLECTED}")
    stock = recorded(course)
    assert len(stock) > 30
    assert stock == {key: points[key] for key in stock}
    nbgrader("export")
    with open(course.root / "grades.csv", newline="") as file:
        rows = {(row["student_id"], row["assignment"]): float(row["score"]) for row in csv.DictReader(file)}
    assert {key: rows[key] for key in stock} == {key: sum(scores.values()) for key, scores in stock.items()}


def test_grading_what_is_not_released_says_what_to_do(tmp_path):
    course = fresh_course(tmp_path / "course")
    with pytest.raises(GradingError, match="nbgrader generate_assignment 01_attention_from_scratch"):
        autograde(course, "01_attention_from_scratch")


def test_the_demo_does_not_replace_a_folder_that_is_not_its_own(tmp_path):
    (tmp_path / "thesis.txt").write_text("all my work")
    with pytest.raises(GradingError, match="not made by the demo"):
        fresh_course(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "all my work"
