"""The class report: one page to read, six tables to work with. What it says rests on the gradebook alone."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.report.page import Hints, Report, render

if TYPE_CHECKING:
    from autograder.course import Course

__all__ = ["Report", "render", "write_report"]


def write_report(course: Course) -> Path:
    """Write the class report of a course into its folder report/.

    Returns:
        The path of index.html; results.csv, incidents.csv, exercises.csv, misconceptions.csv, late.csv and students.csv
        lie beside it. Files of an earlier report are replaced.
    """
    from autograder.report.records import read_lateness, read_records  # brings nbgrader, which `render` does without

    results, events = read_records(course)
    submitted = {assignment: course.students(assignment) for assignment in course.assignments()}
    return render(results, events, submitted, known_hints(), read_lateness(course)).write(course.root / "report")


def known_hints() -> Hints:
    """The hint of every misconception that an exam knows, by (assignment, exercise, misconception)."""
    exams = import_module("autograder.exams").EXAMS
    return {
        (assignment, exercise.name, variant.name): variant.hint
        for assignment, exam in exams.items()
        for exercise in exam.EXERCISES
        for variant in exercise.wrong_variants
    }
