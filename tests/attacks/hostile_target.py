"""A notebook worth cheating in, hostile submissions to it, and a search for what must not leak."""

import json
from dataclasses import dataclass, field
from functools import lru_cache

import nbformat
from nbgrader import utils

from autograder.authoring.build import build
from autograder.class_run.run import Settings, run_submission
from autograder.config import course_config
from autograder.kernels import doctor
from autograder.report.hide_hidden_tests import HideHiddenTests
from autograder.sample.edits import cell_named
from autograder.submission.incident import KEY, incidents
from autograder.submission.intake import read_submission
from autograder.submission.restore import restore

NAME = "08_target"
LESSON = """\
# %% given tools
import numpy as np


# %% exercise first
def first(x):
    # BEGIN SOLUTION
    return 3 * x + 471_100_293
    # END SOLUTION


# %% check first points=2
# BEGIN HIDDEN TESTS
CODEWORD = "xyzzy"
assert np.allclose(first(np.array([1.0, 2.5])), [471100296.0, 471100300.5], rtol=0), CODEWORD
assert first(0) == 471_100_293
# END HIDDEN TESTS
assert first is not None


# %% exercise second
def second(x):
    # BEGIN SOLUTION
    return x - 812_811_907
    # END SOLUTION


# %% check second points=3
# BEGIN HIDDEN TESTS
assert second(812_811_909) == 2
assert np.array_equal(second(np.array([812_811_907, 812_811_908])), [0, 1])
# END HIDDEN TESTS
assert second is not None
"""
SECRETS = (
    "xyzzy",
    "CODEWORD",
    "471100296",
    "471100300.5",
    "471_100_293",
    "812_811_9",
    "HIDDEN TESTS",
    "BEGIN SOLUTION",
)
"""Of the hidden tests and the references."""
HONEST = {"first": "def first(x):\n    return 3 * x + 471100293", "second": "def second(x):\n    return x - 812811907"}
WRONG = "\n\n\ndef first(x):\n    return 0"


@dataclass
class Graded:
    """What became of a submission."""

    points: dict[str, float]
    incidents: set[str]
    notebook: nbformat.NotebookNode
    visible: str = field(repr=False)
    """All that its author gets to see: outputs, verdicts, notes, feedback."""


class Target:
    """The notebook, built in a folder of its own."""

    def __init__(self, root):
        self.root = root
        (root / "lessons").mkdir()
        (root / "lessons" / f"{NAME}.py").write_text(LESSON)
        build(root)
        self.source = (root / "solutions" / NAME / f"{NAME}.ipynb").read_bytes()
        self.config = course_config(root)
        self.config.Execute.timeout = 1  # processor seconds, and five times that on the clock
        self.config.ExecuteAndExamine.patience = 5

    def released(self):
        return nbformat.read(self.root / "notebooks" / NAME / f"{NAME}.ipynb", as_version=4)

    def submission(self, first=HONEST["first"], second=HONEST["second"]):
        """The released notebook with these answers."""
        notebook = self.released()
        cell_named(notebook, "first").source = first
        cell_named(notebook, "second").source = second
        return notebook

    def grade(self, submission, place):
        """Take a submission in, run and examine it, write its feedback.

        Args:
            submission: a notebook, or the bytes of a file.
            place: a folder for the file.
        """
        path = place / f"{NAME}.ipynb"
        content = submission if isinstance(submission, bytes) else nbformat.writes(submission).encode()
        path.write_bytes(content)
        return self.grade_file(path)

    def grade_file(self, path):
        source = nbformat.reads(self.source.decode(), as_version=4)
        taken_in = nbformat.writes(restore(read_submission(path), source)).encode()
        settings = Settings(self.source, self.config)
        notebook = nbformat.reads(run_submission(taken_in, NAME, 2026, settings).decode(), as_version=4)
        nbformat.validate(notebook)
        return Graded(_points(notebook), {i.name for i in incidents(notebook)}, notebook, _visible(notebook))


def _points(notebook):
    """The points that nbgrader's SaveAutoGrades would record."""
    cells = [cell for cell in notebook.cells if utils.is_grade(cell)]
    return {c.metadata.nbgrader.grade_id.removeprefix("check_"): utils.determine_grade(c)[0] for c in cells}


def _visible(notebook):
    parts = [notebook.metadata]
    for cell in notebook.cells:
        HideHiddenTests().preprocess_cell(cell, {}, 0)
        marks = cell.metadata.get("nbgrader", {})
        parts.append([cell.get("outputs"), cell.metadata, cell.source if marks.get("locked") else ""])
    return json.dumps(parts, ensure_ascii=False)


@lru_cache
def isolated():
    """Whether kernels can be shut in on this machine."""
    return doctor.possible(doctor.examine())


def nothing_gained(graded, *, lost=("first",)):
    """No point for what is wrong, every point for what is right, no secret, and each verdict has a name."""
    full = {"first": 2.0, "second": 3.0}
    assert graded.points == {name: 0.0 if name in lost else points for name, points in full.items()}
    assert [secret for secret in SECRETS if secret in graded.visible] == []
    for cell in graded.notebook.cells:
        if utils.is_grade(cell):
            verdict = cell.metadata[KEY]["verdict"]
            assert verdict["passed"] is (verdict["exercise"] not in lost)
            assert verdict["passed"] or (verdict["concept"] and verdict["message"])
