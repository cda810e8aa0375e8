"""MultiHeadAttention(width, num_heads, dropout=0.0): the right variants."""

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exam.exercise import Exercise
from autograder.exams.batched_attention.earlier import NOTEBOOK, scaled_dot_product_attention
from autograder.exams.batched_attention.multi_head_cases import cases

FOUR = "there are four of each"

MultiHeadAttention = Exercise(
    NOTEBOOK,
    "MultiHeadAttention",
    cases,
    survivors={
        "MultiHeadAttention.__init__: self, width, num_heads, dropout=0.0 -> self, width, num_heads, dropout=0": (
            "0 is 0.0"
        ),
        "MultiHeadAttention.forward: attended.transpose(1, 2).flatten(-2) -> attended.transpose(1, 2).flatten(2)": (
            "of four axes, 2 is the last but one"
        ),
        "MultiHeadAttention.load_from_torch: zip(ours, weights, biases, strict=True) -> "
        "zip(ours, weights, biases)": FOUR,
        "MultiHeadAttention.load_from_torch: strict=True -> strict=False": FOUR,
    },
)


@MultiHeadAttention.right
class in_small_steps(nn.Module):
    """A method for each step; a variant with a slip replaces one of them."""

    def __init__(self, width, num_heads, dropout=0.0):
        super().__init__()
        if width % num_heads:
            raise ValueError("the heads do not divide the width")
        self.num_heads, self.dropout = num_heads, dropout
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.output = nn.Linear(width, width), nn.Linear(width, width)

    def project(self, query, key, value):
        return self.query(query), self.key(key), self.value(value)

    def split(self, x):
        return x.reshape(*x.shape[:2], self.num_heads, -1).transpose(1, 2)

    def attend(self, query, key, value, mask):
        return scaled_dot_product_attention(query, key, value, mask, self.dropout, self.training)

    def merge(self, x):
        return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], -1)

    def forward(self, query, key=None, value=None, mask=None):
        key = query if key is None else key
        value = key if value is None else value
        heads = [self.split(x) for x in self.project(query, key, value)]
        return self.output(self.merge(self.attend(*heads, mask)))

    def packed(self, module):
        """Weights and biases of queries, keys, values and output, with zeros for missing biases."""
        weights = [*module.in_proj_weight.chunk(3), module.out_proj.weight]
        if module.in_proj_bias is None:
            return weights, [torch.zeros_like(w[:, 0]) for w in weights]
        return weights, [*module.in_proj_bias.chunk(3), module.out_proj.bias]

    def load_from_torch(self, module):
        weights, biases = self.packed(module)
        with torch.no_grad():
            for mine, weight, bias in zip(
                (self.query, self.key, self.value, self.output), weights, biases, strict=True
            ):
                mine.weight.copy_(weight)
                mine.bias.copy_(bias)


@MultiHeadAttention.right
class head_by_head(nn.Module):
    """A loop over the heads, each with its rows of the weights."""

    def __init__(self, width, num_heads, dropout=0.0):
        super().__init__()
        if width % num_heads != 0:
            raise ValueError(f"{width} columns cannot be shared by {num_heads} heads")
        self.size, self.dropout = width // num_heads, dropout
        for name in ("query", "key", "value", "output"):
            setattr(self, name, nn.Linear(width, width))

    def forward(self, query, key=None, value=None, mask=None):
        if key is None:
            key = query
        if value is None:
            value = key
        b, q, k = query.shape[0], query.shape[1], key.shape[1]
        outputs = []
        for head, start in enumerate(range(0, query.shape[2], self.size)):
            rows = slice(start, start + self.size)
            one = [
                F.linear(x, part.weight[rows], part.bias[rows])[:, None]
                for x, part in ((query, self.query), (key, self.key), (value, self.value))
            ]
            own = None
            if mask is not None:
                own = mask.expand(b, query.shape[2] // self.size, q, k)[:, head : head + 1]
            outputs.append(scaled_dot_product_attention(*one, own, self.dropout, self.training)[:, 0])
        return self.output(torch.cat(outputs, dim=-1))

    @torch.no_grad()
    def load_from_torch(self, module):
        m = module.embed_dim
        for i, part in enumerate((self.query, self.key, self.value)):
            part.weight.data[:] = module.in_proj_weight[i * m : (i + 1) * m]
            part.bias.data.zero_()
            if module.in_proj_bias is not None:
                part.bias.data += module.in_proj_bias[i * m : (i + 1) * m]
        self.output.weight.copy_(module.out_proj.weight)
        self.output.bias.copy_(torch.zeros(m) if module.out_proj.bias is None else module.out_proj.bias)


@MultiHeadAttention.right
class by_einsum(nn.Module):
    """Three-dimensional weights and attention written out."""

    def __init__(self, width, num_heads, dropout=0.0):
        super().__init__()
        if num_heads < 1 or width % num_heads:
            raise ValueError("the heads do not divide the width")
        self.h, self.drop = num_heads, nn.Dropout(dropout)
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in "qkvo")

    def heads(self, part, x):
        weight = part.weight.reshape(self.h, -1, part.weight.shape[1])
        return torch.einsum("btm,hdm->bhtd", x, weight) + part.bias.view(self.h, 1, -1)

    def forward(self, query, key=None, value=None, mask=None):
        keys_from = query if key is None else key
        values_from = keys_from if value is None else value
        q, k, v = self.heads(self.query, query), self.heads(self.key, keys_from), self.heads(self.value, values_from)
        scores = torch.einsum("bhqd,bhkd->bhqk", q, k).float() if q.dtype != torch.float64 else q @ k.mT
        scores = scores / q.shape[-1] ** 0.5
        if mask is not None:
            scores = torch.where(mask, scores, torch.finfo(scores.dtype).min)
        weights = scores.softmax(-1)
        weights = weights if mask is None else torch.where(mask, weights, 0.0)
        merged = torch.einsum("bhqk,bhkd->bqhd", self.drop(weights).to(v.dtype), v)
        return self.output(merged.flatten(2))

    def load_from_torch(self, module):
        state = {}
        for name, weight in zip(("query", "key", "value"), module.in_proj_weight.split(module.embed_dim), strict=True):
            state[f"{name}.weight"] = weight
        state["output.weight"] = module.out_proj.weight
        biases = torch.zeros(4 * module.embed_dim)
        if module.in_proj_bias is not None:
            biases = torch.cat([module.in_proj_bias, module.out_proj.bias])
        for name, bias in zip(("query", "key", "value", "output"), biases.split(module.embed_dim), strict=True):
            state[f"{name}.bias"] = bias
        self.load_state_dict(state)


@MultiHeadAttention.right
class with_one_large_product(nn.Module):
    """The weights of queries, keys and values joined for each call; b and h are one axis."""

    def __init__(self, width, num_heads, dropout=0.0):
        super().__init__()
        if width // num_heads * num_heads != width:
            raise ValueError("the heads do not divide the width")
        self.width, self.num_heads, self.dropout = width, num_heads, dropout
        self.value, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.query, self.output = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, query, key=None, value=None, mask=None):
        parts, m = (self.query, self.key, self.value), self.width
        weight, bias = torch.cat([p.weight for p in parts]), torch.cat([p.bias for p in parts])
        if key is None and value is None:
            projected = F.linear(query, weight, bias).chunk(3, dim=-1)
        else:
            key = query if key is None else key
            three = query, key, key if value is None else value
            projected = [F.linear(x, weight, bias)[..., i * m : (i + 1) * m] for i, x in enumerate(three)]
        heads = [torch.stack(x.tensor_split(self.num_heads, dim=-1), dim=1) for x in projected]
        attended = scaled_dot_product_attention(*heads, mask=mask, dropout_p=self.dropout, training=self.training)
        return self.output(torch.cat(attended.unbind(dim=1), dim=-1))

    def load_from_torch(self, module):
        with torch.no_grad():
            for part in (self.query, self.key, self.value, self.output):
                part.bias.fill_(0)
            self.query.weight.copy_(module.in_proj_weight[: self.width])
            self.key.weight.copy_(module.in_proj_weight[self.width : -self.width])
            self.value.weight.copy_(module.in_proj_weight[-self.width :])
            self.output.weight.copy_(module.out_proj.weight)
            if module.out_proj.bias is not None:
                joined = torch.cat([module.in_proj_bias, module.out_proj.bias])
                for i, part in enumerate((self.query, self.key, self.value, self.output)):
                    part.bias.copy_(joined[self.width * i : self.width * (i + 1)])
