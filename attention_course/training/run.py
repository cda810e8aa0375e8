"""A training run: the model, its data, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import nn

from attention_course.language.baselines import fit_baselines
from attention_course.language.corpus import Arrays
from attention_course.language.exact import Bound, bound
from attention_course.training.data import PRIME, Batch, Material, as_tensors, corrupt, encode, stream
from attention_course.training.objective import IGNORED, PreTraining
from attention_course.training.recipe import Recipe, initialise
from attention_course.training.work import Work

ROWS_AT_ONCE = 250
ROWS_TO_COUNT = 20_000


@dataclass
class Curve:
    """How a run went.

    Attributes:
        losses: of each step: masked tokens and next sentence together, before the step.
        evaluations: rows of (step, seconds, masked loss on held-out text in nats).
        seconds: how long the run has taken so far.
    """

    losses: list[float] = field(default_factory=list)
    evaluations: list[tuple[int, float, float]] = field(default_factory=list)
    seconds: float = 0.0


class Run:
    """One training run: the model, its data, and how far it has come. The learner's functions are called when needed.

    Args:
        work: the learner's functions.
        recipe: the settings.
        material: what to learn from and what to evaluate with.
        device: where the model works.
    """

    def __init__(self, work: Work, recipe: Recipe, material: Material, device: str | torch.device = "cpu") -> None:
        self.work, self.recipe, self.material, self.device = work, recipe, material, torch.device(device)
        self.size = len(material.vocabulary)
        self.curve = Curve()

    @cached_property
    def model(self) -> nn.Module:
        """The learner's model, with its first numbers until it is trained."""
        config = self.work.BertConfig(
            vocab_size=self.size,
            hidden_size=self.recipe.width,
            num_hidden_layers=self.recipe.layers,
            num_attention_heads=self.recipe.heads,
            intermediate_size=self.recipe.hidden,
            max_position_embeddings=self.recipe.max_length,
            hidden_dropout_prob=self.recipe.dropout,
        )
        with torch.random.fork_rng(devices=[]):  # modules draw first numbers of their own
            model = self.work.BertForPreTraining(config)
        initialise(model, self.recipe)
        return model.to(self.device)

    @cached_property
    def data(self) -> Arrays:
        """The pairs to learn from, one row each, clean."""
        material, recipe = self.material, self.recipe
        return encode(self.work, material.documents, material.vocabulary, recipe.max_length, recipe.seed)

    @cached_property
    def held_out(self) -> Batch:
        """The pairs to evaluate with, corrupted once and for all."""
        material, recipe = self.material, self.recipe
        clean = encode(self.work, material.held_out, material.vocabulary, recipe.max_length, recipe.seed + 1)
        return corrupt(self.work, as_tensors(clean), self.size, recipe.seed + PRIME // 2)

    @cached_property
    def lines(self) -> dict[str, float]:
        """What simple models reach on the held-out text, by name, fitted to the first rows of the data."""
        few = {name: values[:ROWS_TO_COUNT] for name, values in self.data.items()}
        return fit_baselines(few, self.size).losses(self.held_out)

    @cached_property
    def best(self) -> Bound | None:
        """What the best possible predictor reaches on the held-out text; None where nobody knows."""
        return None if self.material.machine is None else bound(self.material.machine, self.held_out)

    def objective(self) -> nn.Module:
        """The model with its loss."""
        return PreTraining(self.model, self.work.masked_lm_loss)

    def batches(self, start: int) -> Iterator[Batch]:
        """The batches of all processes together, behind the first `start`."""
        return stream(self.work, self.data, self.size, self.recipe.batch_size, self.recipe.seed, start)

    def sample(self, rows: int) -> Batch:
        """The first rows of the training data, corrupted: a batch to try things with."""
        few = {name: values[:rows] for name, values in self.data.items()}
        batch = corrupt(self.work, as_tensors(few), self.size, self.recipe.seed)
        return {name: values.to(self.device) for name, values in batch.items()}

    def held_out_loss(self) -> float:
        """The masked loss on the held-out text, in nats per masked token, without learning from it."""
        batch = self.held_out
        counts, losses = [], []
        for start in range(0, len(batch["labels"]), ROWS_AT_ONCE):
            part = {name: values[start : start + ROWS_AT_ONCE].to(self.device) for name, values in batch.items()}
            logits, _ = self.predictions(part)
            counts.append(int((part["labels"] != IGNORED).sum()))
            losses.append(float(self.work.masked_lm_loss(logits, part["labels"])))
        return float(np.average(losses, weights=counts))

    def predictions(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Both logits of the model for a batch, in eval mode and without gradients."""
        was_training = self.model.training
        self.model.eval()
        with torch.no_grad():
            outputs = self.model(
                *(batch[name].to(self.device) for name in ("input_ids", "token_type_ids", "attention_mask"))
            )
        self.model.train(was_training)
        return outputs
