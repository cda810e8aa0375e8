"""Visible check of the decoder's step, retraced with the module's own parts, rightly and wrongly put together."""

from __future__ import annotations

from collections.abc import Iterator
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
from attention_course.checks.sequence_to_sequence.recurrent import has_parts

NAME = "AttentionDecoder"
SHAPES = (
    ("attention.query.weight", (4, 4)),
    ("attention.key.weight", (4, 5)),
    ("attention.score.weight", (1, 4)),
    ("cell.weight_ih", (16, 8)),
    ("start.weight", (4, 5)),
    ("output.weight", (7, 9)),
)


@visible_check(points=3)
def AttentionDecoder(kind) -> None:
    """Parts; one step, retraced with the module's own parts; two steps from one state."""
    decoder: Any = made(kind, NAME, 7, 3, 4, 5)
    parts = {"embedding": nn.Embedding, "attention": nn.Module, "cell": nn.LSTMCell}
    has_parts(decoder, NAME, parts | {"start": nn.Linear, "output": nn.Linear})
    _has_shapes(decoder)
    randomise(decoder)
    last, keys, tokens = seeded(2, 5), seeded(2, 6, 5, seed=1), torch.tensor([2, 5])
    source = keys, torch.tensor([[True] * 6, [True] * 3 + [False] * 3])
    with torch.no_grad():
        begun = called(decoder.begin, last)
        first = _step(decoder, tokens, begun, *source)
        start = decoder.start(last)
        right = torch.tanh(start), torch.zeros_like(start)
        state = _retrace(decoder, "the first step", tokens, right, source, first, _beginnings(start))
        second = _step(decoder, tokens.flip(0), first[1], *source)
        _retrace(decoder, "the second step", tokens.flip(0), state, source, second, _goings_on(right, state))
        again = _step(decoder, tokens.flip(0), first[1], *source)
    if not same(again[0], second[0]):
        raise CheckError(
            f"{NAME}: a second step from the same state gave other logits. All that is remembered "
            "must be in the state, which stays as it was: a beam goes on from one state several times."
        )


def _has_shapes(decoder: nn.Module) -> None:
    numbers = dict(decoder.named_parameters())
    for part, shape in SHAPES:
        if part not in numbers:
            raise CheckError(f"{NAME}: there is no {part}. Is `self.attention` an AdditiveAttention?")
        got = tuple(numbers[part].shape)
        if got != shape:
            raise CheckError(f"{NAME}(7, 3, 4, 5): {part} should have the shape {shape}, yours has {got}.")


def _step(decoder, tokens: Tensor, state, keys: Tensor, mask: Tensor) -> tuple[Tensor, object, Tensor]:
    result = called(decoder.step, tokens, state, keys, mask)
    logits, state, weights = parts_of(result, ("logits", "state", "weights"), f"{NAME}.step")
    if isinstance(state, Tensor) and state.shape == (2, 6) and not isinstance(weights, Tensor):
        raise CheckError(
            f"{NAME}.step returns (logits, state, weights); yours has the weights second. Which comes third?"
        )
    return tensor_of(logits, (2, 7), f"{NAME}: logits"), state, tensor_of(weights, (2, 6), f"{NAME}: weights")


State = tuple[Tensor, Tensor]
Slips = list[tuple[State, str]]


def _beginnings(start: Tensor) -> Slips:
    """States that a slip in `begin` makes."""
    hidden, nothing = torch.tanh(start), torch.zeros_like(start)
    return [
        ((start, nothing), "It looks as if `begin` had no tanh around start(last)."),
        ((hidden, hidden), "It looks as if the cell began as the hidden part does. What does it begin with?"),
        ((nothing, hidden), "It looks as if `begin` had the cell in front of the hidden part."),
        ((nothing, nothing), "It looks as if both parts began as zeros. What does `last` hand over?"),
    ]


def _goings_on(begun: State, state: State) -> Slips:
    """States with which a second step goes on, where the first gave something else back."""
    return [
        (begun, "It looks as if the state did not move. Which state does `step` return?"),
        ((state[0], 0 * state[1]), "It looks as if the cell were not carried on."),
        ((begun[0], state[1]), "It looks as if the hidden part did not move. Which one does `step` return?"),
        ((state[0], begun[1]), "It looks as if the cell did not move. Which one does `step` return?"),
        (state[::-1], "It looks as if `step` returned the cell in front of the hidden part."),
    ]


def _retrace(decoder, where: str, tokens: Tensor, state: State, source, given, slips: Slips) -> State:
    """Compare a step with the formulas, and say which of them it does not follow; returns the state after it."""
    said, new, weights = _right_step(decoder, tokens, state, source)
    if same(given[2], weights) and same(given[0], said):
        return new
    for wrong, why in slips:
        other = _right_step(decoder, tokens, wrong, source)
        if same(given[2], other[2]) and same(given[0], other[0]):
            raise CheckError(f"{NAME}, {where}: {why}")
    if not same(given[2], weights):
        _explain_weights(decoder, where, tokens, state, source, given[2])
        raise CheckError(
            f"{NAME}, {where}: the weights should be those of attention(hidden, keys, mask) with the hidden state "
            f"before the step, {shown(weights[0])} for the first row; yours are {shown(given[2][0])}. With what is the "
            "attention asked, and when?"
        )
    for wrong_logits, why in _otherwise(decoder, tokens, state, source):
        if same(given[0], wrong_logits):
            raise CheckError(f"{NAME}, {where}: the weights are right, the logits are not. {why}")
    raise CheckError(
        f"{NAME}, {where}: the weights are right, the logits are not: {shown(said[0])} for the first row, yours "
        f"{shown(given[0][0])}. Which two things does the LSTM get, which two the output layer, and with which state "
        "does the LSTM go on?"
    )


def _right_step(decoder, tokens: Tensor, state: State, source) -> tuple[Tensor, State, Tensor]:
    context, weights = decoder.attention(state[0], *source)
    new = decoder.cell(torch.cat([decoder.embedding(tokens), context], dim=-1), state)
    return decoder.output(torch.cat([new[0], context], dim=-1)), new, weights


def _explain_weights(decoder, where: str, tokens: Tensor, state: State, source, given: Tensor) -> None:
    word, (hidden, cell) = decoder.embedding(tokens), state
    context, _ = decoder.attention(hidden, *source)
    after = "you look with the state after the step. Which state is asked first?"
    unseen = decoder.cell(torch.cat([word, 0 * context], dim=-1), state)[0]
    queries = [
        (decoder.cell(torch.cat([word, context], dim=-1), state)[0], after),
        (unseen, f"{after} The LSTM reads what was seen, so looking comes before it."),
        (cell, "the attention is asked with the cell. Which part of the state is the query?"),
    ]
    for query, why in queries:
        if same(given, decoder.attention(query, *source)[1]):
            raise CheckError(f"{NAME}, {where}: {why}")
    everything = source[0], torch.ones_like(source[1])
    if same(given, decoder.attention(hidden, *everything)[1]):
        raise CheckError(f"{NAME}, {where}: the decoder looks at padding. Is the mask passed on?")


def _otherwise(decoder, tokens: Tensor, state: State, source) -> Iterator[tuple[Tensor, str]]:
    """Logits of a step whose parts are right and put together wrongly, and a sentence about each."""
    word = decoder.embedding(tokens)
    context, _ = decoder.attention(state[0], *source)

    def read(*things: Tensor) -> State:
        return decoder.cell(torch.cat(things, dim=-1), state)

    def say(*things: Tensor) -> Tensor:
        return decoder.output(torch.cat(things, dim=-1))

    new, cell = read(word, context)
    said = say(new, context)
    turned = read(context, word)[0]
    logits = "Logits come before the softmax."
    yield said.log_softmax(dim=-1), f"These are logarithms of probabilities. {logits}"
    yield said.softmax(dim=-1), f"These are probabilities. {logits}"
    yield (
        say(state[0], context),
        "The output layer gets the hidden state of before the step. Which one knows the token?",
    )
    yield say(cell, context), "The output layer gets the cell. Which part of the state is shown?"
    yield (
        say(new, decoder.attention(new, *source)[0]),
        "The output layer gets a context that was looked up anew. Which one did the LSTM read?",
    )
    yield say(context, new), "The output layer gets the context in front of the hidden state. What stands in front?"
    yield say(turned, context), "The LSTM gets the context in front of the embedded token. What stands in front?"
    yield say(context, turned), "Both the LSTM and the output layer get the context in front. What stands in front?"
    yield say(new, 0 * context), "It looks as if the output layer got no context."
    yield say(read(word, 0 * context)[0], context), "It looks as if the LSTM got no context."
