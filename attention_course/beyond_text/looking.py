"""What a model of nn.TransformerEncoderLayers looked at, and what it changes its mind for when it is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from attention_course.beyond_text.digits import PATCH
from attention_course.measure import one_thread


@torch.no_grad()
def attention_weights(model: nn.Module, given: Tensor) -> list[Tensor]:
    """The attention weights of every layer, first to last, in eval mode.

    Each nn.MultiheadAttention of the model is watched for what it is called with, and asked for the weights that
    belong to that.

    Args:
        given: what the model is called with.

    Returns:
        for each layer (b, h, t, t): row i says how token i shared its attention.
    """
    calls: list[tuple[nn.MultiheadAttention, tuple[Any, ...], dict[str, Any]]] = []
    parts = [part for part in model.modules() if isinstance(part, nn.MultiheadAttention)]
    hooks = [
        part.register_forward_pre_hook(lambda part, args, kwargs: calls.append((part, args, kwargs)), with_kwargs=True)
        for part in parts
    ]
    was_training = model.training
    model.eval()
    try:
        with one_thread():
            model(given)
    finally:
        for hook in hooks:
            hook.remove()
        model.train(was_training)
    asked = {"need_weights": True, "average_attn_weights": False}
    return [part(*args, **(kwargs | asked))[1] for part, args, kwargs in calls]


@torch.no_grad()
def cost_of_hiding(model: nn.Module, images: Tensor, classes: Tensor, size: int = PATCH) -> Tensor:
    """How much the right answer loses when one patch is wiped out.

    Args:
        images: (b, c, height, width), classes: (b,).

    Returns:
        (b, n): for each patch, row by row, log P(right class) before minus after, in nats.
    """
    rows = torch.arange(len(classes))

    def log_probability(pictures: Tensor) -> Tensor:
        return model(pictures).log_softmax(dim=-1)[rows, classes]

    with one_thread():
        whole, costs = log_probability(images), []
        for top in range(0, images.shape[2], size):
            for left in range(0, images.shape[3], size):
                hidden = images.clone()
                hidden[:, :, top : top + size, left : left + size] = 0
                costs.append(whole - log_probability(hidden))
    return torch.stack(costs, dim=1)


def without_positions(model: Any) -> None:
    """Take a vision Transformer's positions away: they are 0 and stay so."""
    with torch.no_grad():
        model.positions.zero_()
    model.positions.requires_grad_(False)


@contextmanager
def positions_in_order(model: Any, order: Tensor) -> Iterator[None]:
    """In the body, a vision Transformer's patches have their positions in another order; the class token keeps its own.

    Args:
        order: (n,) which patch's position stands at each place.
    """
    before = model.positions.detach().clone()
    with torch.no_grad():
        model.positions[1:] = before[1:][order]
    try:
        yield
    finally:
        with torch.no_grad():
            model.positions.copy_(before)


def same_first(one: Tensor, other: Tensor) -> float:
    """The share of rows in which both have their largest entry at the same place."""
    return float((one.argmax(dim=1) == other.argmax(dim=1)).float().mean())
