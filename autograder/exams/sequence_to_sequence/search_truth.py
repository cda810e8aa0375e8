"""Random tables of log-probabilities, and what the two searches find in them, by enumeration."""

import heapq
import math

import numpy as np

from attention_course.probes import sequence_to_sequence as probe


def drawn(rng, n, s, *, sharp=1.5, closed=0.0, end=None, end_share=None):
    """Rows of log-probabilities; some impossible, but not all; `end_share` is the probability of end everywhere."""
    scores = sharp * rng.normal(size=(n, s))
    shut = rng.random((n, s)) < closed
    shut[np.arange(n), rng.integers(s, size=n)] = False
    scores[shut] = -np.inf
    if end_share is not None:
        scores[:, end] = -np.inf
        for row in scores:
            if not np.isfinite(row).any():
                row[(end + 1) % len(row)] = 0.0
    rows = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    if end_share is not None:
        rows += math.log(1 - end_share)
        rows[:, end] = math.log(end_share)
    return rows


def hypotheses(rows, start, end, width, max_length):
    """The oracle's rounds, never stopped early: every finished hypothesis and those open at the end, with new ids."""
    step = probe.Table(rows, start, 10**6)
    found: list = []
    open_ones: list = [((), 0.0)]
    for length in range(1, max_length + 1):
        after = [(ids, total, step([start, *ids])) for ids, total in open_ones]
        found += [(ids, total + row[end], length) for ids, total, row in after if np.isfinite(row[end])]
        longer = [
            ((*ids, new), total + row[new])
            for ids, total, row in after
            for new in range(len(row))
            if new != end and np.isfinite(row[new])
        ]
        open_ones = heapq.nlargest(width, longer, key=lambda pair: pair[1])
    return found + [(ids, total, max_length) for ids, total in open_ones]


def best(rows, start, end, width, max_length, length_penalty=0.0):
    """The oracle: the best of all hypotheses of an unstopped search."""
    scored = [(list(i), total / n**length_penalty) for i, total, n in hypotheses(rows, start, end, width, max_length)]
    return heapq.nlargest(width, scored, key=lambda pair: pair[1])


def plain(result):
    """Hypotheses as lists of Python's numbers, or a list of ids as it is."""
    return [[[int(number) for number in ids], float(score)] for ids, score in result]


def whole_numbers(result):
    """A list of ids as Python's numbers."""
    return [int(number) for number in result] if isinstance(result, list) else result


def greedy_right(rows, start, end, max_length):
    step = probe.Table(rows, start, 10**6)
    ids: list = []
    for _ in range(max_length):
        ids.append(int(step([start, *ids]).argmax()))
        if ids[-1] == end:
            return ids[:-1]
    return ids
