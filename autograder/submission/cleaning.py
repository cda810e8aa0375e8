"""Before a notebook is shown to anybody: everything in it that a learner wrote is text, a picture or harmless markup.

`Clean` is a step of nbgrader's in two places: before autograded/ is written, and whenever nbgrader makes a page of such
a notebook (formgrader, feedback). Source cells stay as they are; pages show them as text.
"""

from __future__ import annotations

import html
import math
import re
from typing import Any

from nbformat import NotebookNode, from_dict
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import List

from autograder.submission.incident import KEY
from autograder.submission.literal import source_block
from autograder.submission.markup import clean_html, clean_svg, markup_length
from autograder.submission.prose import clean_markdown, plain_formulas

LONGEST_HTML, MOST_HTML = 200_000, 1_000_000
"""Characters of HTML and markdown, pictures not counted: of one output, and of all in a notebook. A page with eight
megabytes of HTML took 35 seconds to write."""

LONGEST_LATEX = 20_000

PICTURES = {"image/png": "iVBORw0KGgo", "image/jpeg": "/9j/", "image/gif": "R0lGOD", "image/webp": "UklGR"}
"""Pictures that are shown, and how each begins in base64."""

_NOTEBOOK, _CELL = ("kernelspec", "language_info", KEY), ("nbgrader", "deletable", "editable", KEY)
"""Metadata that is the course's or the grader's."""
_FROM_OUTSIDE = ("student", "first_name", "last_name", "notebook_path")
"""What formgrader's template puts on its page as it is."""


class Clean(NbGraderPreprocessor):
    """`clean`, as one of nbgrader's steps."""

    display_data_priority = List().tag(config=True)  # nbconvert sets it for every step and warns where it is unknown

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        for name in _FROM_OUTSIDE:
            if isinstance(resources.get(name), str):
                resources[name] = html.escape(html.unescape(resources[name]))
        return clean(nb), resources


def can_be_shown(student: str) -> bool:
    """Whether nbgrader's pages, which write a student's name into their markup and scripts as it is, can bear it."""
    return not re.search(r"[<>]|\".*[(`=]", student, re.DOTALL)


def clean(notebook: NotebookNode) -> NotebookNode:
    """Clean a notebook in place; one that is clean already stays as it is."""
    _keep(notebook.metadata, _NOTEBOOK)
    notebook.metadata.update(_plain_names(notebook.metadata))
    left = MOST_HTML
    for cell in notebook.cells:
        _keep(cell.metadata, _CELL)
        if cell.cell_type == "code":
            for number, output in enumerate(cell.outputs):
                cell.outputs[number] = clean_output(output, left)
                left -= _markup_in(cell.outputs[number])
        else:
            _clean_text(cell, left)
            left -= markup_length(cell.source)
    return notebook


def _keep(metadata: NotebookNode, names: tuple[str, ...]) -> None:
    for name in [name for name in metadata if name not in names]:
        del metadata[name]


def _plain_names(metadata: NotebookNode) -> dict[str, Any]:
    """The kernel's and the language's description, of short texts that are part of no markup."""
    found = {name: metadata[name] for name in _NOTEBOOK[:2] if isinstance(metadata.get(name), dict)}
    return {name: from_dict(_plain(value)) for name, value in found.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items() if re.fullmatch(r"\w{1,40}", str(name))}
    return re.sub(r"[^\w .+/()-]", "", value)[:80] if isinstance(value, str) else value if type(value) is int else ""


def _clean_text(cell: NotebookNode, room: int) -> None:
    """A markdown cell; a raw cell becomes one that shows its source."""
    attachments = clean_attachments(cell.pop("attachments", None))
    if cell.cell_type == "raw" or markup_length(cell.source) > room:
        cell.update(cell_type="markdown", source=source_block(cell.source))
        return
    cell.source = clean_markdown(cell.source, attachments)
    used = {name: data for name, data in attachments.items() if f"attachment:{name}" in cell.source}
    if used:
        cell.attachments = from_dict(used)


def clean_attachments(attachments: Any) -> dict[str, dict[str, str]]:
    """The pictures among a cell's attachments, each in its first kind that is one."""
    if not isinstance(attachments, dict):
        return {}
    kept = {}
    for name, data in attachments.items():
        pictures = _pictures(data) if isinstance(data, dict) else {}
        if pictures and isinstance(name, str) and not re.search(r"[\"'<>\\\x00-\x1f]", name):
            kept[name] = dict([next(iter(pictures.items()))])
    return kept


def _pictures(data: dict[str, Any]) -> dict[str, str]:
    """{mime type: base64} of the pictures in a bundle of data."""
    found = {}
    for mime, begins in PICTURES.items():
        text = data.get(mime)
        text = "".join(text.split()) if isinstance(text, str) else ""
        if text.startswith(begins) and re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", text):
            found[mime] = text
    return found


def clean_output(output: NotebookNode, room: int = MOST_HTML) -> NotebookNode:
    """An output in which every kind of data is what it says it is, and nothing else.

    Args:
        room: characters of HTML that the notebook may still show.
    """
    if output.output_type not in ("display_data", "execute_result"):
        return output
    data = dict(output.data)
    shown: dict[str, str] = dict(_pictures(data))
    room = min(LONGEST_HTML, room)
    if isinstance(data.get("text/html"), str) and markup_length(data["text/html"]) <= room:
        shown["text/html"] = _html(data["text/html"], room)
    if isinstance(data.get("text/markdown"), str) and markup_length(data["text/markdown"]) <= room:
        shown["text/markdown"] = clean_markdown(data["text/markdown"])
    if isinstance(data.get("text/latex"), str) and len(data["text/latex"]) <= LONGEST_LATEX:
        shown["text/latex"] = plain_formulas(data["text/latex"])
    if isinstance(data.get("image/svg+xml"), str) and not shown.keys() & PICTURES.keys():
        shown["image/svg+xml"] = clean_svg(data["image/svg+xml"])
    shown = {mime: text for mime, text in shown.items() if text.strip()}
    plain = data.get("text/plain")
    if isinstance(plain, str):
        shown["text/plain"] = plain
    elif not shown:
        shown["text/plain"] = f"(not shown: {', '.join(sorted(map(str, data)))[:200] or 'nothing'})"
    output.data, output.metadata = from_dict(shown), from_dict(_picture_metadata(output.metadata))
    return output


def _html(text: str, room: int) -> str:
    """HTML that is clean; "" for what cannot be cleaned, or has grown too long."""
    try:
        cleaned = clean_html(text)
    except Exception:  # too deep; and whatever is the matter with one output, the others are to be shown
        return ""
    return cleaned if markup_length(cleaned) <= room else ""


def _markup_in(output: NotebookNode) -> int:
    data = output.get("data", {})
    return sum(markup_length(data.get(mime, "")) for mime in ("text/html", "text/markdown"))


def _picture_metadata(metadata: Any) -> dict[str, dict[str, Any]]:
    """Width and height of pictures, in pixels, and what they show in words."""
    kept: dict[str, dict[str, Any]] = {}
    for mime in PICTURES:
        said = metadata.get(mime) if isinstance(metadata, dict) else None
        said = said if isinstance(said, dict) else {}
        sizes = {name: said[name] for name in ("width", "height") if _is_size(said.get(name))}
        words = {"alt": said["alt"][:2000]} if isinstance(said.get("alt"), str) else {}
        if sizes or words:
            kept[mime] = {**sizes, **words}
    return kept


def _is_size(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and 0 < value < 10_000
