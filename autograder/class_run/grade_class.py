"""Grade a class: take submissions in, have them run, record them; killed at any moment, the same call goes on."""

from __future__ import annotations

import gc
import json
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

import nbformat
from filelock import FileLock, Timeout
from rich.console import Console

from autograder.class_run import changes
from autograder.class_run.gradebook import SharedGradebook
from autograder.class_run.ledger import Ledger
from autograder.class_run.lost import ask_for_review, given_up
from autograder.class_run.pool import DaskPool, InProcess, LostError, Task, Tasks
from autograder.class_run.receipt import exam_version, write_receipt
from autograder.class_run.run import Settings
from autograder.class_run.stages import SplitAutograde
from autograder.course import Course, GradingError, logging_to
from autograder.kernels import IsolationError
from autograder.progress import progress
from autograder.secret import FOLDER, course_key, submission_seed
from autograder.submission.execute import ExecuteAndExamine


class ClassRun:
    """One assignment being graded. Use as a context manager: one at a time works in a course directory.

    Args:
        course: the course; the assignment must be in its gradebook.
        assignment: the assignment's name.
        isolation: "full" or "none" for the kernels; "" leaves it to the environment.
    """

    def __init__(self, course: Course, assignment: str, isolation: str = ""):
        self.course, self.assignment = course, assignment
        config = course.config
        self.stages = SplitAutograde(config, assignment)
        self.fixed_seed: int = ExecuteAndExamine(config=config).seed
        self.settings = Settings(self.stages.source(), config, isolation)
        self.exam = exam_version(self.settings.source)
        self.failed: dict[str, str] = {}
        self._sanitised: dict[str, bytes] = {}
        self._open = ExitStack()

    def __enter__(self) -> ClassRun:
        folder = self.course.root / FOLDER
        folder.mkdir(exist_ok=True)
        with ExitStack() as stack:
            try:
                stack.enter_context(FileLock(folder / "lock", timeout=0))
            except Timeout:
                raise GradingError(f"another grading run is at work in {self.course.root}") from None
            self.key = course_key(self.course.root)
            self.ledger = Ledger(folder / "ledger.db")
            stack.callback(self.ledger.close)
            self.gradebook = SharedGradebook(self.course.database, self.stages.coursedir.course_id)
            stack.callback(self.gradebook.close)
            self._open = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def plan(self, students: list[str], force: bool) -> list[str]:
        """The students whose submission is still to be graded."""
        submissions: dict[str, str] = {}
        graded: set[str] = set()
        for student in students:
            with self.failures(student):
                if self.stages.is_graded(student):
                    graded.add(student)
                submissions[student] = self.stages.fingerprint(student)
        return self.ledger.plan(self.assignment, self.exam, submissions, graded, force=force)

    def announcements(self, waiting: list[str], students: list[str]) -> list[str]:
        """What has changed in the course, and makes a difference between those graded now and those graded before.

        Raises:
            GradingError: the assignment is not the one that the gradebook knows.
        """
        left = set(students) - set(waiting)
        times = [self.stages.timestamp(student) for student in waiting]
        with self.gradebook.transaction() as gradebook:
            return [
                *changes.check_points(gradebook, self.assignment, self.settings.source),
                *changes.graded_otherwise(self.ledger.versions(self.assignment), self.exam, left, self.assignment),
                *changes.manual_grades(gradebook, self.assignment, waiting),
                *changes.due(gradebook, self.assignment, times),
            ]

    def grade(self, students: list[str], pool: InProcess | DaskPool) -> Iterator[str]:
        """Grade these submissions; yield each student when the submission is recorded or has failed."""
        for student in students:
            executed = self.ledger.result(self.assignment, student)
            if executed is not None:  # an earlier driver was killed before it had recorded it
                with self.failures(student):
                    self.take_in(student)
                    self._record(student, executed)
                yield student
        results = pool.run(self._tasks(students), self.assignment, self.settings)
        for student, result in results:
            with self.failures(student):
                self._keep(student, result)
            yield student

    def _tasks(self, students: list[str]) -> Tasks:
        """The sanitised notebooks that are to be run, made one by one as workers become free."""
        for student in students:
            if self.ledger.is_waiting(self.assignment, student) and student not in self.failed:
                with self.failures(student):
                    sanitised = self._sanitised[student] = self.take_in(student)
                    yield Task(student, sanitised, self.seed_of(sanitised), self.stages.files(student))

    def take_in(self, student: str) -> bytes:
        """The sanitised notebook of a submission."""
        with self.gradebook.transaction():
            return self.stages.prepare(student)

    def seed_of(self, sanitised: bytes) -> int:
        """What draws the inputs of a submission's exams."""
        return self.fixed_seed or submission_seed(self.key, json.loads(sanitised)["cells"])

    def _keep(self, student: str, result: bytes | Exception) -> None:
        """Make a run's result durable and record it."""
        sanitised = self._sanitised.pop(student)
        if isinstance(result, LostError):
            self._record(student, given_up(sanitised, str(result), self.seed_of(sanitised)), lost=True)
            self.failed[student] = f"run lost: {result}"
        elif isinstance(result, IsolationError):  # no fault of the submission's, and the next would fare no better
            raise GradingError(str(result))
        elif isinstance(result, Exception):
            raise result
        else:
            self.ledger.ran(self.assignment, student, result)
            self._record(student, result)

    def _record(self, student: str, executed: bytes, lost: bool = False) -> None:
        """Enter a result into the gradebook, publish the graded notebook, and tick it off. Does no harm done twice."""
        notebook = nbformat.v4.reads(executed.decode())
        facts = {"assignment": self.assignment, "student": student, "exam": self.exam}
        write_receipt(notebook, self.key, **facts, submission=self.stages.taken_in(student))
        with self.gradebook.transaction() as gradebook:
            self.stages.record(student, notebook)
            if lost:
                ask_for_review(gradebook, self.assignment, student)
        self.stages.publish(student)
        (self.ledger.lost if lost else self.ledger.recorded)(self.assignment, student)

    @contextmanager
    def failures(self, student: str) -> Iterator[None]:
        """One submission must not stop the class: note what was the matter, and leave it to the next run."""
        try:
            yield
        except GradingError:
            raise
        except Exception as error:
            self.stages.log.exception("%s of %s could not be graded", self.assignment, student)
            self.failed[student] = f"{type(error).__name__}: {error}"


def grade_class(
    course: Course,
    assignment: str,
    students: list[str],
    open_pool: Callable[[int], AbstractContextManager[InProcess | DaskPool]],
    *,
    force: bool = False,
    isolation: str = "",
    console: Console | None = None,
) -> dict[str, str]:
    """Grade every submission to an assignment that is not graded yet.

    Args:
        students: who handed something in.
        open_pool: called with the number of submissions that are to be graded, if there are any.
        force: grade again what is graded already.

    Returns:
        {student: reason} for those whose submission could not be graded, or whose run was lost.

    Raises:
        GradingError: another run is at work in the course directory, this one was interrupted, or learners' code
            cannot be isolated here as asked.
    """
    with ClassRun(course, assignment, isolation) as run, logging_to(course.log, run.stages.log):
        waiting = run.plan(students, force)
        for line in run.announcements(waiting, students):
            (console or Console()).print(f"note: {line}", highlight=False, markup=False, soft_wrap=True)
        done = 0
        gc.freeze()  # what is imported is there for good; to look for garbage in it takes long
        try:
            with ExitStack() as stack:
                stack.enter_context(_terminate_like_interrupt())
                pool = stack.enter_context(open_pool(len(waiting)) if waiting else nullcontext(InProcess()))
                bar = stack.enter_context(progress(console))
                graded = run.grade(waiting, pool)
                for _ in bar.track(graded, total=len(waiting), description=f"grading {assignment}"):
                    done += 1
        except KeyboardInterrupt:
            left = f"{done} of {len(waiting)} submissions graded; the same command goes on from there"
            raise GradingError(f"interrupted: {left}") from None
        if not run.failed:
            run.ledger.finish(assignment)
        return run.failed


@contextmanager
def _terminate_like_interrupt() -> Iterator[None]:
    """Let a SIGTERM end the run in order, as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
