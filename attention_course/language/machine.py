"""A language as one finite-state machine: every state writes one word, sentences are walks through the states.

What the machine has to remember (the topic, the number of the subject, the verb that waits for its object) is part of
its state. That makes sampling a walk, and exact inference a matter of forward and backward sums (see `exact`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

NO_STATE = -1
"""Fills the states of a walk after its end."""


@dataclass(frozen=True)
class Machine:
    """The probabilities of the machine. Letters of shapes: S states, M memories, s size of the vocabulary.

    A memory is what one sentence hands over to the next (topic and subject). A sentence starts in a state drawn
    from the memory, and when it ends it leaves a memory.

    Attributes:
        emission: (S, s) probability of each token in each state; rows sum to 1.
        transition: (S, S) sparse, probability of the next state.
        finish: (S, M) probability that the sentence ends after this state and hands over this memory. The rows of
            transition and finish together sum to 1.
        handover: (M, S) probability of the first state of a sentence, given the memory before it.
        stationary: (M,) probability of a memory between two sentences anywhere in a long document.
    """

    emission: np.ndarray
    transition: csr_array
    finish: np.ndarray
    handover: np.ndarray
    stationary: np.ndarray
    _tables: dict = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        leaving = self.transition.sum(axis=1) + self.finish.sum(axis=1)
        for name, sums in [
            ("emission", self.emission.sum(axis=1)),
            ("transition and finish", leaving),
            ("handover", self.handover.sum(axis=1)),
            ("stationary", self.stationary.sum()),
        ]:
            if not np.allclose(sums, 1, rtol=0, atol=1e-9):
                raise ValueError(f"the probabilities of {name} must sum to 1, they sum to {np.unique(sums)}")
        after = np.hstack([self.transition.toarray(), self.finish])
        tables = {"emission": self.emission, "after": after, "handover": self.handover}
        object.__setattr__(self, "_tables", {name: _packed(table) for name, table in tables.items()})

    @property
    def fresh(self) -> np.ndarray:
        """(S,) probability of the first state of a sentence about whose past nothing is known."""
        return self.stationary @ self.handover

    def walk(self, memory: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One sentence for each memory.

        Args:
            memory: (n,) index of the memory before each sentence.
            generator: numpy's; the same generator state gives the same sentences.

        Returns:
            (tokens, states, memory): tokens (n, t) with 0 after the end, states (n, t) with NO_STATE after the
            end, memory (n,) as each sentence leaves it.
        """
        state = self._draw("handover", memory, generator)
        left = np.full(len(memory), -1)
        tokens, states = [], []
        while (left < 0).any():
            running = left < 0
            states.append(np.where(running, state, NO_STATE))
            tokens.append(np.where(running, self._draw("emission", state, generator), 0))
            after = self._draw("after", state, generator)
            ended = running & (after >= len(self.finish))
            left[ended] = after[ended] - len(self.finish)
            state = np.where(left < 0, after, state)
        return np.stack(tokens, axis=1), np.stack(states, axis=1), left

    def _draw(self, table: str, rows: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        values, cumulative = self._tables[table]
        uniform = generator.random(len(rows))
        column = (cumulative[rows] <= uniform[:, None]).sum(axis=1)
        return values[rows, column]


def _packed(probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The non-zero entries of each row, left-aligned: their columns, and their cumulative probabilities.

    Drawing from the packed rows compares a number with a handful of entries instead of the whole row.
    """
    count = (probabilities > 0).sum(axis=1)
    columns = np.argsort(probabilities == 0, axis=1, kind="stable")[:, : count.max()]
    cumulative = np.cumsum(np.take_along_axis(probabilities, columns, axis=1), axis=1)
    cumulative[np.arange(count.max()) >= count[:, None] - 1] = 1.0  # rounding must not leave a gap at the end
    return columns, cumulative
