"""The feedback pages of a class: `python -m autograder feedback`."""

from __future__ import annotations

from nbgrader.converters import GenerateFeedback
from rich.console import Console

from autograder.course import Course, GradingError
from autograder.progress import progress


def write_feedback(course: Course, assignment: str, *, console: Console | None = None) -> None:
    """nbgrader generate_feedback, for every graded submission to an assignment; one that fails stops no other.

    Raises:
        GradingError: nothing is graded yet; or, after all the other pages are written, some could not be.
    """
    graded = course.graded(assignment)
    if not graded:
        raise GradingError(f"nothing graded in {course.root / 'autograded'}/*/{assignment}; grade it first")
    failed = []
    with progress(console) as bar:
        for student in bar.track(graded, description=f"feedback {assignment}"):
            try:
                course.run(GenerateFeedback, assignment, student, force=True)
            except Exception as error:  # nbconvert raises what it likes on an odd notebook
                failed.append(f"{student!r} ({type(error).__name__}: {str(error)[:200]})")
    if failed:
        names = ", ".join(failed)
        raise GradingError(f"no feedback page for {names}; all other pages of {assignment} are written")
