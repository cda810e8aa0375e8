"""The training script in processes of its own: two share a batch, one is killed, and the curves are the same."""

import signal
import subprocess
import time

import pytest
from scripts import ALONE, TOGETHER, complaint, curve, environment

from autograder import ROOT
from autograder.exam.reference import source_notebook

pytestmark = pytest.mark.slow  # each process imports torch

OPTIONS = ["--documents", "100", "--width", "16", "--heads", "2", "--batch-size", "16", "--learning-rate", "0.01"]


def command(folder, launcher=ALONE, steps=24):
    notebook = str(source_notebook("04_masked_language_model"))
    script = ["-m", "attention_course.training", "--notebook", notebook, "--folder", str(folder)]
    return [*launcher, *script, "--steps", str(steps), "--save-every", "2", *OPTIONS]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The curve of one process that nobody disturbs, and what it printed."""
    folder = tmp_path_factory.mktemp("alone")
    done = subprocess.run(command(folder), env=environment(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return curve(folder), done.stdout, folder


def test_it_says_how_far_the_model_is_from_the_limit(alone):
    assert "the best possible is 0." in alone[1]


def test_two_processes_draw_the_same_curve_as_one(alone, tmp_path):
    done = subprocess.run(command(tmp_path, TOGETHER), env=environment(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert curve(tmp_path) == pytest.approx(alone[0], rel=1e-4)
    assert alone[0][-1] < alone[0][0] - 0.3


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
    subprocess.run(command(tmp_path), env=environment(), check=True, capture_output=True, timeout=300)
    assert curve(tmp_path) == alone[0]


def test_another_length_and_unwritten_exercises_get_a_sentence(alone, tmp_path):
    assert "(steps was 24, now 4). Delete it, or name another folder" in complaint(command(alone[2], steps=4))
    released = str(ROOT / "notebooks" / "04_masked_language_model" / "04_masked_language_model.ipynb")
    solved = str(source_notebook("04_masked_language_model"))
    unwritten = [released if part == solved else part for part in command(tmp_path / "new")]
    assert "still to be written" in complaint(unwritten)
