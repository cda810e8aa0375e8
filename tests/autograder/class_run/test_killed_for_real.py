"""kill -9 of the driver, of a worker and of a kernel in the middle of a class, with real kernels and processes."""

import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest
from small_class import ASSIGNMENT, grades

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="kill -9 needs POSIX")]

STUDENTS = 6
EXPECTED = [2, 3] * STUDENTS
SLOW = "import time\nfor _ in range(10): time.sleep(0.05)\ndef first(): return 1"


@pytest.fixture
def course(small):
    for number in range(STUDENTS):
        small.submit(student=f"learner{number}", first=SLOW)
    return small.course


def start(course):
    options = ["--course-dir", course.root, "--workers", "2"]
    command = [sys.executable, "-m", "autograder", "grade", ASSIGNMENT, *options]
    return subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def wait_until(condition, seconds=180):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def graded(course):
    return len(list((course.root / "autograded").glob("*/*")))


def descendants(process):
    return psutil.Process(process.pid).children(recursive=True)


def is_warm_server(process):
    with_arguments = process.cmdline() if process.is_running() else []
    return "autograder.kernels.warm" in with_arguments


def victim(kind, process):
    """The process to kill, None as long as there is none."""
    try:
        family = descendants(process)
        if kind == "worker":
            workers = [p for p in family if "forkserver" in " ".join(p.cmdline()) and p.ppid() != process.pid]
            return random.choice(workers) if workers else None
        kernels = [p for p in family if is_warm_server(p) and is_warm_server(p.parent())]
        return random.choice(kernels) if kernels else None
    except psutil.Error:
        return None


def end(process):
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return said


def test_the_driver_killed_leaves_nobody_behind_and_the_next_goes_on(course):
    first = start(course)
    wait_until(lambda: graded(course) >= 1)
    family = descendants(first)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    done = {path: path.stat().st_mtime_ns for path in (course.root / "autograded").glob("*/*/*.ipynb")}
    assert 1 <= len(done) < STUDENTS
    wait_until(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family), 30)
    end(start(course))
    assert [row[3] for row in grades(course.database)] == EXPECTED
    again = [path for path, stamp in done.items() if path.stat().st_mtime_ns != stamp]
    assert len(again) <= 1  # the one that was published when the kill came, and not yet ticked off


@pytest.mark.parametrize("kind", ["worker", "kernel"])
def test_a_worker_or_a_kernel_killed_changes_nothing(course, kind):
    process = start(course)
    wait_until(lambda: graded(course) >= 1)
    wait_until(lambda: process.poll() is not None or victim(kind, process) is not None)
    found = victim(kind, process)
    if found is not None:
        found.kill()
    end(process)
    assert [row[3] for row in grades(course.database)] == EXPECTED


def test_an_interrupt_says_how_far_it_came_and_the_next_goes_on(course):
    first = start(course)
    wait_until(lambda: graded(course) >= 1)
    first.send_signal(signal.SIGINT)
    said, _ = first.communicate(timeout=120)
    assert first.returncode == 1
    assert "the same command goes on" in " ".join(said.split())
    assert "Traceback" not in said
    end(start(course))
    assert [row[3] for row in grades(course.database)] == EXPECTED
