"""What of a submission is graded: its notebook and its own files, copied once, so that nothing changes meanwhile.

The copy is the grader's; nothing is ever written below `submitted/`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import asdict
from pathlib import Path

from autograder.submission.choice import Chosen
from autograder.submission.entry import MAXIMUM_BYTES, Entry, UnreadableError, is_text
from autograder.submission.folder import Folder
from autograder.submission.intake import notices_of

MAXIMUM_FILES = 200
"""Files beside the notebook that are kept; nbgrader copies them into autograded/, no cell of a graded run sees them."""

TIMESTAMP = "timestamp.txt"
"""Where nbgrader writes when a submission was handed in."""

TIMESTAMP_BYTES = 1024


def fingerprint(content: bytes) -> str:
    """The hash of a submitted notebook, by which a changed submission and an appeal are told."""
    return hashlib.sha256(content).hexdigest()


def timestamp(folder: Folder) -> str:
    """What a submission's timestamp.txt says, "" where there is none that could be read."""
    try:
        return folder.read(TIMESTAMP, limit=TIMESTAMP_BYTES).decode("utf-8", "replace")
    except UnreadableError:
        return ""


def snapshot(folder: Folder, chosen: Chosen, target: Path, taken: Collection[tuple[str, ...]] = ()) -> list[str]:
    """Copy a submission to the folder of `target`, its notebook to `target` itself and the notices beside the folder.

    Links, pipes and devices stay behind, and so do further notebooks, what has no name that could be written down, what
    is too large or too much, and what stands in the way of the notebook or of the assignment's own files.

    Args:
        folder: what was handed in.
        chosen: the file that is graded.
        taken: the paths of the files that the assignment itself brings, below its folder.

    Returns:
        What was left behind, quoted, each with the reason.
    """
    left_behind: list[str] = []
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(chosen.content)
    notices_of(target).write_text(json.dumps([asdict(notice) for notice in chosen.notices]), encoding="utf-8")
    places = [*taken, (target.name,)]
    room, kept = MAXIMUM_BYTES - len(chosen.content), 0
    for entry, problem in _beside(folder, chosen):
        if not problem and kept == MAXIMUM_FILES:
            problem = f"is one of more than {MAXIMUM_FILES}"
        if not problem and entry.size > room:
            problem = f"does not fit into {MAXIMUM_BYTES >> 20} MiB with what is kept already"
        if not problem and any(_in_the_way(entry.path, place) for place in places):
            problem = "stands in the way of a file of the assignment's"
        if not problem:
            try:
                content = folder.read(*entry.path, limit=room)
            except UnreadableError as error:
                problem = str(error)
        if problem:
            left_behind.append(f"{entry} {problem}")
            continue
        copy = target.parent.joinpath(*entry.path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
        room, kept = room - len(content), kept + 1
    return left_behind


def _beside(folder: Folder, chosen: Chosen) -> Iterator[tuple[Entry, str]]:
    """What lies beside the notebook, and why it cannot be kept, "" if it can."""
    entries, complete = folder.walk()
    for entry in entries:
        if entry.kind == "folder" or entry.path == chosen.path:
            continue
        if entry.name.lower().endswith(".ipynb"):
            yield entry, "is another notebook"
        elif not all(map(is_text, entry.path)):
            yield entry, "has a name that cannot be written down"
        elif entry.path == (TIMESTAMP,) and entry.size > TIMESTAMP_BYTES:
            yield entry, "holds more than a time"
        else:
            yield entry, entry.problem
    if not complete:
        yield Entry(("...",), "file", 0, 0), "is more than is looked at"


def _in_the_way(path: tuple[str, ...], place: tuple[str, ...]) -> bool:
    """Whether a file at one path leaves no room for one at the other: one of them would have to be a folder."""
    return path != place and path[: len(place)] == place[: len(path)]
