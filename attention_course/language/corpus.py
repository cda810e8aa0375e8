"""From encoded pairs to batches for training, and samples for evaluation that stay the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch

Arrays = dict[str, np.ndarray]
POOL = 50  # batches that are sorted by length together


def stack(encoded: Sequence[Mapping[str, Sequence[int]]]) -> Arrays:
    """Encoded inputs, one dict each, as one dict of integer arrays (b, t).

    Raises:
        ValueError: no input, or inputs of unequal length.
    """
    if not encoded:
        raise ValueError("there is nothing to stack: the list of encoded inputs is empty")
    lengths = {len(values) for one in encoded for values in one.values()}
    if len(lengths) > 1:
        raise ValueError(f"every list must be padded to the same length, these have the lengths {sorted(lengths)}")
    return {name: np.array([one[name] for one in encoded], dtype=np.int64) for name in encoded[0]}


def trimmed(batch: Arrays) -> Arrays:
    """The batch without the columns that are padding in every row; arrays without a column per token stay."""
    length = int(np.asarray(batch["attention_mask"]).sum(axis=1).max())
    return {name: values[:, :length] if values.ndim > 1 else values for name, values in batch.items()}


def batches(
    data: Arrays, size: int, generator: np.random.Generator, by_length: bool = True
) -> Iterator[dict[str, torch.Tensor]]:
    """Shuffled batches, epoch after epoch without end; trimmed, as tensors on the CPU.

    Args:
        data: arrays with one row for each input, among them attention_mask (n, t).
        size: of each batch; the few rows left at the end of an epoch are dropped.
        generator: numpy's; the same generator state gives the same batches.
        by_length: put inputs of similar length into a batch, so that less padding is computed. The order of the
            batches stays random.
    """
    lengths = data["attention_mask"].sum(axis=1)
    if size > len(lengths):
        raise ValueError(f"a batch of {size} cannot be filled from {len(lengths)} inputs")
    while True:
        for rows in _epoch(lengths, size, generator, by_length):
            batch = trimmed({name: values[rows] for name, values in data.items()})
            yield {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in batch.items()}


def _epoch(lengths: np.ndarray, size: int, generator: np.random.Generator, by_length: bool) -> Iterator[np.ndarray]:
    order = generator.permutation(len(lengths))
    for start in range(0, len(order), size * POOL):
        pool = order[start : start + size * POOL]
        pool = pool[: len(pool) - len(pool) % size]
        if by_length:
            pool = pool[np.argsort(lengths[pool], kind="stable")]
        chunks = pool.reshape(-1, size)
        yield from chunks[generator.permutation(len(chunks))]
