"""What is graded of a submission: its notebook and its own regular files, and nothing that they point at."""

import os

import pytest

from autograder.class_run import snapshot as module
from autograder.class_run.snapshot import fingerprint, snapshot, timestamp
from autograder.submission import folder as reader
from autograder.submission.choice import Chosen
from autograder.submission.entry import UnreadableError
from autograder.submission.folder import Submitted, read_file
from autograder.submission.intake import choose_notebook, notices_of, read_taken_in

posix = pytest.mark.skipif(os.name != "posix", reason="links and pipes need POSIX")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "submitted" / "ada" / "n"
    folder.mkdir(parents=True)
    (folder / "n.ipynb").write_bytes(b"notebook")
    return folder


def opened(folder):
    return Submitted(folder.parent.parent).folder(folder.parent.name, folder.name)


def taken(folder, tmp_path, own=()):
    """({path: content} of what is kept, what was left behind)"""
    target = tmp_path / "taken" / "ada" / "n"
    with opened(folder) as submission:
        chosen = choose_notebook(submission, "n", lambda: b"")
        left = snapshot(submission, chosen, target / "n.ipynb", own)
    return {
        path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*") if path.is_file()
    }, left


def test_files_are_copied(folder, tmp_path):
    (folder / "data").mkdir()
    (folder / "data" / "x.csv").write_bytes(b"1,2")
    assert taken(folder, tmp_path) == ({"n.ipynb": b"notebook", "data/x.csv": b"1,2"}, [])


@posix
def test_links_and_pipes_stay_behind_and_are_named(folder, tmp_path):
    secret = tmp_path / "solutions"
    secret.mkdir()
    (secret / "s.txt").write_text("the answers")
    (folder / "link.txt").symlink_to(secret / "s.txt")
    (folder / "folder").symlink_to(secret)
    (folder / "[a-z]").mkdir()
    (folder / "[a-z]" / "link").symlink_to(secret / "s.txt")
    os.mkfifo(folder / "pipe\n")
    kept, left = taken(folder, tmp_path)
    assert kept == {"n.ipynb": b"notebook"}
    link = "is a link, and links are not followed"
    assert left[:2] == [f"'folder' {link}", f"'link.txt' {link}"]
    assert left[2:] == ["'pipe\\n' has a name that cannot be written down", f"'[a-z]/link' {link}"]


@posix
def test_a_notebook_that_is_a_link_is_none(folder, tmp_path):
    (tmp_path / "right.ipynb").write_bytes(b"solution")
    (folder / "n.ipynb").unlink()
    (folder / "n.ipynb").symlink_to(tmp_path / "right.ipynb")
    assert taken(folder, tmp_path)[0] == {"n.ipynb": b""}
    with pytest.raises(UnreadableError, match="links are not followed"):
        read_file(folder / "n.ipynb")


def test_what_was_said_of_a_submission_goes_with_its_copy(folder, tmp_path):
    (folder / "n.ipynb").rename(folder / "m.ipynb")
    taken(folder, tmp_path)
    copy = tmp_path / "taken" / "ada" / "n" / "n.ipynb"
    assert notices_of(copy).parent == copy.parent.parent  # not where a learner's file could be
    found = read_taken_in(copy).metadata["attention_course"]["incidents"]
    assert [incident["name"] for incident in found] == ["not a notebook", "misnamed notebook"]


def test_too_many_and_too_large_files_stay_behind(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAXIMUM_BYTES", 12)
    monkeypatch.setattr(module, "MAXIMUM_FILES", 2)
    for name in "bcd":
        (folder / name).write_bytes(b"1")
    (folder / "a-large").write_bytes(b"x" * 5)  # eight of the twelve are the notebook's
    kept, left = taken(folder, tmp_path)
    assert set(kept) == {"n.ipynb", "b", "c"}
    assert ["'a-large' does not fit" in left[0], left[1]] == [True, "'d' is one of more than 2"]


def test_nothing_stands_in_the_way_of_the_assignments_own_files(folder, tmp_path):
    (folder / "data").write_text("a file, where the assignment has a folder")
    (folder / "x.csv").mkdir()
    (folder / "x.csv" / "y").touch()
    (folder / "same.txt").write_text("nbgrader replaces it")
    kept, left = taken(folder, tmp_path, [("data", "a.csv"), ("x.csv",), ("same.txt",)])
    assert set(kept) == {"n.ipynb", "same.txt"}
    assert left == [f"'{name}' stands in the way of a file of the assignment's" for name in ("data", "x.csv/y")]


def test_a_folder_that_is_too_full_is_left_out_and_the_notebook_is_not(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "MAXIMUM_ENTRIES", 10)
    (folder / "a.txt").touch()
    (folder / "full").mkdir()
    for number in range(20):
        (folder / "full" / str(number)).touch()
    assert taken(folder, tmp_path) == ({"n.ipynb": b"notebook", "a.txt": b""}, ["'...' is more than is looked at"])


def test_a_timestamp_is_short(folder):
    for text, read in (("2026-11-25 10:00:00 UTC", "2026-11-25 10:00:00 UTC"), ("2" * 1025, "")):
        (folder / "timestamp.txt").write_text(text)
        with opened(folder) as submission:
            assert timestamp(submission) == read


def test_the_hash_is_that_of_the_notebook(folder):
    def hash_of():
        with opened(folder) as submission:
            return fingerprint(choose_notebook(submission, "n", lambda: b"").content)

    before = hash_of()
    (folder / "other.txt").touch()
    assert hash_of() == before
    (folder / "n.ipynb").write_bytes(b"changed")
    assert hash_of() != before
    (folder / "n.ipynb").unlink()
    assert hash_of() == fingerprint(b"") == fingerprint(Chosen().content)


@posix
@pytest.mark.parametrize("by_descriptor", [True, False])
def test_folders_are_read_the_same_where_the_system_opens_by_name(folder, monkeypatch, by_descriptor):
    monkeypatch.setattr(reader, "_BY_DESCRIPTOR", by_descriptor)
    (folder / "d" / "e").mkdir(parents=True)
    (folder / "d" / "e" / "f").write_text("x")
    (folder / "l").symlink_to("d")
    (folder.parent.parent / "bela").symlink_to("ada")
    assert Submitted(folder.parent.parent).students("n") == ["ada", "bela"]
    with opened(folder) as submission:
        found, complete = submission.walk()
        assert complete
        assert [str(entry) for entry in found] == ["'d'", "'l'", "'n.ipynb'", "'d/e'", "'d/e/f'"]
        assert submission.read("d", "e", "f") == b"x"
        for path in (("l",), ("l", "e", "f"), ("d",), ("nothing",)):
            with pytest.raises(UnreadableError):
                submission.read(*path)
    with Submitted(folder.parent.parent).folder("bela", "n") as other:
        assert other.problem == "the student's folder is a link, and links are not followed"


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may read everything")
def test_what_the_grader_may_not_read_is_said(folder):
    (folder / "n.ipynb").chmod(0)
    with opened(folder) as submission, pytest.raises(UnreadableError, match="may not be read by the grader"):
        submission.read("n.ipynb")


def test_no_descriptor_is_left_open(folder, tmp_path):
    (folder / "d" / "e").mkdir(parents=True)
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(5):
        taken(folder, tmp_path)
    assert before == (len(os.listdir("/proc/self/fd")) if before else 0)
