"""The settings of this course for every nbgrader command, and how an instructor's own are put on top of them."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from pathlib import Path

from jupyter_core.application import JupyterApp
from nbgrader.apps import NbGrader
from traitlets.config import Application, Config


class ConfigError(RuntimeError):
    """A configuration file cannot be read; the message names it and says what is wrong."""


def put_scripts_on_path() -> None:
    """Let nbgrader find alembic, which it calls by name to make a gradebook, also where nobody activated."""
    scripts = str(Path(sys.executable).parent)
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = scripts + os.pathsep + os.environ.get("PATH", "")


def course_config(root: Path) -> Config:
    """What this course sets for a course directory that holds solutions/, submitted/ and gradebook.db.

    nbgrader_config.py applies it to nbgrader's commands; `effective_config` puts an instructor's own on top.

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
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",  # before a text is cleaned: nbgrader compares it with the release
        "autograder.submission.cleaning.Clean",
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


class _Files(NbGrader):
    """Reads nbgrader's configuration files as its commands do, old names of settings included."""

    load_cwd_config = False  # the folder somebody happens to stand in need not be the course directory
    raise_config_file_errors = True

    def __init__(self, config: Config):
        super().__init__(config=config, log=_SILENT, log_level=logging.CRITICAL)
        self.coursedir = None


_SILENT = logging.getLogger("autograder.config")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


def effective_config(base: Config, root: Path) -> Config:
    """The course's settings with an instructor's on top, in nbgrader's order: system, user, course directory.

    Modules beside the course's nbgrader_config.py can be named in it, a plug-in for late penalties for instance; they
    are looked for after all others.

    Args:
        base: what `course_config` gives.
        root: the course directory, which stays what it is.

    Raises:
        ConfigError: a file cannot be read.
    """
    files = _Files(base)
    try:
        JupyterApp.load_config_file(files)  # each Jupyter folder's jupyter_config and nbgrader_config
        Application.load_config_file(files, "nbgrader_config", path=str(root))
    except Exception as error:  # whatever a configuration file's own code raises
        raise ConfigError(f"{_file_at_fault(error)} cannot be read: {type(error).__name__}: {error}") from error
    if (root / "nbgrader_config.py").exists() and str(root) not in sys.path:
        sys.path.append(str(root))
    files.config.CourseDirectory.root = str(root)
    return files.config


def _file_at_fault(error: Exception) -> str:
    """The configuration file whose code raised."""
    frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    named = [name for name in (getattr(error, "filename", None) or "", *reversed(frames)) if "_config." in name]
    return named[0] if named else "nbgrader's configuration"
