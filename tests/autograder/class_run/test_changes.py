"""A running course may change; what that does to whom is said before anybody is graded."""

import json
import time

import pytest
from nbgrader.api import Gradebook
from rich.console import Console
from small_class import ASSIGNMENT, score

from autograder.class_run import changes
from autograder.class_run.autograde import autograde
from autograder.class_run.receipt import exam_version
from autograder.course import GradingError


@pytest.fixture
def three(three, without_kernels):
    return three


def grade(course, force=False):
    """What the command prints."""
    console = Console(record=True, width=300)
    assert autograde(course, ASSIGNMENT, console=console, force=force) == []
    return [line for line in console.export_text().splitlines() if line.startswith("note: ")]


def edit_source(course, change):
    path = course.root / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook = json.loads(path.read_text())
    change(
        {c["metadata"]["nbgrader"]["grade_id"]: c for c in notebook["cells"] if "nbgrader" in c["metadata"]}, notebook
    )
    path.write_text(json.dumps(notebook))


def test_nothing_is_said_where_nothing_has_changed(three):
    assert grade(three) == []
    assert grade(three, force=True) == []


def test_points_that_the_gradebook_does_not_know_stop_the_run(three):
    edit_source(three, lambda cells, notebook: cells["check_first"]["metadata"]["nbgrader"].update(points=7))
    with pytest.raises(GradingError, match=r"check_first has 7 points, 2 there.*generate_assignment .* --force"):
        autograde(three, ASSIGNMENT)


def test_an_exercise_that_the_gradebook_does_not_know_stops_the_run(three):
    def add(cells, notebook):
        more = json.loads(json.dumps(cells["check_first"]))
        more["metadata"]["nbgrader"]["grade_id"] = "check_third"
        notebook["cells"].append({**more, "id": "third"})

    edit_source(three, add)
    with pytest.raises(GradingError, match="check_third is new"):
        autograde(three, ASSIGNMENT)


def test_an_exercise_that_was_dropped_is_named_with_what_it_costs(three):
    edit_source(three, lambda cells, notebook: notebook["cells"].remove(cells["check_second"]))
    (note,) = grade(three)
    assert "check_second (3 points)" in note
    assert "gets 0" in note


def test_results_of_another_exam_are_counted(three):
    assert grade(three) == []
    edit_source(three, lambda cells, notebook: cells["first"].update(source="def first(): return 1  # reworded"))
    folder = three.root / "submitted" / "dana" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / f"{ASSIGNMENT}.ipynb").write_bytes(
        (three.root / "submitted" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_bytes()
    )
    (note,) = grade(three)
    assert "3 of 3 results are of another version of the exam" in note
    assert grade(three, force=True) == []


def test_a_manual_grade_of_an_earlier_submission_is_named(three):
    assert grade(three) == []
    with Gradebook(three.database) as gradebook:
        gradebook.find_grade("check_first", ASSIGNMENT, ASSIGNMENT, "bela").manual_score = 1
        gradebook.db.commit()
    notes = grade(three, force=True)
    assert len(notes) == 1
    assert "bela" in notes[0]
    assert "check_first" in notes[0]
    assert score(three, "bela") == 4


def test_the_due_date_is_told_as_nbgrader_understands_it(three, monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    with Gradebook(three.database) as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2026-11-21 23:59")
    for student, text in (("ada", "2026-11-21 23:30:00"), ("bela", "2026-11-21 23:30:00 UTC")):
        (three.root / "submitted" / student / ASSIGNMENT / "timestamp.txt").write_text(text)
    try:
        date, zones = grade(three)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert "due 2026-11-21 23:59 UTC, that is 2026-11-22 00:59 CET" in date
    assert zones.endswith("1 of 2 timestamps name no zone and are taken for UTC")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-11-25 10:00:00 UTC", True),
        ("2026-11-25T10:00:00Z", True),
        ("2026-11-25 10:00:00.123456 +0100", True),
        ("2026-11-25T10:00+01:00", True),
        ("2026-11-25 10:00 Europe/Berlin", True),
        ("2026-11-25 10:00:00", False),
        ("2026-11-25 10:00 PM", False),
        ("25-11-2026", False),
        ("2026-11-25", False),
    ],
)
def test_whether_a_time_names_its_zone(text, told):
    assert changes.has_zone(text) is told


def test_no_figure_and_no_report_makes_another_exam(tmp_path, monkeypatch):
    from autograder.class_run import receipt

    for package in ("grader", "course"):
        for room in ("figures", "report", "exam"):
            (tmp_path / package / room).mkdir(parents=True)
            (tmp_path / package / room / "a.py").write_text("one")
    (tmp_path / "grader" / "class_run").mkdir()
    monkeypatch.setattr(receipt, "__file__", str(tmp_path / "grader" / "class_run" / "receipt.py"))
    monkeypatch.setattr(receipt.attention_course, "__file__", str(tmp_path / "course" / "__init__.py"))
    before = exam_version(b"source")
    for room in ("figures", "report"):
        (tmp_path / "course" / room / "a.py").write_text("two")
        (tmp_path / "grader" / room / "a.py").write_text("two")
    assert exam_version(b"source") == before
    (tmp_path / "course" / "exam" / "a.py").write_text("two")
    assert exam_version(b"source") != before
