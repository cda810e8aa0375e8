"""What notebook 06 lends to a learner who has not written it in notebook 03; made of PyTorch's own functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F


class MultiHeadAttention(nn.Module):
    """Attention in several heads, used as the exercise of notebook 03 has it.

    Args:
        width: m, the numbers per token. num_heads: h, which must divide m.
        dropout: the probability of dropping a weight, in training mode only.
    """

    def __init__(self, width: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        if width % num_heads:
            raise ValueError(f"{num_heads} heads do not divide a width of {width}")
        self.num_heads, self.dropout = num_heads, dropout
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))

    def forward(
        self, query: Tensor, key: Tensor | None = None, value: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """Attend from (b, q, m) to (b, k, m); mask True where a query MAY attend, broadcast to (b, h, q, k)."""
        key = query if key is None else key
        value = key if value is None else value
        pairs = (self.query, query), (self.key, key), (self.value, value)
        q, k, v = (linear(x).unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for linear, x in pairs)
        chance, empty = self.dropout if self.training else 0.0, None
        if mask is not None:
            empty = ~mask.any(dim=-1, keepdim=True)
            mask = mask | empty  # a row without anything open would be NaN
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=chance)
        if empty is not None:
            attended = attended.masked_fill(empty, 0.0)
        return self.output(attended.transpose(1, 2).flatten(-2))

    def load_from_torch(self, module: nn.MultiheadAttention) -> None:
        """Copy the numbers of PyTorch's module."""
        weights = (*module.in_proj_weight.chunk(3), module.out_proj.weight)
        bias = module.in_proj_bias
        biases = [torch.zeros(())] * 4 if bias is None else [*bias.chunk(3), module.out_proj.bias]
        with torch.no_grad():
            for linear, weight, offset in zip(
                (self.query, self.key, self.value, self.output), weights, biases, strict=True
            ):
                linear.weight.copy_(weight)
                linear.bias.copy_(offset.expand_as(linear.bias))


@torch.no_grad()
def trial(kind: Callable[..., nn.Module]) -> np.ndarray:
    """What a class computes with the numbers of PyTorch's module: self-attention, the source, a row shut out."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        theirs = nn.MultiheadAttention(6, 2, batch_first=True)
        theirs.in_proj_bias.normal_()
        theirs.out_proj.bias.normal_()
        x, memory = torch.randn(2, 3, 6), torch.randn(2, 5, 6)
        ours: Any = kind(6, 2).eval().double()
    theirs, x, memory = theirs.double(), x.double(), memory.double()
    ours.load_from_torch(theirs)
    mask = torch.ones(2, 1, 3, 5, dtype=torch.bool)
    mask[0, 0, 1], mask[1, :, :, 3:] = False, False
    seen = torch.ones(3, 3, dtype=torch.bool).tril()
    return torch.cat([ours(x).flatten(), ours(x, mask=seen).flatten(), ours(x, memory, mask=mask).flatten()]).numpy()
