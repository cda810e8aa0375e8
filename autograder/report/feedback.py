"""The feedback pages of a class: `python -m autograder feedback`."""

from __future__ import annotations

from nbgrader.converters import GenerateFeedback
from rich.console import Console

from autograder.course import Course, GradingError
from autograder.progress import progress


def write_feedback(course: Course, assignment: str, *, console: Console | None = None) -> None:
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
