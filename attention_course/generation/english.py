"""The learner's own text, or the English of this machine, as material of a language model; and what was copied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attention_course.environment import being_graded
from attention_course.generation.text import Material, rows
from attention_course.language.machine_english import english_on_this_machine
from attention_course.language.own_text import read_text, split_words
from attention_course.language.vocabulary import SPECIAL_TOKENS
from attention_course.language.wordpieces import train_vocabulary

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LENGTH, SENTENCES, PIECES = 63, 8000, 1500
"""Tokens in a row, sentences of the machine's English, entries of the vocabulary."""

INSIDE = "##"
"""How a piece begins that goes on with a word."""


def own_material(file_name: str = "") -> Material:
    """A text file of the learner's own, or what stands on every machine; every tenth document is held out.

    Raises:
        TextError: as `own_text.read_text` has it.
    """
    limit = SENTENCES // 20 if being_graded() else SENTENCES
    documents = read_text(Path(file_name)) if file_name else english_on_this_machine(limit)
    vocabulary = train_vocabulary((sentence for document in documents for sentence in document), PIECES)
    cut = _cutter(vocabulary)
    numbered = [_cut([" ".join(split_words(s)) for s in document], cut) for document in documents]
    learned = [row for number, parts in enumerate(numbered) if number % 10 for row in parts]
    kept = [row for parts in numbered[::10] for row in parts]
    return Material(list(vocabulary), rows(learned), rows(kept))


def _cutter(vocabulary: Mapping[str, int]) -> Tokenizer:
    from tokenizers import Tokenizer, models, pre_tokenizers  # only who gets here needs it

    tokenizer = Tokenizer(models.WordPiece(dict(vocabulary), unk_token=SPECIAL_TOKENS[1]))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


def _cut(document: Sequence[str], cutter: Tokenizer) -> list[list[int]]:
    """A document as rows of at most LENGTH tokens."""
    numbers = cutter.encode(" ".join(document)).ids
    return [numbers[start : start + LENGTH] for start in range(0, len(numbers), LENGTH)]


def joined(text: str) -> str:
    """Pieces put together to words, punctuation at the word before it.

    >>> joined("the func ##tion , then .")
    'the function, then.'
    """
    whole = f" {text}".replace(f" {INSIDE}", "").strip()
    for mark in ".,;:!?)":
        whole = whole.replace(f" {mark}", mark)
    return whole.replace("( ", "(").replace(" ' ", "'").replace(" - ", "-")


def longest_copy(ids: Sequence[int], material: Material) -> str:
    """The longest run of a text that stands word by word in the training text."""
    learned = "\n".join(f" {' '.join(map(str, row))} " for row in material.train.tolist())
    numbers, best = [number for number in ids if number >= len(SPECIAL_TOKENS)], (0, 0)
    end = 0
    for start in range(len(numbers)):
        end = max(end, start)
        while end < len(numbers) and f" {' '.join(map(str, numbers[start : end + 1]))} " in learned:
            end += 1
        best = max(best, (end - start, -start))
    return joined(material.read(numbers[-best[1] : best[0] - best[1]]))
