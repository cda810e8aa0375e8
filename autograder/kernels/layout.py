"""What a sandboxed kernel sees of the disk: the system, the Python installation, the course's library. Nothing else.

Not seen: autograder/ with its exams, solutions/, lessons/, the gradebook, submissions, home directories.
"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder import ROOT
from autograder.kernels import IsolationError

HOME = Path("/home/learner")
"""Home and working folder of every kernel, empty at its start."""

_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin")
_SETTINGS = ("alternatives", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types")
_DEVICES = ("null", "zero", "full", "random", "urandom")


@dataclass(frozen=True)
class Layout:
    """Paths that are the same inside and outside."""

    readable: tuple[Path, ...]
    """Files and folders mounted read-only, parents before children."""
    links: tuple[tuple[Path, str], ...]
    """(path, target) of symbolic links to make, e.g. /bin -> usr/bin."""
    hidden: tuple[Path, ...]
    """Folders inside a readable one that are covered by an empty one."""
    devices: tuple[Path, ...] = tuple(Path("/dev", name) for name in _DEVICES)


def course_layout(private: Iterable[Path] = ()) -> Layout:
    """The layout for this installation.

    Args:
        private: more folders that a kernel must not see, e.g. the course directory that is graded.

    Raises:
        IsolationError: the Python environment's folder contains the course; one cannot be shown without the other.
    """
    system = [Path(path) for path in _SYSTEM]
    wanted = [path for path in system if not path.is_symlink()]
    wanted += [Path("/etc", name) for name in _SETTINGS]
    wanted += [*_python(), ROOT / "attention_course", ROOT / "data"]
    readable = _without_nested({form for path in wanted if path.exists() for form in (path, path.resolve())})
    for folder in (ROOT / "solutions", ROOT / "lessons"):
        if folder.exists() and _inside(folder, readable):
            raise IsolationError(
                f"the Python environment's folder contains the course ({folder}); make it in a subfolder"
            )
    return Layout(
        readable,
        tuple((path, os.readlink(path)) for path in system if path.is_symlink()),
        tuple(path for path in (ROOT / "autograder", *private) if path.is_dir() and _inside(path, readable)),
    )


def _python() -> list[Path]:
    """The interpreter and what is installed into it; not sys.path, which may name the folder one happens to be in."""
    places = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    if site.ENABLE_USER_SITE:
        places.add(site.getusersitepackages())
    return [Path(place) for place in sorted(places)]


def _without_nested(paths: set[Path]) -> tuple[Path, ...]:
    """The paths that lie in no other of them, in order."""
    return tuple(sorted(path for path in paths if not any(parent in paths for parent in path.parents)))


def _inside(path: Path, folders: Iterable[Path]) -> bool:
    places = {path, path.resolve()}
    return any(place == folder or folder in place.parents for place in places for folder in folders)
