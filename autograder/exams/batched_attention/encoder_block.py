"""EncoderBlock(width, num_heads, hidden, dropout=0.0): the right variants."""

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exam.exercise import Exercise
from autograder.exams.batched_attention.earlier import (
    NOTEBOOK,
    LayerNorm,
    MultiHeadAttention,
    scaled_dot_product_attention,
)
from autograder.exams.batched_attention.encoder_block_cases import cases

EncoderBlock = Exercise(
    NOTEBOOK,
    "EncoderBlock",
    cases,
    survivors={
        "EncoderBlock.__init__: self, width, num_heads, hidden, dropout=0.0 -> "
        "self, width, num_heads, hidden, dropout=0": "0 is 0.0",
        "EncoderBlock.load_from_torch: ((self.attention_norm, layer.norm1), (self.feed_forward_norm, layer.norm2)) -> "
        "((self.feed_forward_norm, layer.norm2), (self.attention_norm, layer.norm1))": "either may be copied first",
    },
)


@EncoderBlock.right
class in_small_steps(nn.Module):
    """A method for each step; a variant with a slip replaces one of them."""

    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__()
        self.attention = MultiHeadAttention(width, num_heads, dropout)
        self.linear1, self.linear2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norm1, self.norm2 = LayerNorm(width), LayerNorm(width)
        self.drop = nn.Dropout(dropout)

    def activate(self, x):
        return F.gelu(x)

    def feed(self, y):
        return self.linear2(self.activate(self.linear1(y)))

    def first(self, x, mask):
        return self.norm1(x + self.drop(self.attention(x, mask=mask)))

    def second(self, y):
        return self.norm2(y + self.drop(self.feed(y)))

    def forward(self, x, mask=None):
        return self.second(self.first(x, mask))

    def refuse(self, layer):
        if layer.norm_first:
            raise ValueError("the layer normalises first")

    def copy_attention(self, layer):
        self.attention.load_from_torch(layer.self_attn)

    def copy_linears(self, layer):
        self.linear1.load_state_dict(layer.linear1.state_dict())
        self.linear2.load_state_dict(layer.linear2.state_dict())

    def copy_norms(self, layer):
        for mine, theirs in ((self.norm1, layer.norm1), (self.norm2, layer.norm2)):
            mine.load_state_dict(theirs.state_dict())
            mine.eps = theirs.eps

    def load_from_torch(self, layer):
        self.refuse(layer)
        self.copy_attention(layer)
        self.copy_linears(layer)
        self.copy_norms(layer)


@EncoderBlock.right
class with_a_sequence_of_layers(nn.Module):
    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__()
        self.attend = MultiHeadAttention(width, num_heads, dropout)
        self.feed = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width), nn.Dropout(dropout))
        self.norms = nn.ModuleList([LayerNorm(width) for _ in range(2)])
        self.after_attention = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        x = self.norms[0](self.after_attention(self.attend(x, x, x, mask)) + x)
        return self.norms[1](self.feed(x) + x)

    @torch.no_grad()
    def load_from_torch(self, layer):
        if layer.norm_first:
            raise ValueError
        self.attend.load_from_torch(layer.self_attn)
        pairs = [(self.feed[0], layer.linear1), (self.feed[2], layer.linear2)]
        pairs += zip(self.norms, (layer.norm1, layer.norm2), strict=True)
        for mine, theirs in pairs:
            mine.weight.copy_(theirs.weight)
            mine.bias.copy_(theirs.bias)
        self.norms[0].eps, self.norms[1].eps = layer.norm1.eps, layer.norm2.eps


@EncoderBlock.right
class with_functions_and_parameters(nn.Module):
    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__()
        if width % num_heads:
            raise ValueError
        self.heads, self.chance, self.eps = num_heads, dropout, [1e-12, 1e-12]
        shapes = {"qkv": (3 * width, width), "out": (width, width), "up": (hidden, width), "down": (width, hidden)}
        self.weights = nn.ParameterDict({k: nn.Parameter(torch.randn(s) / s[1] ** 0.5) for k, s in shapes.items()})
        self.biases = nn.ParameterDict({k: nn.Parameter(torch.zeros(s[0])) for k, s in shapes.items()})
        self.scales = nn.ParameterList([torch.ones(width), torch.ones(width)])
        self.shifts = nn.ParameterList([torch.zeros(width), torch.zeros(width)])

    def linear(self, name, x):
        return F.linear(x, self.weights[name], self.biases[name])

    def add_and_norm(self, i, x, part):
        total = x + F.dropout(part, self.chance, self.training)
        return F.layer_norm(total, total.shape[-1:], self.scales[i], self.shifts[i], self.eps[i])

    def forward(self, x, mask=None):
        heads = [h.unflatten(-1, (self.heads, -1)).transpose(1, 2) for h in self.linear("qkv", x).chunk(3, dim=-1)]
        attended = scaled_dot_product_attention(*heads, mask, self.chance, self.training)
        y = self.add_and_norm(0, x, self.linear("out", attended.transpose(1, 2).flatten(2)))
        wide = self.linear("up", y)
        wide = wide * 0.5 * (1 + torch.erf(wide / 2**0.5))
        return self.add_and_norm(1, y, self.linear("down", wide))

    def load_from_torch(self, layer):
        if layer.norm_first:
            raise ValueError
        attention = layer.self_attn
        names = {"qkv": None, "out": attention.out_proj, "up": layer.linear1, "down": layer.linear2}
        with torch.no_grad():
            self.weights["qkv"].copy_(attention.in_proj_weight)
            self.biases["qkv"].copy_(attention.in_proj_bias)
            for name in ("out", "up", "down"):
                self.weights[name].copy_(names[name].weight)
                self.biases[name].copy_(names[name].bias)
            for i, norm in enumerate((layer.norm1, layer.norm2)):
                self.scales[i].copy_(norm.weight)
                self.shifts[i].copy_(norm.bias)
                self.eps[i] = norm.eps


@EncoderBlock.right
class with_a_module_around_each_part(nn.Module):
    class Around(nn.Module):
        """Add what a part gives to what it gets, and normalise."""

        def __init__(self, part, width, dropout):
            super().__init__()
            self.part, self.dropout = part, dropout
            self.norm = nn.LayerNorm(width, eps=1e-12)

        def forward(self, x, **kwargs):
            added = F.dropout(self.part(x, **kwargs), p=self.dropout, training=self.training)
            return self.norm(torch.stack([x, added]).sum(dim=0))

        def load(self, norm):
            self.norm.load_state_dict(norm.state_dict())
            self.norm.eps = norm.eps

    def __init__(self, width, num_heads, hidden, dropout=0.0):
        super().__init__()
        feed = nn.Sequential(nn.Linear(width, hidden), nn.GELU(approximate="none"), nn.Linear(hidden, width))
        self.one = self.Around(MultiHeadAttention(width, num_heads, dropout), width, dropout)
        self.two = self.Around(feed, width, dropout)

    def forward(self, x, mask=None):
        return self.two(self.one(x, mask=mask))

    def load_from_torch(self, layer):
        if layer.norm_first is True:
            raise ValueError("norm_first")
        self.one.part.load_from_torch(layer.self_attn)
        for number, theirs in ((0, layer.linear1), (2, layer.linear2)):
            self.two.part[number].load_state_dict(theirs.state_dict())
        self.one.load(layer.norm1)
        self.two.load(layer.norm2)
