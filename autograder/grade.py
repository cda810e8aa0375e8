"""Grade a class with nbgrader's own steps, one submission at a time, with a progress bar and no surprises."""

from __future__ import annotations

import logging
import shutil
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from autograder.config import course_config

if TYPE_CHECKING:
    from autograder.driver.pool import DaskPool, InProcess


class GradingError(RuntimeError):
    """Grading cannot start or go on; the message says what to do."""


@dataclass(frozen=True)
class Course:
    """A course directory and its settings."""

    root: Path

    @property
    def config(self) -> Config:
        return course_config(self.root)

    @property
    def database(self) -> str:
        return CourseDirectory(config=self.config).db_url

    def assignments(self) -> list[str]:
        """Assignments that have a source notebook, in order."""
        return sorted(path.parent.name for path in (self.root / "solutions").glob("*/*.ipynb"))

    def students(self, assignment: str) -> list[str]:
        """Students who submitted something to an assignment, in order."""
        return sorted(p.parent.name for p in (self.root / "submitted").glob(f"*/{assignment}") if p.is_dir())

    def graded(self, assignment: str) -> list[str]:
        """Students whose submission to an assignment is graded, in order."""
        return sorted(p.parent.name for p in (self.root / "autograded").glob(f"*/{assignment}"))

    @property
    def log(self) -> Path:
        """Where nbgrader's log goes."""
        return self.root / ".nbgrader.log"

    def run(self, step: type, assignment: str, student: str = "*", **options: object) -> None:
        """Run one of nbgrader's converters on one assignment, logging to the course's log file alone."""
        config = self.config
        config.CourseDirectory.assignment_id = assignment
        config.CourseDirectory.student_id = student
        converter = step(coursedir=CourseDirectory(config=config), config=config, **options)
        with logging_to(self.log, converter.log), warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader 0.9.6 with SQLAlchemy 2.1: autoflush order, harmless
            converter.start()


def course_at(folder: Path) -> Course:
    """The course in a folder.

    Raises:
        GradingError: there is no such folder.
    """
    if not folder.is_dir():
        raise GradingError(f"there is no course directory {folder}")
    return Course(folder.resolve())


def release(course: Course, assignment: str) -> None:
    """nbgrader generate_assignment: make the release version and enter the assignment into the gradebook."""
    course.run(GenerateAssignment, assignment, ".", force=True, create_assignment=True)


def collect(course: Course, assignment: str) -> None:
    """Make sure that each submission has a file where nbgrader looks for it; nothing submitted is changed.

    A single notebook under another name is copied to the expected one; where there is none, an empty file is put
    down, which is graded as such. Without this, nbgrader passes such a submission over and it never gets a score.

    Raises:
        GradingError: nobody submitted anything.
    """
    if not course.students(assignment):
        raise GradingError(f"no submissions in {course.root / 'submitted'}/*/{assignment}")
    for student in course.students(assignment):
        folder = course.root / "submitted" / student / assignment
        expected = folder / f"{assignment}.ipynb"
        others = [path for path in folder.glob("*.ipynb") if path != expected]
        if not expected.exists():
            if len(others) == 1:
                shutil.copy(others[0], expected)
            else:
                expected.touch()


def autograde(
    course: Course,
    assignment: str,
    *,
    force: bool = False,
    console: Console | None = None,
    workers: int = 1,
    scheduler: str = "",
    pool: InProcess | DaskPool | None = None,
    isolation: str = "",
) -> list[str]:
    """What nbgrader autograde does, for every submission to an assignment; killed, it goes on where it stopped.

    Args:
        force: grade again what is graded already.
        workers: processes that run submissions; 1 is this process, 0 one a core.
        scheduler: address of a Dask cluster that runs them instead.
        pool: workers that are open already.
        isolation: "full" or "none" for the learners' kernels; "" leaves it to the environment.

    Returns:
        The students whose submission could not be graded, or whose run was lost; the reason is in the course's log.

    Raises:
        GradingError: the assignment is not in the gradebook, nobody submitted anything, another run is at work in the
            course directory, or this one was interrupted.
    """
    from autograder.driver.grade_class import grade_class  # it needs this module
    from autograder.driver.pool import open_pool

    def opened(waiting: int) -> AbstractContextManager[InProcess | DaskPool]:
        return nullcontext(pool) if pool else open_pool(workers, scheduler, at_most=waiting)

    with Gradebook(course.database) as gradebook:
        try:
            gradebook.find_assignment(assignment)
        except MissingEntry:
            message = f"{assignment} is not in the gradebook; run `nbgrader generate_assignment {assignment}` first"
            raise GradingError(message) from None
    collect(course, assignment)
    students = course.students(assignment)
    return sorted(grade_class(course, assignment, students, opened, force=force, isolation=isolation, console=console))


def feedback(course: Course, assignment: str, *, console: Console | None = None) -> None:
    """nbgrader generate_feedback, for every graded submission to an assignment.

    Raises:
        GradingError: nothing is graded yet.
    """
    graded = course.graded(assignment)
    if not graded:
        raise GradingError(f"nothing graded in {course.root / 'autograded'}/*/{assignment}; grade it first")
    with progress(console) as bar:
        for student in bar.track(graded, description=f"feedback {assignment}"):
            course.run(GenerateFeedback, assignment, student, force=True)


def progress(console: Console | None = None) -> Progress:
    """The progress bar of every long step: how many of how many, at what rate, time gone, time left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _SecondsEach(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )


class _SecondsEach(ProgressColumn):
    """The rate, as teachers think of it: seconds for each submission."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{1 / speed:.2f} s each" if speed else "", style="progress.data.speed")


@contextmanager
def logging_to(path: Path, log: logging.Logger) -> Iterator[None]:
    """Send nbgrader's log to a file: a warning per odd cell is for looking up, not for the terminal."""
    handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    before, log.handlers, log.propagate = log.handlers, [handler], False
    try:
        yield
    finally:
        handler.close()
        log.handlers = before
