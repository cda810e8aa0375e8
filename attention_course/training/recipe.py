"""What a training run is made of, apart from the learner's work: sizes, rates, seeds, and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from attention_course.environment import being_graded


@dataclass(frozen=True)
class Recipe:
    """The settings of a run; the defaults suit the small language on two CPU cores.

    Attributes:
        width, layers, heads, hidden: of the model; `hidden` lies inside the feed-forward parts.
        max_length: tokens of an input at most. 35 holds any two sentences of the small language.
        dropout: 0, because the small language never runs out of fresh text.
        batch_size: of all processes together.
        learning_rate: at its highest.
        warmup: where the triangle of `warmup_linear` has its top, as a share of the run.
        word_std, std: of the normal distributions from which word embeddings and all other matrices start.
        seed: of everything that is drawn.
    """

    width: int = 64
    layers: int = 2
    heads: int = 4
    hidden: int = 256
    max_length: int = 35
    dropout: float = 0.0
    batch_size: int = 128
    learning_rate: float = 4e-3
    betas: tuple[float, float] = (0.9, 0.98)
    weight_decay: float = 0.01
    warmup: float = 0.1
    word_std: float = 0.125
    std: float = 0.05
    seed: int = 0


def initialise(model: nn.Module, recipe: Recipe) -> None:
    """Fill a model with its first numbers: normal ones in matrices, zeros in biases; norms start as they come.

    Small matrices want larger numbers than the 0.02 of BERT (Devlin et al. 2018 trained a width of 768).
    """
    generator = torch.Generator().manual_seed(recipe.seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim > 1:
                std = recipe.word_std if name.endswith("embeddings.word.weight") else recipe.std
                parameter.copy_(std * torch.randn(parameter.shape, generator=generator))
            elif name.endswith("bias"):
                parameter.zero_()


def budget(seconds: float, *, graded: float = 3.0) -> float:
    """How long a training cell may take; when nbgrader runs the notebook it is `graded`, and one line says so."""
    if not being_graded():
        return seconds
    print(
        f"nbgrader runs this notebook: {graded:.0f} seconds of training instead of {seconds:.0f}. It costs no points."
    )
    return min(seconds, graded)
