"""Released cells that show something, and on which nothing that is graded rests: they need not be run to grade.

Told from the texts alone, and on the safe side. A cell that a learner has changed is none of them, and where a cell of
a learner's could reach any name (`globals()`, a magic), all of them are run.
"""

from __future__ import annotations

import json

from nbformat import NotebookNode

from autograder.submission.dependence import BACK_DOORS, MOST_CELLS, Names, names_in
from autograder.submission.incident import KEY
from autograder.submission.learner_text import UnreadableError

LESSON = "lesson"
"""A key of what the build says of a notebook that it has made. A test grades each of those with and without them."""

_MOST_TEXT = 2_000_000
"""Characters of a submission's code that is read; a notebook of the course has 50,000."""

_DOORS = BACK_DOORS - {"getattr", "setattr"}
"""Whoever mentions one of these in an honest answer may reach the name of a variable."""

_LOOKS = "globals"
"""A released cell looks names up in there and gives them no meaning: it rests on any of them, and changes none."""

NOTE = "not run while grading: nothing that is graded rests on this cell."


def is_lesson(source: bytes) -> bool:
    """Whether a build has made a source notebook."""
    return LESSON in json.loads(source)["metadata"].get(KEY, {})


def not_needed(notebook: NotebookNode, source: NotebookNode) -> list[NotebookNode]:
    """The code cells of a submission that are as they were released, and without which all others mean the same.

    Args:
        notebook: the submission, its locked cells restored.
        source: the nbgrader source notebook.
    """
    if LESSON not in source.metadata.get(KEY, {}):  # of an own notebook nobody knows what a cell does besides
        return []
    released = {cell.source.strip() for cell in source.cells if cell.cell_type == "code" and not _marks(cell)}
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if len(code) > MOST_CELLS or sum(len(cell.source) for cell in code) > _MOST_TEXT:
        return []
    shown = [cell for cell in code if not _marks(cell) and cell.source.strip() in released]
    others = [cell for cell in code if all(cell is not other for other in shown)]
    try:
        own = [names_in(cell) for cell in others if not _marks(cell).get("locked")]
        locked = [names_in(cell) for cell in others if _marks(cell).get("locked")]
        showing = [(cell, names_in(cell)) for cell in shown]
    except UnreadableError:
        return []
    if any(names.mentioned & _DOORS for names in own):
        return []
    reached: set[str] = set().union(*(names.mentioned for names in [*own, *locked]))
    answers = [names_in(cell) for cell in others if _marks(cell)]
    theirs = frozenset().union(*(names.bound for names in answers))  # our own text changes none of them in a part
    effects = {id(cell): names.bound | names.handed - theirs - _callables(showing) for cell, names in showing}
    needed: set[int] = set()
    while True:
        more = [(cell, names) for cell, names in showing if id(cell) not in needed and effects[id(cell)] & reached]
        if not more:
            doors = _DOORS - {_LOOKS}
            return [cell for cell, names in showing if id(cell) not in needed and not names.mentioned & doors]
        for cell, names in more:
            needed.add(id(cell))
            reached |= names.mentioned
            if _LOOKS in names.mentioned:
                reached |= set().union(*(shown.bound for _, shown in showing))


def _callables(showing: list[tuple[NotebookNode, Names]]) -> frozenset[str]:
    """Names of functions and modules: to call one changes what it is handed, not itself."""
    return frozenset().union(*(names.functions | names.imported for _, names in showing))


def _marks(cell: NotebookNode) -> NotebookNode:
    return cell.metadata.get("nbgrader", NotebookNode())
