"""What comes in: read any file a learner may submit, and give it back the cells that grading rests on.

Extension points of nbgrader's. `SubmissionExporter` replaces the exporter that reads a submission; where stock
nbgrader stops at a file that is no notebook, this one goes on with an empty notebook and a named verdict.
`RestoreCells` is a sanitising preprocessor in front of nbgrader's own OverwriteCells.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode, from_dict
from nbgrader import preprocessors
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.submission.check_cell import without_hidden_tests
from autograder.submission.incident import KEY, Incident, report
from autograder.submission.parsing import TooMuchError, parsed
from autograder.submission.unmarked import plain, recognise

MAXIMUM_BYTES = 64 << 20
"""A larger submission is not read: real ones are under a megabyte, outputs included."""


class SubmissionExporter(NotebookExporter):
    """Reads what was submitted, whatever it is."""

    def from_file(self, file_stream: Any, resources: Any = None, **kwargs: Any):
        graded = resources is not None and self.parent is not None and not getattr(self.parent, "_sanitizing", True)
        notebook = nbformat.read(file_stream, as_version=4) if graded else read_submission(Path(file_stream.name))
        return self.from_notebook_node(notebook, resources=resources, **kwargs)

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kwargs: Any) -> tuple[str, Any]:
        """As nbconvert's, but for two copies of a notebook that nobody else has, and a validation after each step."""
        nb, resources = self.take_steps(nb, self._init_resources(resources))
        resources["output_suffix"] = ".nbconvert"
        return nbformat.writes(nb) + "\n", resources

    def take_steps(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """What the registered preprocessors make of a notebook, which they change in place."""
        for step in self._preprocessors:
            nb, resources = step(nb, resources)
        return nb, resources


class CheckCellMetadata(preprocessors.CheckCellMetadata):
    """nbgrader's check, made once for the same marks: all of a class's notebooks have those of the source."""

    _checked: ClassVar[set[str]] = set()

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        marked = [(cell.cell_type, cell.metadata.nbgrader) for cell in nb.cells if "nbgrader" in cell.metadata]
        marks = json.dumps(marked, sort_keys=True)
        if marks not in self._checked:
            super().preprocess(nb, resources)
            self._checked.add(marks)
        return nb, resources


class _Unusable(Exception):
    """(name of the incident, reason)"""


def read_submission(path: Path) -> NotebookNode:
    """Read a submitted file into a notebook that holds nothing but cells with text.

    Outputs, attachments and all metadata but a cell's grade_id and the kernel's name are dropped: they are the
    learner's to write and no grade may hang on them. A file that is no notebook gives an empty one with an incident.
    """
    clean = nbformat.v4.new_notebook()
    try:
        if path.is_symlink():
            raise _Unusable("not a notebook", "it is a link to another file")
        if path.stat().st_size > MAXIMUM_BYTES:
            raise _Unusable("not a notebook", f"it is larger than {MAXIMUM_BYTES >> 20} MiB")
        content = path.read_text(encoding="utf-8-sig")
        if not content.strip():
            raise _Unusable("no notebook", "it is empty")
        submitted = parsed(content)
        cells = [_clean_cell(cell, f"cell-{number}") for number, cell in enumerate(submitted.cells)]
        clean.cells = [cell for cell in cells if cell is not None]
        if not clean.cells:
            raise _Unusable("no notebook", "it has no cells")
    except Exception as error:  # nbformat raises a dozen kinds of error on files that are no notebooks
        name, reason = error.args if isinstance(error, _Unusable) else ("not a notebook", _reason(error))
        message = f"the file cannot be read as a notebook ({reason}); no exercise could be graded. Please submit again."
        report(clean, Incident(name, "", message))
        return clean
    copies = [other.name for other in path.parent.glob("*.ipynb") if other != path and _same_bytes(other, path)]
    if copies:  # collect() copied the one notebook there was to the name that nbgrader looks for
        report(clean, Incident("misnamed notebook", "", f"the file was called {copies[0]!r}; please keep its name."))
    language, kernel = _language(submitted.metadata), submitted.metadata.get("kernelspec", {}).get("name", "")
    if language.lower() not in ("", "python", "ipython"):  # a Python kernel may have any name
        message = (
            f"the notebook asked for the kernel {kernel[:40]!r}, for {language[:40]!r}; it was graded with python3."
        )
        report(clean, Incident("wrong kernel", "", message))
    return clean


def _language(metadata: NotebookNode) -> str:
    """The programming language that a notebook says it is in, "" where it does not."""
    facts = metadata.get("kernelspec", {}).get("language"), metadata.get("language_info", {}).get("name")
    return next(filter(None, facts), "")


def _same_bytes(one: Path, other: Path) -> bool:
    return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


def _reason(error: Exception) -> str:
    if isinstance(error, TooMuchError):
        return str(error)
    if isinstance(error, (json.JSONDecodeError, nbformat.reader.NotJSONError)):
        return "it is not JSON"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return "it is JSON, but not a notebook"


def _clean_cell(cell: Any, name: str) -> NotebookNode | None:
    """A cell's type, text and grade_id; None for what is not a cell."""
    source = cell.get("source")
    if cell.get("cell_type") not in ("code", "markdown", "raw") or not isinstance(source, str):
        return None
    source = source.encode("utf-8", "replace").decode()  # half a surrogate pair could not be written again
    source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    made = from_dict({"id": name, "cell_type": "markdown", "metadata": {}, "source": source})
    if cell.cell_type == "code":
        made.update(cell_type="code", outputs=[], execution_count=None)
    marks = cell.get("metadata", {}).get("nbgrader")
    grade_id = marks.get("grade_id") if isinstance(marks, dict) else None
    if isinstance(grade_id, str) and grade_id:
        made.metadata[KEY] = {"grade_id": grade_id}
    return made


class RestoreCells(NbGraderPreprocessor):
    """`restore`, as one of nbgrader's sanitising steps."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        coursedir, names = self.parent.parent.coursedir, resources["nbgrader"]
        folder = coursedir.format_path(coursedir.source_directory, ".", names["assignment"])
        source = Path(coursedir.root, folder, f"{names['notebook']}.ipynb").read_text(encoding="utf-8")
        return restore(nb, nbformat.v4.reads(source)), resources  # our own build: valid


def restore(notebook: NotebookNode, source: NotebookNode) -> NotebookNode:
    """Put the submission's exercise cells and the source's locked cells together again.

    A learner's exercise cell is recognised by its grade_id (the last one counts), or where that is gone by the names
    that it defines. Every locked cell of the source
    (given and check cells) is there exactly once, in the source's order and below the exercise it checks, whatever
    the learner did to it. nbgrader's metadata comes from the source alone.

    Args:
        notebook: what `read_submission` returned; changed in place.
        source: the nbgrader source notebook.
    """
    wanted = {c.metadata.nbgrader.grade_id: c for c in source.cells if "nbgrader" in c.metadata}
    recognise(notebook, wanted)
    place = _claim(notebook, wanted)
    if place:
        _compare(notebook, wanted, place)
    _insert_locked(notebook, wanted, place)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # not by chance: the same submission gives the same graded notebook
    return notebook


def _claim(nb: NotebookNode, wanted: dict[str, NotebookNode]) -> dict[str, NotebookNode]:
    """Give known cells the source's metadata; return them by grade_id. Unknown and earlier duplicate claims go."""
    place: dict[str, NotebookNode] = {}
    for cell in reversed(nb.cells):
        name = cell.metadata.pop(KEY, {}).get("grade_id")
        if name is None:
            continue
        if name not in wanted:
            report(nb, Incident("unknown cell", "", f"a cell claims to be {name[:40]!r}; there is none of that name."))
        elif name in place:
            report(nb, Incident("duplicated cell", name, "the cell occurs more than once; the last one counts."))
            if wanted[name].metadata.nbgrader.locked:
                cell.source = ""
        else:
            place[name] = cell
            cell.metadata.nbgrader = wanted[name].metadata.nbgrader
            if cell.cell_type != "code":
                cell.update(cell_type="code", outputs=[], execution_count=None)
    return place


def _compare(nb: NotebookNode, wanted: dict[str, NotebookNode], place: dict[str, NotebookNode]) -> None:
    """Report the cells that are missing and the locked cells that were changed."""
    for name, cell in wanted.items():
        locked = cell.metadata.nbgrader.locked
        if name not in place:
            gone = "the exercise's cell was not in the notebook. Was it deleted, or is this an earlier release?"
            message = "the cell was not in the notebook; the grader put it in." if locked else gone
            report(nb, Incident("missing cell", name, message))
        elif locked and plain(place[name].source) != plain(without_hidden_tests(cell.source)):
            report(nb, Incident("changed cell", name, "the cell is locked and was changed; the grader restored it."))


def _insert_locked(nb: NotebookNode, wanted: dict[str, NotebookNode], place: dict[str, NotebookNode]) -> None:
    """Take the locked cells out and put the source's in, each below all that precedes it in the source."""
    order = {id(cell): index for index, cell in enumerate(nb.cells)}
    position = {name: order[id(cell)] for name, cell in place.items()}
    groups: list[list[NotebookNode]] = [[], *([cell] for cell in nb.cells)]  # the first is for what goes on top
    slot = -1
    for name, cell in wanted.items():
        slot = max(slot, position.get(name, -1))
        if not cell.metadata.nbgrader.locked:
            continue
        if name in place:
            groups[position[name] + 1].remove(place[name])
            if position[name] < position.get(name.removeprefix("check_"), -1):
                report(nb, Incident("moved cell", name, "the check stood above its exercise; it was run below it."))
        groups[slot + 1].append(_code_cell(cell.source, cell.metadata))
    nb.cells = [cell for group in groups for cell in group]


def _code_cell(source: str, metadata: NotebookNode) -> NotebookNode:
    """nbformat's new_code_cell without the check against its schema, which takes as long as a short cell's run."""
    cell: dict[str, Any] = {"id": "", "cell_type": "code", "source": source, "metadata": metadata}
    return from_dict({**cell, "outputs": [], "execution_count": None})
