"""Translators that share one way of being used: read a batch of sources, then write step by step, or a whole target.

The one with additive attention is made of the learner's own parts. Those it is compared with, without attention, with
scaled dots, and a Transformer, are the course's and made of PyTorch's modules.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

WIDTH, HIDDEN = 64, 64
"""The numbers in a word's vector, and in the state of one direction of the encoder; the decoder's has twice that."""


class Translator(nn.Module):
    """An encoder and a decoder with attention, as the exercises have them.

    Args:
        encoder: called as `encoder(ids, lengths)`, gives (states, last).
        decoder: has `begin(last)` and `step(tokens, state, keys, mask)`, which gives (logits, state, weights).
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def read(self, ids: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Any]:
        """(keys, mask, first state) of a batch of sources."""
        states, last = self.encoder(ids, lengths)
        mask = torch.arange(ids.shape[1], device=ids.device) < lengths.to(ids.device)[:, None]
        return states, mask, self.decoder.begin(last)  # type: ignore[operator]

    def step(self, tokens: Tensor, state: Any, keys: Tensor, mask: Tensor) -> tuple[Tensor, Any, Tensor | None]:
        """(logits, state, weights) of the next word."""
        return self.decoder.step(tokens, state, keys, mask)  # type: ignore[operator]

    def forward(self, ids: Tensor, lengths: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor | None]:
        """(logits (b, t, s), weights (b, t, k) or None) when each step is given the right word before it."""
        keys, mask, state = self.read(ids, lengths)
        logits, weights = [], []
        for tokens in inputs.unbind(dim=1):
            said, state, looked = self.step(tokens, state, keys, mask)
            logits.append(said)
            weights.append(looked)
        maps = None if weights[0] is None else torch.stack(weights, dim=1)  # type: ignore[arg-type]
        return torch.stack(logits, dim=1), maps


class PackedEncoder(nn.Module):
    """The course's own encoder, for the models that a learner's is compared with."""

    def __init__(self, vocabulary_size: int, width: int, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.lstm = nn.LSTM(width, hidden, bidirectional=True, batch_first=True)

    def forward(self, ids: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """(states, last) as the exercise has them."""
        packed = pack_padded_sequence(self.embedding(ids), lengths, batch_first=True, enforce_sorted=False)
        states, (last, _) = self.lstm(packed)
        states, _ = pad_packed_sequence(states, batch_first=True, total_length=ids.shape[1])
        return states, last.transpose(0, 1).flatten(1)


class PlainDecoder(nn.Module):
    """A decoder without attention: all that it knows of the source is where the encoder ended."""

    def __init__(self, vocabulary_size: int, width: int, hidden: int, key_width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.start = nn.Linear(key_width, hidden)
        self.lstm = nn.LSTM(width, hidden, batch_first=True)
        self.output = nn.Linear(hidden, vocabulary_size)

    def begin(self, last: Tensor) -> tuple[Tensor, Tensor]:
        hidden = torch.tanh(self.start(last))[None]
        return hidden, torch.zeros_like(hidden)

    def step(self, tokens: Tensor, state: Any, keys: Tensor, mask: Tensor) -> tuple[Tensor, Any, None]:
        states, state = self.lstm(self.embedding(tokens)[:, None], state)
        return self.output(states[:, 0]), state, None


class WithoutAttention(Translator):
    """The fixed vector of Sutskever et al. 2014; a target is written in one call where it is given."""

    def forward(self, ids: Tensor, lengths: Tensor, inputs: Tensor) -> tuple[Tensor, None]:
        _, _, state = self.read(ids, lengths)
        decoder: Any = self.decoder
        states, _ = decoder.lstm(decoder.embedding(inputs), state)
        return decoder.output(states), None


class DotDecoder(nn.Module):
    """The places of the exercise's decoder, with the score of Luong et al. 2015 scaled: a product, no tanh."""

    def __init__(self, vocabulary_size: int, width: int, hidden: int, key_width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.query = nn.Linear(hidden, key_width, bias=False)
        self.cell = nn.LSTMCell(width + key_width, hidden)
        self.start = nn.Linear(key_width, hidden)
        self.output = nn.Linear(hidden + key_width, vocabulary_size)

    def begin(self, last: Tensor) -> tuple[Tensor, Tensor]:
        hidden = torch.tanh(self.start(last))
        return hidden, torch.zeros_like(hidden)

    def step(self, tokens: Tensor, state: Any, keys: Tensor, mask: Tensor) -> tuple[Tensor, Any, Tensor]:
        scores = (keys @ self.query(state[0])[:, :, None]).squeeze(-1) / math.sqrt(keys.shape[-1])
        weights = scores.masked_fill(~mask, -1e9).softmax(dim=-1)
        context = (weights[:, None] @ keys).squeeze(1)
        state = self.cell(torch.cat([self.embedding(tokens), context], dim=-1), state)
        return self.output(torch.cat([state[0], context], dim=-1)), state, weights


def sinusoids(length: int, width: int) -> Tensor:
    """The positions of notebook 01: (length, width)."""
    angles = torch.arange(length)[:, None] / 10000 ** (torch.arange(0, width, 2) / width)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


class Transformer(nn.Module):
    """An encoder-decoder Transformer whose decoder is made of blocks given, the learner's or PyTorch's.

    Args:
        block: makes one decoder block, called with (x, memory, self_mask, memory_mask), masks True where one MAY look.
    """

    def __init__(
        self,
        source_size: int,
        target_size: int,
        block: Callable[[int, int, int], nn.Module],
        *,
        width: int = WIDTH,
        heads: int = 4,
        hidden: int = 4 * WIDTH,
        layers: int = 2,
    ) -> None:
        super().__init__()
        self.source, self.target = nn.Embedding(source_size, width), nn.Embedding(target_size, width)
        options: dict[str, Any] = {"activation": "gelu", "batch_first": True, "dropout": 0.0}
        self.encoder = nn.ModuleList(nn.TransformerEncoderLayer(width, heads, hidden, **options) for _ in range(layers))
        self.blocks = nn.ModuleList(block(width, heads, hidden) for _ in range(layers))
        self.output = nn.Linear(width, target_size)
        self.width = width
        for table in (self.source, self.target):
            nn.init.normal_(table.weight, std=width**-0.5)

    def placed(self, table: nn.Embedding, ids: Tensor) -> Tensor:
        return table(ids) * math.sqrt(self.width) + sinusoids(ids.shape[1], self.width).to(ids.device)

    def read(self, ids: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(states, mask, the words written so far: none)."""
        mask = torch.arange(ids.shape[1], device=ids.device) < lengths.to(ids.device)[:, None]
        states = self.placed(self.source, ids)
        for layer in self.encoder:
            states = layer(states, src_key_padding_mask=~mask)
        return states, mask, ids.new_zeros(len(ids), 0)

    def write(self, inputs: Tensor, keys: Tensor, mask: Tensor) -> Tensor:
        """Logits (b, t, s) at each place."""
        t = inputs.shape[1]
        seen = torch.ones(t, t, dtype=torch.bool, device=inputs.device).tril()
        x = self.placed(self.target, inputs)
        for block in self.blocks:
            x = block(x, keys, seen, mask[:, None, None])
        return self.output(x)

    def step(self, tokens: Tensor, state: Tensor, keys: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, None]:
        state = torch.cat([state, tokens[:, None]], dim=1)
        return self.write(state, keys, mask)[:, -1], state, None

    def forward(self, ids: Tensor, lengths: Tensor, inputs: Tensor) -> tuple[Tensor, None]:
        keys, mask, _ = self.read(ids, lengths)
        return self.write(inputs, keys, mask), None

    @torch.no_grad()
    def maps(self, ids: Tensor, lengths: Tensor, inputs: Tensor) -> Tensor:
        """(b, q, k): the last layer's weights on the source, averaged over its heads.

        Worked out from what the last cross-attention gets, with its own projections `query` and `key`.
        """
        attention, given = _last_cross(self.blocks[-1]), []
        handle = attention.register_forward_pre_hook(
            lambda module, args, kwargs: given.append((*args, *kwargs.values())), with_kwargs=True
        )
        keys, mask, _ = self.read(ids, lengths)
        self.write(inputs, keys, mask)
        handle.remove()
        query, key = attention.query(given[0][0]), attention.key(given[0][1])
        heads = [x.unflatten(-1, (attention.num_heads, -1)).transpose(1, 2) for x in (query, key)]
        scores = heads[0] @ heads[1].transpose(-1, -2) / math.sqrt(heads[0].shape[-1])
        return scores.masked_fill(~mask[:, None, None], -1e9).softmax(dim=-1).mean(dim=1)


def _last_cross(block: nn.Module) -> Any:
    """The second attention of a block: the one made last that has a query and a key."""
    found = [part for part in block.modules() if hasattr(part, "query") and hasattr(part, "key")]
    return found[-1]


def without_attention(source_size: int, target_size: int) -> Translator:
    """A translator that must keep the whole sentence in one vector."""
    encoder = PackedEncoder(source_size, WIDTH, HIDDEN)
    return WithoutAttention(encoder, PlainDecoder(target_size, WIDTH, 2 * HIDDEN, 2 * HIDDEN))


def with_dots(source_size: int, target_size: int) -> Translator:
    """A translator with scaled dot-product attention."""
    encoder = PackedEncoder(source_size, WIDTH, HIDDEN)
    return Translator(encoder, DotDecoder(target_size, WIDTH, 2 * HIDDEN, 2 * HIDDEN))


def with_own_parts(
    encoder: Callable[..., nn.Module], decoder: Callable[..., nn.Module], source_size: int, target_size: int
) -> Translator:
    """A translator made of the learner's Encoder and AttentionDecoder."""
    return Translator(encoder(source_size, WIDTH, HIDDEN), decoder(target_size, WIDTH, 2 * HIDDEN, 2 * HIDDEN))
