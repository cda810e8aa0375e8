"""What simple models reach on the same data: lines to beat on the way down to the bound.

All three are closed-form counts, and all three know how the corruption works: each also uses the token that stands at
the position itself, which under 80/10/10 is sometimes the original.

- unigram: how frequent each word is.
- bigram: also which words stand directly left and right of it.
- bag of words: also which other words the input holds, in no order (naive Bayes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_array
from scipy.special import log_softmax

from attention_course.language.corruption import BERT, Corruption
from attention_course.language.vocabulary import CLS, IGNORED, PAD, SEP

Batch = Mapping[str, ArrayLike]
ROWS_FOR_TEMPERATURE = 500
WORDS_FOR_TEMPERATURE = 2000  # of these rows at most; with a large vocabulary more would take long
SMOOTHING = 0.05  # added to every count, so that a pair never met before is unlikely, not impossible


@dataclass(frozen=True)
class Baselines:
    """Log-probabilities of words and of their surroundings as seen through a corruption; s is the vocabulary size.

    Attributes:
        prior: (s,) log P(word).
        itself: (s, s) log P(token seen at the position | word there).
        left, right: (s, s) log P(token seen next to it | word).
        bag: (s, s) log P(token seen elsewhere in the input | word).
        temperature: weight of each word of the bag; below 1 since the words of an input repeat each other's news.
    """

    prior: np.ndarray
    itself: np.ndarray
    left: np.ndarray
    right: np.ndarray
    bag: np.ndarray
    temperature: float

    def losses(self, batch: Batch) -> dict[str, float]:
        """The loss of each baseline on a corrupted batch, in nats per labelled position.

        Args:
            batch: input_ids, attention_mask and labels, each (b, t), as arrays or CPU tensors.
        """
        tokens, labels = np.asarray(batch["input_ids"]), np.asarray(batch["labels"])
        rows, columns = np.nonzero(labels != IGNORED)
        words = labels[rows, columns]
        alone = self.prior + self.itself[:, tokens[rows, columns]].T
        sides = self.left[:, tokens[rows, columns - 1]].T + self.right[:, tokens[rows, columns + 1]].T
        others = _bag_of_others(tokens, _words(batch), rows, columns, len(self.prior))
        scores = {
            "unigram": alone,
            "bigram": alone + sides,
            "bag of words": alone + self.temperature * (others @ self.bag.T),
        }
        return {name: _cross_entropy(score, words) for name, score in scores.items()}


def fit_baselines(batch: Batch, vocabulary_size: int, corruption: Corruption = BERT) -> Baselines:
    """Count words and their surroundings.

    Args:
        batch: input_ids and attention_mask of clean inputs, each (b, t): the training data.
        vocabulary_size: s; memory and time grow with its square (4,000 need about half a gigabyte).
        corruption: the recipe by which the inputs will be corrupted.
    """
    tokens, is_word = np.asarray(batch["input_ids"]), _words(batch)
    rows, columns = np.nonzero(is_word)
    words = tokens[rows, columns]
    prior = np.bincount(words, minlength=vocabulary_size) + SMOOTHING
    left = _pairs(words, tokens[rows, columns - 1], vocabulary_size)
    right = _pairs(words, tokens[rows, columns + 1], vocabulary_size)
    bags = _bags(tokens, is_word, vocabulary_size)
    bag = (bags.T @ bags).toarray()
    bag[np.diag_indices(vocabulary_size)] -= bags.sum(axis=0)  # a word is not its own surroundings
    log_prior = np.log(prior / prior.sum())
    return Baselines(
        prior=log_prior,
        itself=_log(corruption.of_selected(vocabulary_size)),
        left=_log(_seen(left, corruption)),
        right=_log(_seen(right, corruption)),
        bag=_log(_seen(bag, corruption)),
        temperature=_temperature(log_prior, _log(_normalised(bag)), tokens, is_word),
    )


def _words(batch: Batch) -> np.ndarray:
    """(b, t) True at words: everything but [CLS], [SEP] and padding, judged by the place in the input."""
    tokens, mask = np.asarray(batch["input_ids"]), np.asarray(batch["attention_mask"]).astype(bool)
    labels = np.asarray(batch["labels"]) if "labels" in batch else np.full_like(tokens, IGNORED)
    return mask & (~np.isin(tokens, [PAD, CLS, SEP]) | (labels != IGNORED))


def _pairs(words: np.ndarray, others: np.ndarray, size: int) -> np.ndarray:
    ones = np.ones(len(words))
    return csr_array((ones, (words, others)), shape=(size, size)).toarray()


def _bags(tokens: np.ndarray, is_word: np.ndarray, size: int) -> csr_array:
    """(b, s) how often each word occurs in each input."""
    rows, columns = np.nonzero(is_word)
    return csr_array((np.ones(len(rows)), (rows, tokens[rows, columns])), shape=(len(tokens), size))


def _bag_of_others(
    tokens: np.ndarray, is_word: np.ndarray, rows: np.ndarray, columns: np.ndarray, size: int
) -> csr_array:
    """(n, s) the words of the input around each given position."""
    count = np.arange(len(rows))
    itself = csr_array((np.ones(len(rows)), (count, tokens[rows, columns])), shape=(len(rows), size))
    return _bags(tokens, is_word, size)[rows] - itself


def _seen(counts: np.ndarray, corruption: Corruption) -> np.ndarray:
    """(s, s) P(token seen | word), from counts (word, original neighbour); special tokens are never corrupted."""
    seen_as = corruption.of_any(len(counts))
    untouched = [CLS, SEP]
    seen_as[untouched] = np.eye(len(counts))[untouched]
    return _normalised(counts) @ seen_as


def _normalised(counts: np.ndarray) -> np.ndarray:
    smoothed = counts + SMOOTHING
    return smoothed / smoothed.sum(axis=1, keepdims=True)


def _log(probabilities: np.ndarray) -> np.ndarray:
    """Logarithm with a floor, so that what cannot be is very unlikely instead of minus infinity."""
    return np.log(np.maximum(probabilities, 1e-12))


def _temperature(prior: np.ndarray, bag: np.ndarray, tokens: np.ndarray, is_word: np.ndarray) -> float:
    """The weight of the bag that predicts the words of some clean training inputs best."""
    tokens, is_word = tokens[:ROWS_FOR_TEMPERATURE], is_word[:ROWS_FOR_TEMPERATURE]
    rows, columns = (places[:WORDS_FOR_TEMPERATURE] for places in np.nonzero(is_word))
    words = tokens[rows, columns]
    evidence = _bag_of_others(tokens, is_word, rows, columns, len(prior)) @ bag.T
    found = minimize_scalar(lambda weight: _cross_entropy(prior + weight * evidence, words), bounds=(0, 1))
    return float(found.x)


def _cross_entropy(scores: np.ndarray, words: np.ndarray) -> float:
    return float(-log_softmax(scores, axis=1)[np.arange(len(words)), words].mean())
