"""Real English that every Python installation has: the language reference, and the docstrings of installed packages.

It is collected when it is asked for and stays on the machine; no text is shipped with the course or downloaded.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sysconfig
import warnings
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

from attention_course.language.own_text import Document, split_sentences

PACKAGES = ("numpy", "scipy", "matplotlib", "torch")
"""Packages of the course whose docstrings are read, in this order, after the standard library."""

SKIPPED = frozenset({"test", "tests", "testing", "_vendor", "site-packages", "idlelib", "lib2to3", "__pycache__"})
LETTERS = 0.9  # share of letters and blanks in prose; tables and formulas have less
WORDS = range(4, 41)  # in a sentence

_NOT_PROSE = re.compile(
    r"^\s*(>>>|\.\. |\$ |[-=~^*+|]{3,}|[-*+] |\d+\. )|\S \s{2,}\S|^\s*\S+\s*:\s|::\s*$", re.MULTILINE
)
_ROLE = re.compile(r":[a-z:]+:`~?!?\.?([^`<]*?)\s*(?:<[^`]*>)?`")
_LINK = re.compile(r"`([^`<]+?)\s*<[^`>]*>`_{1,2}|`([^`]+)`_{1,2}")
_CODE = re.compile(r"[_\\=<>{}|\[\]@#/~^+]|\(\)|\w\.\w|\.\.")
_FOOTNOTE = re.compile(r"\s*\[[\w#]+\]_")


def english_on_this_machine(limit: int = 10_000) -> list[Document]:
    """Sentences of technical English, in documents of one docstring or topic each.

    Args:
        limit: stop after about this many sentences.

    Returns:
        documents of at least two sentences, without repeated paragraphs. The order is fixed: the Python reference,
        the standard library, then the installed packages; it changes only when one of these is updated.
    """
    documents, known, count = [], set(), 0
    for text in _texts():
        paragraphs = [paragraph for paragraph in prose(text) if paragraph not in known]
        known.update(paragraphs)
        sentences = [sentence for paragraph in paragraphs for sentence in _good_sentences(paragraph)]
        if len(sentences) > 1:
            documents.append(sentences)
            count += len(sentences)
        if count >= limit:
            break
    return documents


def prose(text: str) -> list[str]:
    """The paragraphs of running text in a docstring, without markup; code, lists and tables are left out.

    >>> prose("Return the *mean*.\\n\\nIt is computed over the flattened array by default.\\n\\n>>> mean([1])\\n1")
    ['It is computed over the flattened array by default.']
    """
    found = []
    for block in re.split(r"\n\s*\n", cleandoc(text)):
        paragraph = _without_markup(" ".join(block.split()))
        if not _NOT_PROSE.search(block) and _reads_as_prose(paragraph):
            found.append(paragraph)
    return found


def _without_markup(paragraph: str) -> str:
    paragraph = _ROLE.sub(r"\1", paragraph)
    paragraph = _LINK.sub(lambda match: match.group(1) or match.group(2), paragraph)
    paragraph = _FOOTNOTE.sub("", paragraph)
    return re.sub(r"[`*]+", "", paragraph)


def _reads_as_prose(paragraph: str) -> bool:
    plain = sum(mark.isalpha() or mark == " " for mark in paragraph)
    return len(paragraph) >= 40 and plain / len(paragraph) >= LETTERS and paragraph.endswith((".", "!", "?"))


def _good_sentences(paragraph: str) -> list[str]:
    """Sentences of usual length that name no code, such as `numpy.ma` or `file_like`."""
    sentences = split_sentences(paragraph)
    return [s for s in sentences if len(s.split()) in WORDS and s[0].isupper() and not _CODE.search(s)]


def _texts() -> Iterator[str]:
    yield from _reference()
    yield from docstrings(Path(sysconfig.get_path("stdlib")))
    for package in PACKAGES:
        found = importlib.util.find_spec(package)
        if found and found.submodule_search_locations:
            yield from docstrings(Path(found.submodule_search_locations[0]))


def _reference() -> Iterator[str]:
    try:
        from pydoc_data.topics import topics
    except ImportError:  # some distributions cut it out of the standard library
        return
    yield from (topics[name] for name in sorted(topics))


def docstrings(folder: Path) -> Iterator[str]:
    """Docstrings of every module below a folder. The files are parsed, never imported: nothing of them runs."""
    for file in sorted(folder.rglob("*.py")):
        if SKIPPED.isdisjoint(file.relative_to(folder).parts[:-1]) and not file.name.startswith("test"):
            yield from _docstrings_of(file)


def _docstrings_of(file: Path) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old files hold escapes that today's parser warns of
            tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError, OSError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring:
                yield docstring
