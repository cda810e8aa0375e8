"""Submit an attack, and have it graded."""

import sys
from pathlib import Path

import pytest
from hostile_target import HONEST, Target, isolated
from small_course import released, small

from autograder.kernels import ISOLATION_VARIABLE

sys.path.append(str(Path(__file__).parents[1] / "autograder" / "class_run"))  # small_class, runs without kernels

__all__ = ["released", "small"]


@pytest.fixture(scope="session")
def target(tmp_path_factory):
    return Target(tmp_path_factory.mktemp("target"))


@pytest.fixture
def attack(target, tmp_path, monkeypatch):
    """attack(text, ...) -> Graded: a submission whose first exercise cell is that text."""
    monkeypatch.setenv(ISOLATION_VARIABLE, "full" if isolated() else "none")
    for module in ("watch", "examination"):  # a kernel that does not care for an interrupt is waited for in 50 of them
        monkeypatch.setattr(f"autograder.submission.{module}.GRACE", 1.0)

    def submit(first=HONEST["first"], second=HONEST["second"], *changes):
        notebook = target.submission(first, second)
        for change in changes:
            notebook = change(notebook) or notebook
        return target.grade(notebook, tmp_path)

    return submit
