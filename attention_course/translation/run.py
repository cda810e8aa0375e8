"""A translator from its first numbers to its translations; nothing is built before it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch

from attention_course.translation import learning
from attention_course.translation.data import Material
from attention_course.translation.grammar import Pair
from attention_course.translation.learning import Curve, Watcher, Writer


class Run:
    """One translator: how it is built, what it learns from, how far it has come.

    Args:
        name: what figures call it.
        build: makes the model from the sizes of the two vocabularies.
        material: what to learn from and what to test with.
        teach, loss_of: the learner's teacher_forcing and sequence_loss.
        rate: the largest learning rate.
        seed: draws the first numbers and the order of the batches.
    """

    def __init__(
        self,
        name: str,
        build: Callable[[int, int], Any],
        material: Material,
        teach: Callable[..., Any],
        loss_of: Callable[..., Any],
        *,
        rate: float = 3e-3,
        seed: int = 0,
    ) -> None:
        self.name, self.build, self.material, self.rate, self.seed = name, build, material, rate, seed
        self.teach, self.loss_of, self.curve = teach, loss_of, Curve()

    @cached_property
    def model(self) -> Any:
        """The model, with its first numbers until it is trained."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            return self.build(len(self.material.source), len(self.material.target)).eval()

    def train(
        self, steps: int, check: Sequence[Pair] = (), watched: Pair | None = None, watch: Watcher = lambda curve: None
    ) -> Curve:
        """Train for so many steps; arguments as in `learning.train`. A second call goes on with the model as it is."""
        options: dict[str, Any] = {"rate": self.rate, "seed": self.seed, "check": check, "watched": watched}
        self.curve = learning.train(self.model, self.material, steps, self.teach, self.loss_of, watch=watch, **options)
        return self.curve

    def translate(self, pairs: Sequence[Pair]) -> list[list[str]]:
        """The translations of the sources, the most probable word at each place."""
        return learning.translate(self.model, pairs, self.material.source, self.material.target)

    def exact(self, pairs: Sequence[Pair]) -> float:
        """The share that is translated exactly."""
        return float(np.mean(learning.exact(self.model, self.material, pairs)))

    def exact_by_length(self) -> dict[tuple[int, int], float]:
        """The share of exact translations for each group of source lengths."""
        return learning.exact_by_length(self.model, self.material)

    def maps(self, pairs: Sequence[Pair]) -> list[np.ndarray]:
        """For each pair the weights (target and end, source) as the right translation is written."""
        return learning.attention_maps(self.model, self.material, pairs, self.teach)

    def sharpening(self) -> list[tuple[int, np.ndarray]]:
        """How the map of the watched sentence changed: rows of (step, weights)."""
        return self.curve.maps if self.model is not None else []

    def writer(self, words: Sequence[str]) -> Writer:
        """The model as the `step` of a search, for one source."""
        return Writer(self.model, words, self.material.source)
