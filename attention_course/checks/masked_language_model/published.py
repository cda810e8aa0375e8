"""A state dict as Hugging Face writes it, filled with numbers that need no random generator."""

from __future__ import annotations

import torch
from torch import Tensor

VOCABULARY, WIDTH, HIDDEN, LAYERS, POSITIONS = 11, 8, 12, 2, 7

INPUTS = {
    "input_ids": torch.tensor([[2, 5, 6, 3, 7, 3], [2, 8, 3, 9, 0, 0]]),
    "token_type_ids": torch.tensor([[0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 0, 0]]),
    "attention_mask": torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]]),
}


def state_dict(layers: int = LAYERS) -> dict[str, Tensor]:
    """The entries of a `transformers.BertForPreTraining` with two heads and the sizes above."""
    shapes = {
        "bert.embeddings.word_embeddings.weight": (VOCABULARY, WIDTH),
        "bert.embeddings.position_embeddings.weight": (POSITIONS, WIDTH),
        "bert.embeddings.token_type_embeddings.weight": (2, WIDTH),
        **_norm("bert.embeddings.LayerNorm"),
    }
    for layer in range(layers):
        name = f"bert.encoder.layer.{layer}."
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            shapes |= _linear(f"{name}attention.{part}", WIDTH, WIDTH)
        shapes |= _norm(f"{name}attention.output.LayerNorm")
        shapes |= _linear(f"{name}intermediate.dense", HIDDEN, WIDTH)
        shapes |= _linear(f"{name}output.dense", WIDTH, HIDDEN)
        shapes |= _norm(f"{name}output.LayerNorm")
    shapes |= _linear("bert.pooler.dense", WIDTH, WIDTH)
    shapes["cls.predictions.bias"] = (VOCABULARY,)
    shapes |= _linear("cls.predictions.transform.dense", WIDTH, WIDTH)
    shapes |= _norm("cls.predictions.transform.LayerNorm")
    shapes |= _linear("cls.seq_relationship", 2, WIDTH)
    entries = {name: _numbers(place, shape) for place, (name, shape) in enumerate(shapes.items())}
    return {name: 1 + entry if name.endswith("LayerNorm.weight") else entry for name, entry in entries.items()}


def _linear(name: str, rows: int, columns: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}


def _norm(name: str) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (WIDTH,), f"{name}.bias": (WIDTH,)}


def _numbers(place: int, shape: tuple[int, ...]) -> Tensor:
    """Sines of angles that never fall into step: as good as random, and the same everywhere."""
    count = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    return (0.6 * torch.sin(count * count * 0.37 + count * 1.7 + 2.3 * place)).reshape(shape).float()
