"""Random tensors for the cases of the modules."""

import torch


def normal(rng, *shape):
    """Normal random numbers in float32."""
    return torch.from_numpy(rng.normal(size=shape)).float()


def whole(rng, low, high, *shape):
    """Whole numbers from low to high - 1."""
    return torch.from_numpy(rng.integers(low, high, size=shape))
