"""What comes in: read any file a learner may submit, and give it back the cells that grading rests on.

Extension points of nbgrader's. `SubmissionExporter` replaces the exporter that reads a submission; where stock
nbgrader stops at a file that is no notebook, this one goes on with an empty notebook and a named verdict.
`RestoreCells` is a sanitising preprocessor in front of nbgrader's own OverwriteCells.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode, from_dict
from nbgrader import preprocessors
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_solution

from autograder.secret import FOLDER as GRADERS_OWN
from autograder.submission.choice import Chosen, choose, no_notebook
from autograder.submission.cleaning import clean_attachments
from autograder.submission.entry import UnreadableError
from autograder.submission.folder import Folder, Submitted, read_file
from autograder.submission.incident import KEY, Incident, report
from autograder.submission.parsing import TooMuchError, parsed
from autograder.submission.restore import restore

_NOTHING = ("not a notebook", "no notebook")


class SubmissionExporter(NotebookExporter):
    """Reads what was submitted, whatever it is."""

    def from_filename(self, filename: str, resources: Any = None, **kwargs: Any) -> tuple[NotebookNode, dict[str, Any]]:
        """As nbconvert's, but a submission is not opened by its name: that may be a link, or a pipe."""
        if self.parent is None or not getattr(self.parent, "_sanitizing", False):
            return super().from_filename(filename, resources=resources, **kwargs)
        notebook = self._submission(Path(filename), resources["nbgrader"])
        return self.from_notebook_node(notebook, resources=resources, **kwargs)

    def _submission(self, path: Path, names: dict[str, str]) -> NotebookNode:
        """The notebook that is graded of the submission to which a file belongs."""
        coursedir = self.parent.coursedir
        if (Path(coursedir.root) / GRADERS_OWN) in path.parents:
            return read_taken_in(path)
        submitted = Submitted(Path(coursedir.root, coursedir.submitted_directory))
        if submitted.root / names["student"] / names["assignment"] != path.parent:
            return read_submission(path)
        source = Path(coursedir.format_path(coursedir.source_directory, ".", names["assignment"]), path.name)
        with submitted.folder(names["student"], names["assignment"]) as folder:
            chosen = choose_notebook(folder, names["notebook"], source.read_bytes)
        return as_notebook(chosen)

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
    """Read a submitted file, as `read_content` does; what is no regular file gives an empty notebook as well."""
    try:
        return read_content(read_file(path))
    except UnreadableError as error:
        return empty_notebook(no_notebook(f"it {error}", "not a notebook"))


def read_taken_in(path: Path) -> NotebookNode:
    """Read the grader's own copy of a submission, with what there is to say about the choice of its file."""
    try:
        told = [Incident(**notice) for notice in json.loads(notices_of(path).read_text(encoding="utf-8"))]
    except FileNotFoundError:
        told = []
    return as_notebook(Chosen(read_file(path), (path.name,), tuple(told)))


def as_notebook(chosen: Chosen) -> NotebookNode:
    """What is chosen of a submission, read, with what there is to say about the choice."""
    nothing = any(notice.name in _NOTHING for notice in chosen.notices)
    notebook = empty_notebook() if nothing else read_content(chosen.content)
    report(notebook, *chosen.notices)
    return notebook


def notices_of(copy: Path) -> Path:
    """Where the notices on the grader's own copy of a submission lie: beside its folder, where no learner's file is."""
    return copy.parent.parent / f"{copy.parent.name}.notices.json"


def choose_notebook(folder: Folder, assignment: str, source: Callable[[], bytes]) -> Chosen:
    """The file that is graded of a submission.

    Args:
        source: gives the nbgrader source notebook, by which an attempt at this assignment is known.
    """

    def exercises() -> list[str]:
        cells = nbformat.v4.reads(source().decode()).cells  # our own build: valid
        return [cell.metadata.nbgrader.grade_id for cell in cells if is_solution(cell)]

    return choose(folder, f"{assignment}.ipynb", exercises, read_content)


def empty_notebook(*told: Incident) -> NotebookNode:
    """What is graded where there is nothing to grade."""
    notebook = nbformat.v4.new_notebook()
    report(notebook, *told)
    return notebook


def read_content(content: bytes) -> NotebookNode:
    """Read a submitted file's bytes into a notebook that holds nothing but cells with text.

    Outputs and all metadata but a cell's grade_id and the kernel's name are dropped: they are the learner's to write
    and no grade may hang on them. Pictures that were pasted into a text stay. A file that is no notebook gives an empty
    one with an incident.
    """
    clean = nbformat.v4.new_notebook()
    try:
        text = content.decode("utf-8-sig")
        if not text.strip():
            raise _Unusable("no notebook", "it is empty")
        submitted = parsed(text)
        cells = [_clean_cell(cell, f"cell-{number}") for number, cell in enumerate(submitted.cells)]
        clean.cells = [cell for cell in cells if cell is not None]
        if not clean.cells:
            raise _Unusable("no notebook", "it has no cells")
    except Exception as error:  # nbformat raises a dozen kinds of error on files that are no notebooks
        name, reason = error.args if isinstance(error, _Unusable) else ("not a notebook", _reason(error))
        return empty_notebook(no_notebook(reason, name))
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


def _reason(error: Exception) -> str:
    if isinstance(error, TooMuchError):
        return str(error)
    if isinstance(error, (json.JSONDecodeError, nbformat.reader.NotJSONError)):
        return "it is not JSON"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return "it is JSON, but not a notebook"


def _clean_cell(cell: Any, name: str) -> NotebookNode | None:
    """A cell's type, text, pictures and grade_id; None for what is not a cell."""
    source = cell.get("source")
    if cell.get("cell_type") not in ("code", "markdown", "raw") or not isinstance(source, str):
        return None
    source = source.encode("utf-8", "replace").decode()  # half a surrogate pair could not be written again
    source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    made = from_dict({"id": name, "cell_type": cell.cell_type, "metadata": {}, "source": source})
    if cell.cell_type == "code":
        made.update(outputs=[], execution_count=None)
    elif attachments := clean_attachments(cell.get("attachments")):
        made.attachments = from_dict(attachments)
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
