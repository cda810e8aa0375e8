"""Listeners whose next song is known as well as it can be: a model of users, and its exact predictions by Bayes.

A listener has one of four hidden tastes, the same throughout. The next song is

    with probability .50  a step from the last song along the taste's own chain (three successors, .6, .3, .1),
    with probability .25  the song heard three back, once more,
    with probability .25  a popular song, half of the taste's own and half of everybody's charts,

and where there is no song three back yet, popular in its place. Whoever knows all this and nothing but the history can
do no better than Bayes: weigh the tastes by how well they explain the history, and mix what they predict.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from attention_course.beyond_text.songs import TITLES

TASTES, SONGS, LENGTH = 4, len(TITLES), 20
STEP, AGAIN, BACK = 0.5, 0.25, 3
SUCCESSORS = (0.6, 0.3, 0.1)


class Listeners:
    """Draws sessions, and predicts them. Songs are 1 to 60; 0 is padding.

    Args:
        seed: of the charts and the chains, which then stay.
    """

    def __init__(self, seed: int = 0, tastes: int = TASTES) -> None:
        generator = np.random.default_rng(seed)
        self.tastes = tastes
        own = generator.dirichlet(np.full(SONGS, 0.3), size=tastes)
        self.popular = 0.5 * own + 0.5 * generator.dirichlet(np.full(SONGS, 0.3))  # (tastes, songs)
        self.successors = np.stack(
            [[generator.choice(SONGS, len(SUCCESSORS), replace=False) for _ in range(SONGS)] for _ in range(tastes)]
        )

    @cached_property
    def chain(self) -> NDArray:
        """(tastes, songs, songs): the law of a step."""
        table = np.zeros((self.tastes, SONGS, SONGS))
        np.put_along_axis(table, self.successors, np.broadcast_to(SUCCESSORS, self.successors.shape), axis=2)
        return table

    def law(self, history: NDArray) -> NDArray:
        """(tastes, n, songs): the probability of each next song for a taste, after histories (n, t) of songs from 1."""
        n, t = history.shape
        step, again = (STEP if t else 0.0), (AGAIN if t >= BACK else 0.0)
        law = np.repeat((1 - step - again) * self.popular[:, None], n, axis=1)
        if t:
            law += step * self.chain[:, history[:, -1] - 1]
        if again:
            law[:, np.arange(n), history[:, -BACK] - 1] += again
        return law

    def sessions(self, count: int, seed: int) -> tuple[NDArray, NDArray]:
        """(sessions (count, 20) of songs from 1, the hidden taste of each (count,))."""
        generator = np.random.default_rng(seed)
        taste = generator.integers(self.tastes, size=count)
        heard = np.zeros((count, 0), dtype=np.int64)
        for _ in range(LENGTH):
            mass = self.law(heard)[taste, np.arange(count)].cumsum(axis=1)
            drawn = (mass < generator.random((count, 1)) * mass[:, -1:]).sum(axis=1)
            heard = np.concatenate([heard, 1 + drawn[:, None]], axis=1)
        return heard, taste

    def bayes(self, sessions: NDArray) -> tuple[NDArray, NDArray]:
        """The best possible predictions.

        Returns:
            (probabilities (n, t, songs + 1) of each song as the one at that place, from those before it, padding 0;
            what is known of the taste before each place (n, t, tastes)).
        """
        n = len(sessions)
        known = np.full((n, self.tastes), 1 / self.tastes)
        predicted, beliefs = [], []
        for place in range(sessions.shape[1]):
            law = self.law(sessions[:, :place])
            predicted.append(np.einsum("nk,knj->nj", known, law))
            beliefs.append(known)
            known = known * law[:, np.arange(n), sessions[:, place] - 1].T
            known = known / known.sum(axis=1, keepdims=True)
        return np.pad(np.stack(predicted, axis=1), ((0, 0), (0, 0), (1, 0))), np.stack(beliefs, axis=1)
