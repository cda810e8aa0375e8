"""A class with honest learners in it and whatever else somebody put below `submitted/`, graded from end to end."""

import hashlib
import io
import os
import shutil
import socket
import stat
from contextlib import suppress

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from rich.console import Console
from small_class import fake_run
from small_course import NAME, SmallCourse

from autograder.class_run.autograde import autograde
from autograder.class_run.verify import verify_course
from autograder.report import write_report
from autograder.report.feedback import write_feedback
from autograder.submission.incident import incidents

NOTEBOOK = f"{NAME}.ipynb"
HONEST = {"ada": 5, "bela": 3}


class Class:
    """A course directory in which ada and bela have handed in, and others may.

    Args:
        released: a course directory in which the assignment is released; it is copied.
        root: the place for the copy.
    """

    def __init__(self, released, root):
        shutil.copytree(released, root, dirs_exist_ok=True)
        self.small = SmallCourse(root)
        self.course, self.root, self.submitted = self.small.course, root, root / "submitted"
        self.small.submit(student="ada")
        self.small.submit(student="bela", first="def first(): return 7")
        self.right = (self.submitted / "ada" / NAME / NOTEBOOK).read_bytes()

    def folder(self, student):
        """An empty folder for a submission."""
        place = self.submitted / student / NAME
        place.mkdir(parents=True)
        return place

    def run(self, monkeypatch):
        """Every command that comes after the submissions; the text that they print."""
        monkeypatch.setattr("autograder.class_run.pool.run_submission", fake_run)
        monkeypatch.setattr("autograder.report.known_hints", dict)  # the exams' own, which take seconds to import
        console = Console(file=io.StringIO(), width=300)
        self.failed = autograde(self.course, NAME, console=console)
        assert autograde(self.course, NAME, console=console) == self.failed  # timestamps are compared in a second run
        self.without_page = write_feedback(self.course, NAME, console=console)
        write_report(self.course)
        self.wrong = verify_course(self.course, NAME, "", None, console)
        return console.file.getvalue()

    def score(self, student):
        """The points in the gradebook, None where there are none."""
        with Gradebook(self.course.database) as gradebook:
            try:
                return gradebook.find_submission(NAME, student).score
            except MissingEntry:
                return None

    def incidents(self, student):
        """{name: message} of a graded submission's incidents."""
        path = self.root / "autograded" / student / NAME / NOTEBOOK
        return {i.name: i.message for i in incidents(nbformat.read(path, as_version=4))}

    def outcome(self, student):
        """All that a learner gets."""
        page = self.root / "feedback" / student / NAME / f"{NAME}.html"
        return self.score(student), self.incidents(student), hashlib.sha256(page.read_bytes()).hexdigest()

    def state(self):
        """What lies below submitted/, as lstat sees it, without following or opening anything but folders."""
        found = {}
        for place, folders, files in os.walk(os.fsencode(self.submitted)):
            for name in (b".", *folders, *files):
                path = os.path.join(place, name)
                entry = os.lstat(path)
                found[path] = entry.st_mode, entry.st_size, entry.st_mtime_ns, entry.st_ino
        return found


def make_socket(path):
    """A unix socket, where its name is short enough for one."""
    with socket.socket(socket.AF_UNIX) as listener, suppress(OSError):
        here = os.getcwd()
        try:
            os.chdir(path.parent)
            listener.bind(path.name)
        finally:
            os.chdir(here)


def make_device(path):
    """/dev/zero under another name, where one may."""
    with suppress(PermissionError):
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))


def make_sparse(path, size):
    """A file of a size that takes no room."""
    with path.open("wb") as file:
        file.truncate(size)


def make_many(folder, count):
    """A folder with very many entries, all of them names of one file."""
    folder.mkdir(exist_ok=True)
    (folder / "0").touch()
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        for number in range(1, count):
            os.symlink("0", str(number), dir_fd=descriptor)
    finally:
        os.close(descriptor)
