"""The feedback pages of a class: `python -m autograder feedback`."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

from nbgrader.converters import GenerateFeedback
from rich.console import Console
from traitlets import Unicode

from autograder.course import Course, GradingError, logging_to
from autograder.progress import progress

log = logging.getLogger(__name__)

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
"""What of a learner's own files is put beside the page, which may show them. Nothing that a browser would run: a page
or an SVG of the learner's would be one click away from the grader's."""


class LearnerFeedback(GenerateFeedback):
    """nbgrader's feedback for one learner, whatever the name: nbgrader itself takes it for a pattern, and strips it."""

    learner = Unicode()

    def init_notebooks(self) -> None:
        folder = self._format_source(self.coursedir.assignment_id, self.learner)
        self.assignments = {folder: [str(path) for path in sorted(Path(folder).glob("*.ipynb"))]}
        if not self.assignments[folder]:
            raise FileNotFoundError(f"there is no graded notebook in {folder}")

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        source = Path(self._format_source(assignment_id, student_id))
        target = Path(self._format_dest(assignment_id, student_id))
        pages = {Path(notebook).stem + ".html" for notebook in self.notebooks}
        for place, _, names in os.walk(source):
            for name in names:
                path = Path(place, name)
                inside = path.relative_to(source)
                if path.suffix.lower() in PICTURES and inside.parts[0] not in pages:
                    (target / inside).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, target / inside)


def write_feedback(course: Course, assignment: str, *, console: Console | None = None) -> list[str]:
    """nbgrader generate_feedback, for every graded submission to an assignment; one that fails stops no other.

    Returns:
        The students whose page could not be written; the reason is in the course's log.

    Raises:
        GradingError: nothing is graded yet.
    """
    graded = course.graded(assignment)
    if not graded:
        raise GradingError(f"nothing graded in {course.root / 'autograded'}/*/{assignment}; grade it first")
    failed = []
    with progress(console) as bar:
        for student in bar.track(graded, description=f"feedback {assignment}"):
            try:
                course.run(LearnerFeedback, assignment, force=True, learner=student)
            except Exception:
                with logging_to(course.log, log):
                    log.exception("no feedback page of %s for %s", assignment, student)
                failed.append(student)
    return failed
