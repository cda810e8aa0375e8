"""A course directory: where it is, its settings, what is in it, and nbgrader's own steps on it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from autograder.config import course_config, effective_config
from autograder.submission.entry import is_text, quoted
from autograder.submission.folder import Submitted


class GradingError(RuntimeError):
    """Grading cannot start or go on; the message says what to do."""


@dataclass(frozen=True)
class Course:
    """A course directory and its settings.

    Args:
        root: the directory.
        configurable: whether an instructor's configuration files count.
    """

    root: Path
    configurable: bool = True

    @property
    def config(self) -> Config:
        """This course's settings, and the instructor's on top."""
        ours = course_config(self.root)
        return effective_config(ours, self.root) if self.configurable else ours

    @property
    def coursedir(self) -> CourseDirectory:
        """nbgrader's view of the course directory, with the names of its folders as they are configured."""
        return CourseDirectory(config=self.config)

    @property
    def database(self) -> str:
        return self.coursedir.db_url

    def folder(self, step: str, student: str, assignment: str) -> Path:
        """Where one of nbgrader's steps keeps what it has of a student: step is "source", "submitted", ..."""
        coursedir = self.coursedir
        return Path(coursedir.format_path(getattr(coursedir, f"{step}_directory"), student, assignment))

    def assignments(self) -> list[str]:
        """Assignments that have a source notebook, in order."""
        return sorted({path.parent.name for path in self.folder("source", ".", "").glob("*/*.ipynb")})

    def students(self, assignment: str) -> list[str]:
        """Students who submitted something to an assignment, in order; whatever it is that they submitted."""
        return [name for name in self._submitted(assignment) if is_text(name)]

    def nameless(self, assignment: str) -> dict[str, str]:
        """Folders of submissions whose name neither nbgrader nor its gradebook can hold, quoted, and what to do."""
        reason = "the folder's name is not UTF-8 or has control characters, so no gradebook can hold it; rename it"
        return {quoted(name): reason for name in self._submitted(assignment) if not is_text(name)}

    def _submitted(self, assignment: str) -> list[str]:
        return Submitted(self.folder("submitted", "", "")).students(assignment)

    def graded(self, assignment: str) -> list[str]:
        """Students whose submission to an assignment is graded, in order."""
        top = self.folder("autograded", "", "")
        return sorted(path.parent.name for path in top.glob(f"*/{escape(assignment)}") if path.is_dir())

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


@contextmanager
def logging_to(path: Path, log: logging.Logger) -> Iterator[None]:
    """Send nbgrader's log to a file: a warning per odd cell is for looking up, not for the terminal."""
    handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    before, log.handlers, log.propagate = log.handlers, [handler], False
    try:
        yield
    finally:
        handler.close()
        log.handlers = before
