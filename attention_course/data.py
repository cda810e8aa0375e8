"""Reads the small files in data/. Where each comes from and under which licence: data/README.md."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parents[1] / "data"


@dataclass(frozen=True)
class PublishedExample:
    """The worked example as a published article printed it, misprints and all."""

    tokens: list[str]
    embeddings: NDArray  # (t, d)
    embeddings_transposed: NDArray  # (d, t)
    scores: NDArray  # (t, t)
    weights: NDArray  # (t, t)
    output: NDArray  # (t, d)
    reading: list[str]


def published_example() -> PublishedExample:
    """Load the published worked example; every call gives fresh arrays."""
    stored = json.loads((FOLDER / "worked_example.json").read_text(encoding="utf-8"))
    printed = stored["published"]
    return PublishedExample(
        tokens=stored["tokens"],
        embeddings=np.array(stored["embeddings"]),
        embeddings_transposed=np.array(printed["embeddings_transposed"]),
        scores=np.array(printed["scores"]),
        weights=np.array(printed["weights"]),
        output=np.array(printed["output"]),
        reading=printed["reading"],
    )
