"""A decoder in the way of Llama, made of PyTorch's own functions, its state dict under the published names.

Lent to whoever has not written it in notebook 07 yet; the visible checks compare with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def rotate(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    """The pairs (i, i + d/2) turned as complex numbers."""
    half = x.shape[-1] // 2
    angles = positions[..., None] * base ** (-torch.arange(half) / half)
    wide = x if x.dtype == torch.float64 else x.float()
    numbers = torch.complex(*wide.chunk(2, dim=-1)) * torch.polar(torch.ones_like(angles), angles)
    return torch.cat([numbers.real, numbers.imag], dim=-1).to(x.dtype)


class KeyValueCache:
    """Keys and values of all positions so far."""

    def __init__(self) -> None:
        self.pair: tuple[Tensor, Tensor] | None = None

    def append(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """All keys and all values, the new ones at the end."""
        old = self.pair or (key[:, :, :0], value[:, :, :0])
        self.pair = torch.cat([old[0], key], dim=2), torch.cat([old[1], value], dim=2)
        return self.pair

    @property
    def length(self) -> int:
        """How many positions are held."""
        return self.pair[0].shape[2] if self.pair else 0

    @property
    def nbytes(self) -> int:
        """The bytes of what is held."""
        return sum(part.nbytes for part in self.pair or ())


class Attention(nn.Module):
    """Causal attention with grouped keys and values, rotary positions inside; Hugging Face's names."""

    def __init__(self, width: int, heads: int, groups: int) -> None:
        super().__init__()
        self.depth = width // heads
        self.q_proj, self.o_proj = (nn.Linear(width, width, bias=False) for _ in range(2))
        self.k_proj, self.v_proj = (nn.Linear(width, groups * self.depth, bias=False) for _ in range(2))

    def forward(self, x: Tensor, cache: Any = None) -> Tensor:
        start = 0 if cache is None else cache.length
        places = torch.arange(start, start + x.shape[1])
        linears = self.q_proj, self.k_proj, self.v_proj
        query, key, value = (linear(x).unflatten(-1, (-1, self.depth)).transpose(1, 2) for linear in linears)
        query, key = rotate(query, places), rotate(key, places)
        if cache is not None:
            key, value = cache.append(key, value)
        seen = torch.arange(key.shape[2]) <= places[:, None]
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=seen, enable_gqa=True)
        return self.o_proj(attended.transpose(1, 2).flatten(-2))


class Gated(nn.Module):
    """The feed-forward part SwiGLU."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.gate_proj, self.up_proj = (nn.Linear(width, hidden, bias=False) for _ in range(2))
        self.down_proj = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    """A layer of the decoder."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        width, eps = config.hidden_size, config.rms_norm_eps
        self.input_layernorm, self.post_attention_layernorm = (nn.RMSNorm(width, eps=eps) for _ in range(2))
        self.self_attn = Attention(width, config.num_attention_heads, config.num_key_value_heads)
        self.mlp = Gated(width, config.intermediate_size)

    def forward(self, x: Tensor, cache: Any = None) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cache)
        return x + self.mlp(self.post_attention_layernorm(x))


class DecoderModel(nn.Module):
    """A Llama whose state dict has the published names; used as the exercise has it."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config = config
        self.model = nn.Module()
        self.model.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.model.layers = nn.ModuleList(Block(config) for _ in range(config.num_hidden_layers))
        self.model.norm = nn.RMSNorm(config.hidden_size, eps=config.rms_norm_eps)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        if config.tie_word_embeddings:
            self.lm_head.weight = self.model.embed_tokens.weight

    @property
    def layers(self) -> nn.ModuleList:
        """The blocks, one cache for each."""
        return self.model.layers  # type: ignore[return-value]

    def forward(self, input_ids: Tensor, caches: Sequence[Any] | None = None) -> Tensor:
        """(b, t) ids -> (b, t, s) logits."""
        parts: Any = self.model
        x = parts.embed_tokens(input_ids)
        for block, cache in zip(self.layers, caches or [None] * len(self.layers), strict=True):
            x = block(x, cache)
        return self.lm_head(parts.norm(x))
