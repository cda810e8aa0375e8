"""Markdown that a learner wrote, made so that whoever renders it gets harmless HTML.

nbconvert, and formgrader with it, puts the HTML in markdown on the page as it is. What is harmless when rendered stays
word for word; any other text becomes one line of cleaned HTML, in which nothing is left for markdown to read, and its
own source where nothing of it can be shown.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import lru_cache
from html.parser import HTMLParser
from urllib.parse import unquote

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.submission.literal import ACTIVE, source_block
from autograder.submission.markup import clean_fragment, markup_length

Attachments = Mapping[str, Mapping[str, str]]
"""{file name: {mime type: base64}}"""

LONGEST = 50_000
"""Characters of a markdown text that is rendered, pictures not counted; of a longer one the source is shown."""

_COULD_BE_MORE = re.compile(r"<|\]\s*[(:\[]|!\[")
"""What HTML, links and pictures begin with. A text without any of them is harmless."""

_COMMANDS = re.compile(
    r"\\(?=(href|url|require|cssId|mmlToken|includegraphics)\b|(class|style|data|unicode|html\w*)\s*[{\[])", re.I
)
"""In front of MathJax's commands that make links, load, or give a formula an id, a class or a style."""

_IMPLIED, _VOID = ("p", "tbody"), ("br", "hr", "img", "input", "col", "wbr", "area")
"""Elements that a browser adds where they are missing, and elements without an end."""
_END = "\n<hr>"


def plain_formulas(text: str) -> str:
    """Text in which a formula can be nothing but a formula."""
    return _COMMANDS.sub("", text)


def clean_markdown(text: str, attachments: Attachments | None = None) -> str:
    """Markdown that renders to harmless HTML.

    Args:
        attachments: the pictures of the cell, cleaned; a reference to any other one becomes its text.
    """
    text = plain_formulas(text)
    if not _COULD_BE_MORE.search(text):
        return text if len(text) <= LONGEST else source_block(text)
    if attachments or len(text) > 10_000:
        return _cleaned(text, attachments or {})
    return _remembered(text)


@lru_cache(maxsize=1000)
def _remembered(text: str) -> str:
    """Most text cells are the course's own, the same in every notebook of a class."""
    return _cleaned(text, {})


def _cleaned(text: str, attachments: Attachments) -> str:
    if markup_length(text) > LONGEST:
        return source_block(text)
    try:
        renderer = _Renderer(attachments)
        rendered = MarkdownWithMath(renderer).render(text)
        if _is_harmless(rendered) and renderer.found_all:
            return text
        cleaned = clean_fragment(rendered)
        shows = re.search(r"<(img|hr|input)\b|>[^<]*[^<\s]", f">{cleaned}")
        return f"<div>{cleaned.translate(ACTIVE)}</div>" if shows else source_block(text)
    except Exception:  # too deep, or what mistune stumbles over
        return source_block(text)


def _is_harmless(rendered: str) -> bool:
    """Whether cleaning HTML would take nothing out of it, and it ends in no open tag, quote or comment."""
    closed = rendered + _END
    found = _tags(closed)
    return bool(found) and found[-1] == ("<hr", ()) and found == _tags(clean_fragment(closed))


class _Renderer(IPythonRenderer):
    """nbconvert's renderer, but for headings without ids and pictures that are not there."""

    def __init__(self, attachments: Attachments):
        super().__init__(escape=False, attachments=attachments, exclude_anchor_links=True)
        self.found_all = True
        """Whether nbconvert's renderer finds each picture too; it raises on a missing one."""

    def image(self, text: str, url: str, title: str | None = None) -> str:
        name = url.removeprefix("attachment:")
        if name == url or name in self.attachments:
            return super().image(text, url, title)
        self.found_all = False
        if unquote(name) in self.attachments:  # JupyterLab writes a blank as %20
            return super().image(text, f"attachment:{unquote(name)}", title)
        return html.escape(f"[picture: {text or name}]")


class _Tags(HTMLParser):
    """The tags of some HTML with their attributes, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = tuple(sorted((name, value or "") for name, value in attrs if name != "rel"))
        if said or tag not in _IMPLIED:
            self.found.append((f"<{tag}", said))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _IMPLIED and tag not in _VOID:
            self.found.append((f"</{tag}", ()))

    def handle_comment(self, data: str) -> None:
        self.found.append(("<!", (data,)))

    def handle_decl(self, decl: str) -> None:
        self.handle_comment(decl)

    def handle_pi(self, data: str) -> None:
        self.handle_comment(data)

    def unknown_decl(self, data: str) -> None:
        self.handle_comment(data)


def _tags(text: str) -> list[tuple[str, tuple]]:
    parser = _Tags()
    parser.feed(text)
    parser.close()
    return parser.found
