"""What is graded of a submission: its own regular files, and nothing that it points at."""

import os

import pytest

from autograder.class_run import snapshot as module
from autograder.class_run.snapshot import content, fingerprint, snapshot


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "submitted"
    folder.mkdir()
    (folder / "n.ipynb").write_bytes(b"notebook")
    return folder


def taken(folder, tmp_path):
    target = tmp_path / "taken"
    snapshot(folder / "n.ipynb", target / "n.ipynb")
    return {str(path.relative_to(target)): path.read_bytes() for path in target.rglob("*") if path.is_file()}


def test_files_are_copied(folder, tmp_path):
    (folder / "data").mkdir()
    (folder / "data" / "x.csv").write_bytes(b"1,2")
    assert taken(folder, tmp_path) == {"n.ipynb": b"notebook", "data/x.csv": b"1,2"}


@pytest.mark.skipif(os.name != "posix", reason="links and pipes need POSIX")
def test_links_and_pipes_stay_behind(folder, tmp_path):
    secret = tmp_path / "solutions"
    secret.mkdir()
    (secret / "s.txt").write_text("the answers")
    (folder / "link.txt").symlink_to(secret / "s.txt")
    (folder / "folder").symlink_to(secret)
    (folder / "[a-z]").mkdir()
    (folder / "[a-z]" / "link").symlink_to(secret / "s.txt")
    os.mkfifo(folder / "pipe")
    assert taken(folder, tmp_path) == {"n.ipynb": b"notebook"}


@pytest.mark.skipif(os.name != "posix", reason="links need POSIX")
def test_a_notebook_that_is_a_link_counts_as_empty(folder, tmp_path):
    (tmp_path / "right.ipynb").write_bytes(b"solution")
    (folder / "n.ipynb").unlink()
    (folder / "n.ipynb").symlink_to(tmp_path / "right.ipynb")
    assert taken(folder, tmp_path) == {"n.ipynb": b""}
    assert content(folder / "n.ipynb") == b""


def test_a_missing_notebook_counts_as_empty(folder, tmp_path):
    (folder / "n.ipynb").unlink()
    assert taken(folder, tmp_path) == {"n.ipynb": b""}


def test_too_many_and_too_large_files_stay_behind(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAXIMUM_BYTES", 10)
    monkeypatch.setattr(module, "MAXIMUM_FILES", 2)
    for name in "abcd":
        (folder / name).write_bytes(b"1")
    (folder / "0-large").write_bytes(b"x" * 11)
    assert set(taken(folder, tmp_path)) == {"n.ipynb", "a", "b"}


def test_the_hash_is_that_of_the_notebook(folder):
    before = fingerprint(folder / "n.ipynb")
    (folder / "other.txt").touch()
    assert fingerprint(folder / "n.ipynb") == before
    (folder / "n.ipynb").write_bytes(b"changed")
    assert fingerprint(folder / "n.ipynb") != before
