"""Visible checks of the recurrent translator: a step, the encoder, additive attention, the decoder, its batches."""

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

LOG3 = math.log(3.0)
FAR = 100.0
"""A score at which a sigmoid is 0 or 1 to all digits."""


def pair(result, names: tuple[str, ...], shapes: tuple[tuple[int, ...], ...], name: str) -> list[Tensor]:
    """Several tensors of these shapes, or a sentence about what is wrong with them."""
    given = parts_of(result, names, name)
    return [tensor_of(t, s, f"{name}: {n}") for t, s, n in zip(given, shapes, names, strict=True)]


def has_parts(module: nn.Module, name: str, kinds: dict[str, type[nn.Module]]) -> None:
    """Make sure that the parts prescribed in the docstring are there under their names."""
    for part, kind in kinds.items():
        if not isinstance(getattr(module, part, None), kind):
            raise CheckError(f"{name}: `self.{part}` should be an nn.{kind.__name__}, made in __init__.")


@visible_check(points=3)
def lstm_step(function) -> None:
    """Gates one at a time: each is opened or shut by its bias alone; then the library's cell."""
    hidden, cell = torch.tensor([[0.25]]), torch.tensor([[2.0]])
    for gates, wanted, reason in (
        ((-FAR, FAR, 9, FAR), 2.0, "input shut, forget open: the old cell, 2, stays"),
        ((FAR, -FAR, FAR, FAR), 1.0, "input open, forget shut, candidate 100: the cell becomes tanh(100) = 1"),
        ((FAR, FAR, -FAR, FAR), 1.0, "input and forget open, candidate -100: the cell becomes 2 + tanh(-100) = 1"),
        ((0.0, 0.0, LOG3, FAR), 1.4, "input and forget half open, candidate log 3: the cell is 0.5*2 + 0.5*0.8 = 1.4"),
    ):
        _gate(function, hidden, cell, gates, wanted, reason)
    _shut(function, hidden, cell)
    _like_the_library(function)


def _stepped(function, x: Tensor, state: tuple[Tensor, Tensor], *weights: Tensor) -> list[Tensor]:
    shape = tuple(state[0].shape)
    before = [t.clone() for t in (x, *state, *weights)]
    result = pair(called(function, x, state, *weights), ("hidden", "cell"), (shape, shape), "lstm_step")
    if not all(torch.equal(a, b) for a, b in zip(before, (x, *state, *weights), strict=True)):
        raise CheckError("lstm_step changed a tensor it was given. Write `cell = cell * gate`, not `cell *= gate`.")
    return result


def _gate(function, hidden: Tensor, cell: Tensor, gates, wanted: float, reason: str) -> None:
    zeros = torch.zeros(3, 4), torch.zeros(1, 4)
    new_hidden, new_cell = _stepped(function, torch.ones(1, 3), (hidden, cell), *zeros, torch.tensor(gates))
    case = f"lstm_step with all weights 0 and the biases {list(gates)} for input, forget, candidate, output: {reason}"
    if not same(new_cell, [[wanted]]):
        kept = " It is the hidden part that you returned second?" if same(new_hidden, [[wanted]]) else ""
        raise CheckError(
            f"{case}; your cell is {new_cell.item():.4f}.{kept} Which block of columns do you take for which gate?"
        )
    if not same(new_hidden, [[math.tanh(wanted)]]):
        raise CheckError(
            f"{case}. With the output gate open, hidden is tanh({wanted}) = {math.tanh(wanted):.4f}; yours is "
            f"{new_hidden.item():.4f}. Is it read from the new cell, and through a tanh?"
        )


def _shut(function, hidden: Tensor, cell: Tensor) -> None:
    weights = torch.zeros(3, 4), torch.zeros(1, 4), torch.tensor([-FAR, FAR, 0.0, -FAR])
    new_hidden, _ = _stepped(function, torch.ones(1, 3), (hidden, cell), *weights)
    if not same(new_hidden, [[0.0]]):
        raise CheckError(
            f"lstm_step with the output gate shut: hidden is 0; yours is {new_hidden.item():.4f}. Which of the four "
            "blocks decides how much of the cell is shown?"
        )


def _like_the_library(function) -> None:
    library: Any = randomise(nn.LSTMCell(3, 5))
    x, state = seeded(2, 3), (seeded(2, 5, seed=1), seeded(2, 5, seed=2))
    bias = library.bias_ih + library.bias_hh
    weights = library.weight_ih.detach().T, library.weight_hh.detach().T, bias.detach()
    got = _stepped(function, x, state, *weights)
    with torch.no_grad():
        wanted = library(x, state)
    for name, mine, theirs in zip(("hidden", "cell"), got, wanted, strict=True):
        if not same(mine, theirs):
            causes = {
                "the bias is missing": (*weights[:2], torch.zeros(20)),
                "w_input has no effect": (torch.zeros(3, 20), *weights[1:]),
                "w_hidden has no effect": (weights[0], torch.zeros(5, 20), weights[2]),
            }
            found = [why for why, given in causes.items() if same(_stepped(function, x, state, *given)[0], got[0])]
            hint = f"It looks as if {found[0]}." if found else "The gates alone were right: how are they put together?"
            raise CheckError(
                f"lstm_step on two sentences, e = 3 and u = 5, with nn.LSTMCell's numbers: {name} of the first should "
                f"begin {shown(theirs[0, :3])}, yours begins {shown(mine[0, :3])}. {hint}"
            )


@visible_check(points=3)
def Encoder(kind) -> None:
    """Parts, shapes, zeros behind the end, a padded row against itself alone, where `last` comes from."""
    name = "Encoder"
    encoder: Any = made(kind, name, 10, 3, 4)
    has_parts(encoder, name, {"embedding": nn.Embedding, "lstm": nn.LSTM})
    if not encoder.lstm.bidirectional:
        raise CheckError(f"{name}: the LSTM reads in one direction only; see `bidirectional` of nn.LSTM.")
    randomise(encoder)
    ids, lengths = torch.tensor([[3, 9, 9, 9, 9], [4, 5, 6, 7, 9], [8, 1, 9, 9, 9]]), torch.tensor([1, 4, 2])
    names, shapes = ("states", "last"), ((3, 5, 8), (3, 8))
    case = f"{name} on rows of lengths 1, 4, 2 in 5 columns"
    with torch.no_grad():
        states, last = pair(called(encoder, ids, lengths), names, shapes, case)
        for row, length in enumerate(lengths.tolist()):
            alone, (end, _) = encoder.lstm(encoder.embedding(ids[row : row + 1, :length]))
            _row(case, row, length, states[row], alone[0])
            _last(case, row, last[row], torch.cat([end[0, 0], end[1, 0]]), states[row], length)


def _row(case: str, row: int, length: int, states: Tensor, alone: Tensor) -> None:
    ahead, back = states[:length].chunk(2, dim=-1)
    right_ahead, right_back = alone.chunk(2, dim=-1)
    if same(ahead, right_back) and not same(ahead, right_ahead):
        raise CheckError(f"{case}: the two halves of the states have changed places. Which direction comes first?")
    if not same(ahead, right_ahead):
        raise CheckError(
            f"{case}: row {row} is not what it is alone, not even in the forward direction. Are the rows still in "
            "their order, or is a length read wrongly?"
        )
    if not same(back, right_back):
        raise CheckError(
            f"{case}: row {row} is right in its forward half and wrong in its backward half. Where does the backward "
            "direction begin to read: at the last real word, or in the padding behind it?"
        )
    if states[length:].abs().max() > 0:
        raise CheckError(f"{case}: behind the end of row {row} there should be zeros. What does padding say?")


def _last(case: str, row: int, last: Tensor, right: Tensor, states: Tensor, length: int) -> None:
    if same(last, right):
        return
    ahead, back = right.chunk(2)
    for wrong, why in (
        (torch.cat([back, ahead]), "it has the backward direction in front. Which half comes first?"),
        (states[-1], "it is what stands in the last column, which is padding. Where does this sentence end?"),
        (states[length - 1], "both halves are read at the last real word. Where does the backward direction end?"),
        (states[0], "both halves are read at the first word. Where does the forward direction end?"),
    ):
        if same(last, wrong):
            raise CheckError(f"{case}: `last` of row {row} is wrong: {why}")
    raise CheckError(
        f"{case}: `last` of row {row} should begin {shown(right[:3])}, yours begins {shown(last[:3])}. The LSTM gives "
        "hidden and cell, each (2, b, u); which of them, and which axis comes first when the halves are joined?"
    )


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
