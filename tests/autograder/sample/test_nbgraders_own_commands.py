"""nbgrader's own commands record what our command records: what each submission was made to score."""

import csv
import os
import subprocess
import sys

import pytest
from recorded_points import recorded

from autograder.class_run.autograde import collect
from autograder.class_run.stages import COLLECTED
from autograder.exams import EXAMS
from autograder.sample.classroom import HONEST, Classwork, write_class
from autograder.sample.demo import fresh_course

pytestmark = pytest.mark.slow

CONFIG = """\
from pathlib import Path
from autograder.config import course_config
c = get_config()
c.merge(course_config(Path(__file__).parent))
c.Execute.timeout = 5  # endless loops end so much sooner
"""


LIGHT = 3
"""So many notebooks, the first ones, take a grader a second or two a submission."""


def handed_in(name, full_proof):
    """All kinds of trouble, and of the honest learners who hand in whole notebooks one; of heavy notebooks one of all.

    `make proof` hands in the whole class. Our own command grades it on every push (test_sample_class.py).
    """
    submissions = list(Classwork(name).submissions())
    trouble = [s for s in submissions if s.student not in HONEST]
    few = [*trouble, next(s for s in reversed(submissions) if s.student in HONEST)]
    return submissions if full_proof else few if name in list(EXAMS)[:LIGHT] else few[:1]


@pytest.mark.parametrize("name", EXAMS)
def test_nbgraders_own_commands_give_the_same_scores(name, tmp_path, full_proof):
    course = fresh_course(tmp_path / "stock")
    submissions = handed_in(name, full_proof)
    write_class(course.root, submissions)
    (course.root / "nbgrader_config.py").write_text(CONFIG)

    def nbgrader(*arguments):
        command = [sys.executable, "-m", "nbgrader", *arguments]
        done = subprocess.run(command, cwd=course.root, env={**os.environ}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]

    nbgrader("generate_assignment", name, "--force")
    collect(course, name)
    nbgrader("autograde", name, f"--CourseDirectory.submitted_directory={COLLECTED}")
    expected = {(s.student, name): s.expected_points() for s in submissions}
    assert recorded(course) == expected
    nbgrader("export")
    with open(course.root / "grades.csv", newline="") as file:
        rows = {(row["student_id"], row["assignment"]): float(row["score"]) for row in csv.DictReader(file)}
    assert rows == {key: sum(scores.values()) for key, scores in expected.items()}
