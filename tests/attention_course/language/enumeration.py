"""Exhaustive enumeration: a slow oracle for `exact` that shares no formula with it.

It walks through every sentence, every choice of selected positions and everything that can happen to a selected
token, and adds up probabilities. Only the machine's tables and the recipe's shares are taken from the code.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from functools import cache

import numpy as np

from attention_course.language.vocabulary import CLS, MASK, PAD, SEP

Texts = dict[tuple[int, ...], float]


def sentences(machine, first, length) -> dict[tuple[int, ...], np.ndarray]:
    """Every sentence of this length: its tokens and (M,) its probability together with each memory it leaves."""
    transition = machine.transition.toarray()
    found: dict[tuple[int, ...], np.ndarray] = defaultdict(lambda: np.zeros(machine.finish.shape[1]))
    waiting = [((), state, probability) for state, probability in enumerate(first) if probability]
    while waiting:
        tokens, state, probability = waiting.pop()
        for token in np.flatnonzero(machine.emission[state]):
            written, joint = (*tokens, int(token)), probability * machine.emission[state, token]
            if len(written) == length:
                if machine.finish[state].any():
                    found[written] += joint * machine.finish[state]
                continue
            for following in np.flatnonzero(transition[state]):
                waiting.append((written, following, joint * transition[state, following]))
    return dict(found)


def pairs(machine, lengths, next_share) -> tuple[Texts, Texts]:
    """Every pair [A, B] of these lengths with its probability: those that follow each other, those that do not."""
    follow, independent = {}, {}
    first = sentences(machine, machine.stationary @ machine.handover, lengths[0])
    alone = sentences(machine, machine.stationary @ machine.handover, lengths[1])
    after = [sentences(machine, row, lengths[1]) for row in machine.handover]
    for (a, left), (b, right) in itertools.product(first.items(), alone.items()):
        probability = sum(left[m] * after[m].get(b, np.zeros(1)).sum() for m in range(len(left)))
        follow[a + b] = next_share * probability
        independent[a + b] = (1 - next_share) * left.sum() * right.sum()
    return follow, independent


def outcomes(token, corruption, size) -> list[tuple[bool, int, float]]:
    """All that can happen to one token: (selected, what is seen, probability); outcomes may repeat."""
    p = corruption.probability
    events = [(False, token, 1 - p), (True, MASK, p * corruption.mask), (True, token, p * corruption.keep)]
    events += [(True, random, p * corruption.random / size) for random in range(size)]
    return [event for event in events if event[2]]


def joint_table(texts: Texts, corruption, size) -> dict[tuple[int, ...], np.ndarray]:
    """For each corrupted text (t, s): probability of it, with this original at this position, and that selected."""
    length = len(next(iter(texts)))
    table: dict[tuple[int, ...], np.ndarray] = defaultdict(lambda: np.zeros((length, size)))
    for text, probability in texts.items():
        for events in itertools.product(*(outcomes(token, corruption, size) for token in text)):
            joint = probability * np.prod([event[2] for event in events])
            seen = tuple(event[1] for event in events)
            for position, event in enumerate(events):
                if event[0]:
                    table[seen][position, text[position]] += joint
    return table


@cache
def seen_as(token, visible, corruption, size, selected_only) -> float:
    """Probability that a token is seen so, and that it is selected where that is asked for."""
    events = [event for event in outcomes(token, corruption, size) if event[1] == visible]
    return sum(event[2] for event in events if event[0] or not selected_only)


def chance(text, seen, corruption, size, selected_at=None) -> float:
    """Probability that a text is seen so, with one position known to be selected."""
    total = 1.0
    for position, (token, visible) in enumerate(zip(text, seen, strict=True)):
        total *= seen_as(token, visible, corruption, size, position == selected_at)
        if not total:
            break
    return total


def as_input(seen, lengths, labels=None) -> dict[str, np.ndarray]:
    """Corrupted sentences as the input of a BERT, every word labelled unless said, two columns of padding."""
    per_word = np.ones(len(seen), int) if labels is None else np.asarray(labels)
    parts = np.split(np.array(seen), np.cumsum(lengths)[:-1])
    tokens = [CLS, *itertools.chain.from_iterable([*part, SEP] for part in parts)]
    label_parts = np.split(per_word, np.cumsum(lengths)[:-1])
    labels = [-100, *itertools.chain.from_iterable([*part, -100] for part in label_parts)]
    segments = [0] * (lengths[0] + 2) + [1] * (len(tokens) - lengths[0] - 2)
    mask = [1] * len(tokens)
    row = {"input_ids": tokens, "token_type_ids": segments, "attention_mask": mask, "labels": labels}
    fill = {"input_ids": PAD, "token_type_ids": 0, "attention_mask": 0, "labels": -100}
    return {name: np.array([[*values, fill[name], fill[name]]]) for name, values in row.items()}
