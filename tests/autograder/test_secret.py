"""The key of a course directory and the seeds made with it: its owner's alone, the same at every call."""

import os
import subprocess
import sys

import nbformat
import pytest
from rich.console import Console

from autograder import ROOT
from autograder.class_run.autograde import autograde
from autograder.class_run.verify import verify_course
from autograder.exam.exercise import SEED_VARIABLE
from autograder.exams import EXAMS
from autograder.report.feedback import write_feedback
from autograder.secret import FOLDER, course_key, submission_seed
from autograder.submission.incident import KEY


@pytest.mark.skipif(os.name != "posix", reason="permissions need POSIX")
def test_the_key_is_its_owners_alone(tmp_path):
    key = course_key(tmp_path)
    place = tmp_path / FOLDER / "key"
    assert len(key) == 32
    assert place.stat().st_mode & 0o777 == 0o600
    assert course_key(tmp_path) == key
    place.chmod(0o644)
    with pytest.raises(PermissionError, match="chmod 600"):
        course_key(tmp_path)


def cells(*sources):
    return [{"cell_type": "code", "source": source} for source in sources]


def test_a_seed_hangs_on_the_key_and_on_every_letter_and_on_nothing_else():
    key, submitted = os.urandom(32), ["def f():\n    return 1", "f()"]
    seed = submission_seed(key, cells(*submitted))
    with_outputs = [{**cell, "outputs": ["x"], "metadata": {"a": 1}} for cell in cells(*submitted)]
    assert submission_seed(key, with_outputs) == seed
    others = [
        submission_seed(os.urandom(32), cells(*submitted)),
        submission_seed(key, cells(submitted[0] + " ", submitted[1])),
        submission_seed(key, cells(*submitted[::-1])),
        submission_seed(key, cells("".join(submitted))),
        submission_seed(key, [{"cell_type": "markdown", "source": source} for source in submitted]),
    ]
    assert len({seed, *others}) == 6


def test_no_seed_can_be_tried_through():
    """Of 400 seeds some begin with each of the first bits set and not set: nothing is cut off."""
    seeds = [submission_seed(b"key", cells(str(number))) for number in range(400)]
    either, both = 0, 2**128 - 1
    for seed in seeds:
        either, both = either | seed, both & seed
    assert (either, both) == (2**128 - 1, 0)


def test_all_bits_of_a_seed_draw_the_inputs():
    def first(seed):
        return next(next(iter(EXAMS["01_attention_from_scratch"].EXERCISES)).cases(seed)).args[0].tobytes()

    seed = submission_seed(b"key", cells("x"))
    assert len({first(seed), *(first(seed ^ 1 << bit) for bit in range(128))}) == 129


def verdicts(notebook):
    return [c.metadata[KEY]["verdict"] for c in notebook.cells if KEY in c.metadata]


@pytest.fixture
def own_seeds(monkeypatch):
    """As outside of these tests: nobody has set a seed."""
    monkeypatch.delenv(SEED_VARIABLE)


@pytest.mark.slow
def test_each_submission_has_a_seed_that_only_the_instructor_reads(small, own_seeds):
    small.submit()
    small.submit(student="bela", second="def second(): return 1 + 1")
    seeds = set()
    for student in ("ada", "bela"):
        points, _, notebook = small.graded(student)
        assert points == [2, 3]
        [seed] = {v["seed"] for v in verdicts(notebook)}
        assert nbformat.from_dict(notebook).metadata[KEY]["receipt"]["seed"] == seed
        seeds.add(seed)
    assert len(seeds) == 2
    write_feedback(small.course, "09_example")
    pages = [path.read_text() for path in (small.course.root / "feedback").rglob("*.html")]
    assert len(pages) == 2
    for seed in seeds:
        assert len(seed) > 30
        assert not any(seed in page or f"{int(seed):x}" in page.lower() for page in pages)


@pytest.mark.slow
def test_nbgraders_own_command_grading_again_and_verify_take_the_same_seed(small, own_seeds):
    small.submit()
    seeds = [verdicts(small.graded()[2])]
    place = small.course.root / "autograded" / "ada" / "09_example" / "09_example.ipynb"
    assert verify_course(small.course, "09_example", "", 1, Console(quiet=True)) == 0
    command = [sys.executable, "-m", "nbgrader", "autograde", "09_example", "--force"]
    (small.course.root / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text())
    subprocess.run(command, cwd=small.course.root, check=True, capture_output=True)
    seeds.append(verdicts(nbformat.read(place, as_version=4)))
    autograde(small.course, "09_example", force=True)
    seeds.append(verdicts(nbformat.read(place, as_version=4)))
    assert [v["seed"] for v in seeds[0]] == [v["seed"] for v in seeds[1]] == [v["seed"] for v in seeds[2]]
