"""What a training step is tried on: modules whose parameters have names, a small model, optimizers and schedulers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from attention_course.probes.torch_answers import undisturbed


class Attending(nn.Module):
    """Embedding, attention, two norms, a linear layer, numbers of its own; names that do not tell what a part is."""

    def __init__(self) -> None:
        super().__init__()
        self.bias_table = nn.Embedding(5, 4)
        self.mixer = nn.MultiheadAttention(4, 2)
        self.scale, self.LayerNorm = nn.LayerNorm(4), nn.LayerNorm(4)
        self.norm = nn.Linear(4, 3)
        self.last = nn.LayerNorm(3, elementwise_affine=False)
        self.level = nn.Parameter(torch.zeros(3))
        self.bias = nn.Parameter(torch.zeros(5))


class Tied(nn.Module):
    """A table with two uses, a norm under two names, a part inside a part."""

    def __init__(self) -> None:
        super().__init__()
        self.word = nn.Embedding(5, 4)
        self.decoder = nn.Linear(4, 5)
        self.decoder.weight = self.word.weight
        self.first = nn.Sequential(nn.Linear(4, 4, bias=False), nn.LayerNorm(4))
        self.again = self.first[1]
        self.inner = nn.ModuleDict({"one": Attending(), "two": nn.LayerNorm(4, bias=False)})


MODULES: Mapping[str, Callable[[], nn.Module]] = MappingProxyType(
    {
        "attention": Attending,
        "tied": Tied,
        "encoder layer": lambda: nn.TransformerEncoderLayer(4, 2, 6),
        "one layer": lambda: nn.Linear(3, 2),
        "one norm": lambda: nn.LayerNorm(3),
        "embedding": lambda: nn.Embedding(5, 4),
    }
)


@undisturbed
def groups(answer, name, weight_decay):
    """The groups of a module's parameters: their names, sorted, and the decay; a stranger is called "?"."""
    model = MODULES[name]()
    names = {id(parameter): path for path, parameter in model.named_parameters()}
    return [
        {"params": sorted(names.get(id(p), "?") for p in group["params"]), "weight_decay": group["weight_decay"]}
        for group in answer(model, weight_decay)
    ]


@undisturbed
def optimizer_takes(answer, name, weight_decay):
    """How many numbers an AdamW holds that is made of the groups."""
    optimizer = torch.optim.AdamW(answer(MODULES[name](), weight_decay), lr=0.1)
    return sum(p.numel() for group in optimizer.param_groups for p in group["params"])


class Small(nn.Module):
    """A model whose gradients are easy to say.

    loss = sum(left * left) / 2 + sum(left * x) + sum(right * y), where `right` is used under two names: its gradient is
    y, and that of `left` is left + x.
    """

    def __init__(self, left: Tensor, right: Tensor, idle: bool) -> None:
        super().__init__()
        self.left = nn.Parameter(left.clone())
        if idle:
            self.idle = nn.Parameter(torch.ones(2))  # of no use to the loss
        self.one, self.two = nn.Module(), nn.Module()
        self.one.right = self.two.right = nn.Parameter(right.clone())
        self.part = nn.Dropout(0.0)
        self.modes: list[list[bool]] = []

    def forward(self, x: Tensor, y: Tensor) -> Mapping[str, Any]:
        self.modes.append([self.training, self.part.training])
        right = (self.one.right + self.two.right) / 2
        loss = (self.left * self.left).sum() / 2 + (self.left * x).sum() + (right * y).sum()
        return MappingProxyType({"logits": right, "loss": loss})


def small(left: Tensor, right: Tensor, modes: tuple[bool, bool], leftover: float, idle: bool) -> Small:
    """The small model, its modes set, with gradients left from before if `leftover` is not 0."""
    model = Small(left, right, idle).train(modes[0])
    model.part.train(modes[1])
    if leftover:
        for parameter in (model.left, model.one.right):
            parameter.grad = torch.full_like(parameter, leftover)
    return model


def learning(model: Small, name: str, options: Mapping[str, Any], shares: list[float]):
    """An optimizer of torch.optim in two groups of parameters, and a scheduler that multiplies its rates."""
    others = [parameter for parameter in model.parameters() if parameter is not model.left]
    groups = [{"params": [model.left]}, {"params": others}]
    optimizer = getattr(torch.optim, name)(groups, **options)
    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: shares[step])


@undisturbed
def steps(
    answer, left, right, batches, optimizer, shares, *, modes=(True, True), leftover=0.0, idle=False, limits=(), **limit
):
    """Train the small model on some batches.

    Args:
        optimizer: its name, and its options.
        shares: of the learning rate, one for each step and one more.
        idle: whether there is a parameter that has nothing to do with the loss.
        limits, limit: max_norm in order or by name, if at all.

    Returns:
        The losses, whether each is a float and came in a dict, the parameters, the rates at the end, the modes seen and
        left.
    """
    model = small(left, right, modes, leftover, idle)
    how, when = learning(model, *optimizer, shares)
    results = [answer(model, batch, how, when, *limits, **limit) for batch in batches]
    losses = [result["loss"] if isinstance(result, Mapping) else result for result in results]
    return {
        "losses": [float(loss) for loss in losses],
        "floats": [isinstance(loss, float) for loss in losses],
        "dicts": [isinstance(result, dict) for result in results],
        "left": model.left.detach(),
        "right": model.one.right.detach(),
        "rates": [group["lr"] for group in how.param_groups],
        "modes": [*model.modes, [model.training, model.part.training]],
    }
