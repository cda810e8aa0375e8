"""Which file of a submission is graded as its notebook, and what its author is told about that.

The file of the expected name, as a rule. Where it is missing or holds no answer, or where a newer attempt lies beside
it (nbgrader #724), the newest notebook with answers is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from nbformat import NotebookNode

from autograder.submission.entry import MAXIMUM_BYTES, Entry, UnreadableError, quoted
from autograder.submission.folder import Folder
from autograder.submission.incident import KEY, Incident

MAXIMUM_NOTEBOOKS = 20
"""Notebooks of one submission that are compared, the newest."""

SAME_TIME = 2_000_000_000
"""Nanoseconds: times that differ by less say nothing; a zip file knows them to two seconds."""

_NOTEBOOK = re.compile(r"\.ipynb( ?\(\d+\))?(\.txt|\.json)?$", re.IGNORECASE)
_BACKUP = re.compile(r"^[~#$]|([-.]checkpoint|[-._ ](bak|backup|orig))\.ipynb$", re.IGNORECASE)
_NUMBER = re.compile(r"\((\d+)\)(\.ipynb)?(\.txt|\.json)?$", re.IGNORECASE)
_STUBS = ("raise NotImplementedError()", "YOUR ANSWER HERE")
"""What a release has in the place of an answer."""

Read = Callable[[bytes], NotebookNode]
"""How a file is read: into a notebook, whatever is in it, whose cells have their grade_id in their metadata."""


@dataclass(frozen=True)
class Chosen:
    """What is graded of a submission.

    Args:
        content: the notebook's bytes, none where there is no notebook.
        path: where it lies below the submission's folder, () where there is none.
        notices: what is to be said about the choice.
    """

    content: bytes = b""
    path: tuple[str, ...] = ()
    notices: tuple[Incident, ...] = ()


@dataclass(frozen=True)
class _Candidate:
    entry: Entry
    content: bytes
    answers: int | None = None
    """Exercises that are answered in it; None if it is not about this assignment."""


def no_notebook(reason: str, name: str) -> Incident:
    """The verdict on a submission in which nothing can be graded."""
    message = f"the submission cannot be read as a notebook ({reason}); no exercise could be graded. "
    return Incident(name, "", message + "Please submit again.")


def choose(folder: Folder, expected: str, exercises: Callable[[], Collection[str]], read: Read) -> Chosen:
    """Find the notebook in a submission.

    Args:
        folder: what was handed in.
        expected: the file name that the notebook should have.
        exercises: gives the names of the assignment's exercises; asked where there are several notebooks.
        read: reads a notebook of the submission's.
    """
    found, complete = folder.walk()
    candidates, unread = _candidates(folder, expected, found, complete)
    if not candidates:
        right = folder.look(expected)
        name = "not a notebook" if right and right.kind == "file" else "no notebook"
        return Chosen(notices=(no_notebook(_what_there_is(folder, expected, found, complete, unread), name),))
    if len(candidates) == 1:
        return _told(candidates[0], expected, _misplaced(candidates[0].entry, expected, unread))
    names = exercises()
    candidates = [replace(c, answers=answers(read(c.content), names)) for c in candidates]
    best, why = _best(candidates, expected)
    return _told(best, expected, _several(best, candidates, expected, why))


def answers(notebook: NotebookNode, exercises: Collection[str]) -> int | None:
    """How many of these exercises are answered in a notebook; None if none of them occurs in it.

    An exercise's cell is known by its grade_id, or, where an editor took that away, by the name that it defines.
    """
    if not exercises:
        return None
    names = "|".join(map(re.escape, exercises))
    defined = re.compile(rf"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+({names})\b|^({names})[ \t]*=(?!=)", re.MULTILINE)
    found: dict[str, bool] = {}
    for cell in notebook.cells:
        here = {name for match in defined.findall(cell.source) for name in match if name}
        here |= {cell.metadata.get(KEY, {}).get("grade_id")} & set(exercises)
        for name in here:
            found[name] = found.get(name, False) or not any(stub in cell.source for stub in _STUBS)
    return sum(found.values()) if found else None


def _candidates(
    folder: Folder, expected: str, found: list[Entry], complete: bool
) -> tuple[list[_Candidate], dict[tuple[str, ...], str]]:
    """(the different notebooks of a submission, why others could not be read). One of the expected name is first."""
    named = [folder.look(expected), folder.look(expected.removesuffix(".ipynb"), expected)]  # where unzip puts it, too
    entries = {entry.path: entry for entry in [*named, *found] if entry and _NOTEBOOK.search(entry.name)}
    order = sorted(entries.values(), key=lambda e: (e.path != (expected,), -e.modified, len(e.path), e.path))
    contents: dict[bytes, _Candidate] = {}
    unread: dict[tuple[str, ...], str] = {}
    left = MAXIMUM_BYTES
    for entry in order[:MAXIMUM_NOTEBOOKS]:
        try:
            content = folder.read(*entry.path)
        except UnreadableError as error:
            unread[entry.path] = str(error)
            continue
        if len(content) > left:
            unread[entry.path] = f"was not looked at, because its notebooks exceed {MAXIMUM_BYTES >> 20} MiB together"
            continue
        left -= len(content)
        contents.setdefault(content, _Candidate(entry, content))
    full = [candidate for content, candidate in contents.items() if content.strip()]
    own = [c for c in full if c.entry.name == expected or not _BACKUP.search(c.entry.name)]
    return own or full or list(contents.values())[:1], unread


def _best(candidates: list[_Candidate], expected: str) -> tuple[_Candidate, str]:
    """The notebook that is graded, and why."""
    right = [c for c in candidates if c.entry.path == (expected,)]
    answered = [c for c in candidates if c.answers]
    if len(answered) == 1:
        return answered[0], "it is the only one with answers"
    about = [c for c in candidates if c.answers is not None]
    pool = answered or right or about or candidates
    last = max(c.entry.modified for c in pool)
    newest = [c for c in pool if last - c.entry.modified < SAME_TIME]
    if len(newest) == 1:
        return newest[0], "it was changed last"
    for candidate in newest:
        if candidate.entry.path == (expected,):
            return candidate, "it has the right name, and their times do not say which is newer"
    newest.sort(key=lambda c: (-_number(c.entry.name), len(c.entry.path), c.entry.path))
    if _number(newest[0].entry.name) > _number(newest[1].entry.name):
        return newest[0], "its number is the highest, and their times do not say which is newer"
    return newest[0], "their times do not say which is newer"


def _number(name: str) -> int:
    """The number that a browser gives to a file that it downloads again."""
    match = _NUMBER.search(name)
    return int(match.group(1)[:9]) if match else 0


def _several(best: _Candidate, candidates: list[_Candidate], expected: str, why: str) -> list[Incident]:
    others = [c for c in candidates if c is not best]
    if best.entry.path == (expected,) and not (best.answers and any(_rivals(best, c) for c in others)):
        return []
    names = ", ".join(str(c.entry) for c in others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
    text = f"{best.entry} was graded, because {why}; {names} {'was' if len(others) == 1 else 'were'} not."
    return [Incident("several notebooks", "", f"{text} Please hand in one, called {quoted(expected)}.")]


def _rivals(best: _Candidate, other: _Candidate) -> bool:
    return bool(other.answers) and best.entry.modified - other.entry.modified < SAME_TIME


def _misplaced(entry: Entry, expected: str, unread: dict[tuple[str, ...], str]) -> list[Incident]:
    """What is said of the one notebook that there is, where it is not the file of the expected name."""
    if entry.path == (expected,):
        return []
    before = f"{quoted(expected)} {unread[(expected,)]}; " if (expected,) in unread else ""
    if len(entry.path) == 1:
        return [Incident("misnamed notebook", "", f"{before}the file was called {entry}; please keep its name.")]
    message = f"{before}the notebook lay in a folder of its own, {entry}; please hand in the file alone."
    return [Incident("misplaced notebook", "", message)]


def _what_there_is(
    folder: Folder, expected: str, found: list[Entry], complete: bool, unread: dict[tuple[str, ...], str]
) -> str:
    """Why there is no notebook."""
    if folder.problem:
        return folder.problem
    if unread:
        path = (expected,) if (expected,) in unread else next(iter(unread))
        return f"{quoted('/'.join(path))} {unread[path]}"
    if not complete:
        return f"none is called {quoted(expected)}, and the folder holds too much to look through"
    if not found:
        return "there is no notebook in its folder"
    names = ", ".join(str(entry) for entry in found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
    return f"there is no notebook in its folder, which holds {names}"


def _told(chosen: _Candidate, expected: str, notices: list[Incident]) -> Chosen:
    return Chosen(chosen.content, chosen.entry.path, tuple(notices))
