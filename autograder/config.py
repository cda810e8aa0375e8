"""The settings of this course for every nbgrader command; nbgrader_config.py applies them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from traitlets.config import Config


def put_scripts_on_path() -> None:
    """Let nbgrader find alembic, which it calls by name to make a gradebook, also where nobody activated."""
    scripts = str(Path(sys.executable).parent)
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = scripts + os.pathsep + os.environ.get("PATH", "")


def course_config(root: Path) -> Config:
    """nbgrader's configuration for a course directory that holds solutions/, submitted/ and gradebook.db.

    Args:
        root: the course directory; solutions/ and notebooks/ are its source and release directories.
    """
    put_scripts_on_path()
    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.course_id = "attention"
    config.CourseDirectory.source_directory = "solutions"
    config.CourseDirectory.release_directory = "notebooks"
    config.Autograde.exporter_class = "autograder.submission.intake.SubmissionExporter"
    config.Autograde.sanitize_preprocessors = [
        "nbgrader.preprocessors.ClearOutput",
        # before nbgrader's own, which stop at what a learner may have done to a cell
        "autograder.submission.intake.RestoreCells",
        "nbgrader.preprocessors.DeduplicateIds",
        "nbgrader.preprocessors.OverwriteKernelspec",
        "nbgrader.preprocessors.OverwriteCells",
        "autograder.submission.intake.CheckCellMetadata",
    ]
    config.Autograde.autograde_preprocessors = [
        "autograder.submission.execute.ExecuteAndExamine",  # in the place of nbgrader's Execute
        "autograder.submission.cleaning.Clean",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "autograder.submission.intake.CheckCellMetadata",
    ]
    # formgrader's page and the feedback page: also of what was graded before, or by nbgrader alone
    config.HTMLExporter.preprocessors = ["autograder.submission.cleaning.Clean"]
    config.HTMLExporter.exclude_anchor_links = True  # a heading's id could be that of a part of the page
    config.GenerateFeedback.exporter_class = "autograder.report.feedback_page.FeedbackPage"
    config.GenerateFeedback.preprocessors = [
        "nbgrader.preprocessors.GetGrades",
        "autograder.report.hide_hidden_tests.HideHiddenTests",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    ]
    config.Execute.timeout = 30
    config.Execute.iopub_timeout = 15
    config.Execute.shutdown_kernel = "immediate"  # a graceful goodbye costs a second and a half per submission
    config.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
    return config
