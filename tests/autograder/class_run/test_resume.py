"""kill -9 at random moments, then the same command again: the gradebook of an undisturbed run, nothing done twice.

ATTENTION_COURSE_KILL_POINTS sets how many moments are tried; each takes about two seconds.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from small_class import ASSIGNMENT

from autograder.class_run.autograde import autograde

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")]

POINTS = int(os.environ.get("ATTENTION_COURSE_KILL_POINTS", "6"))
SEED = 20261125


@pytest.fixture
def course(small, without_kernels):
    """Four submissions, told apart by what they return; the first two are graded, one of them by hand as well."""
    for number, student in enumerate(("ada", "bela", "chidi", "dunja")):
        small.submit(student=student, first=f"def first(): return {16 + number}")
        if number == 1:
            autograde(small.course, ASSIGNMENT)
    with Gradebook(small.course.database) as gradebook:
        gradebook.find_grade("check_first", ASSIGNMENT, ASSIGNMENT, "bela").manual_score = 1.5
        gradebook.db.commit()
    return small.course


def test_a_killed_run_ends_as_an_undisturbed_one(course):
    script = Path(__file__).with_name("killed_driver.py")
    command = [sys.executable, script, course.root, str(POINTS), str(SEED)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent)
    assert done.returncode == 0, done.stderr[-3000:]
    points = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(points) == POINTS
    for point in points:
        assert point["exit"] == [-9, 0], point
        assert point["differs"] == [], point
        # at most the one that was being run when the kill came is run again
        assert set(point["runs"]) == {"16", "17", "18", "19"}, point
        assert len(point["runs"]) <= 5, point
