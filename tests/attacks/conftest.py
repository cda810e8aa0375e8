"""Submit an attack, and have it graded."""

import pytest
from hostile_target import HONEST, Target, isolated

from autograder.kernels import ISOLATION_VARIABLE


@pytest.fixture(scope="session")
def target(tmp_path_factory):
    return Target(tmp_path_factory.mktemp("target"))


@pytest.fixture
def attack(target, tmp_path, monkeypatch):
    """attack(text, ...) -> Graded: a submission whose first exercise cell is that text."""
    monkeypatch.setenv(ISOLATION_VARIABLE, "full" if isolated() else "none")

    def submit(first=HONEST["first"], second=HONEST["second"], *changes):
        notebook = target.submission(first, second)
        for change in changes:
            notebook = change(notebook) or notebook
        return target.grade(notebook, tmp_path)

    return submit
