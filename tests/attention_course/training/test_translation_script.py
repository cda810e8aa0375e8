"""The translator's training script in processes of its own, as the one of notebook 04: shared, killed, refused."""

import signal
import subprocess
import time

import pytest
from scripts import ALONE, TOGETHER, complaint, curve, environment

from autograder import ROOT
from autograder.exam.reference import source_notebook

pytestmark = pytest.mark.slow  # each process imports torch

NOTEBOOK = "06_sequence_to_sequence"
OPTIONS = ["--pairs", "400", "--tests", "4", "--batch-size", "16", "--save-every", "2"]


def command(folder, launcher=ALONE, steps=20, notebook=None, kind="additive"):
    path = str(notebook or source_notebook(NOTEBOOK))
    script = ["-m", "attention_course.translation", "--notebook", path, "--folder", str(folder), "--kind", kind]
    return [*launcher, *script, "--steps", str(steps), *OPTIONS]


def run(arguments, **options):
    return subprocess.run(arguments, env=environment(), capture_output=True, text=True, timeout=300, **options)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The curve of one process that nobody disturbs, and what it printed."""
    folder = tmp_path_factory.mktemp("alone")
    done = run(command(folder))
    assert done.returncode == 0, done.stderr[-2000:]
    return curve(folder), done.stdout


def test_it_learns_and_counts_exact_translations_by_length(alone):
    assert alone[0][-1] < alone[0][0] - 0.3
    assert "20 steps in" in alone[1]
    assert alone[1].count("translated exactly") == 7


def test_two_processes_draw_the_same_curve_as_one(alone, tmp_path):
    done = run(command(tmp_path, TOGETHER))
    assert done.returncode == 0, done.stderr[-2000:]
    assert curve(tmp_path) == pytest.approx(alone[0], rel=1e-4)


def test_a_killed_run_goes_on_to_the_same_curve(alone, tmp_path):
    process = subprocess.Popen(
        command(tmp_path), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 200
    while not (tmp_path / "checkpoint.pt").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "curve.csv").exists(), "it was too fast to be killed; give it more steps"
    assert run(command(tmp_path)).returncode == 0
    assert curve(tmp_path) == alone[0]
    other = complaint(command(tmp_path, kind="transformer"))
    assert "kind was additive, now transformer" in other


def test_what_is_missing_is_told_in_a_sentence(tmp_path):
    released = ROOT / "notebooks" / NOTEBOOK / f"{NOTEBOOK}.ipynb"
    assert "still to be written" in complaint(command(tmp_path, notebook=released))
    assert "there is no notebook" in complaint(command(tmp_path, notebook=tmp_path / "none.ipynb"))
    assert "sideways is none of additive" in complaint(command(tmp_path, kind="sideways"))
