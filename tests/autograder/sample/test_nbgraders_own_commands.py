"""nbgrader's own commands record what our command records: what each submission was made to score."""

import csv
import os
import shutil
import subprocess
import sys

import pytest
from recorded_points import recorded

from autograder.class_run.autograde import collect
from autograder.class_run.stages import COLLECTED
from autograder.sample.classroom import classroom, write_class
from autograder.sample.demo import fresh_course

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("nbgrader's commands")]

CLASS = {(s.student, s.assignment): s for s in classroom()}


def left_out(full_proof):
    """Whole notebooks of honest learners: one of each notebook will do, and all kinds of trouble."""
    return () if full_proof else ("chidi", "dunja", "emre", "fatou", "goran", "bela")


def test_nbgraders_own_commands_give_the_same_scores(tmp_path, full_proof):
    course = fresh_course(tmp_path / "stock")
    write_class(course.root)
    for student in left_out(full_proof):
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
    assert stock == {key: CLASS[key].expected_points() for key in stock}
    nbgrader("export")
    with open(course.root / "grades.csv", newline="") as file:
        rows = {(row["student_id"], row["assignment"]): float(row["score"]) for row in csv.DictReader(file)}
    assert {key: rows[key] for key in stock} == {key: sum(scores.values()) for key, scores in stock.items()}
