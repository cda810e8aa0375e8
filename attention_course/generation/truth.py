"""What is true of the small language: the probability of every next word, given all words before it.

The language is a hidden Markov chain over whole documents: inside a sentence `transition` leads on, at its end
`finish` and `handover` lead into the next one. The forward pass (Rabiner 1989, section III) carries the probability of
every state, given the words so far; with it the next word's distribution is one product. No model can have a lower
expected loss than this distribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from torch import Tensor

from attention_course.generation import text
from attention_course.language.vocabulary import PAD

ROWS_AT_ONCE = 500


@lru_cache
def _step() -> Any:
    """(S, S) sparse: from the probabilities of the states at one word to those at the next, sentences joined."""
    machine = text.small_language().machine
    return csr_array((machine.transition + csr_array(machine.finish) @ csr_array(machine.handover)).T)


def next_words(ids: np.ndarray | Tensor) -> np.ndarray:
    """The true distribution of the next word at every place.

    Args:
        ids: (n, t) rows that begin with BEGIN; then words, in any number of sentences.

    Returns:
        (n, t, s) float32; entry [:, i] is P(word i + 1 | BEGIN to word i). From the first word on that cannot stand
        where it stands, padding too, all entries are 0.
    """
    rows = np.asarray(ids)
    return np.concatenate([_forward(rows[start : start + ROWS_AT_ONCE]) for start in range(0, len(rows), ROWS_AT_ONCE)])


def _forward(ids: np.ndarray) -> np.ndarray:
    machine, step = text.small_language().machine, _step()
    written = csr_array(machine.emission.T)
    states = np.repeat(machine.fresh[:, None], len(ids), axis=1)
    found = np.zeros((*ids.shape, machine.emission.shape[1]), dtype=np.float32)
    for place in range(ids.shape[1]):
        if place:
            states = states * machine.emission[:, ids[:, place]]
            total = states.sum(axis=0)
            states = step @ (states / np.where(total > 0, total, 1.0))
        found[:, place] = (written @ states).T
    return found


@dataclass(frozen=True)
class Limit:
    """The best possible prediction of a text.

    Attributes:
        loss: mean of -log P(the word that came | all before), nats per word. A model's loss on the same text falls
            below it by luck of the draw only.
        entropy: the same averaged over all words that could have come: less noisy, equal in expectation.
        distributions: (n, s) the true distribution at each word that is predicted, in reading order.
    """

    loss: float
    entropy: float
    distributions: np.ndarray


def limit(ids: Tensor) -> Limit:
    """The best possible prediction of rows of the language, padded behind."""
    rows = ids.numpy()
    real = rows[:, 1:] != PAD
    distributions = next_words(rows[:, :-1])[real]
    right = distributions[np.arange(len(distributions)), rows[:, 1:][real]]
    logs = np.log(distributions, out=np.zeros_like(distributions), where=distributions > 0)
    return Limit(float(-np.log(right).mean()), float(-(distributions * logs).sum(axis=1).mean()), distributions)


def lines(train: Tensor, held_out: Tensor, size: int) -> dict[str, float]:
    """The losses of two predictors that only count: by frequency, and by the word before; nats per word."""
    counts = np.full((size, size), 0.05)  # a pair never met is unlikely, not impossible
    rows = train.numpy()
    real = rows[:, 1:] != PAD
    np.add.at(counts, (rows[:, :-1][real], rows[:, 1:][real]), 1.0)
    kept = held_out.numpy()
    real = kept[:, 1:] != PAD
    before, after = kept[:, :-1][real], kept[:, 1:][real]
    alone = counts.sum(axis=0) / counts.sum()
    pairs = counts / counts.sum(axis=1, keepdims=True)
    return {"unigram": float(-np.log(alone[after]).mean()), "bigram": float(-np.log(pairs[before, after]).mean())}
