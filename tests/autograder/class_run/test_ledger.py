"""The ledger says what is still to be done, whatever happened before."""

import pytest

from autograder.class_run.ledger import Ledger

CLASS = {"ada": "h1", "bela": "h2"}


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "ledger.db")
    yield ledger
    ledger.close()


def plan(ledger, *, exam="e1", submissions=CLASS, graded=(), force=False):
    return ledger.plan("a", exam, submissions, set(graded), force=force)


def record(ledger, *students):
    for student in students:
        ledger.ran("a", student, b"result")
        ledger.recorded("a", student)


def test_everything_waits_at_first(ledger):
    assert plan(ledger) == ["ada", "bela"]
    assert ledger.is_waiting("a", "ada")
    assert ledger.result("a", "ada") is None


def test_what_is_recorded_is_done(ledger):
    plan(ledger)
    record(ledger, "ada")
    assert plan(ledger, graded=["ada"]) == ["bela"]


def test_a_result_that_was_not_recorded_is_kept_by_the_next_process(ledger, tmp_path):
    plan(ledger)
    ledger.ran("a", "ada", b"result")
    ledger.close()
    again = Ledger(tmp_path / "ledger.db")
    assert plan(again) == ["ada", "bela"]
    assert again.result("a", "ada") == b"result"
    assert not again.is_waiting("a", "ada")
    again.recorded("a", "ada")
    assert again.result("a", "ada") is None
    again.close()


@pytest.mark.parametrize("change", [{"exam": "e2"}, {"submissions": {"ada": "new", "bela": "h2"}}])
def test_a_result_of_another_exam_or_submission_is_not_used(ledger, change):
    plan(ledger)
    ledger.ran("a", "ada", b"result")
    assert plan(ledger, **change) == ["ada", "bela"]
    assert ledger.result("a", "ada") is None
    assert ledger.is_waiting("a", "ada")


def test_what_nbgrader_has_graded_is_left_alone(ledger):
    assert plan(ledger, graded=["ada"]) == ["bela"]


def test_a_changed_submission_is_graded_again(ledger):
    plan(ledger)
    record(ledger, "ada", "bela")
    ledger.finish("a")
    assert plan(ledger, submissions={"ada": "new", "bela": "h2"}, graded=CLASS) == ["ada"]


def test_a_graded_notebook_that_was_removed_is_made_again(ledger):
    plan(ledger)
    record(ledger, "ada", "bela")
    assert plan(ledger, graded=["ada"]) == ["bela"]


def test_a_forced_run_that_was_killed_goes_on_and_does_not_start_again(ledger):
    plan(ledger)
    record(ledger, "ada", "bela")
    ledger.finish("a")
    assert plan(ledger, graded=CLASS, force=True) == ["ada", "bela"]
    record(ledger, "ada")
    assert plan(ledger, graded=CLASS, force=True) == ["bela"]
    assert plan(ledger, graded=CLASS) == ["bela"]
    record(ledger, "bela")
    ledger.finish("a")
    assert plan(ledger, graded=CLASS) == []
    assert plan(ledger, graded=CLASS, force=True) == ["ada", "bela"]


def test_a_forced_run_after_a_killed_ordinary_one_grades_all(ledger):
    plan(ledger)
    record(ledger, "ada")
    assert plan(ledger, graded=["ada"], force=True) == ["ada", "bela"]


def test_a_killed_forced_run_of_an_older_exam_leaves_no_result_behind(ledger):
    plan(ledger, force=True)
    ledger.ran("a", "ada", b"old")
    assert plan(ledger, exam="e2", graded=CLASS) == ["ada", "bela"]
    assert ledger.result("a", "ada") is None


def test_a_lost_submission_is_tried_again(ledger):
    plan(ledger)
    ledger.lost("a", "ada")
    record(ledger, "bela")
    assert plan(ledger, graded=CLASS) == ["ada"]


def test_assignments_do_not_meet(ledger):
    plan(ledger)
    assert ledger.plan("b", "e1", {"ada": "h1"}, set()) == ["ada"]
    record(ledger, "ada", "bela")
    assert ledger.is_waiting("b", "ada")
