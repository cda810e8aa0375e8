"""Visible checks of what reads: a step of an LSTM, and the encoder."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import permutations
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
)
from attention_course.checks.report import CheckError, called, visible_check

LOG3 = math.log(3.0)
FAR = 100.0
"""A score at which a sigmoid is 0 or 1 to all digits."""
BLOCKS = "input", "forget", "candidate", "output"


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
        ((-FAR, FAR, LOG3, FAR), 2.0, "input shut, forget open: the old cell, 2, stays"),
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
    told = [round(gate, 2) for gate in gates]
    case = f"lstm_step with all weights 0 and the biases {told} for input, forget, candidate, output: {reason}"
    if not same(new_cell, [[wanted]]):
        why = _cause(function) or _of_the_candidate(new_cell.item(), gates)
        why = why or "What multiplies the old cell, what the candidate, and through what does each of the four go?"
        raise CheckError(f"{case}; your cell is {new_cell.item():.4f}. {why}")
    if not same(new_hidden, [[math.tanh(wanted)]]):
        why = _cause(function) or "Is it read from the new cell, and through a tanh?"
        raise CheckError(
            f"{case}. With the output gate open, hidden is tanh({wanted}) = {math.tanh(wanted):.4f}; yours is "
            f"{new_hidden.item():.4f}. {why}"
        )


def _of_the_candidate(cell: float, gates) -> str:
    """What a wrong cell says of the candidate, where both gates are open and it is far below 0, or it is far above."""
    if gates[0] == FAR and gates[2] == FAR and cell >= FAR:
        return "The candidate goes in as it is. What stands around it in the formula?"
    if gates[0] == FAR and gates[2] == -FAR and same(torch.tensor(cell), 2.0):
        return "The candidate adds nothing where it should take away. Which of the four blocks may be negative too?"
    return ""


def _shut(function, hidden: Tensor, cell: Tensor) -> None:
    weights = torch.zeros(3, 4), torch.zeros(1, 4), torch.tensor([-FAR, FAR, 0.0, -FAR])
    new_hidden, _ = _stepped(function, torch.ones(1, 3), (hidden, cell), *weights)
    if not same(new_hidden, [[0.0]]):
        raise CheckError(
            f"lstm_step with the output gate shut: hidden is 0; yours is {new_hidden.item():.4f}. Which of the four "
            "blocks decides how much of the cell is shown?"
        )


def _drawn() -> tuple[nn.LSTMCell, Tensor, tuple[Tensor, Tensor], tuple[Tensor, ...]]:
    """The library's cell, an input, a state, and the cell's numbers as lstm_step takes them."""
    library: Any = randomise(nn.LSTMCell(3, 5))
    state = seeded(2, 5, seed=1), seeded(2, 5, seed=2)
    bias = library.bias_ih + library.bias_hh
    weights = library.weight_ih.detach().T, library.weight_hh.detach().T, bias.detach()
    return library, seeded(2, 3), state, weights


def _like_the_library(function) -> None:
    library, x, state, weights = _drawn()
    got = _stepped(function, x, state, *weights)
    with torch.no_grad():
        wanted = library(x, state)
    for name, mine, theirs in zip(("hidden", "cell"), got, wanted, strict=True):
        if not same(mine, theirs):
            raise CheckError(
                f"lstm_step on two sentences, e = 3 and u = 5, with nn.LSTMCell's numbers: {name} of the first should "
                f"begin {shown(theirs[0, :3])}, yours begins {shown(mine[0, :3])}. "
                + (_cause(function) or "The gates alone were right: how are they put together?")
            )


def _cause(function) -> str:
    """The one slip with which PyTorch's cell gives the same numbers, as a sentence; "" if none does."""
    library, x, state, weights = _drawn()
    got = _stepped(function, x, state, *weights)
    with torch.no_grad():
        for wrong, why in _slips(library, x, state, weights):
            if all(same(a, b) for a, b in zip(got, wrong, strict=True)):
                return why
    return ""


def _slips(library, x: Tensor, state, weights) -> Iterator[tuple[tuple[Tensor, ...], str]]:
    """What the library's cell gives when something about the call is wrong, and a sentence about it."""

    def stepped(w_input: Tensor, w_hidden: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        numbers = {"weight_ih": w_input.T, "weight_hh": w_hidden.T, "bias_ih": bias, "bias_hh": 0 * bias}
        return torch.func.functional_call(library, numbers, (x, state))

    w_input, w_hidden, bias = weights
    hidden, cell = stepped(*weights)
    yield (cell, hidden), "Is it the hidden part that you returned second?"
    yield library(x, state[::-1]), "Your state is read as (cell, hidden). In which order does it come?"
    yield (hidden, state[1]), "The new hidden part is right, and the cell is the old one. Which one do you return?"
    stale = hidden / torch.tanh(cell) * torch.tanh(state[1])
    yield (
        (stale, cell),
        "The new hidden part is made of the old cell. Is it read from the new cell, and through a tanh?",
    )
    yield (stale, state[1]), "Both parts are made of the old cell. Under which name do you keep the new one?"
    yield (state[0], cell), "The new cell is right, and the hidden part is the old one. Which one do you return?"
    yield stepped(w_input, w_hidden, 0 * bias), "It looks as if the bias had no effect."
    yield stepped(w_input, w_hidden, 2 * bias), "It looks as if the bias were added twice."
    yield stepped(0 * w_input, w_hidden, bias), "It looks as if w_input had no effect."
    yield stepped(w_input, 0 * w_hidden, bias), "It looks as if w_hidden had no effect."
    for order in list(permutations(range(4)))[1:]:  # all but the right one
        moved = [torch.cat([w.chunk(4, dim=-1)[order.index(n)] for n in range(4)], dim=-1) for w in weights]
        taken = ", ".join(BLOCKS[n] for n in order)
        question = "Which block of columns do you take for which gate?"
        yield stepped(*moved), f"It looks as if the four blocks were taken as {taken}. {question}"


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
        ends = []
        for row, length in enumerate(lengths.tolist()):  # without a batch, so that batch_first makes no difference
            alone, last_ones = encoder.lstm(encoder.embedding(ids[row, :length]))
            _row(case, row, length, states[row], alone)
            ends.append(torch.stack(last_ones))
        both = torch.stack(ends, dim=2)  # hidden and cell, direction, sentence, u
        for row, length in enumerate(lengths.tolist()):
            _last(case, row, last[row], both, states[row], length)


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


def _last(case: str, row: int, last: Tensor, both: Tensor, states: Tensor, length: int) -> None:
    (ahead, back), cells = both[0, :, row], both[1, :, row]
    right = torch.cat([ahead, back])
    if same(last, right):
        return
    for wrong, why in (
        (torch.cat([back, ahead]), "it has the backward direction in front. Which half comes first?"),
        (states[-1], "it is what stands in the last column, which is padding. Where does this sentence end?"),
        (states[length - 1], "both halves are read at the last real word. Where does the backward direction end?"),
        (states[0], "both halves are read at the first word. Where does the forward direction end?"),
        (cells.flatten(), "it is made of the cells. Which part of the state does an LSTM show?"),
        (
            both[0].reshape(both.shape[2], -1)[row],
            "it mixes two sentences. `hidden` is (2, b, u); in which order does reshape read its numbers?",
        ),
    ):
        if same(last, wrong):
            raise CheckError(f"{case}: `last` of row {row} is wrong: {why}")
    raise CheckError(
        f"{case}: `last` of row {row} should be {shown(right)}, yours is {shown(last)}. The LSTM gives hidden and "
        "cell, each (2, b, u); which of them, and which axis comes first when the halves are joined?"
    )
