"""How good texts are that a sampling rule draws, and how far the rule's distribution is from the true one.

In the small language all of it can be counted: whether a text is possible, how probable it is, and what the next word's
distribution ought to be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from attention_course.generation import text
from attention_course.generation.truth import next_words

FULL_STOP = "."


@dataclass(frozen=True)
class Judged:
    """What a number of drawn texts are like.

    Attributes:
        grammatical: the share of texts in which every word was possible where it stands.
        distinct: different first sentences, over the number of texts.
        surprise: mean -log P of the possible words under the true distribution, in nats; below what the language
            itself has, the texts are too ordinary; nan where no word was possible.
        word_distance: total variation between the words of the texts and those of the language.
    """

    grammatical: float
    distinct: float
    surprise: float
    word_distance: float


def judge(ids: Tensor, reference: np.ndarray) -> Judged:
    """Judge texts of the small language.

    Args:
        ids: (n, t + 1) texts of t words behind BEGIN, none padded.
        reference: (s,) the true share of each word.
    """
    rows = ids.numpy()
    probabilities = np.take_along_axis(next_words(rows[:, :-1]), rows[:, 1:, None], axis=2)[..., 0]
    possible = np.cumprod(probabilities > 0, axis=1).astype(bool)
    shares = np.bincount(rows[:, 1:].flatten(), minlength=len(reference)) / rows[:, 1:].size
    return Judged(
        grammatical=float(possible.all(axis=1).mean()),
        distinct=len({first_sentence(row) for row in rows[:, 1:].tolist()}) / len(rows),
        surprise=float(-np.log(probabilities[possible]).mean()) if possible.any() else float("nan"),
        word_distance=total_variation(shares, reference),
    )


def first_sentence(numbers: list[int]) -> tuple[int, ...]:
    """The numbers up to the first full stop, all of them if there is none."""
    stop = text.small_language().vocabulary[FULL_STOP]
    return tuple(numbers[: numbers.index(stop) + 1] if stop in numbers else numbers)


def first_error(ids: list[int]) -> int | None:
    """The place in a row that begins with BEGIN of the first word that cannot stand there; None in a possible text."""
    row = np.array([ids])
    probabilities = np.take_along_axis(next_words(row[:, :-1]), row[:, 1:, None], axis=2)[0, :, 0]
    wrong = np.flatnonzero(probabilities == 0)
    return int(wrong[0]) + 1 if len(wrong) else None


def marked(ids: list[int]) -> str:
    """A text with >...< around the first word that cannot stand where it stands."""
    tokens, wrong = text.small_language().tokens, first_error(ids)
    words = [f">{tokens[n]}<" if place == wrong else tokens[n] for place, n in enumerate(ids)]
    return " ".join(words[1:])


def word_shares(rows: Tensor) -> np.ndarray:
    """(s,) the share of each word in rows of the language, special tokens left out."""
    size = len(text.small_language().tokens)
    counts = np.bincount(rows.numpy().flatten(), minlength=size).astype(float)
    counts[: text.FIRST_WORD] = 0
    return counts / counts.sum()


def language_itself(count: int, length: int, seed: int = 77) -> Tensor:
    """(count, length + 1) texts that the language itself draws, cut to the same length."""
    longer = text.documents(count, seed, sentences=-(-length // 3))  # a sentence has four words or more
    return text.rows(longer)[:, : length + 1]


@dataclass(frozen=True)
class Compared:
    """How a rule's distribution of the next word differs from the true one, averaged over many places.

    Attributes:
        possible: the mass that it gives to words that are possible.
        lost: the true mass of words that it never draws.
        divergence: the Kullback-Leibler divergence from the true one in nats, infinite where something is lost.
        distance: the total variation, 0 to 1.
    """

    possible: float
    lost: float
    divergence: float
    distance: float


def compare(rule: Callable[[Tensor], Tensor], logits: Tensor, truth: np.ndarray) -> Compared:
    """Compare a rule on a model's logits with the true distributions.

    Args:
        rule: maps logits to logits.
        logits: (n, s), truth: (n, s) the true distribution at the same places.
    """
    drawn = rule(logits).softmax(dim=-1).numpy()
    ratio = np.divide(truth, drawn, out=np.ones_like(truth), where=(truth > 0) & (drawn > 0))
    lost = float((truth * (drawn <= 0)).sum(axis=1).mean())
    return Compared(
        possible=float((drawn * (truth > 0)).sum(axis=1).mean()),
        lost=lost,
        divergence=float("inf") if lost > 0 else float((truth * np.log(ratio)).sum(axis=1).mean()),
        distance=float(np.mean([total_variation(one, other) for one, other in zip(drawn, truth, strict=True)])),
    )


def total_variation(one: np.ndarray, other: np.ndarray) -> float:
    """Half the sum of the absolute differences: the largest difference in the probability of any event."""
    return float(0.5 * np.abs(one - other).sum())


def chance_distance(shares: np.ndarray, count: int, generator: np.random.Generator, repeats: int = 200) -> float:
    """The total variation that `count` honest draws have from their own distribution, on average."""
    drawn = generator.multinomial(count, shares, size=repeats) / count
    return float(np.mean(0.5 * np.abs(drawn - shares).sum(axis=1)))
