"""The parts of the grading benchmark: a class, a command watched from outside, and the floor that no grader passes."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from nbgrader.api import Gradebook

from attention_course.figures import FIGURES_VARIABLE
from autograder import ROOT
from autograder.course import Course, release
from autograder.sample.classroom import HONEST, Classwork
from autograder.sample.demo import fresh_course

Scores = dict[tuple[str, str], float | None]

STOCK_CONFIG = """\
c = get_config()
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.CourseDirectory.course_id = "attention"
c.ExecutePreprocessor.timeout = 30
"""
"""nbgrader as it comes: its own steps and the ordinary python3 kernel."""

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
_SAMPLING_SECONDS = 5.0


@dataclass(frozen=True)
class Cost:
    """What a command took, with everything it started: seconds of the clock and of processors, MB at the peak."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def make_class(folder: Path, assignment: str, size: int) -> Course:
    """A released course with so many submissions: whole notebooks, from all right to nothing done."""
    course = fresh_course(folder)
    levels = list(HONEST.values())
    for number in range(size):
        submission = Classwork(assignment).honest_answers(f"learner{number:03}", levels[number % len(levels)])
        place = folder / "submitted" / submission.student / assignment
        place.mkdir(parents=True)
        nbformat.write(submission.notebook, place / f"{assignment}.ipynb")
    release(course, assignment)
    return course


def copy_of(course: Course, folder: Path) -> Course:
    """The class again, with nothing graded."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(course.root, folder)
    return Course(folder)


def stock(course: Course, assignment: str) -> Cost:
    """Grade with `nbgrader autograde` as it comes, with one thread, which is its best."""
    (course.root / "nbgrader_config.py").write_text(STOCK_CONFIG)
    return watched([sys.executable, "-m", "nbgrader", "autograde", assignment], course.root)


def ours(course: Course, assignment: str, *options: str) -> Cost:
    """Grade with `python -m autograder grade`."""
    command = [sys.executable, "-m", "autograder", "grade", assignment, "--course-dir", str(course.root)]
    return watched([*command, *options], ROOT)


def watched(command: list[str], folder: Path) -> Cost:
    """Run a command to its end, start-up and all, and say what it took.

    Raises:
        RuntimeError: it failed; the message is the end of what it said.
    """
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **_ONE_THREAD}, stdout=said, stderr=said)
        with _peak_memory(process.pid) as peak:
            status = process.wait()
        seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        if status != 0:
            said.seek(0)
            raise RuntimeError(f"{' '.join(command[1:4])} failed: {said.read()[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(seconds, cpu, max(peak))


@contextlib.contextmanager
def _peak_memory(pid: int) -> Iterator[list[float]]:
    """Samples of the memory, in MB, of a process and all that descend from it; a page shared by several counts once."""
    samples, ended = [0.0], threading.Event()

    def sample() -> None:
        while not ended.wait(_SAMPLING_SECONDS):
            with contextlib.suppress(psutil.Error):
                root = psutil.Process(pid)
                samples.append(sum(_memory(process) for process in (root, *root.children(recursive=True))) / 1e6)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        ended.set()
        thread.join()


def _memory(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
        return getattr(full, "pss", full.rss)
    except psutil.Error:
        return 0


def scores(course: Course, assignment: str) -> Scores:
    """{(student, graded cell): automatic score}"""
    with Gradebook(course.database) as gradebook:
        return {
            (submission.student.id, grade.name): grade.auto_score
            for submission in gradebook.assignment_submissions(assignment)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def floor(course: Course, assignment: str) -> float:
    """Seconds of processor time a submission for its cells alone: learner's, given and graded, in one warm process."""
    import matplotlib

    os.environ[FIGURES_VARIABLE] = "none"  # as in ours
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    texts = []
    for student in course.students(assignment):
        path = course.root / "submitted" / student / assignment / f"{assignment}.ipynb"
        texts.append([cell.source for cell in _restored(course, path, assignment).cells if cell.cell_type == "code"])
    _execute(texts[0])  # imports
    started = time.process_time()
    for cells in texts:
        _execute(cells)
        plt.close("all")
    return (time.process_time() - started) / len(texts)


def _restored(course: Course, path: Path, assignment: str) -> nbformat.NotebookNode:
    from autograder.submission.intake import read_submission, restore

    source = nbformat.read(course.root / "solutions" / assignment / f"{assignment}.ipynb", as_version=4)
    return restore(read_submission(path), source)


def _execute(cells: list[str]) -> None:
    namespace: dict = {"__name__": "__main__"}
    for text in cells:
        with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
            exec(compile(text, "<cell>", "exec", dont_inherit=True), namespace)
