"""Kernels to talk to, isolated and not. They share one warm server, which takes some seconds to start."""

import sys

import pytest
from kernel_session import Session

from autograder.kernels import ISOLATION_VARIABLE, doctor
from autograder.kernels.kernelspec import install_kernelspec


@pytest.fixture(scope="session")
def installed():
    install_kernelspec()


@pytest.fixture(scope="session")
def can_isolate(installed):
    findings = doctor.examine()
    if not doctor.possible(findings):
        pytest.skip("this machine cannot isolate kernels: " + "; ".join(f.problem for f in findings if f.problem))


@pytest.fixture
def start(can_isolate, monkeypatch):
    """Start isolated kernels; ended after the test."""
    monkeypatch.delenv(ISOLATION_VARIABLE, raising=False)
    sessions = []

    def start_one(**arguments):
        sessions.append(Session(**arguments))
        return sessions[-1]

    yield start_one
    for session in sessions:
        session.close()


@pytest.fixture(scope="module")
def kernel(can_isolate):
    """One isolated kernel for the tests of a module that leave it as it was."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(ISOLATION_VARIABLE, raising=False)
        patch.setenv("GRADEBOOK_PASSWORD", "sesame")
        session = Session()
    yield session
    session.close()


@pytest.fixture
def open_kernel(installed, monkeypatch):
    """A kernel without isolation."""
    if sys.platform == "win32":
        pytest.skip("no unix sockets")
    monkeypatch.setenv(ISOLATION_VARIABLE, "none")
    session = Session()
    yield session
    session.close()
