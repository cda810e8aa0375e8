"""DecoderBlock(width, num_heads, hidden, dropout=0.0): the right variants."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exam.exercise import Exercise
from autograder.exams.sequence_to_sequence.decoder_block_cases import cases
from autograder.exams.sequence_to_sequence.earlier import NOTEBOOK, MultiHeadAttention

DecoderBlock = Exercise(
    NOTEBOOK,
    "DecoderBlock",
    cases,
    survivors={
        "DecoderBlock.__init__: self, width, num_heads, hidden, dropout=0.0 -> "
        "self, width, num_heads, hidden, dropout=0": "0 is 0.0",
    },
)


@DecoderBlock.right
class in_small_steps(nn.Module):
    """A method for each step; a variant with a slip replaces one of them."""

    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__()
        self.own = MultiHeadAttention(width, num_heads, dropout)
        self.source = MultiHeadAttention(width, num_heads, dropout)
        self.linear1, self.linear2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))
        self.drop = nn.Dropout(dropout)

    def activate(self, x):
        return F.gelu(x)

    def feed(self, z):
        return self.linear2(self.drop(self.activate(self.linear1(z))))

    def first(self, x, mask):
        return self.norm1(x + self.drop(self.own(x, mask=mask)))

    def second(self, y, memory, mask):
        return self.norm2(y + self.drop(self.source(y, memory, mask=mask)))

    def third(self, z):
        return self.norm3(z + self.drop(self.feed(z)))

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        return self.third(self.second(self.first(x, self_mask), memory, memory_mask))

    def refuse(self, layer):
        if layer.norm_first:
            raise ValueError("the layer normalises first")

    def copy_attentions(self, layer):
        self.own.load_from_torch(layer.self_attn)
        self.source.load_from_torch(layer.multihead_attn)

    def copy_linears(self, layer):
        self.linear1.load_state_dict(layer.linear1.state_dict())
        self.linear2.load_state_dict(layer.linear2.state_dict())

    def copy_norm(self, mine, theirs):
        mine.load_state_dict(theirs.state_dict())
        mine.eps = theirs.eps

    def load_from_torch(self, layer):
        self.refuse(layer)
        self.copy_attentions(layer)
        self.copy_linears(layer)
        for name in ("norm1", "norm2", "norm3"):
            self.copy_norm(getattr(self, name), getattr(layer, name))


@DecoderBlock.right
class around_the_librarys_layer(nn.Module):
    """PyTorch's own layer inside; only a row with nothing open must be helped."""

    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__()
        self.heads = num_heads
        options = {"dropout": dropout, "activation": "gelu", "batch_first": True}
        self.layer = nn.TransformerDecoderLayer(width, num_heads, hidden, **options)

    def attend(self, attention, x, memory, mask):
        if mask is None:
            return attention(x, memory, memory, need_weights=False)[0]
        whole = mask.expand(len(x), self.heads, x.shape[1], memory.shape[1])
        empty = ~whole.any(dim=-1, keepdim=True)  # (b, h, q, 1)
        closed = ~(whole | empty)
        w, bias = attention.in_proj_weight.chunk(3), attention.in_proj_bias.chunk(3)
        given = zip((x, memory, memory), w, bias, strict=True)
        q, k, v = (F.linear(*one).unflatten(-1, (self.heads, -1)).transpose(1, 2) for one in given)
        scores = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).masked_fill(closed, float("-inf"))
        weights = F.dropout(scores.softmax(-1), attention.dropout, self.training).masked_fill(empty, 0.0)
        return attention.out_proj((weights @ v).transpose(1, 2).flatten(2))

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        layer = self.layer
        y = layer.norm1(x + layer.dropout1(self.attend(layer.self_attn, x, x, self_mask)))
        z = layer.norm2(y + layer.dropout2(self.attend(layer.multihead_attn, y, memory, memory_mask)))
        return layer.norm3(z + layer._ff_block(z))

    def load_from_torch(self, layer):
        if layer.norm_first:
            raise ValueError
        self.layer.load_state_dict(layer.state_dict())
        for name in ("norm1", "norm2", "norm3"):
            getattr(self.layer, name).eps = getattr(layer, name).eps


@DecoderBlock.right
class with_a_module_around_each_part(nn.Module):
    class Around(nn.Module):
        """Add what a part gives to what it gets, and normalise."""

        def __init__(self, part, width, dropout):
            super().__init__()
            self.part, self.dropout, self.norm = part, dropout, nn.LayerNorm(width)

        def forward(self, x, *args):
            return self.norm(x + F.dropout(self.part(x, *args), self.dropout, self.training))

        def load(self, norm):
            self.norm.load_state_dict(norm.state_dict())
            self.norm.eps = norm.eps

    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__()
        inside = nn.Linear(width, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, width)
        parts = *(MultiHeadAttention(width, num_heads, dropout) for _ in range(2)), nn.Sequential(*inside)
        self.parts: Any = nn.ModuleList(self.Around(part, width, dropout) for part in parts)

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        y = self.parts[0](x, x, x, self_mask)
        return self.parts[2](self.parts[1](y, memory, memory, memory_mask))

    def load_from_torch(self, layer):
        if layer.norm_first is True:
            raise ValueError("norm_first")
        self.parts[0].part.load_from_torch(layer.self_attn)
        self.parts[1].part.load_from_torch(layer.multihead_attn)
        with torch.no_grad():
            for mine, theirs in zip(self.parts[2].part[::3], (layer.linear1, layer.linear2), strict=True):
                mine.weight.copy_(theirs.weight)
                mine.bias.copy_(theirs.bias)
        for mine, norm in zip(self.parts, (layer.norm1, layer.norm2, layer.norm3), strict=True):
            mine.load(norm)
