"""What goes wrong with one learner's work is named, and the others are done, whichever command it is."""

import errno

import pytest
from rich.console import Console
from small_class import ASSIGNMENT, score

from autograder.class_run.autograde import autograde
from autograder.class_run.stages import SplitAutograde
from autograder.class_run.verify import verify_course
from autograder.report.feedback import write_feedback

pytestmark = pytest.mark.usefixtures("without_kernels")
FAULT = OSError(errno.EIO, "a fault of the disk")


def breaks_for_bela(monkeypatch, step):
    """Let a step of the driver's fail for one submission, as a broken disk would."""
    works = getattr(SplitAutograde, step)

    def broken(stages, student, *more):
        if student == "bela":
            raise FAULT
        return works(stages, student, *more)

    monkeypatch.setattr(SplitAutograde, step, broken)


@pytest.mark.parametrize("step", ["fingerprint", "is_graded", "prepare", "record", "publish"])
def test_grading_goes_on(three, monkeypatch, step):
    with monkeypatch.context() as patch:
        breaks_for_bela(patch, step)
        assert autograde(three, ASSIGNMENT) == ["bela"]
        assert [score(three, student) for student in ("ada", "chidi")] == [5, 5]
        assert "a fault of the disk" in three.log.read_text()
    assert autograde(three, ASSIGNMENT) == []
    assert score(three, "bela") == 3


def test_feedback_goes_on(three):
    autograde(three, ASSIGNMENT)
    path = three.root / "autograded" / "bela" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.chmod(0o644)
    for damage in (lambda: path.write_text("{"), path.unlink):
        damage()
        assert write_feedback(three, ASSIGNMENT) == ["bela"]
        pages = {page.parts[-3] for page in three.root.glob(f"feedback/*/{ASSIGNMENT}/{ASSIGNMENT}.html")}
        assert pages == {"ada", "chidi"}
        assert f"no feedback page of {ASSIGNMENT} for bela" in three.log.read_text()


def test_verifying_goes_on(three, monkeypatch):
    autograde(three, ASSIGNMENT)
    for step, said in (("prepare", "could not be graded again"), ("fingerprint", "could not be checked")):
        with monkeypatch.context() as patch:
            breaks_for_bela(patch, step)
            console = Console(record=True, width=300)
            assert verify_course(three, ASSIGNMENT, "", 1, console) == 1
            text = console.export_text()
            assert f"bela: {said}: OSError" in text
            assert "2 of 3 results are as they were signed" in text
