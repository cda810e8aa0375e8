"""nbgrader's own command grades what `collect` has copied, and the same file as ours where nobody collected."""

import os
import subprocess
import sys

import nbformat
import pytest
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from small_class import ASSIGNMENT, RIGHT, WRONG, score

from autograder.class_run.autograde import collect
from autograder.class_run.stages import COLLECTED
from autograder.submission.incident import incidents
from autograder.submission.intake import SubmissionExporter

CONFIG = """
from pathlib import Path
from autograder.config import course_config

c = get_config()
c.merge(course_config(Path(__file__).parent))
"""
NOTEBOOK = f"{ASSIGNMENT}.ipynb"


@pytest.fixture
def odd(small):
    """A course in which people handed in what nbgrader itself passes over, follows or waits for."""
    (small.course.root / "nbgrader_config.py").write_text(CONFIG)
    for student in ("ada", "bela", "chidi", "dunja", "emre"):
        small.submit(student=student, first=RIGHT)
    place = {path.parent.name: path / NOTEBOOK for path in (small.course.root / "submitted").glob(f"*/{ASSIGNMENT}")}
    place["ada"].rename(place["ada"].with_name("homework.ipynb"))
    place["bela"].unlink()
    place["chidi"].unlink()
    place["chidi"].symlink_to(small.course.root / "solutions" / ASSIGNMENT / NOTEBOOK)
    place["dunja"].unlink()
    os.mkfifo(place["dunja"])
    place["emre"].with_name("final.ipynb").write_bytes(place["emre"].read_bytes())
    place["emre"].write_text(place["emre"].read_text().replace(RIGHT, WRONG))
    os.utime(place["emre"], (1_700_000_000, 1_700_000_000))
    return small.course


def nbgrader_autograde(course, *options):
    command = [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT, *options]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]


def named(course, student):
    path = course.root / "autograded" / student / ASSIGNMENT / NOTEBOOK
    return [incident.name for incident in incidents(nbformat.read(path, as_version=4))]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="links and pipes need POSIX")
def test_nbgraders_own_command_grades_what_was_collected(odd):
    before = {path: path.lstat() for path in (odd.root / "submitted").rglob("*")}
    assert collect(odd, ASSIGNMENT) == 5
    nbgrader_autograde(odd, f"--CourseDirectory.submitted_directory={COLLECTED}")
    assert {student: score(odd, student) for student in ("ada", "bela", "chidi", "dunja", "emre")} == {
        "ada": 5,
        "bela": 0,
        "chidi": 0,
        "dunja": 0,
        "emre": 5,
    }
    assert named(odd, "ada") == ["misnamed notebook"]
    assert [named(odd, student) for student in ("bela", "chidi", "dunja")] == [["no notebook"]] * 3
    assert named(odd, "emre") == ["several notebooks"]
    after = {path: path.lstat() for path in (odd.root / "submitted").rglob("*")}
    assert {path: entry[:2] for path, entry in after.items()} == {path: entry[:2] for path, entry in before.items()}


@pytest.mark.skipif(os.name != "posix", reason="links and pipes need POSIX")
def test_without_it_the_exporter_reads_the_same_file(odd):
    config = odd.config
    converter = Autograde(coursedir=CourseDirectory(config=config), config=config)
    exporter = SubmissionExporter(parent=converter, config=config)
    found = {}
    for student in ("ada", "chidi", "dunja", "emre"):
        path = odd.root / "submitted" / student / ASSIGNMENT / NOTEBOOK
        names = {"student": student, "assignment": ASSIGNMENT, "notebook": ASSIGNMENT}
        text, _ = exporter.from_filename(str(path), resources={"nbgrader": names})
        notebook = nbformat.reads(text, as_version=4)
        found[student] = [incident.name for incident in incidents(notebook)], RIGHT in text
    assert found == {
        "ada": (["misnamed notebook"], True),
        "chidi": (["no notebook"], False),
        "dunja": (["no notebook"], False),
        "emre": (["several notebooks"], True),
    }
