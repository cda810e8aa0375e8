"""Grade a class: `python -m autograder grade`."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager, nullcontext

from nbgrader.api import Gradebook, MissingEntry
from rich.console import Console

from autograder.class_run.grade_class import grade_class
from autograder.class_run.pool import DaskPool, InProcess, open_pool
from autograder.course import Course, GradingError


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
