"""How much is proven: all of it, or as much of it as a machine does on every push."""

import os
import signal
from functools import cache

import pytest

import autograder  # noqa: F401  before any test imports nbformat: it makes that import short

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # so a shell starts what runs in the background; it is inherited
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ.setdefault("ATTENTION_COURSE_SEED", "2026")  # else each submission has a seed of its own

FULL = os.environ.get("ATTENTION_COURSE_PROOF") == "full"
"""`make proof` sets it: every seed of every proof, and the whole training of notebook 04."""


def pytest_report_header():
    return f"proofs: {'full' if FULL else 'reduced (make proof runs all seeds and whole trainings)'}"


@pytest.fixture(scope="session")
def full_proof():
    """Whether this is a full proof."""
    return FULL


@pytest.fixture(autouse=True, scope="session")
def no_configuration_of_this_machine(tmp_path_factory):
    """Whoever runs the tests may have a gradebook of their own; nothing here may find it."""
    os.environ["JUPYTER_CONFIG_DIR"] = str(tmp_path_factory.mktemp("jupyter"))


@pytest.fixture(autouse=True, scope="session")
def one_look_at_the_version_of_a_gradebook():
    """nbgrader asks alembic for it in a process of its own for each new gradebook: three seconds, always one answer."""
    from nbgrader import api

    api.get_alembic_version = cache(api.get_alembic_version)
