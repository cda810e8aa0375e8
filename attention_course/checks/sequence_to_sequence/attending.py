"""Visible checks of additive attention, and of the batches and the loss that teach a decoder."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from attention_course.checks.masked_language_model.reading import (
    made,
    parts_of,
    randomise,
    same,
    seeded,
    shown,
    tensor_of,
    whole,
)
from attention_course.checks.report import CheckError, called, visible_check
from attention_course.checks.sequence_to_sequence.recurrent import LOG3, has_parts, pair


@visible_check(points=3)
def AdditiveAttention(kind) -> None:
    """Scores by hand, the mask, an empty row, the three parts."""
    name = "AdditiveAttention"
    layer: Any = made(kind, name, 1, 1, 1)
    has_parts(layer, name, dict.fromkeys(("query", "key", "score"), nn.Linear))
    if len(list(layer.parameters())) != 3:
        raise CheckError(f"{name}: there should be three matrices and nothing else to learn. Is there a bias?")
    by_hand = {"query": 1.0, "key": 1.0, "score": LOG3}
    with torch.no_grad():
        for part, value in by_hand.items():
            getattr(layer, part).weight.fill_(value)
    query, keys = torch.full((1, 1), 50.0), torch.tensor([[[-50.0], [50.0], [50.0]]])
    case = f"{name} with all weights 1 and score log 3, query 50, keys -50 and 50: tanh(0) = 0 and tanh(100) = 1"
    closed = f"{case}, and a third key, 50, shut out"
    _weighs(layer, name, closed, query, keys, [[True, True, False]], [[0.25, 0.75, 0]])
    _weighs(layer, name, case, query, keys[:, :2], [[True, True]], [[0.25, 0.75]])
    _weighs(layer, name, "a row with nothing open", query, keys, [[False] * 3], [[0.0] * 3])
    two = torch.cat([keys, keys + 1]), torch.cat([query, -query])
    wanted = [[1 / 7, 3 / 7, 3 / 7], [0.6, 0.2, 0.2]]
    _weighs(layer, name, "two rows, the second with query -50", two[1], two[0], [[True] * 3] * 2, None, wanted)
    wider: Any = randomise(made(kind, name, 2, 3, 3))
    case = "two rows with a single key each, query_width 2, key_width and hidden 3"
    _weighs(wider, name, case, seeded(2, 2), seeded(2, 1, 3, seed=1), [[True], [True]], [[1.0], [1.0]])


def _weighs(layer, name: str, case: str, query: Tensor, keys: Tensor, mask, wanted, loosely=None) -> None:
    opened = torch.tensor(mask)
    with torch.no_grad():
        context, weights = _context_and_weights(called(layer, query, keys, opened), name, keys)
        if wanted is None:  # scores by the formula itself, whose numbers no one wants to write down
            hidden = torch.tanh(layer.query(query)[:, None] + layer.key(keys))
            wanted = layer.score(hidden)[..., 0].softmax(dim=-1)
        projected = (weights[..., None] * layer.key(keys)).sum(dim=1)
    if weights.isnan().any():
        raise CheckError(f"{name}, {case}: your weights are NaN. What is the softmax of a row that is all -inf?")
    if not same(weights, wanted):
        raise CheckError(
            f"{case}, so the weights are {shown(torch.as_tensor(wanted))}; yours are "
            f"{shown(weights)}. {_why(weights, opened)}"
        )
    if not same(context, (torch.as_tensor(wanted)[..., None] * keys).sum(dim=1)):
        why = "the context is not their average of the keys as given."
        if projected.shape == context.shape and same(context, projected):
            why = "the context averages the keys after their projection. Which keys does the docstring average?"
        raise CheckError(f"{name}, {case}: the weights are right, {why}")


def _context_and_weights(result, name: str, keys: Tensor) -> tuple[Tensor, Tensor]:
    """Both with their shapes, the weights first: a wrong axis of theirs would show in the context too."""
    b, k, width = keys.shape
    context, weights = parts_of(result, ("context", "weights"), name)
    found = [tuple(getattr(part, "shape", ())) for part in (context, weights)]
    if found == [(b, k), (b, width)] and k != width:
        raise CheckError(f"{name} returns (context, weights); yours has the weights first.")
    weights = tensor_of(weights, (b, k), f"{name}: weights")
    return tensor_of(context, (b, width), f"{name}: context"), weights


def _why(weights: Tensor, opened: Tensor) -> str:
    if opened.any() and not opened.all() and weights[opened].abs().sum() == 0:
        return "The open places have no weight. What does True in the mask mean, and which places do you fill?"
    if weights[~opened].abs().sum() > 0:
        if not opened.any():
            return "With nothing open there is nothing to average: zeros. What do equal scores give?"
        return (
            "A closed place has a weight. A score of 0 is no closed door: exp(0) = 1. What does True in a mask allow?"
        )
    if opened.any() and (weights.sum(dim=-1) - 1).abs().max() > 1e-3:
        return f"They sum to {shown(weights.sum(dim=-1))}. Along which axis is the softmax, and is it before the mask?"
    return "What stands inside of the tanh, and is everything else outside of it?"


@visible_check(points=2)
def teacher_forcing(function, loss: Callable) -> None:
    """Two sentences of unequal length; then the loss by hand, padding, nothing but padding."""
    targets = [[7, 8, 9], [5]]
    case = f"teacher_forcing({targets}, start_id=1, end_id=2, pad_id=0)"
    result = called(function, targets, 1, 2, 0)
    names, shapes = ("inputs", "outputs"), ((2, 4), (2, 4))
    inputs, outputs = (whole(t, "teacher_forcing") for t in pair(result, names, shapes, case))
    for name, got, wanted, question in (
        ("inputs", inputs, [[1, 7, 8, 9], [1, 5, 0, 0]], "Does a decoder ever read end, and what does it read first?"),
        (
            "outputs",
            outputs,
            [[7, 8, 9, 2], [5, 2, 0, 0]],
            "What must it say after its last word, and what is padding?",
        ),
    ):
        if got.tolist() != wanted:
            raise CheckError(f"{case}: {name} should be {wanted}, yours are {got.tolist()}. {question}")
    filled = called(function, [[4], [6, 7]], 3, 2, 8)
    if [tensor.tolist() for tensor in filled] != [[[3, 4, 8], [3, 6, 7]], [[4, 2, 8], [6, 7, 2]]]:
        raise CheckError(
            "teacher_forcing([[4], [6, 7]], start_id=3, end_id=2, pad_id=8) should give inputs [[3, 4, 8], [3, 6, 7]] "
            f"and outputs [[4, 2, 8], [6, 7, 2]]; yours are {filled[0].tolist()} and {filled[1].tolist()}. In the case "
            "before, with pad_id 0, they were right. Which number do you fill up with?"
        )
    if targets != [[7, 8, 9], [5]]:
        raise CheckError("teacher_forcing changed the lists it was given. `[start, *target]` makes a new one.")
    _loss_by_hand(loss)


def _loss_by_hand(function) -> None:
    name = "sequence_loss"
    logits = torch.zeros(2, 3, 2)
    logits[0, :, 1] = LOG3
    outputs = torch.tensor([[1, 0, 0], [1, 9, 9]])
    wanted = (math.log(4 / 3) + 2 * math.log(4) + math.log(2)) / 4
    value = tensor_of(called(function, logits, outputs, 9), (), name, "One number for the whole batch.")
    if not same(value, wanted):
        raise CheckError(
            f"{name} of four real tokens with the probabilities 3/4, 1/4, 1/4 and 1/2, and pad_id "
            f"9: {wanted:.4f}, yours {value.item():.4f}. {_why_the_loss(value)}"
        )
    far = tensor_of(called(function, torch.tensor([[[0.0, 1000.0]]]), torch.tensor([[0]]), 9), (), name)
    if not same(far, 1000.0):
        raise CheckError(
            f"{name} of one token whose score is 0, where the other has 1000: 1000, yours {far.item()}. A probability "
            "of exp(-1000) is 0 for a computer, and has no logarithm. What does F.cross_entropy take, probabilities "
            "or scores?"
        )
    given = torch.zeros(1, 2, 3, requires_grad=True)
    nothing = tensor_of(called(function, given, torch.full((1, 2), 9), 9), (), name)
    if nothing.isnan() or nothing.item() != 0:
        raise CheckError(f"{name} of nothing but padding is 0; yours is {nothing.item()}. By what do you divide then?")
    if not nothing.requires_grad:
        raise CheckError(f"{name}: also a loss of 0 must be made from the logits, so that backward works.")


def _why_the_loss(value: Tensor) -> str:
    """What the number itself says of how it came about."""
    first, second = math.log(4 / 3) + 2 * math.log(4), math.log(2)
    total = first + second
    for wrong, why in (
        (total / 6, "It is divided by all six places; how many of them are real?"),
        ((first / 3 + second) / 2, "It is a mean of sentences; which things have the same weight?"),
        (total, "It is the sum. By what is it divided?"),
        (total / 2, "It is the sum over the words, divided by the sentences. By what should it be?"),
        (total / 4 / math.log(2), "It is in bits. Which logarithm gives nats?"),
        (math.exp(total / 4), "It is the exponential of the loss, the perplexity. Where does the loss itself end?"),
        ((math.log(4 / 3) + second) / 2, "Id 1 counts, id 0 does not. Which number is padding here?"),
    ):
        if same(value, wrong):
            return why
    return "Which tokens count, and is id 0 one of them?"
