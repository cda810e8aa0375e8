"""What a run learns from: documents of the small language, or a text of the learner's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from attention_course.environment import being_graded
from attention_course.language.own_text import Document as Sentences
from attention_course.language.own_text import read_text, split_words
from attention_course.language.small_language import SmallLanguage
from attention_course.language.wordpieces import train_vocabulary
from attention_course.training.data import Material

HELD_OUT = 300  # documents of the small language; of a text of one's own a tenth is held out
TRAINING_SEED, HELD_OUT_SEED = 1, 2

WordPiece = Callable[[str, Mapping[str, int]], list[str]]


def small_language(language: SmallLanguage, documents: int) -> Material:
    """Documents drawn from the small language, always the same; a tenth of them when nbgrader runs the notebook."""
    if being_graded():
        documents //= 10
    return Material(
        language.vocabulary,
        language.documents(documents, np.random.default_rng(TRAINING_SEED)),
        language.documents(HELD_OUT, np.random.default_rng(HELD_OUT_SEED)),
        language.machine,
    )


def own_text(path: Path, wordpiece: WordPiece, size: int) -> Material:
    """A text file, cut into pieces of a vocabulary of at most `size` entries that is trained on it."""
    documents = read_text(path)
    vocabulary = train_vocabulary((sentence for document in documents for sentence in document), size)
    return from_documents(documents, wordpiece, vocabulary)


def from_documents(documents: list[Sentences], wordpiece: WordPiece, vocabulary: Mapping[str, int]) -> Material:
    """Documents of running text, cut into pieces of a vocabulary; every tenth one is held out.

    Args:
        documents: lists of sentences.
        wordpiece: the learner's, called with a word and the vocabulary.
    """
    cut = [[pieces(sentence, wordpiece, vocabulary) for sentence in document] for document in documents]
    learned = [document for number, document in enumerate(cut) if number % 10]
    return Material(vocabulary, learned, cut[::10])


def pieces(sentence: str, wordpiece: WordPiece, vocabulary: Mapping[str, int]) -> list[str]:
    """The pieces of a sentence; [MASK] stays whole."""
    cut: list[str] = []
    for word in split_words(sentence):
        cut += [word] if word in vocabulary else wordpiece(word, vocabulary)
    return cut
