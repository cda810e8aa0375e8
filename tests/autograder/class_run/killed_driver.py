"""Run as a script: a grading run that is killed at one point after the other, and what it leaves behind.

    python killed_driver.py COURSE POINTS SEED

COURSE is a small course in which some submissions are graded and all shall be graded again. For each of POINTS random
moments, counted in function calls of the driver, nbgrader, SQLAlchemy and sqlite3, a copy of it is graded by a forked
process that kills itself there, and then by another to the end. Prints one JSON line for each: where it was killed, how
often each submission was run, and how the result differs from an undisturbed run. Runs need no kernel here.
"""

import contextlib
import io
import json
import os
import random
import re
import shutil
import signal
import sys
from pathlib import Path

import small_class
from small_class import ASSIGNMENT, graded_files, grades

from autograder.class_run import pool
from autograder.class_run.autograde import autograde
from autograder.course import Course

WATCHED = re.compile(r"autograder.class_run|nbgrader|sqlalchemy|nbconvert|pathlib|shutil")


def grade(root: Path, kill_at: int = 0) -> int:
    """Grade in this process, and return the number of calls; a positive `kill_at` ends the process at that call."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        if event in ("call", "c_call") and WATCHED.search(frame.f_code.co_filename):
            calls += 1
            if calls == kill_at:
                (root / "killed").write_text(f"{frame.f_code.co_filename}:{frame.f_lineno}")
                os.kill(os.getpid(), signal.SIGKILL)

    def noted_run(notebook, *more):
        with (root / "runs").open("a") as file:
            file.write(re.search(rb"return (\d+)", notebook)[1].decode() + "\n")
        return small_class.fake_run(notebook, *more)

    pool.run_submission = noted_run
    sys.setprofile(count)
    failed = autograde(Course(root), ASSIGNMENT, force=True)
    sys.setprofile(None)
    assert failed == []
    return calls


def in_a_child(root: Path, kill_at: int) -> int:
    """Grade in a forked process; return its exit status."""
    child = os.fork()
    if child == 0:
        with contextlib.redirect_stdout(io.StringIO()):
            grade(root, kill_at)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def left_by(root: Path) -> tuple:
    return grades(Course(root).database), graded_files(root), sorted(p.name for p in (root / ".grading").rglob("*"))


def main(course: str, points: int, seed: int) -> None:
    base = Path(course)
    undisturbed = base.parent / "undisturbed"
    with contextlib.redirect_stdout(io.StringIO()):
        for _ in range(2):  # the first run makes more calls: it fills caches
            shutil.rmtree(undisturbed, ignore_errors=True)
            shutil.copytree(base, undisturbed)
            calls = grade(undisturbed)
    right = left_by(undisturbed)
    dice = random.Random(seed)
    for number in range(points):
        root = base.parent / f"killed-{number}"
        shutil.copytree(base, root)
        first = in_a_child(root, dice.randrange(1, calls))
        second = in_a_child(root, 0)
        differs = [
            name for name, a, b in zip(("gradebook", "files", "rest"), left_by(root), right, strict=True) if a != b
        ]
        runs = (root / "runs").read_text().split()
        where = (root / "killed").read_text()
        print(json.dumps({"exit": [first, second], "where": where, "runs": runs, "differs": differs}), flush=True)
        shutil.rmtree(root)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
