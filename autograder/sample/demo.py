"""From lessons to a graded class in one go: what an instructor does in a term, on the sample class, in minutes."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from nbgrader.api import Gradebook
from rich.console import Console
from rich.table import Table

from autograder import ROOT
from autograder.class_run.autograde import autograde
from autograder.class_run.pool import open_pool
from autograder.course import Course, GradingError, release
from autograder.report import write_report
from autograder.report.feedback import write_feedback
from autograder.sample.classroom import classroom, write_class

MARK = ".attention-course-demo"
"""A file that says: this folder was made by the demo and may be replaced by it."""


def run_demo(folder: Path, console: Console) -> Course:
    """Release, collect, grade, report, in a course directory of its own.

    Raises:
        GradingError: the folder holds something that the demo did not put there.
    """
    started = time.perf_counter()
    course = fresh_course(folder)
    console.print(
        f"sample class: {write_class(folder)} submissions from {len({s.student for s in classroom()})} learners"
    )
    with open_pool() as workers:
        for assignment in filter(course.students, course.assignments()):
            release(course, assignment)
            autograde(course, assignment, console=console, pool=workers)
            write_feedback(course, assignment, console=console)
    page = write_report(course)
    console.print(_summary(course))
    console.print(f"done in {time.perf_counter() - started:.0f} seconds\n")
    console.print(f"class report: {page}")
    console.print(f"feedback:     {folder / 'feedback'}/STUDENT/ASSIGNMENT/ASSIGNMENT.html")
    console.print(f"gradebook:    {folder / 'gradebook.db'}", highlight=False)
    return course


def fresh_course(folder: Path) -> Course:
    """An empty course directory with the solutions in it.

    Raises:
        GradingError: the folder holds something that the demo did not put there.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise GradingError(f"{folder} is not empty and was not made by the demo; name another folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).touch()
    shutil.copytree(ROOT / "solutions", folder / "solutions")
    return Course(folder, configurable=False)  # whoever tries the demo may have a gradebook of their own


def _summary(course: Course) -> Table:
    table = Table("assignment", "submissions", "points", "median score", title="the sample class")
    with Gradebook(course.database) as gradebook:
        for assignment in sorted(gradebook.assignments, key=lambda a: a.name):
            scores = sorted(submission.score for submission in assignment.submissions)
            middle = scores[len(scores) // 2] if scores else 0
            table.add_row(assignment.name, str(len(scores)), f"{assignment.max_score:g}", f"{middle:g}")
    return table
