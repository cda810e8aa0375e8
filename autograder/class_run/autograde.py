"""Grade a class: `python -m autograder grade`."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager, nullcontext
from glob import escape

from nbgrader.api import Gradebook, MissingEntry
from rich.console import Console

from autograder.class_run.grade_class import grade_class
from autograder.class_run.pool import DaskPool, InProcess, open_pool
from autograder.class_run.stages import COLLECTED, SplitAutograde
from autograder.course import Course, GradingError, logging_to


def collect(course: Course, assignment: str) -> int:
    """Copy what is graded of each submission to .grading/collected/, for nbgrader's own `autograde` to read there.

    nbgrader grades a notebook of the expected name and no other, follows links and waits for pipes. The copies are
    regular files, the notebook has the name that it should have, and where there is none an empty file stands for it;
    the course's exporter says what was missing. `submitted/` is read and nothing is written there. Afterwards:
    `nbgrader autograde ASSIGNMENT --CourseDirectory.submitted_directory=.grading/collected`.

    Returns:
        The number of submissions.

    Raises:
        GradingError: nobody submitted anything, or some of it could not be copied; all that could is.
    """
    students = _students(course, assignment)
    stages = SplitAutograde(course.config, assignment)
    failed = [*course.nameless(assignment)]
    for earlier in (course.root / COLLECTED).glob(f"*/{escape(assignment)}"):
        shutil.rmtree(earlier)  # somebody may have taken a submission back
    with logging_to(course.log, stages.log):
        for student in students:
            try:
                stages.copy(student, course.root / COLLECTED / student / assignment / f"{assignment}.ipynb")
            except OSError:
                stages.log.exception("%s of %s could not be collected", assignment, student)
                failed.append(student)
    if failed:
        raise GradingError(f"collected but for {', '.join(failed)}; see {course.log}")
    return len(students)


def _students(course: Course, assignment: str) -> list[str]:
    students = course.students(assignment)
    if not students and not course.nameless(assignment):
        raise GradingError(f"no submissions in {course.root / 'submitted'}/*/{assignment}")
    return students


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
        Folders below `submitted/` whose name nbgrader cannot hold are among them, quoted.

    Raises:
        GradingError: the assignment is not in the gradebook, nobody submitted anything, another run is at work in the
            course directory, or this one was interrupted.
    """

    def opened(waiting: int) -> AbstractContextManager[InProcess | DaskPool]:
        return nullcontext(pool) if pool else open_pool(workers, scheduler, at_most=waiting)

    with Gradebook(course.database) as gradebook:
        try:
            gradebook.find_assignment(assignment)
        except MissingEntry:
            message = f"{assignment} is not in the gradebook; run `nbgrader generate_assignment {assignment}` first"
            raise GradingError(message) from None
    students = _students(course, assignment)
    failed = grade_class(course, assignment, students, opened, force=force, isolation=isolation, console=console)
    for name, reason in course.nameless(assignment).items():
        failed[name] = reason
        (console or Console(stderr=True)).print(f"submitted/{name}: {reason}", markup=False, highlight=False)
    return sorted(failed)
