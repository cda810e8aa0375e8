"""nbgrader's Autograde, cut in two: what comes before a submission is run, and what comes after it.

Both halves are nbgrader's own code and the course's own settings; between them the cells run elsewhere. The list of
preprocessors is cut at the one that stands for the run, nbgrader's Execute or ours in its place.
"""

from __future__ import annotations

import datetime
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from nbconvert.writers import FilesWriter
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from nbgrader.utils import parse_utc, rmtree
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from autograder.class_run.run import in_transit
from autograder.class_run.snapshot import TIMESTAMP, fingerprint, snapshot, timestamp
from autograder.submission.choice import Chosen
from autograder.submission.cleaning import can_be_shown
from autograder.submission.demonstrations import is_lesson
from autograder.submission.entry import UnreadableError
from autograder.submission.folder import Folder, Submitted, read_file
from autograder.submission.intake import choose_notebook, notices_of, read_taken_in

SNAPSHOTS, STAGING, COLLECTED = ".grading/submitted", ".grading/staged", ".grading/collected"
"""In a course directory: what is graded of a submission, where the result is put together before it moves to
autograded/ in one step, and what `collect` makes for nbgrader's own command."""


MOST_BESIDE = 256 << 20
"""Bytes of files that go into a kernel's folder, which holds twice that."""


class GradersCopies(CourseDirectory):
    """The course directory as the driver sees it: a timestamp that is none stops nothing."""

    def get_existing_timestamp(self, dest_path: str) -> datetime.datetime | None:
        return self.time(dest_path, _timestamp(Path(dest_path)))

    def time(self, place: str, text: str) -> datetime.datetime | None:
        """The time that a timestamp.txt holds, None if it holds none."""
        try:
            return parse_utc(text.strip()) if text.strip() else None
        except Exception:  # dateutil raises half a dozen kinds of error
            self.log.warning("the timestamp.txt of %s does not hold a time and is not used", place)
            return None


def _timestamp(folder: Path) -> str:
    try:
        return read_file(folder / TIMESTAMP).decode("utf-8", "replace")
    except (UnreadableError, FileNotFoundError, NotADirectoryError):
        return ""


class SplitAutograde(Autograde):
    """Intake and records of one assignment. Its gradebook is whatever `Gradebook(db_url)` gives.

    Args:
        config: the course's settings.
        assignment: the assignment's name; its notebook has the same.
    """

    def __init__(self, config: Config, assignment: str):
        coursedir = GradersCopies(config=config)
        coursedir.assignment_id = assignment
        self._submitted = Submitted(Path(coursedir.root, coursedir.submitted_directory))
        self._graded = coursedir.autograded_directory
        coursedir.submitted_directory, coursedir.autograded_directory = SNAPSHOTS, STAGING
        super().__init__(coursedir=coursedir, config=config)
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = self.exporter_class(parent=self, config=self.config)
        steps = [import_item(step) if isinstance(step, str) else step for step in self.autograde_preprocessors]
        run = next(i for i, step in enumerate(steps) if isinstance(step, type) and issubclass(step, Execute))
        self._before, self._after = [*self.sanitize_preprocessors, *steps[:run]], steps[run + 1 :]

    @property
    def assignment(self) -> str:
        return self.coursedir.assignment_id

    def fingerprint(self, student: str) -> str:
        """The hash of the notebook that a student handed in; that of nothing, if there is none."""
        with self._submission(student) as folder:
            return fingerprint(self._choose(folder).content)

    def timestamp(self, student: str) -> str:
        """What a submission says of when it was handed in, "" where it says nothing."""
        with self._submission(student) as folder:
            return timestamp(folder)

    def graded(self, student: str) -> Path:
        """The folder that holds a student's graded notebook."""
        return Path(self.coursedir.format_path(self._graded, student, self.assignment))

    def source(self) -> bytes:
        """The assignment's nbgrader source notebook."""
        folder = self.coursedir.format_path(self.coursedir.source_directory, ".", self.assignment)
        return Path(folder, f"{self.assignment}.ipynb").read_bytes()

    def files(self, student: str) -> dict[str, bytes]:
        """What a prepared submission's cells find beside their notebook, by path; nothing in a lesson's.

        As for nbgrader: the learner's files, and the assignment's own over them.

        Raises:
            ValueError: they do not fit into a kernel's folder.
        """
        if is_lesson(self.source()):
            return {}
        own = Path(self.coursedir.format_path(self.coursedir.source_directory, ".", self.assignment))
        taken = self._snapshot(student).parent
        found = {
            str(path.relative_to(folder)): path
            for folder in (taken, own)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix != ".ipynb"
        }
        if sum(path.stat().st_size for path in found.values()) > MOST_BESIDE:
            raise ValueError(f"what lies beside the notebooks is more than {MOST_BESIDE >> 20} MiB")
        return {name: path.read_bytes() for name, path in found.items()}

    def is_graded(self, student: str) -> bool:
        """nbgrader's rule: there is a graded notebook, and no later submission than the one that was graded."""
        if not self.graded(student).exists():
            return False
        with self._submission(student) as folder:
            new = self.coursedir.time(student, timestamp(folder))
        old = self.coursedir.get_existing_timestamp(str(self.graded(student)))
        return new is None or old is None or new <= old

    def prepare(self, student: str) -> bytes:
        """Take the submission in, and return its sanitised notebook, ready to be run."""
        if not can_be_shown(student):
            raise ValueError(
                f"formgrader would take the folder's name {student!r} for markup; please rename the folder"
            )
        path = self._snapshot(student)
        self.copy(student, path)
        self._use(self._before)
        resources = self.init_single_notebook_resources(str(path))
        notebook, _ = self.exporter.take_steps(read_taken_in(path), resources)
        return in_transit(notebook)

    def copy(self, student: str, path: Path) -> None:
        """Copy a submission, its notebook to a path that is the grader's own; what was there is replaced."""
        self._clear(path.parent)
        with self._submission(student) as folder:
            left_behind = snapshot(folder, self._choose(folder), path, self._own_files())
        if left_behind:
            more = f" and {len(left_behind) - 20} more" if len(left_behind) > 20 else ""
            self.log.warning("left behind of %s's %s: %s", student, self.assignment, "; ".join(left_behind[:20]) + more)

    def _submission(self, student: str) -> AbstractContextManager[Folder]:
        return self._submitted.folder(student, self.assignment)

    def _choose(self, folder: Folder) -> Chosen:
        return choose_notebook(folder, self.assignment, self.source)

    def _own_files(self) -> list[tuple[str, ...]]:
        """The files beside the source notebook, which nbgrader puts over the learner's."""
        folder = self.coursedir.format_path(self.coursedir.source_directory, ".", self.assignment)
        return [path.relative_to(folder).parts for path in Path(folder).rglob("*") if path.is_file()]

    def taken_in(self, student: str) -> str:
        """The hash of what `prepare` took in."""
        return fingerprint(read_file(self._snapshot(student)))

    def record(self, student: str, executed: NotebookNode) -> None:
        """Enter an executed notebook into the gradebook and put the graded folder together, in STAGING.

        The submission must have been prepared, be it by a driver that is no more.
        """
        path = str(self._snapshot(student))
        self.notebooks = [path]
        self._clear(self._staged(student))
        self.init_assignment(self.assignment, student)
        self._use(self._after)
        resources: Any = self.init_single_notebook_resources(path)
        text, resources = self.exporter.from_notebook_node(executed, resources=resources)
        self.write_single_notebook(text, resources)
        self.set_permissions(self.assignment, student)

    def publish(self, student: str) -> None:
        """Move what `record` put together to its place; done again after a kill, it finishes what was begun."""
        staged, graded = self._staged(student), self.graded(student)
        self._clear(graded)
        graded.parent.mkdir(parents=True, exist_ok=True)
        staged.rename(graded)
        self._clear(staged)
        self.forget(student)

    def forget(self, student: str) -> None:
        """Remove what `prepare` took in."""
        self._clear(self._snapshot(student).parent)

    def _snapshot(self, student: str) -> Path:
        return Path(self._format_source(self.assignment, student), f"{self.assignment}.ipynb")

    def _staged(self, student: str) -> Path:
        return Path(self._format_dest(self.assignment, student))

    def _use(self, preprocessors: list) -> None:
        self.exporter._preprocessors = []
        for step in preprocessors:
            self.exporter.register_preprocessor(step)

    @staticmethod
    def _clear(folder: Path) -> None:
        if folder.exists():
            rmtree(str(folder))
        notices_of(folder / "its notebook").unlink(missing_ok=True)
        with suppress(OSError):  # the student's folder, if nothing else is in it
            folder.parent.rmdir()
