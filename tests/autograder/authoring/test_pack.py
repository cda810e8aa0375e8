"""Learners get what they need, and nothing that answers or grades."""

import zipfile

from autograder.authoring.pack import pack


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
