"""From documents to corrupted batches, by the learner's own functions; the same step gives the same batch anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch

from attention_course.language.corpus import Arrays, batches, stack
from attention_course.language.machine import Machine
from attention_course.language.vocabulary import CLS, MASK, PAD, SEP
from attention_course.training.work import Work

Batch = dict[str, torch.Tensor]
Documents = Sequence[Sequence[Sequence[str]]]
PRIME = 1_000_003  # keeps the seeds of two runs apart


@dataclass(frozen=True)
class Material:
    """A vocabulary, documents to learn from, and documents to evaluate with; sentences are lists of tokens.

    The first five entries of the vocabulary are the special tokens. `machine` holds the probabilities of a language
    that is known exactly; None for any other.
    """

    vocabulary: Mapping[str, int]
    documents: Documents
    held_out: Documents
    machine: Machine | None = None


def encode(work: Work, documents: Documents, vocabulary: Mapping[str, int], length: int, seed: int) -> Arrays:
    """Sentence pairs of the documents as arrays with one row each; `next_sentence_label` is 0 where B follows A."""
    pairs = work.make_sentence_pairs(documents, np.random.default_rng(seed))
    arrays = stack([work.encode_pair(first, second, vocabulary, length) for first, second, _ in pairs])
    follows = np.array([is_next for _, _, is_next in pairs])
    return {**arrays, "next_sentence_label": np.where(follows, 0, 1)}


def corrupt(work: Work, batch: Batch, vocabulary_size: int, seed: int) -> Batch:
    """The batch with some of its tokens hidden, and their labels."""
    tokens = batch["input_ids"]
    special = (tokens == PAD) | (tokens == CLS) | (tokens == SEP)
    generator = torch.Generator().manual_seed(seed)
    seen, labels = work.mask_tokens(tokens, special, vocabulary_size, MASK, generator=generator)
    return {**batch, "input_ids": seen, "labels": labels}


def stream(work: Work, data: Arrays, vocabulary_size: int, size: int, seed: int, start: int = 0) -> Iterator[Batch]:
    """Corrupted batches without end. Each is corrupted afresh, so no two epochs hide the same tokens.

    Args:
        start: the number of batches that an earlier run has used; the stream goes on behind them.
    """
    shuffled = batches(data, size, np.random.default_rng(seed))
    for step, batch in enumerate(islice(shuffled, start, None), start):
        yield corrupt(work, batch, vocabulary_size, seed * PRIME + step)


def as_tensors(data: Arrays) -> Batch:
    """The arrays as one batch."""
    return {name: torch.from_numpy(values) for name, values in data.items()}
