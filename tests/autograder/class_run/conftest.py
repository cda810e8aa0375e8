"""A small class to grade, and runs that need no kernel: the driver's own steps are what is tested here."""

import pytest
from small_class import RIGHT, WRONG, fake_run


@pytest.fixture
def without_kernels(monkeypatch):
    """Runs in this process need no kernel."""
    monkeypatch.setattr("autograder.class_run.pool.run_submission", fake_run)


@pytest.fixture
def three(small):
    """A course with three submissions: ada and chidi are right, bela is wrong."""
    for student, first in (("ada", RIGHT), ("bela", WRONG), ("chidi", RIGHT)):
        small.submit(student=student, first=first)
    return small.course
