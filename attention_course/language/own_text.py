"""Any text file of the learner's as documents: lists of sentences, ready for sentence pairs.

How a text is cut, on purpose simple:

- A document is a paragraph, that is, lines without a blank line between them. A paragraph of a single sentence, such
  as a heading, joins the next one, since it has no next sentence of its own. A text without blank lines is cut into
  documents of eight sentences.
- A sentence ends at . ! or ? (with closing quotes or brackets) before a blank and a capital, digit or opening quote,
  except after common abbreviations and single initials; and at 。！？ wherever they stand.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

Document = list[str]

SENTENCES_PER_DOCUMENT = 8
ABBREVIATIONS = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "st", "vs", "etc", "e.g", "i.e", "cf", "fig", "vol", "pp", "al"}
)

_CANDIDATE = re.compile(r"""[.!?]+["'”’)\]]*\s+(?=["'“‘(\[]?[A-Z0-9À-ÖØ-Þ])|[。！？]+[”’」』）]*\s*""")
_LAST_WORD = re.compile(r"([\w.]*\w)\.\s*$")
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+|[^\w\s]|_")


class TextError(ValueError):
    """A text that cannot be used; the message says what was found and what to do next."""


def read_text(path: str | Path) -> list[Document]:
    """The documents of a UTF-8 text file.

    Returns:
        at least two documents, each a list of at least two sentences.

    Raises:
        TextError: no such file, not UTF-8, empty, or too short to make sentence pairs.
    """
    path = Path(path)
    text = _decoded(_bytes_of(path), path)
    if not text.strip():
        raise TextError(f"{path.name} is empty. Put some paragraphs of text into it, or choose another file.")
    documents = documents_of(text)
    if len(documents) < 2:
        found = len(split_sentences(" ".join(text.split())))
        raise TextError(
            f"{path.name} holds {found} sentence{'s' * (found != 1)} in {len(text.splitlines())} "
            f"line{'s' * (len(text.splitlines()) != 1)}. Sentence pairs need at least two paragraphs of two sentences, "
            "with a blank line between them. To learn from, a model wants a thousand sentences or more: try a whole "
            "book or a few long articles."
        )
    return documents


def documents_of(text: str) -> list[Document]:
    """The documents of a text, cut as the top of this module says; each has at least two sentences."""
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n"))]
    cut = [split_sentences(paragraph) for paragraph in paragraphs if paragraph]
    if len(cut) == 1:
        (only,) = cut
        cut = [only[i : i + SENTENCES_PER_DOCUMENT] for i in range(0, len(only), SENTENCES_PER_DOCUMENT)]
        return [document for document in cut if len(document) > 1]
    documents: list[Document] = []
    waiting: list[str] = []
    for sentences in cut:
        waiting = waiting + sentences
        if len(waiting) > 1:
            documents.append(waiting)
            waiting = []
    return documents


def split_sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph, cut as the top of this module says.

    >>> split_sentences("Dr. Lee slept. Was it late? It was 3.5 hours later.")
    ['Dr. Lee slept.', 'Was it late?', 'It was 3.5 hours later.']
    """
    sentences, start = [], 0
    for candidate in _CANDIDATE.finditer(paragraph):
        if not _abbreviated(paragraph[start : candidate.end()]):
            sentences.append(paragraph[start : candidate.end()].strip())
            start = candidate.end()
    return [sentence for sentence in [*sentences, paragraph[start:].strip()] if sentence]


def split_words(sentence: str) -> list[str]:
    """Lower-case words, digits and punctuation marks of a sentence; accents are dropped, a Han character is a word.

    The same cut that BERT's uncased vocabulary expects, for ordinary text. [MASK] stays whole, so that a sentence with
    a gap can be written down.

    >>> split_words("Don't panic: the café is [MASK] 我家.")
    ['don', "'", 't', 'panic', ':', 'the', 'cafe', 'is', '[MASK]', '我', '家', '.']
    """
    parts = sentence.split("[MASK]")
    words = _WORD.findall(_plain(parts[0]))
    for part in parts[1:]:
        words += ["[MASK]", *_WORD.findall(_plain(part))]
    return words


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(mark for mark in decomposed if unicodedata.category(mark) != "Mn")


def _abbreviated(text: str) -> bool:
    """Whether the full stop at the end belongs to an abbreviation or an initial, as in "Dr." or "J. Smith"."""
    match = _LAST_WORD.search(text)
    if not match:
        return False
    word = match.group(1)
    return word.lower() in ABBREVIATIONS or (len(word) == 1 and word.isupper() and word != "I")


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise TextError(f"there is no file {path}. {_files_beside(path)}") from None
    except IsADirectoryError:
        raise TextError(f"{path} is a folder. Give the path of one text file. {_files_beside(path / 'x')}") from None
    except OSError as error:
        raise TextError(
            f"{path} cannot be read: {error.strerror}. Copy it beside the notebook and try again."
        ) from None


def _files_beside(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"The folder {folder} does not exist either; paths start from {Path.cwd()}."
    names = sorted(file.name for file in folder.glob("*.txt"))[:5]
    where = folder.resolve()
    return f"Text files in {where}: {', '.join(names)}." if names else f"There is no .txt file in {where}."


def _decoded(data: bytes, path: Path) -> str:
    try:
        text = data.decode("utf-8-sig")  # editors on Windows put an invisible mark at the start
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise TextError(
            f"{path.name} is not UTF-8: line {line} holds the byte 0x{data[error.start]:02x}, which does not fit. Open "
            "it in an editor and save it with the encoding UTF-8, or, if it is not plain text (a PDF or a Word "
            "document), export its text first."
        ) from None
    if "\0" in text:
        raise TextError(f"{path.name} holds zero bytes, so it is not plain text. Export it as UTF-8 text first.")
    return text
