"""A training run: the model, its data, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from attention_course.training.data import PRIME, Batch, Material, as_tensors, corrupt, encode
from attention_course.training.objective import IGNORED
from attention_course.training.recipe import Recipe, initialise
from attention_course.training.work import Work

ROWS_AT_ONCE = 250


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
    """One training run: the model, its data, and how far it has come.

    Args:
        work: the learner's functions.
        recipe: the settings.
        material: what to learn from and what to evaluate with.
        device: where the model works.
    """

    def __init__(self, work: Work, recipe: Recipe, material: Material, device: str | torch.device = "cpu") -> None:
        self.work, self.recipe, self.device, self.size = work, recipe, torch.device(device), len(material.vocabulary)
        config = work.BertConfig(
            vocab_size=self.size,
            hidden_size=recipe.width,
            num_hidden_layers=recipe.layers,
            num_attention_heads=recipe.heads,
            intermediate_size=recipe.hidden,
            max_position_embeddings=recipe.max_length,
            hidden_dropout_prob=recipe.dropout,
        )
        self.model = work.BertForPreTraining(config)
        initialise(self.model, recipe)
        self.model.to(self.device)
        self.data = encode(work, material.documents, material.vocabulary, recipe.max_length, recipe.seed)
        clean = as_tensors(encode(work, material.held_out, material.vocabulary, recipe.max_length, recipe.seed + 1))
        self.held_out = corrupt(work, clean, self.size, recipe.seed + PRIME // 2)
        self.curve = Curve()

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
