"""Forward and backward sums over all walks of the machine that could be behind a batch of corrupted sentences.

Shapes: S states, M memories, n inputs of a block, t tokens of a sentence. Messages are (S, n): one column per input.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from attention_course.language.machine import Machine
from attention_course.language.vocabulary import CLS, SEP

IMPOSSIBLE = (
    "some inputs cannot come from this language and this corruption. Are they whole sentences of the language, "
    "is its vocabulary the one they were numbered with, and is the corruption the one that made them?"
)


class Emissions:
    """A machine whose words are seen through a corruption.

    Attributes:
        seen: (S, s) probability of seeing each token in each state.
        backward: (S, S) sparse transition matrix, applied to messages from later tokens.
        forward: its transpose, applied to messages from earlier tokens.
        finish: (S, M) sparse, to and from the memory after the sentence.
    """

    def __init__(self, machine: Machine, seen_ss: np.ndarray) -> None:
        self.machine = machine
        self.seen = machine.emission @ seen_ss
        self.backward = machine.transition
        self.forward = machine.transition.T.tocsr()
        self.finish = csr_array(machine.finish)


@dataclass
class Track:
    """One sentence of every input, aligned to the left, with the messages that reach each of its tokens.

    Attributes:
        tokens: (n, t) as seen; what stands after the end of a sentence is not used.
        lengths: (n,) in tokens.
        offset: (n,) column of the first token in the input.
        before: for each token the message (S, n) from all tokens before it.
        after: the same from all tokens after it.
    """

    tokens: np.ndarray
    lengths: np.ndarray
    offset: np.ndarray
    before: list[np.ndarray]
    after: list[np.ndarray]


@dataclass
class Messages:
    """What `exchange` found: the sentences with their messages, and whether the second follows the first."""

    tracks: list[Track]
    follows: np.ndarray

    def at(self, wanted: np.ndarray) -> Iterator[tuple[tuple[np.ndarray, np.ndarray], np.ndarray, np.ndarray]]:
        """The beliefs at wanted positions, without the evidence of the token that stands there.

        Args:
            wanted: (n, t) bool, positions of the input.

        Yields:
            ((rows, columns), beliefs (S, k) up to a factor, tokens seen there (k,)).
        """
        found = 0
        for track in self.tracks:
            for place in range(track.tokens.shape[1]):
                rows = np.flatnonzero(place < track.lengths)
                rows = rows[wanted[rows, track.offset[rows] + place]]
                found += len(rows)
                if len(rows):
                    beliefs = track.before[place][:, rows] * track.after[place][:, rows]
                    yield (rows, track.offset[rows] + place), beliefs, track.tokens[rows, place]
        if found != wanted.sum():
            raise ValueError("a label lies on [CLS], [SEP] or padding; only words of the sentences can be selected")


def exchange(
    emissions: Emissions, tokens: np.ndarray, segments: np.ndarray, mask: np.ndarray, next_share: float
) -> Messages:
    """Pass messages forward through both sentences and back.

    Args:
        tokens, segments, mask: (n, t) input_ids, token_type_ids and attention_mask of single sentences or pairs.
        next_share: probability that a second sentence follows the first instead of an independent one.

    Returns:
        the messages; `follows` (n,) is the probability of a true next sentence, nan for single sentences.
    """
    machine, fresh = emissions.machine, emissions.machine.fresh[:, None]
    first, *second = _tracks(tokens, segments, mask)
    memory = _forward(emissions, first, np.repeat(fresh, len(tokens), axis=1))
    if not second:
        _backward(emissions, first, np.ones_like(memory))
        return Messages([first], np.full(len(tokens), np.nan))
    handed_over = machine.handover.T @ memory
    _forward(emissions, second[0], next_share * handed_over + (1 - next_share) * fresh)
    start = _backward(emissions, second[0], np.ones_like(memory))
    follows = next_share * (handed_over * start).sum(axis=0)
    independent = (1 - next_share) * (fresh * start).sum(axis=0)
    _backward(emissions, first, next_share * (machine.handover @ start) + independent)
    return Messages([first, *second], follows / (follows + independent))


def _tracks(tokens: np.ndarray, segments: np.ndarray, mask: np.ndarray) -> list[Track]:
    """Cut [CLS] A [SEP] or [CLS] A [SEP] B [SEP] into its sentences."""
    real = mask.astype(bool)
    first = (real & (segments == 0)).sum(axis=1) - 2
    second = (real & (segments == 1)).sum(axis=1) - 1
    rows = np.arange(len(tokens))
    paired = second >= 0
    if paired.any() and not paired.all():
        raise ValueError("single sentences and pairs are mixed in one batch; compute them apart")
    last = real.sum(axis=1) - 1
    right = (tokens[:, 0] == CLS) & (tokens[rows, first + 1] == SEP) & (tokens[rows, last] == SEP)
    if not right.all() or min(first.min(), abs(second).min()) < 1:
        raise ValueError("an input must be [CLS] A [SEP] or [CLS] A [SEP] B [SEP], segment 1 from B on, then padding")
    spans = [(np.ones_like(first), first)] + [(first + 2, second)] * bool(paired.all())
    return [_track(tokens, offset, lengths) for offset, lengths in spans]


def _track(tokens: np.ndarray, offset: np.ndarray, lengths: np.ndarray) -> Track:
    columns = offset[:, None] + np.arange(lengths.max())
    inside = np.minimum(columns, tokens.shape[1] - 1)
    return Track(np.take_along_axis(tokens, inside, axis=1), lengths, offset, [], [])


def _forward(emissions: Emissions, track: Track, state: np.ndarray) -> np.ndarray:
    """Fill `track.before`, starting from the first state's probabilities (S, n).

    Returns:
        (M, n) probabilities of the memory that the sentence hands over.
    """
    memory = np.zeros((emissions.finish.shape[1], len(track.lengths)))
    for place in range(track.tokens.shape[1]):
        track.before.append(state)
        joint = state * emissions.seen[:, track.tokens[:, place]]
        ended = track.lengths == place + 1
        memory[:, ended] = emissions.finish.T @ joint[:, ended]
        state = _scaled(emissions.forward @ joint)
    if not memory.any(axis=0).all():
        raise ValueError(IMPOSSIBLE)
    return _scaled(memory)


def _backward(emissions: Emissions, track: Track, memory: np.ndarray) -> np.ndarray:
    """Fill `track.after`, starting from the message (M, n) about the memory that the sentence hands over.

    Returns:
        (S, n) message about the first state, up to a factor.
    """
    after = np.zeros((len(emissions.seen), len(track.lengths)))
    for place in range(track.tokens.shape[1] - 1, -1, -1):
        ended = track.lengths == place + 1
        after[:, ended] = emissions.finish @ memory[:, ended]
        track.after.insert(0, after)
        joint = after * emissions.seen[:, track.tokens[:, place]]
        after = _scaled(emissions.backward @ joint)
    return _scaled(joint)


def _scaled(columns: np.ndarray) -> np.ndarray:
    """Columns divided by their sums, so that long products do not underflow; a column of zeros stays."""
    sums = columns.sum(axis=0)
    return columns / np.where(sums > 0, sums, 1.0)
