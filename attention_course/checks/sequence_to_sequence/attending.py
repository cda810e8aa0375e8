"""Visible checks of what attends while it writes: the scores, the decoder's step, the batches it learns from."""

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
    query, keys = torch.full((1, 1), 50.0), torch.tensor([[[-50.0], [50.0]]])
    case = f"{name} with all weights 1 and score log 3, query 50, keys -50 and 50: tanh(0) = 0 and tanh(100) = 1"
    _weighs(layer, name, case, query, keys, [[True, True]], [[0.25, 0.75]])
    keys = torch.tensor([[[-50.0], [50.0], [50.0]]])
    _weighs(
        layer, name, f"{case}, and a third key, 50, shut out", query, keys, [[True, True, False]], [[0.25, 0.75, 0]]
    )
    _weighs(layer, name, "a row with nothing open", query, keys, [[False] * 3], [[0.0] * 3])
    two = torch.cat([keys, keys + 1]), torch.cat([query, -query])
    wanted = [[1 / 7, 3 / 7, 3 / 7], [0.6, 0.2, 0.2]]
    _weighs(layer, name, "two rows, the second with query -50", two[1], two[0], [[True] * 3] * 2, None, wanted)


def _weighs(layer, name: str, case: str, query: Tensor, keys: Tensor, mask, wanted, loosely=None) -> None:
    b, k, width = keys.shape
    opened = torch.tensor(mask)
    with torch.no_grad():
        result = called(layer, query, keys, opened)
        context, weights = pair(result, ("context", "weights"), ((b, width), (b, k)), name)
        if wanted is None:  # scores by the formula itself, whose numbers no one wants to write down
            hidden = torch.tanh(layer.query(query)[:, None] + layer.key(keys))
            wanted = layer.score(hidden)[..., 0].softmax(dim=-1)
    if weights.isnan().any():
        raise CheckError(f"{name}, {case}: your weights are NaN. What is the softmax of a row that is all -inf?")
    if not same(weights, wanted):
        raise CheckError(
            f"{case}, so the weights are {shown(torch.as_tensor(wanted))}; yours are "
            f"{shown(weights)}. {_why(weights, opened)}"
        )
    if not same(context, (torch.as_tensor(wanted)[..., None] * keys).sum(dim=1)):
        raise CheckError(
            f"{name}, {case}: the weights are right, the context is not their average of the keys as given."
        )


def _why(weights: Tensor, opened: Tensor) -> str:
    if weights[~opened].abs().sum() > 0:
        if not opened.any():
            return "With nothing open there is nothing to average: zeros. What do equal scores give?"
        return (
            "A closed place has a weight. A score of 0 is no closed door: exp(0) = 1. What does True in a mask allow?"
        )
    if opened.any() and (weights.sum(dim=-1) - 1).abs().max() > 1e-3:
        return f"They sum to {shown(weights.sum(dim=-1))}. Along which axis is the softmax, and is it before the mask?"
    return "What stands inside of the tanh, and is everything else outside of it?"


@visible_check(points=3)
def AttentionDecoder(kind) -> None:
    """Parts; one step, retraced with the module's own parts; two steps from one state."""
    name = "AttentionDecoder"
    decoder: Any = made(kind, name, 7, 3, 4, 5)
    parts = {"embedding": nn.Embedding, "attention": nn.Module, "cell": nn.LSTMCell}
    has_parts(decoder, name, parts | {"start": nn.Linear, "output": nn.Linear})
    for part, shape in (("cell.weight_ih", (16, 8)), ("start.weight", (4, 5)), ("output.weight", (7, 9))):
        got = tuple(decoder.get_parameter(part).shape)
        if got != shape:
            raise CheckError(f"{name}(7, 3, 4, 5): {part} should have the shape {shape}, yours has {got}.")
    randomise(decoder)
    last, keys, tokens = seeded(2, 5), seeded(2, 6, 5, seed=1), torch.tensor([2, 5])
    mask = torch.tensor([[True] * 6, [True] * 3 + [False] * 3])
    with torch.no_grad():
        begun = called(decoder.begin, last)
        first = _step(decoder, name, tokens, begun, keys, mask)
        hidden = torch.tanh(decoder.start(last))
        state = _retrace(decoder, name, "the first step", tokens, (hidden, torch.zeros_like(hidden)), keys, mask, first)
        second = _step(decoder, name, tokens.flip(0), first[1], keys, mask)
        _retrace(decoder, name, "the second step", tokens.flip(0), state, keys, mask, second)
        again = _step(decoder, name, tokens.flip(0), first[1], keys, mask)
    if not same(again[0], second[0]):
        raise CheckError(
            f"{name}: a second step from the same state gave other logits. All that is remembered "
            "must be in the state, "
            "which stays as it was: a beam goes on from one state several times."
        )


def _step(decoder, name: str, tokens: Tensor, state, keys: Tensor, mask: Tensor) -> tuple[Tensor, object, Tensor]:
    result = called(decoder.step, tokens, state, keys, mask)
    logits, state, weights = parts_of(result, ("logits", "state", "weights"), f"{name}.step")
    if isinstance(state, Tensor) and state.shape == (2, 6) and not isinstance(weights, Tensor):
        raise CheckError(
            f"{name}.step returns (logits, state, weights); yours has the weights second. Which comes third?"
        )
    return tensor_of(logits, (2, 7), f"{name}: logits"), state, tensor_of(weights, (2, 6), f"{name}: weights")


def _retrace(decoder, name: str, where: str, tokens, state, keys, mask, given) -> tuple[Tensor, Tensor]:
    """Compare a step with the formulas, and say which of them it does not follow."""
    hidden, cell = state
    context, weights = decoder.attention(hidden, keys, mask)
    new = decoder.cell(torch.cat([decoder.embedding(tokens), context], dim=-1), (hidden, cell))
    said = decoder.output(torch.cat([new[0], context], dim=-1))
    after = decoder.attention(new[0], keys, mask)
    if not same(given[2], weights):
        if same(given[2], after[1]):
            raise CheckError(f"{name}, {where}: you look with the state after the step. Which state is asked first?")
        if same(given[2], decoder.attention(hidden, keys, torch.ones_like(mask))[1]):
            raise CheckError(f"{name}, {where}: the decoder looks at padding. Is the mask passed on?")
        raise CheckError(
            f"{name}, {where}: the weights should be those of attention(hidden, keys, mask) with "
            "the hidden state before "
            f"the step, {shown(weights[0])} for the first row; yours are {shown(given[2][0])}. In "
            "the first step hidden is "
            "tanh(start(last)); does `begin` say so, and does `step` return the new state?"
        )
    if not same(given[0], said):
        if same(given[0], said.log_softmax(dim=-1)) or same(given[0], said.softmax(dim=-1)):
            raise CheckError(
                f"{name}, {where}: these are probabilities or their logarithms. Logits come before the softmax."
            )
        raise CheckError(
            f"{name}, {where}: the weights are right, the logits are not: {shown(said[0])} for the first row, yours "
            f"{shown(given[0][0])}. Either the LSTM's input or the output layer's is put together "
            "differently: which two "
            "things does each of them get, and which stands in front? And what does the cell begin with?"
        )
    return new


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
        places = (math.log(4 / 3) + 2 * math.log(4) + math.log(2)) / 6
        rows = ((math.log(4 / 3) + 2 * math.log(4)) / 3 + math.log(2)) / 2
        why = "Which tokens count, and is id 0 one of them?"
        if same(value, places):
            why = "It is divided by all six places; how many of them are real?"
        elif same(value, rows):
            why = "It is a mean of sentences; which things have the same weight?"
        raise CheckError(
            f"{name} of four real tokens with the probabilities 3/4, 1/4, 1/4 and 1/2, and pad_id "
            f"9: {wanted:.4f}, yours "
            f"{value.item():.4f}. {why}"
        )
    given = torch.zeros(1, 2, 3, requires_grad=True)
    nothing = tensor_of(called(function, given, torch.full((1, 2), 9), 9), (), name)
    if nothing.isnan() or nothing.item() != 0:
        raise CheckError(f"{name} of nothing but padding is 0; yours is {nothing.item()}. By what do you divide then?")
    if not nothing.requires_grad:
        raise CheckError(f"{name}: also a loss of 0 must be made from the logits, so that backward works.")
