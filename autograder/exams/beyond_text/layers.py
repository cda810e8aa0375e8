"""The layers of both models: shapes of their numbers, and the oracle of a stack of pre-norm layers in float64."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exam.compare import Tolerance
from autograder.exams.batched_attention.inputs import attend
from autograder.exams.sequence_to_sequence.inputs import normal

NUMBERS = Tolerance(1e-4, 6e-5)
"""float32 comes to 1e-5; a norm over a few numbers that lie close together may make more of it."""

GRADIENTS = Tolerance(1e-3, 3e-4)
"""On their way back, numbers pass all norms again."""

OPTIONS = {"dropout": 0.0, "activation": "gelu", "batch_first": True, "norm_first": True}
"""Of PyTorch's layers, as both docstrings have them."""

WITH_WHOLE_ZERO = OPTIONS | {"dropout": 0}


def shapes(width, num_layers):
    """The parameters of the layers by dotted name, with their shapes."""
    found: dict[str, tuple[int, ...]] = {}
    for number in range(num_layers):
        layer = f"layers.{number}"
        found |= {
            f"{layer}.self_attn.in_proj_weight": (3 * width, width),
            f"{layer}.self_attn.in_proj_bias": (3 * width,),
        }
        found |= {f"{layer}.self_attn.out_proj.weight": (width, width), f"{layer}.self_attn.out_proj.bias": (width,)}
        found |= {f"{layer}.linear1.weight": (4 * width, width), f"{layer}.linear1.bias": (4 * width,)}
        found |= {f"{layer}.linear2.weight": (width, 4 * width), f"{layer}.linear2.bias": (width,)}
        found |= {f"{layer}.norm{i}.{kind}": (width,) for i in (1, 2) for kind in ("weight", "bias")}
    return found


def numbers(rng, shapes):
    """Random numbers for all parameters: norms near 1, the rest so that no part of a model drowns another."""
    found = {name: normal(rng, *shape, scale=0.4) for name, shape in shapes.items()}
    for name in found:
        if "norm" in name and name.endswith("weight"):
            found[name] = 1 + found[name]
    return found


def norm(state, name, x):
    return F.layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"])


def linear(state, name, x):
    return F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])


def stack(state, num_heads, num_layers, x, mask=None):
    """(b, t, m) through the layers; mask True where a place MAY look, (b, 1, t, t)."""
    for number in range(num_layers):
        layer = f"layers.{number}"
        inside, joint = norm(state, f"{layer}.norm1", x), f"{layer}.self_attn.in_proj"
        projected = F.linear(inside, state[f"{joint}_weight"], state[f"{joint}_bias"]).chunk(3, dim=-1)
        query, key, value = (part.unflatten(-1, (num_heads, -1)).transpose(1, 2) for part in projected)
        looked = attend(query, key, value, mask).transpose(1, 2).flatten(2)
        x = x + linear(state, f"{layer}.self_attn.out_proj", looked)
        x = x + linear(
            state, f"{layer}.linear2", F.gelu(linear(state, f"{layer}.linear1", norm(state, f"{layer}.norm2", x)))
        )
    return x


def slopes(output, state, pull):
    """The oracle's gradient of sum(pull * output(state)) for each parameter."""
    leaves = {name: tensor.double().requires_grad_() for name, tensor in state.items()}
    (output(leaves) * pull).sum().backward()
    return {name: torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for name, leaf in leaves.items()}


def library_layers(width, num_heads, num_layers, **changes):
    """PyTorch's layers as the docstring has them, but for the changes of a variant."""
    options: Any = OPTIONS | {"dim_feedforward": 4 * width} | changes
    return nn.ModuleList(nn.TransformerEncoderLayer(width, num_heads, **options) for _ in range(num_layers))


def by_hand(layer, x, opened=None, scale=None):
    """One layer in small steps, on the layer's own parts; `opened` True where a place MAY look, (b, 1, t, t)."""
    attention, inside = layer.self_attn, layer.norm1(x)
    joint = F.linear(inside, attention.in_proj_weight, attention.in_proj_bias).chunk(3, dim=-1)
    query, key, value = (part.unflatten(-1, (attention.num_heads, -1)).transpose(1, 2) for part in joint)
    scores = query @ key.transpose(-2, -1) / (scale or query.shape[-1]) ** 0.5
    if opened is not None:
        scores = scores.masked_fill(~opened, torch.finfo(scores.dtype).min)
    looked = (scores.softmax(dim=-1) @ value).transpose(1, 2).flatten(2)
    x = x + attention.out_proj(looked)
    return x + layer.linear2(F.gelu(layer.linear1(layer.norm2(x))))
