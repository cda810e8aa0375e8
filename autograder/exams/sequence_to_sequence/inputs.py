"""Random numbers for the cases: tensors, the parameters of a module by name, masks, ids."""

import torch

from autograder.exam.compare import Tolerance

FLOAT64 = Tolerance(1e-9, 1e-10)


def normal(rng, *shape, scale=1.0, dtype=torch.float32):
    """Normal random numbers."""
    return torch.from_numpy(scale * rng.normal(size=shape)).to(dtype)


def numbers(rng, shapes, scale=0.6):
    """Random numbers for parameters: {name: tensor} from {name: shape}."""
    return {name: normal(rng, *shape, scale=scale) for name, shape in shapes.items()}


def whole(rng, high, *shape):
    """Random ids below `high`."""
    return torch.from_numpy(rng.integers(high, size=shape))


def some(rng, b, k):
    """(b, k) booleans: each row opens one place at least and, where there is room, closes one."""
    mask = torch.from_numpy(rng.random((b, k)) < 0.6)
    for row in mask:
        opened, closed = rng.permutation(k)[:2] if k > 1 else (0, 0)
        row[int(closed)] = False
        row[int(opened)] = True
    return mask
