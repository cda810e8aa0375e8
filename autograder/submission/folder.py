"""Whatever lies below `submitted/`, read as data: the only code that opens or lists anything there.

Every component below `submitted/` is opened from the one above it, never through a link, and only regular files are
read, so that nothing outside can be reached and nothing can make the reader wait. What is looked at is limited in
number, depth and size: 100,000 entries cost no more than the first few thousand.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import islice
from pathlib import Path

from autograder.submission.entry import MAXIMUM_BYTES, Entry, UnreadableError

MAXIMUM_ENTRIES = 2000
"""Entries of one submission that are looked at."""

MAXIMUM_DEPTH = 8
"""Folders in folders that are entered."""

PASSED_OVER = ("__MACOSX", "__pycache__")
"""Folders that programs leave behind. So are those whose name begins with a dot, and files of such names."""

_BY_DESCRIPTOR = os.open in os.supports_dir_fd and os.stat in os.supports_dir_fd and os.scandir in os.supports_fd


class _Directory:
    """A folder, held open; names in it are looked up in it and nowhere else."""

    def __init__(self, descriptor: int):
        self._descriptor = descriptor

    def look(self, name: str) -> os.stat_result:
        return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)

    def names(self, most: int | None = None) -> list[str]:
        with os.scandir(self._descriptor) as entries:
            return sorted(entry.name for entry in islice(entries, most))

    def enter(self, name: str) -> _Directory:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
        return _Directory(os.open(name, flags, dir_fd=self._descriptor))

    def open(self, name: str) -> int:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY, dir_fd=self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)


class _NamedDirectory(_Directory):
    """The same by name, for systems whose calls take no descriptor of a folder; safe while nothing is changed in it."""

    def __init__(self, path: str):
        self._path = path

    def look(self, name: str) -> os.stat_result:
        return os.lstat(os.path.join(self._path, name))

    def names(self, most: int | None = None) -> list[str]:
        with os.scandir(self._path) as entries:
            return sorted(entry.name for entry in islice(entries, most))

    def enter(self, name: str) -> _Directory:
        if not stat.S_ISDIR(self.look(name).st_mode):
            raise NotADirectoryError(errno.ENOTDIR, "not a folder", name)
        return _NamedDirectory(os.path.join(self._path, name))

    def open(self, name: str) -> int:
        if not stat.S_ISREG(self.look(name).st_mode):
            raise OSError(errno.ELOOP, "not a file", name)
        return os.open(os.path.join(self._path, name), os.O_RDONLY | getattr(os, "O_BINARY", 0))

    def close(self) -> None:
        pass


class Folder:
    """What one student handed in for one assignment.

    `problem` says why the folder itself cannot be entered, "" if it can; then there is nothing in it.
    """

    def __init__(self, directory: _Directory | None, problem: str = ""):
        self._directory, self.problem = directory, problem

    def look(self, *path: str) -> Entry | None:
        """What there is of this name; None for nothing, or nothing that can be reached without a link."""
        with _whatever_was_submitted(), self._inside(path[:-1]) as directory:
            found = directory.look(path[-1])
            return Entry.of(path, found)
        return None

    def walk(self) -> tuple[list[Entry], bool]:
        """(all that is in the folder and its folders, whether that is all of it), from the top down and by name.

        A folder that does not fit into MAXIMUM_ENTRIES any more is left out, and so is all that would come after it.
        """
        found: list[Entry] = []
        room = MAXIMUM_ENTRIES
        waiting: deque[tuple[str, ...]] = deque([()])
        while waiting and self._directory is not None:
            place = waiting.popleft()
            names = self._names(place, room + 1)
            room -= len(names)
            if room < 0:
                return found, False
            entries = [self.look(*place, name) for name in names if not name.startswith(".")]
            kept = [e for e in entries if e and not (e.kind == "folder" and e.name in PASSED_OVER)]
            found += kept
            waiting += [e.path for e in kept if e.kind == "folder" and len(e.path) < MAXIMUM_DEPTH]
        return found, True

    def read(self, *path: str, limit: int = MAXIMUM_BYTES) -> bytes:
        """The content of a regular file.

        Raises:
            UnreadableError: it is none, is larger than `limit` bytes, or the grader may not read it.
        """
        entry = self.look(*path)
        if entry is None:
            raise UnreadableError("is not there")
        if entry.problem or entry.size > limit:
            raise UnreadableError(entry.problem or f"is larger than {limit} bytes")
        try:
            with self._inside(path[:-1]) as directory:
                return _content(directory.open(path[-1]), limit)
        except OSError as error:
            raise UnreadableError(_reason(error)) from None

    def _names(self, place: tuple[str, ...], most: int) -> list[str]:
        with _whatever_was_submitted(), self._inside(place) as directory:
            return directory.names(most)
        return []

    @contextmanager
    def _inside(self, place: tuple[str, ...]) -> Iterator[_Directory]:
        """The folder of this path, entered step by step."""
        if self._directory is None:
            raise FileNotFoundError(errno.ENOENT, self.problem)
        directory = self._directory
        for name in place:
            try:
                inner = directory.enter(name)
            finally:
                if directory is not self._directory:
                    directory.close()
            directory = inner
        try:
            yield directory
        finally:
            if directory is not self._directory:
                directory.close()


class Submitted:
    """A course's folder of submissions, submitted/STUDENT/ASSIGNMENT/.

    Args:
        root: that folder. It may be a link, which is the instructor's own; nothing below it may.
    """

    def __init__(self, root: Path):
        self.root = root

    def students(self, assignment: str) -> list[str]:
        """Who submitted something to an assignment, in order: there is something of its name in the student's folder.

        A student's folder that is a link, or that the grader may not enter, counts for each assignment: it is not
        known what is in it. Names that begin with a dot are nobody's, as for nbgrader.
        """
        try:
            directory = _open(self.root)
        except (FileNotFoundError, NotADirectoryError):
            return []
        with closing(directory):
            return [name for name in directory.names() if self._has(Folder(directory), name, assignment)]

    @contextmanager
    def folder(self, student: str, assignment: str) -> Iterator[Folder]:
        """A student's submission, open. What lies in its place, if it is no folder, is the folder's `problem`."""
        with ExitStack() as stack:
            try:
                top = Folder(stack.enter_context(closing(_open(self.root))))
            except FileNotFoundError:
                yield Folder(None, "the submission is not there")
                return
            try:
                submission = Folder(stack.enter_context(top._inside((student, assignment))))
            except OSError as error:
                submission = Folder(None, _problem(top, student, assignment, error))
            yield submission

    @staticmethod
    def _has(top: Folder, student: str, assignment: str) -> bool:
        if student.startswith(".") or student in PASSED_OVER:
            return False
        try:
            found = top.look(student)
            if found is None or found.kind not in ("folder", "link"):
                return False
            with top._inside((student,)) as inside:
                inside.look(assignment)
        except FileNotFoundError:
            return False
        except OSError:  # a link, or closed, or a fault of the machine's, which whoever reads it will meet again
            return True
        return True


def read_file(path: Path) -> bytes:
    """The content of one file, under the same conditions.

    Raises:
        UnreadableError: it is no regular file, too large, or the grader may not read it.
    """
    with closing(_open(path.parent)) as directory:
        return Folder(directory).read(path.name)


def _open(path: Path) -> _Directory:
    if not _BY_DESCRIPTOR:
        return _NamedDirectory(str(path))
    return _Directory(os.open(path, os.O_RDONLY | os.O_DIRECTORY))


def _problem(top: Folder, student: str, assignment: str, error: OSError) -> str:
    """Why a submission's folder could not be entered."""
    for what, path in (("the student's folder", (student,)), ("the submission", (student, assignment))):
        entry = top.look(*path)
        if entry and entry.kind != "folder":
            return f"{what} {entry.problem or 'is a file and no folder'}"
    return f"the submission {_reason(error)}"


@contextmanager
def _whatever_was_submitted() -> Iterator[None]:
    """Go on where something is not there, is no folder or is closed; a fault of the machine's is raised."""
    try:
        yield
    except OSError as error:
        _reason(error)


def _content(descriptor: int, limit: int) -> bytes:
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableError("is no file")
        content = file.read(min(found.st_size, limit) + 1)
    if len(content) > limit:
        raise UnreadableError(f"is larger than {limit} bytes")
    return content


def _reason(error: OSError) -> str:
    """What a submission is to blame for, in words; a fault of the machine's is raised again."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return "may not be read by the grader"
    if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENOENT, errno.ENXIO, errno.EISDIR, errno.ENAMETOOLONG):
        return "was changed while it was read"
    raise error
