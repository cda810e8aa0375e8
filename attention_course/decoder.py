"""A decoder in the way of Llama, made of PyTorch's own functions, its state dict under the published names.

Lent to whoever has not written it in notebook 07 yet; the visible checks compare with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def rotate(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    """The pairs (i, i + d/2) turned as complex numbers."""
    half = x.shape[-1] // 2
    angles = positions[..., None] * base ** (-torch.arange(half, device=x.device) / half)
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


class RMSNorm(nn.RMSNorm):
    """The library's norm; half precision is computed in float32."""

    def __init__(self, width: int, eps: float = 1e-6) -> None:
        super().__init__(width, eps=eps)

    def forward(self, x: Tensor) -> Tensor:
        wide = x if x.dtype == torch.float64 else x.float()
        return F.rms_norm(wide, wide.shape[-1:], self.weight.to(wide.dtype), self.eps).to(x.dtype)


class CausalSelfAttention(nn.Module):
    """Causal attention with grouped keys and values, rotary positions inside."""

    names = "query", "key", "value", "output"

    def __init__(self, width: int, num_heads: int, num_kv_heads: int) -> None:
        super().__init__()
        self.depth = width // num_heads
        narrow = num_kv_heads * self.depth
        for name, rows in zip(self.names, (width, narrow, narrow, width), strict=True):
            self.add_module(name, nn.Linear(width, rows, bias=False))

    def forward(self, x: Tensor, cache: Any = None) -> Tensor:
        start = 0 if cache is None else cache.length
        places = torch.arange(start, start + x.shape[1], device=x.device)
        *linears, output = (self.get_submodule(name) for name in self.names)
        query, key, value = (linear(x).unflatten(-1, (-1, self.depth)).transpose(1, 2) for linear in linears)
        query, key = rotate(query, places), rotate(key, places)
        if cache is not None:
            key, value = cache.append(key, value)
        seen = torch.arange(key.shape[2], device=x.device) <= places[:, None]
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=seen, enable_gqa=True)
        return output(attended.transpose(1, 2).flatten(-2))


class Attention(CausalSelfAttention):
    """The same under Hugging Face's names."""

    names = "q_proj", "k_proj", "v_proj", "o_proj"


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
        self.input_layernorm, self.post_attention_layernorm = (RMSNorm(width, eps) for _ in range(2))
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
        self.model.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)
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


def load_llama_weights(model: DecoderModel, state_dict: Mapping[str, Tensor]) -> None:
    """Copy the numbers of Hugging Face's LlamaForCausalLM; lm_head may be missing where the words are tied."""
    model.load_state_dict({"lm_head.weight": state_dict["model.embed_tokens.weight"], **state_dict})
