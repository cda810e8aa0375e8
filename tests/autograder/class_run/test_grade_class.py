"""What the driver does to a class, with runs that need no kernel."""

import nbformat
import pytest
from filelock import FileLock
from nbgrader.api import Gradebook
from small_class import ASSIGNMENT, RIGHT, fake_run, graded_files, grades, score

from autograder.class_run import pool
from autograder.class_run.autograde import autograde
from autograder.class_run.pool import LostError
from autograder.class_run.receipt import read_receipt
from autograder.course import GradingError
from autograder.kernels import IsolationError
from autograder.submission.incident import incidents

pytestmark = pytest.mark.usefixtures("without_kernels")


def graded_notebook(course, student):
    path = course.root / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    return nbformat.read(path, as_version=4)


def test_everybody_is_graded_and_nothing_is_left_over(three):
    assert autograde(three, ASSIGNMENT) == []
    assert [score(three, student) for student in ("ada", "bela", "chidi")] == [5, 3, 5]
    left = {path.name for path in (three.root / ".grading").rglob("*") if path.is_file()}
    assert left == {"key", "ledger.db", "lock"}


def test_each_result_has_a_receipt(three):
    autograde(three, ASSIGNMENT)
    receipt = read_receipt(graded_notebook(three, "bela"))
    assert (receipt["student"], receipt["seed"]) == ("bela", "2026")
    assert receipt["points"] == {"check_first": 0, "check_second": 3}


def test_nothing_is_run_twice(three, monkeypatch):
    autograde(three, ASSIGNMENT)
    monkeypatch.setattr(pool, "run_submission", None)
    assert autograde(three, ASSIGNMENT) == []


def test_a_new_submission_of_the_same_learner_is_graded(three, small):
    autograde(three, ASSIGNMENT)
    path = three.root / "submitted" / "bela" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.write_text(path.read_text().replace("return 7", "return 1"))
    autograde(three, ASSIGNMENT)
    assert score(three, "bela") == 5


def test_files_beside_the_notebook_are_kept_and_timestamps_used(three):
    folder = three.root / "submitted" / "ada" / ASSIGNMENT
    (folder / "timestamp.txt").write_text("2026-11-25 10:00:00 UTC")
    (folder / "notes.txt").write_text("mine")
    (folder / "link.txt").symlink_to(three.root / "gradebook.db")
    autograde(three, ASSIGNMENT)
    kept = {path.name for path in (three.root / "autograded" / "ada" / ASSIGNMENT).iterdir()}
    assert kept == {f"{ASSIGNMENT}.ipynb", "timestamp.txt", "notes.txt"}
    with Gradebook(three.database) as gradebook:
        assert gradebook.find_submission(ASSIGNMENT, "ada").timestamp.hour == 10


@pytest.mark.parametrize("timestamp", ["yesterday", "", "\x00"])
def test_a_timestamp_that_is_none_stops_nothing(three, timestamp):
    (three.root / "submitted" / "ada" / ASSIGNMENT / "timestamp.txt").write_text(timestamp)
    assert autograde(three, ASSIGNMENT) == []
    assert score(three, "ada") == 5


def test_a_link_to_the_solutions_is_no_submission(three):
    path = three.root / "submitted" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.unlink()
    path.symlink_to(three.root / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    autograde(three, ASSIGNMENT)
    assert score(three, "ada") == 0
    assert [incident.name for incident in incidents(graded_notebook(three, "ada"))] == ["no notebook"]


def test_one_failure_stops_nobody_and_is_tried_again(three, monkeypatch):
    def broken(notebook, *more):
        if b"return 7" in notebook:
            raise RuntimeError("broken grader")
        return fake_run(notebook, *more)

    monkeypatch.setattr(pool, "run_submission", broken)
    assert autograde(three, ASSIGNMENT) == ["bela"]
    assert {student for student, *_ in grades(three.database)} == {"ada", "chidi"}
    assert "broken grader" in three.log.read_text()
    monkeypatch.setattr(pool, "run_submission", fake_run)
    assert autograde(three, ASSIGNMENT) == []
    assert score(three, "bela") == 3


def test_a_lost_run_is_zero_named_marked_for_review_and_tried_again(three, monkeypatch):
    def lost(notebook, *more):
        if b"return 7" in notebook:
            raise LostError("2 workers ended while they ran it")
        return fake_run(notebook, *more)

    monkeypatch.setattr(pool, "run_submission", lost)
    assert autograde(three, ASSIGNMENT) == ["bela"]
    assert score(three, "bela") == 0
    assert [incident.name for incident in incidents(graded_notebook(three, "bela"))] == ["run lost"]
    assert [row for row in grades(three.database) if row[-1]] == [
        ("bela", ASSIGNMENT, "check_first", 0, None, True),
        ("bela", ASSIGNMENT, "check_second", 0, None, True),
    ]
    monkeypatch.setattr(pool, "run_submission", fake_run)
    assert autograde(three, ASSIGNMENT) == []
    assert score(three, "bela") == 3
    assert not any(row[-1] for row in grades(three.database))


def test_an_interrupted_run_says_how_far_it_came_and_goes_on(three, monkeypatch):
    def interrupted(notebook, *more):
        if b"return 7" in notebook:
            raise KeyboardInterrupt
        return fake_run(notebook, *more)

    monkeypatch.setattr(pool, "run_submission", interrupted)
    with pytest.raises(GradingError, match="1 of 3 submissions graded; the same command goes on"):
        autograde(three, ASSIGNMENT)
    before = graded_files(three.root)
    monkeypatch.setattr(pool, "run_submission", fake_run)
    assert autograde(three, ASSIGNMENT) == []
    assert before.items() <= graded_files(three.root).items()


def test_a_machine_that_cannot_isolate_is_said_at_once(three, monkeypatch):
    def impossible(*arguments):
        raise IsolationError("kernels cannot be shut in on this machine")

    monkeypatch.setattr(pool, "run_submission", impossible)
    with pytest.raises(GradingError, match="cannot be shut in"):
        autograde(three, ASSIGNMENT)
    assert grades(three.database) == []


def test_two_runs_do_not_work_in_one_course(three):
    (three.root / ".grading").mkdir()
    with FileLock(three.root / ".grading" / "lock"), pytest.raises(GradingError, match="another grading run"):
        autograde(three, ASSIGNMENT)


def test_manual_grades_are_kept_when_all_is_graded_again(three, small):
    autograde(three, ASSIGNMENT)
    with Gradebook(three.database) as gradebook:
        gradebook.find_grade("check_first", ASSIGNMENT, ASSIGNMENT, "bela").manual_score = 1.5
        gradebook.db.commit()
    assert autograde(three, ASSIGNMENT, force=True) == []
    assert score(three, "bela") == 4.5
    small.submit(student="dunja", first=RIGHT)
    autograde(three, ASSIGNMENT)
    assert (score(three, "bela"), score(three, "dunja")) == (4.5, 5)
