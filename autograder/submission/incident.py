"""Named verdicts on what was wrong with a submission as a file or as a run, one sentence each."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from autograder.submission.literal import literal, with_code

KEY = "attention_course"
"""Where the grader keeps its records in notebook and cell metadata."""

MOST_OF_A_KIND = 50
"""Incidents of one name that are kept."""

NAMES = {
    "not a notebook": "the file could not be read as a notebook",
    "no notebook": "the submission holds no notebook",
    "misnamed notebook": "the notebook had another file name",
    "misplaced notebook": "the notebook lay in a folder of its own",
    "several notebooks": "the submission held more than one notebook; the note says which was graded, and why",
    "wrong kernel": "the notebook asked for the kernel of another language",
    "missing cell": "a graded or given cell was not in the notebook",
    "cells without marks": "cells had lost their metadata and were recognised nevertheless; it costs nothing",
    "duplicated cell": "a cell of an exercise occurred more than once",
    "moved cell": "a check stood above its exercise",
    "changed cell": "a locked cell had been changed",
    "unknown cell": "a cell claimed to be graded and is not",
    "time limit": "a cell ran too long",
    "kernel died": "a cell ended the kernel",
    "run lost": "every process that ran the notebook came to an end; an instructor must look at it",
    "no answer": "the kernel sent what no kernel sends, or did not answer the examiner",
    "exam broken": "an exam could not be held to its end; the answer must be looked at by hand",
    "too much output": "a cell printed more than is kept",
    "asks for input": "a cell waited for somebody to type",
    "does not run": "an exercise cell raised an error",
    "name missing": "the function or value that is graded does not exist",
    "checks disagree": "the exam accepted an answer to which the visible check objected; tell the course's authors",
    "wrote to stderr": "a graded cell wrote a warning; it costs nothing",
}
"""Every name an incident can have, with what it means in general."""


@dataclass(frozen=True)
class Incident:
    """One thing that went wrong outside the exams.

    Args:
        name: one of `NAMES`.
        cell: the cell's grade_id, "" where it concerns the whole notebook or a cell of the learner's own.
        message: what happened, and what the grader did about it.
    """

    name: str
    cell: str
    message: str

    def __post_init__(self):
        if self.name not in NAMES:
            raise ValueError(f"{self.name!r} is not one of the incidents {sorted(NAMES)}")


def report(notebook: NotebookNode, *incidents: Incident) -> None:
    """Add incidents to the notebook's record; what is there already is not repeated, and of a kind few are kept."""
    record = notebook.metadata.setdefault(KEY, {})
    records = record.setdefault("incidents", [])
    for incident in incidents:
        known = [one for one in records if one["name"] == incident.name]
        if asdict(incident) in known:
            continue
        if len(known) < MOST_OF_A_KIND:
            records.append(asdict(incident))
        else:
            more = record.setdefault("more_incidents", {})
            more[incident.name] = more.get(incident.name, 0) + 1


def incidents(notebook: NotebookNode) -> list[Incident]:
    """The incidents on a notebook's record, in the order in which they happened."""
    record = notebook.metadata.get(KEY, {})
    more = [Incident(name, "", f"and {count:,} more.") for name, count in record.get("more_incidents", {}).items()]
    return [*(Incident(**one) for one in record.get("incidents", [])), *more]


def note_cell(found: list[Incident]) -> NotebookNode:
    """A text cell for the top of a graded notebook that lists the incidents for its author, who wrote parts of them."""
    cells = [f" (<code>{literal(incident.cell)}</code>)" if incident.cell else "" for incident in found]
    lines = [f"- **{i.name}**{cell}: {with_code(i.message)}" for i, cell in zip(found, cells, strict=True)]
    return new_markdown_cell("### Notes from the grader\n\n" + "\n".join(lines), id="grader-notes")
