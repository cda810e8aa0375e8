"""Cells that have lost nbgrader's marks: a copy, another editor or a filter has taken their metadata away.

A given cell or a check is recognised by its text, an exercise cell by the names that it defines, an answer in words by
the cell that it stands below.
"""

from __future__ import annotations

import re
from itertools import pairwise, takewhile

from nbformat import NotebookNode
from nbgrader import utils

from autograder.submission.check_cell import as_released
from autograder.submission.incident import KEY, Incident, report
from autograder.submission.learner_text import defined_in

_MOST_NAMED = 12
"""Cells that the incident names."""


def plain(text: str) -> str:
    """A cell's text without what editors change of themselves: blanks at the ends of lines, empty lines around it."""
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def recognise(nb: NotebookNode, wanted: dict[str, NotebookNode], source: list[NotebookNode]) -> None:
    """Mark the cells of a submission that have no mark, and are those of the source that no marked one claims to be.

    Args:
        nb: the submission; changed in place.
        wanted: the source's cells that count, by grade_id.
        source: all of the source's cells.
    """
    claimed = {cell.metadata.get(KEY, {}).get("grade_id") for cell in nb.cells}
    free = [cell for cell in nb.cells if KEY not in cell.metadata]
    found = []
    for name, cell in wanted.items():
        alike = [] if name in claimed else [other for other in free if other.cell_type == cell.cell_type]
        if cell.cell_type == "code" or utils.is_locked(cell):
            match = _last(alike, name, cell)
        else:
            match = _below(nb, _text_above(source, cell), alike)
        if match is not None:
            match.metadata[KEY] = {"grade_id": name}
            free = [other for other in free if other is not match]
            found.append(name)
    if found:
        some = ", ".join(found[:_MOST_NAMED]) + (" and others" if len(found) > _MOST_NAMED else "")
        how = "they were recognised by their text and by the names that they define; it costs nothing."
        report(nb, Incident("cells without marks", "", f"cells had lost the course's marks ({some}); {how}"))


def _last(cells: list[NotebookNode], name: str, wanted: NotebookNode) -> NotebookNode | None:
    """The last of some cells that is the wanted one."""
    if utils.is_locked(wanted):
        text = plain(as_released(wanted.source))
        return next((cell for cell in reversed(cells) if text and plain(cell.source) == text), None)
    names = defined_in(wanted.source)
    definition = defining(*([name] if name in names else names))
    return next((cell for cell in reversed(cells) if definition.search(cell.source)), None)


def _text_above(source: list[NotebookNode], cell: NotebookNode) -> str:
    """The text of the source's cell above one of them, as it was released."""
    above = list(takewhile(lambda other: other is not cell, source))
    return plain(as_released(above[-1].source)) if above else ""


def _below(nb: NotebookNode, text: str, cells: list[NotebookNode]) -> NotebookNode | None:
    """The one of some cells that stands below a cell with this text."""
    pairs = [below for above, below in pairwise(nb.cells) if text and plain(above.source) == text]
    return next((below for below in reversed(pairs) if any(below is cell for cell in cells)), None)


def defining(*names: str) -> re.Pattern[str]:
    """What finds a definition of one of these names at the left margin, also in a text that is no Python (yet)."""
    one = "|".join(map(re.escape, names)) or r"(?!)"
    return re.compile(
        rf"^(?:(?:async +)?def|class) +(?:{one})\b|^[\w ,()*]*\b(?:{one})\b[\w ,()*]*(?::[^=\n]*)?=(?!=)", re.M
    )
