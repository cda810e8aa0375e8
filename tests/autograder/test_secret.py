"""The key and the seed of a course directory: its owner's alone, the same at every call, others elsewhere."""

import os

import nbformat
import pytest

from autograder.exam.exercise import SEED_VARIABLE
from autograder.secret import FOLDER, course_key, course_seed
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


def test_two_courses_have_two_seeds_and_each_keeps_its_own(tmp_path):
    seeds = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        seeds.append(course_seed(tmp_path / name))
        assert course_seed(tmp_path / name) == seeds[-1]
    assert seeds[0] != seeds[1]
    assert all(0 < seed < 2**31 for seed in seeds)


@pytest.mark.slow
def test_a_class_is_graded_with_the_seed_of_its_course(small, monkeypatch):
    monkeypatch.delenv(SEED_VARIABLE)
    small.submit()
    points, _, notebook = small.graded()
    assert points == [2, 3]
    verdicts = [c.metadata[KEY]["verdict"] for c in notebook.cells if KEY in c.metadata]
    assert {v["seed"] for v in verdicts} == {course_seed(small.course.root)}
    assert nbformat.from_dict(notebook).metadata[KEY]["receipt"]["seed"] == course_seed(small.course.root)
