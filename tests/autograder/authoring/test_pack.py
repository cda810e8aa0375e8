"""Learners get what they need, and nothing that answers or grades."""

import re
import subprocess
import sys
import tomllib
import zipfile

import pytest

from autograder import ROOT
from autograder.authoring.pack import pack


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The folder that a learner gets out of the zip."""
    folder = tmp_path_factory.mktemp("learner")
    pack(folder / "learner.zip")
    with zipfile.ZipFile(folder / "learner.zip") as archive:
        archive.extractall(folder)
    return folder / "attention-course"


def test_the_zip_holds_the_notebooks_and_no_answers(tmp_path):
    names = pack(tmp_path / "learner.zip")
    assert "notebooks/01_attention_from_scratch/01_attention_from_scratch.ipynb" in names
    assert "attention_course/checks/report.py" in names
    assert not [n for n in names if n.startswith(("autograder", "solutions", "lessons", "tests"))]
    with zipfile.ZipFile(tmp_path / "learner.zip") as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist() if name.endswith((".ipynb", ".py")))
    assert b"BEGIN SOLUTION" not in everything
    assert b"BEGIN HIDDEN" not in everything


def test_packing_twice_gives_the_same_bytes(tmp_path):
    pack(tmp_path / "one.zip")
    pack(tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_every_target_that_the_makefile_offers_can_work(unpacked):
    offered = subprocess.run(["make", "-s", "help"], cwd=unpacked, capture_output=True, text=True, check=True).stdout
    assert sorted(line.split()[0] for line in offered.splitlines()) == ["check", "clean", "env", "help", "lab"]
    makefile = (unpacked / "Makefile").read_text()
    assert "autograder" not in makefile
    for package in re.findall(r"-m (\w+)", makefile):
        assert package in ("venv", "pip") or (unpacked / package / "__main__.py").exists()


def test_its_readme_names_what_is_there(unpacked):
    text = (unpacked / "README.md").read_text()
    for path in re.findall(r"notebooks/\w+/\w+\.ipynb", text):
        assert (unpacked / path).exists()
    for target in re.findall(r"^    make (\w+)", text, re.MULTILINE):
        assert f"\n{target}:" in (unpacked / "Makefile").read_text()
    for name in ("environment.yml", "requirements.txt"):
        assert name in text
        assert (unpacked / name).exists()
    assert "{" not in text


def test_its_package_is_the_course_without_the_grader(unpacked):
    own, ours = (tomllib.loads((root / "pyproject.toml").read_text())["project"] for root in (unpacked, ROOT))
    assert {key: ours[key] for key in ("name", "version", "requires-python")} == {
        key: own[key] for key in ("name", "version", "requires-python")
    }
    assert "entry-points" not in own
    done = subprocess.run(
        [sys.executable, "-c", "import attention_course.checks as c; print(c.__file__)"],
        cwd=unpacked, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith(str(unpacked))
