"""The environment report of notebook 00 comes through whatever is installed."""

import sys

import pytest

from attention_course import environment


def test_report_names_packages_and_device(capsys):
    environment.report()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["Python", *environment.PACKAGES, "device"]


def test_missing_package_is_a_fact(monkeypatch):
    monkeypatch.setattr(environment, "PACKAGES", ("no-such-package",))
    assert environment.facts()["no-such-package"] == "not installed"


def test_missing_torch_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert environment.device().startswith("PyTorch is not installed")


class FakeTorch:
    """A torch that has a GPU, has none, or breaks."""

    def __init__(self, cuda: bool | Exception, mps: bool = False):
        self.cuda = self
        self.backends = self
        self.mps = type("mps", (), {"is_available": staticmethod(lambda: mps)})
        self.answer = cuda

    def is_available(self):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def get_device_name(self):
        return "Test GPU"


@pytest.mark.parametrize(
    ("torch", "sentence"),
    [
        (FakeTorch(cuda=True), "GPU: Test GPU."),
        (FakeTorch(cuda=False, mps=True), "Apple GPU"),
        (FakeTorch(cuda=False), "CPU, no GPU found."),
        (FakeTorch(cuda=OSError("library not found")), "PyTorch does not start (OSError: library not found)"),
    ],
)
def test_device_is_said_plainly(monkeypatch, torch, sentence):
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert environment.device().startswith(sentence)
