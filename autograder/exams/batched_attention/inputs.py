"""Random tensors and masks for the cases, the tolerances, and the oracle of attention."""

import torch
from torch.nn import functional as F

from autograder.exam.compare import Tolerance
from autograder.exams.attention_from_scratch import attention_inputs

FLOAT64 = Tolerance(1e-6, 1e-7)
"""A constant such as the root of d may be a float32 tensor; float32 throughout is found by numbers it merges."""

HALF_MODULE = Tolerance(2**-4, 2**-4)
"""A module rounds to 8 binary digits after each product; what comes out is of the size of 1."""

HALF = Tolerance(2**-6, 2**-6)
"""bfloat16 has 8 binary digits. One rounding at the end is off by 2**-9 of a number, a few on the way by 2**-7."""


def normal(rng, *shape, dtype=torch.float32):
    """Normal random numbers."""
    return torch.from_numpy(rng.normal(size=shape)).to(dtype)


def eighths(rng, *shape):
    """Multiples of 1/8: sums of their products are exact in float32."""
    return torch.from_numpy(attention_inputs.eighths(rng, *shape)).float()


def some(rng, *shape):
    """A mask in which every row opens something and, where there is room, closes something."""
    return torch.from_numpy(attention_inputs.some(rng, *shape))


def causal(length):
    """(t, t): True where a token looks at itself or back."""
    return torch.ones(length, length, dtype=torch.bool).tril()


def padding(lengths, length):
    """(b, t): True at the first `lengths[i]` tokens of text i."""
    return torch.arange(length) < torch.tensor(lengths)[:, None]


def draw(rng, b=2, h=3, q=4, k=5, d=6, v=7, dtype=torch.float32):
    """Query (b, h, q, d), key (b, h, k, d) and value (b, h, k, v)."""
    return tuple(normal(rng, b, h, *size, dtype=dtype) for size in ((q, d), (k, d), (k, v)))


def attend(query, key, value, mask=None):
    """The oracle: PyTorch's own attention in float64, with zeros for a query that may attend to nothing."""
    query, key, value = query.double(), key.double(), value.double()
    if mask is None:
        return F.scaled_dot_product_attention(query, key, value)
    mask = mask.expand(*query.shape[:-1], key.shape[-2])
    empty = ~mask.any(dim=-1, keepdim=True)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask | empty).masked_fill(empty, 0.0)


def real_rows(output, lengths):
    """The first `lengths[i]` tokens of each text of an output (b, t, m) or (b, h, t, m)."""
    return [text[..., :length, :] for text, length in zip(output, lengths, strict=True)]


def pulled(function, inputs, pull, *rest):
    """The gradients of sum(pull * function(*inputs, *rest)) with respect to the inputs, by PyTorch's autograd."""
    leaves = [x.detach().double().requires_grad_() for x in inputs]
    return list(torch.autograd.grad(function(*leaves, *rest), leaves, pull))


def signs_of_dropout(output, probability):
    """What can be said of dropped weights without a word about the order of random numbers.

    Args:
        output: (..., k + 1): in each row k weights, which are 1 / k where nothing is dropped, and then their sum.

    Returns:
        whether the share of zeros is the probability, to five standard deviations; whether the others have grown by
        1 / (1 - probability); whether a weight is the same for all features of a value; whether rows are dropped
        apart; whether all that stay are equal.
    """
    weights, sums = output[..., :-1], output[..., -1]
    zero = weights == 0
    spread = (probability * (1 - probability) / zero.numel()) ** 0.5
    grown = weights[~zero] * weights.shape[-1] * (1 - probability)
    rows = zero.flatten(0, -2)
    return [
        abs(zero.float().mean().item() - probability) < 5 * spread,
        torch.allclose(grown, torch.ones_like(grown), atol=1e-3),
        torch.allclose(sums, weights.sum(dim=-1), rtol=1e-3, atol=1e-6),
        len(rows.unique(dim=0)) > 0.9 * len(rows),
        (grown.amax() - grown.amin()).item() < 1e-3,
    ]
