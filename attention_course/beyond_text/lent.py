"""Right versions of what notebook 08 asks for, so that its experiments run for whoever is stuck; they earn no points.

They are made of PyTorch's own modules and functions. The models have the part names that the exercises prescribe, so
that the numbers of a learner's model fit into them and both can be compared.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attention_course.lending import FUNCTIONS

T = TypeVar("T")


def _marked(thing: T) -> T:
    """Let a thing say that it is lent: its exercise's check gives no points for it."""
    thing.lent = True  # type: ignore[attr-defined]
    return thing


class _Layers(nn.Module):
    """What both models have: pre-norm layers and a last norm."""

    def __init__(self, width: int, num_heads: int, num_layers: int) -> None:
        super().__init__()
        options: dict[str, Any] = {"dropout": 0.0, "activation": "gelu", "batch_first": True, "norm_first": True}
        layers = (nn.TransformerEncoderLayer(width, num_heads, 4 * width, **options) for _ in range(num_layers))
        self.layers, self.norm, self.num_heads = nn.ModuleList(layers), nn.LayerNorm(width), num_heads

    def through(self, x: Tensor, closed: Tensor | None = None) -> Tensor:
        for layer in self.layers:
            x = layer(x, src_mask=closed)
        return self.norm(x)


@_marked
class VisionTransformer(_Layers):
    """The vision Transformer of exercise 3."""

    def __init__(
        self, image_size: int, patch_size: int, channels: int, width: int, num_heads: int, num_layers: int,
        num_classes: int,
    ) -> None:  # fmt: skip
        super().__init__(width, num_heads, num_layers)
        self.size = patch_size
        self.embed = nn.Linear(patch_size**2 * channels, width)
        self.class_token = nn.Parameter(torch.zeros(width))
        self.positions = nn.Parameter(0.02 * torch.randn((image_size // patch_size) ** 2 + 1, width))
        self.classifier = nn.Linear(width, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        first, cut = self.class_token.expand(len(images), 1, -1), patches(images, self.size)
        return self.classifier(self.through(torch.cat([first, self.embed(cut)], dim=1) + self.positions)[:, 0])


@_marked
class NextItem(_Layers):
    """The recommender of exercise 5."""

    def __init__(self, num_items: int, width: int, num_heads: int, num_layers: int, max_length: int) -> None:
        super().__init__(width, num_heads, num_layers)
        self.items, self.positions = nn.Embedding(num_items + 1, width), nn.Embedding(max_length, width)
        for table in (self.items, self.positions):
            nn.init.normal_(table.weight, std=width**-0.5)

    def forward(self, ids: Tensor) -> Tensor:
        real, t = ids != 0, ids.shape[1]
        opened = real[:, None, :].expand(-1, t, -1).tril() | torch.eye(t, dtype=torch.bool, device=ids.device)
        closed = ~opened.repeat_interleave(self.num_heads, dim=0)
        places = (real.cumsum(dim=1) - 1).clamp(min=0)
        states = self.through(self.items(ids) + self.positions(places), closed)
        return F.pad(F.linear(states, self.items.weight)[..., 1:], (1, 0), value=-math.inf)


@_marked
def nadaraya_watson(
    queries: Tensor, keys: Tensor, values: Tensor, bandwidth: Any, mask: Tensor | None = None
) -> Tensor:
    """Exercise 1."""
    scores = -(torch.cdist(queries[:, None], keys[:, None]) ** 2) / (2 * bandwidth**2)
    if mask is None:
        return scores.softmax(dim=1) @ values
    return scores.masked_fill(~mask, -math.inf).softmax(dim=1).nan_to_num(0.0) @ values


@_marked
def patches(images: Tensor, size: int) -> Tensor:
    """Exercise 2."""
    return FUNCTIONS["patches"](images, size)


@_marked
def attention_rollout(weights: list[Tensor]) -> Tensor:
    """Exercise 4."""
    eye = torch.eye(weights[0].shape[-1])
    mixed = [F.normalize(layer.mean(dim=1) + eye, p=1, dim=-1) for layer in weights]
    return functools.reduce(lambda earlier, later: later @ earlier, mixed)


@_marked
def ranks(scores: Tensor, targets: Tensor, seen: Tensor | None = None) -> Tensor:
    """Exercise 6."""
    mine, rows = scores.gather(1, targets[:, None]), torch.arange(len(targets))
    better = scores >= mine if seen is None else (scores >= mine) & ~seen
    better[rows, targets] = False
    return 1 + better.sum(dim=1)


@_marked
def window_attention(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    """Exercise 7, a block of queries at a time."""
    t, blocks = query.shape[-2], []
    for begin in range(0, t, window):
        end, first = min(t, begin + window), max(0, begin - window + 1)
        i, j = torch.arange(begin, end)[:, None], torch.arange(first, end)
        opened = (j <= i) & (j > i - window)
        parts = (query[..., begin:end, :], key[..., first:end, :], value[..., first:end, :])
        blocks.append(F.scaled_dot_product_attention(*parts, attn_mask=opened))
    return torch.cat(blocks, dim=-2)


@_marked
def linear_attention(query: Tensor, key: Tensor, value: Tensor, features: Callable, causal: bool = False) -> Tensor:
    """Exercise 8."""
    query, key = features(query), features(key)
    value = F.pad(value, (0, 1), value=1.0)  # a column of ones brings the denominator along
    if causal:
        mixed = torch.einsum("...tf,...tfv->...tv", query, torch.einsum("...tf,...tv->...tfv", key, value).cumsum(-3))
    else:
        mixed = query @ (key.mT @ value)
    return mixed[..., :-1] / mixed[..., -1:]


@_marked
def leave_last_out(histories: list) -> tuple[list, list, list]:
    """Exercise 6."""
    long = [list(history) for history in histories if len(history) > 2]
    train = [list(history) if len(history) < 3 else list(history[:-2]) for history in histories]
    return train, [(h[:-2], h[-2]) for h in long], [(h[:-1], h[-1]) for h in long]


@_marked
def hit_rate(ranks: Tensor, k: int) -> float:
    """Exercise 6."""
    return float((ranks <= k).double().mean())


@_marked
def ndcg(ranks: Tensor, k: int) -> float:
    """Exercise 6."""
    return float(((ranks <= k) / torch.log2(ranks.double() + 1)).mean())


def _same_model(sizes: tuple[int, ...], inputs: list[Tensor]) -> Callable[[Any, Any], Any]:
    """A trial of two models with the numbers of the first."""

    def trial(mine: Any, ours: Any) -> bool:
        mine, ours = mine(*sizes).eval(), ours(*sizes).eval()
        for parameter in mine.parameters():
            parameter.normal_(std=0.3)
        ours.load_state_dict(mine.state_dict())
        return all(_near(mine(x), ours(x)) for x in inputs)

    return trial


def _same_result(*arguments: tuple) -> Callable[[Any, Any], bool]:
    return lambda mine, ours: all(_near(mine(*given), ours(*given)) for given in arguments)


def _near(one: Any, other: Any) -> bool:
    """Whether two results, nested or not, are the same up to rounding."""
    if isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(_near(a, b) for a, b in zip(one, other, strict=True))
    return np.shape(one) == np.shape(other) and bool(np.allclose(np.asarray(one), np.asarray(other), 1e-4, 1e-4))


def _trials() -> dict[str, Callable[[Any, Any], Any]]:
    draw = torch.Generator().manual_seed(0)
    qkv = [torch.randn(2, 7, 4, generator=draw) for _ in range(3)]
    weights = [torch.rand(2, 3, 5, 5, generator=draw).softmax(dim=-1) for _ in range(3)]
    x, ids = torch.rand(2, 1, 8, 8, generator=draw), torch.tensor([[3, 5, 2, 6], [1, 2, 2, 4]])
    scores, targets = torch.tensor([[5.0, 3, 3, 1], [0, 0, 0, 0]]), torch.tensor([1, 2])
    seen = torch.tensor([[True, False, False, False], [True, True, True, False]])
    points = (torch.tensor([0.0, 9.0]), torch.arange(3.0), torch.tensor([1.0, -2.0, 4.0]), 0.3)
    return {
        "nadaraya_watson": _same_result(points, (*points, torch.tensor([[True, False, True], [False, True, True]]))),
        "patches": _same_result((torch.rand(2, 3, 4, 6, generator=draw), 2)),
        "VisionTransformer": _same_model((8, 2, 1, 8, 2, 2, 3), [x]),
        "attention_rollout": _same_result((weights,)),
        "NextItem": _same_model((6, 8, 2, 2, 5), [ids]),
        "leave_last_out": _same_result(([[1, 2, 3, 4], [5, 6], [7, 8, 9]],)),
        "ranks": _same_result((scores, targets), (scores, targets, seen)),
        "hit_rate": _same_result((torch.tensor([1, 4, 2]), 2)),
        "ndcg": _same_result((torch.tensor([1, 4, 2]), 2)),
        "window_attention": _same_result((*qkv, 3), (*qkv, 9)),
        "linear_attention": _same_result((*qkv, torch.exp), (*qkv, torch.exp, True)),
    }


def yours_or_lent(**answers: Any) -> Any:
    """For each answer the learner's own if it gives the numbers of the lent one, else the lent one; a line says which.

    Args:
        answers: by the name of the exercise's function or class, what the notebook defines under it.

    Returns:
        one, or a tuple of them in the order in which they were given.
    """
    found = []
    for name, own in answers.items():
        ours = globals()[name]
        problem = _problem(name, own, ours)
        if problem:
            print(f"{name}: yours {problem}; one that the course lends is used for what follows.")
        else:
            print(f"{name}: yours is used for what follows.")
        found.append(ours if problem else own)
    return found[0] if len(found) == 1 else tuple(found)


def _problem(name: str, own: Any, ours: Any) -> str | None:
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            with torch.no_grad():
                right = _trials()[name](own, ours)
    except NotImplementedError:
        return "is not written yet, or calls something that is not"
    except Exception as error:  # whatever half an answer does
        return f"stops with {type(error).__name__}"
    return None if right else "does not give the right numbers yet"
