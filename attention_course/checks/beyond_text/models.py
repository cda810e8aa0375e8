"""Visible checks of the two models: their parts, then the whole retraced with these parts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from attention_course.checks.batched_attention.reading import cause, gradients_flow, output_of
from attention_course.checks.masked_language_model.reading import made, randomise, same, seeded, shown
from attention_course.checks.report import CheckError, called, visible_check

OPTIONS: dict[str, Any] = {"dropout": 0.0, "activation": "gelu", "batch_first": True, "norm_first": True}


def _has(model: nn.Module, name: str, kinds: dict[str, type], shapes: dict[str, tuple[int, ...]]) -> None:
    """Make sure that the parts are there under their names, with their sizes, and nothing besides."""
    for part, kind in kinds.items():
        if not isinstance(getattr(model, part, None), kind):
            raise CheckError(f"{name}: `self.{part}` should be an nn.{kind.__name__}, made in __init__.")
    for part, shape in shapes.items():
        got = tuple(model.get_parameter(part).shape)
        if got != shape:
            raise CheckError(f"{name}: `{part}` should have the shape {shape}, yours has {got}.")
    own = {part for part, _ in model.named_parameters() if part.split(".")[0] not in kinds}
    ours = {id(parameter) for part in kinds for parameter in _parameters(getattr(model, part))}
    spare = sorted(part for part in own if id(model.get_parameter(part)) not in ours)
    if spare:
        raise CheckError(f"{name}: the docstring has no place for `{spare[0]}`; there are no other parameters.")


def _parameters(part: Any) -> list[nn.Parameter]:
    return [part] if isinstance(part, nn.Parameter) else list(part.parameters())


def _layers(model: Any, name: str, width: int, num_heads: int, count: int) -> None:
    """Make sure that the layers are PyTorch's, as many as asked for, with the right options."""
    layers = list(model.layers)
    if len(layers) != count or not all(isinstance(layer, nn.TransformerEncoderLayer) for layer in layers):
        raise CheckError(f"{name}: `self.layers` should hold {count} modules nn.TransformerEncoderLayer.")
    if len({id(layer) for layer in layers}) < count:
        raise CheckError(f"{name}: the {count} layers are one and the same object; each has numbers of its own.")
    layer, x = layers[0], seeded(2, 3, width)
    if layer.linear1.out_features != 4 * width:
        raise CheckError(f"{name}: a layer has {4 * width} numbers inside, yours {layer.linear1.out_features}.")
    if layer.self_attn.num_heads != num_heads:
        raise CheckError(f"{name}: a layer has {num_heads} heads here, yours has {layer.self_attn.num_heads}.")
    drops = max(layer.dropout.p, layer.dropout1.p, layer.dropout2.p, layer.self_attn.dropout)
    if drops:
        raise CheckError(f"{name}: the layers drop {drops:g} of their numbers in training. PyTorch's default is 0.1.")

    def given(**changes) -> Tensor:
        other = nn.TransformerEncoderLayer(width, num_heads, 4 * width, **(OPTIONS | changes))
        other.load_state_dict(layer.state_dict())
        return other.eval()(x)

    with torch.no_grad():
        got = called(layer.eval(), x)
        if same(got, given()):
            return
        suspects = [
            (given(norm_first=False), "It is what comes with norm_first=False, PyTorch's default."),
            (given(activation="relu"), "It is what comes with a ReLU, PyTorch's default activation."),
            (given(batch_first=False), "It is what comes with batch_first=False, PyTorch's default."),
        ]
    raise CheckError(f"{name}: a layer does not compute what the docstring asks for. {cause(got, suspects)}".rstrip())


@visible_check(points=3)
def VisionTransformer(kind) -> None:
    """The parts and layers; the whole, retraced on pictures of 4 x 4 with two channels."""
    name, width = "VisionTransformer", 6
    model: Any = made(kind, name, 4, 2, 2, width, 3, 2, 5)
    kinds = {"embed": nn.Linear, "class_token": nn.Parameter, "positions": nn.Parameter, "layers": nn.ModuleList}
    shapes = {"embed.weight": (6, 8), "class_token": (6,), "positions": (5, 6), "classifier.weight": (5, 6)}
    _has(model, name, kinds | {"norm": nn.LayerNorm, "classifier": nn.Linear}, shapes)
    _layers(model, name, width, 3, 2)
    randomise(model)
    images = seeded(2, 2, 4, 4)
    case = "two pictures of 4 x 4 with two channels, patches of 2"
    with torch.no_grad():
        got = output_of(model, name, (2, 5), images, case=case, hint="One row of logits for each picture.")
        steps = _Steps(model, images)
        if not same(got, steps.logits()):
            raise CheckError(
                f"{name}, {case}: retraced with your own parts the logits are {shown(steps.logits())}, yours "
                f"{shown(got)}. {cause(got, steps.suspects()) or 'Go through the lines of the docstring in order.'}"
            )
    gradients_flow(name, called(model, images), model.parameters())


class _Steps:
    """The four lines of the docstring with a model's own parts, and what comes of a slip in one of them."""

    def __init__(self, model: Any, images: Tensor) -> None:
        self.model, self.images = model, images
        squares = [images[:, :, i : i + 2, j : j + 2] for i in (0, 2) for j in (0, 2)]
        self.cut = torch.stack([square.permute(0, 2, 3, 1).flatten(1) for square in squares], dim=1)

    def logits(self, cut=None, positions=None, place: int | slice = 0, last: bool = False, norm: bool = True) -> Tensor:
        model, cut = self.model, self.cut if cut is None else cut
        tokens, first = model.embed(cut), model.class_token.expand(len(self.images), 1, -1)
        x = torch.cat([tokens, first] if last else [first, tokens], dim=1)
        x = x + (model.positions if positions is None else positions)
        for layer in model.layers:
            x = layer(x)
        x = model.norm(x) if norm else x
        return model.classifier(x[:, place].mean(dim=1) if isinstance(place, slice) else x[:, place])

    def suspects(self) -> Sequence[tuple[Tensor, str]]:
        positions, right = self.model.positions, self.logits()
        alone = torch.cat([torch.zeros_like(positions[:1]), positions[1:]])
        torn = self.images.reshape(2, 4, 8)
        return [
            (self.logits(positions=torch.zeros_like(positions)), "It is what comes without positions."),
            (self.logits(positions=alone), "It is what comes if the class token gets no position."),
            (
                self.logits(positions=positions.roll(-1, 0)),
                "The positions are off by one: the class token's is the first.",
            ),
            (self.logits(place=slice(None)), "The mean of all tokens is read out, not the class token."),
            (self.logits(place=slice(1, None)), "The mean of the patches is read out, not the class token."),
            (self.logits(place=1), "It is what comes if the first patch is read out, not the class token."),
            (self.logits(place=-1), "It is what comes if the last patch is read out; the class token is the first."),
            (
                self.logits(last=True, place=-1),
                "The class token stands last; it comes first.",
            ),
            (self.logits(norm=False), "It is what comes without the final norm."),
            (self.logits(cut=torn), "It is what comes if pixels are reshaped as they lie. Do you use `patches`?"),
            (right.softmax(-1), "There is a softmax; logits come before it."),
            (right.log_softmax(-1), "There is a log_softmax; logits come before it."),
        ]


@visible_check(points=3)
def NextItem(kind) -> None:
    """The parts and layers; a history alone, retraced; no look ahead; padding without influence; item 0; gradients."""
    name = "NextItem"
    model: Any = made(kind, name, 7, 6, 2, 2, 5)
    kinds = {"items": nn.Embedding, "positions": nn.Embedding, "layers": nn.ModuleList, "norm": nn.LayerNorm}
    _has(model, name, kinds, {"items.weight": (8, 6), "positions.weight": (5, 6)})
    _layers(model, name, 6, 2, 2)
    randomise(model)
    history = torch.tensor([[3, 1, 4, 1]])
    with torch.no_grad():
        case = "one history of 4 items, 7 items in all"
        hint = (
            f"The case: {case}, without padding. Has each place at least itself to look at? True in a mask means "
            "closed for PyTorch's layers, and open in this course."
        )
        alone = output_of(model, name, (1, 4, 8), history, case=case, hint=hint)
        _looks_ahead(model, name, history, alone)
        _retraced(model, name, history, alone)
        _padded(model, name, history, alone)
    _learns(model, name)


def _looks_ahead(model: Any, name: str, history: Tensor, alone: Tensor) -> None:
    other = history.clone()
    other[0, -1] = 6
    changed = called(model, other)
    if not same(alone[:, :-1, 1:], changed[:, :-1, 1:]):
        raise CheckError(
            f"{name}: the last item of a history was changed from 1 to 6, and the scores at places before it change "
            "too: they see the very item that they are to predict. Which mask keeps them from looking ahead? "
            "(PyTorch's layers take True for closed.)"
        )


def _retraced(model: Any, name: str, history: Tensor, alone: Tensor) -> None:
    def scores(positions: Tensor | None = None, back: int = 0, norm: bool = True) -> Tensor:
        t = history.shape[1]
        x = model.items(history) + (model.positions.weight[:t] if positions is None else positions)
        closed = torch.ones(t, t, dtype=torch.bool).triu(1 + back)
        for layer in model.layers:
            x = layer(x, src_mask=closed)
        return (model.norm(x) if norm else x) @ model.items.weight[1:].T

    if same(alone[..., 1:], scores()):
        return
    table, own = model.positions.weight, scores()
    suspects = [
        (scores(torch.zeros_like(table[:4])), "It is what comes without positions."),
        (scores(table[1:5]), "The positions are one too high: no real item stands before the first."),
        (scores(table[:4].flip(0)), "The positions count from the end: each new item moves all others."),
        (scores(norm=False), "It is what comes without the final norm."),
        (own.softmax(-1), "There is a softmax; scores come before it."),
        (own.log_softmax(-1), "There is a log_softmax; scores come before it."),
        (own / math.sqrt(6), "They are divided by the root of the width; the docstring does not."),
        (torch.cat([own[..., 1:], own[..., :1]], -1), "The columns are shifted: item 0 has one too."),
    ]
    why = cause(alone[..., 1:], suspects) or "Does each place see itself and all before it, and is there no scale?"
    raise CheckError(
        f"{name} of the history 3 1 4 1, retraced with your own parts: the scores of items 1 to 7 at the last place "
        f"are {shown(own[0, -1])}, yours {shown(alone[0, -1, 1:])}. {why}"
    )


def _padded(model: Any, name: str, history: Tensor, alone: Tensor) -> None:
    if not bool((alone[..., 0] == -math.inf).all()):
        raise CheckError(
            f"{name}: item 0 is padding and must never be recommended: its score is -inf at every place, yours is "
            f"{shown(alone[0, :, 0])}."
        )
    batch = torch.tensor([[0, 3, 1, 4, 1], [2, 7, 1, 5, 6], [0, 0, 0, 0, 2]])
    case = "three histories of 4, 5 and 1 items, with 0 in front"
    padded = called(model, batch, case=case)
    if padded[..., 1:].isnan().any() or not padded[..., 1:].isfinite().all():
        raise CheckError(
            f"{name}, {case}: there is NaN. A padded place has nothing but padding to look at, and a row with "
            "nothing open has no softmax. What may it look at without any harm?"
        )
    for row, length in enumerate((4, 5, 1)):
        single = called(model, batch[row : row + 1, -length:])
        if not same(padded[row, -length:, 1:], single[0, :, 1:]):
            raise CheckError(
                f"{name}, {case}: number {row + 1} gives other scores than alone. {_why(model, batch, row, length)}"
            )
    before = model.items.weight[0].clone()
    model.items.weight[0] = 0.0
    zeros = called(model, batch)
    model.items.weight[0] = before
    if not same(zeros[0, 1:, 1:], padded[0, 1:, 1:]):
        raise CheckError(
            f"{name}, {case}: with zeros in the vector of item 0 the scores at real places change. Is padding known "
            "by its id, and closed as a key?"
        )
    like = model.items.weight[4].clone()
    model.items.weight[4] = 0.0
    blank, single = called(model, batch), called(model, history)
    model.items.weight[4] = like
    if not same(blank[0, 1:, 1:], single[0, :, 1:]) or not same(single[..., 1:], _plain(model, history)):
        raise CheckError(f"{name}: an item whose vector is zeros is taken for padding. Only the id 0 means padding.")


def _why(model: Any, batch: Tensor, row: int, length: int) -> str:
    """Whether a padded history differs from itself alone by its positions only: then it does not once all are alike."""
    kept = model.positions.weight.clone()
    model.positions.weight[:] = kept[:1]
    moved, alone = called(model, batch)[row, -length:, 1:], called(model, batch[row : row + 1, -length:])[0, :, 1:]
    model.positions.weight[:] = kept
    if same(moved, alone):
        return "Its positions are others: the first real item has position 0, wherever it stands."
    return "Its items look at padding, or at another history's mask. Which keys are closed for which row and head?"


def _plain(model: Any, history: Tensor) -> Tensor:
    """The scores of a history in which item 4 has a vector of zeros."""
    table = model.items.weight.clone()
    table[4] = 0.0
    x = table[history] + model.positions.weight[: history.shape[1]]
    closed = torch.ones(history.shape[1], history.shape[1], dtype=torch.bool).triu(1)
    for layer in model.layers:
        x = layer(x, src_mask=closed)
    return model.norm(x) @ table[1:].T


def _learns(model: Any, name: str) -> None:
    batch = torch.tensor([[0, 3, 1], [0, 0, 0], [2, 5, 6]])
    model.train()
    scores = called(model, batch, case="a row that is all padding")[..., 1:]
    gradients_flow(
        name, scores, model.parameters(), "What does a place look at that has nothing but padding before it?"
    )
