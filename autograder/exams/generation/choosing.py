"""with_temperature, top_k and top_p: the cases, the right variants."""

import math

import numpy as np
import torch

from autograder.exam.exercise import Case, Exercise
from autograder.exams.generation.earlier import NOTEBOOK
from autograder.exams.sequence_to_sequence.inputs import normal


def cases(rng):
    yield from temperatures(rng)
    yield from counts(rng)
    yield from masses(rng)


def drawn(rng, *shape, scale=1.5, shut=0.0, whole=False):
    """Logits whose rows are in no order; with `shut` some are -inf, with `whole` many are equal."""
    logits = torch.round(2 * normal(rng, *shape)) / 2 if whole else normal(rng, *shape, scale=scale)
    if shut:
        closed = torch.from_numpy(rng.random(shape) < shut)
        closed[..., int(rng.integers(shape[-1]))] = False
        logits[closed] = -math.inf
    return logits


def ranked(row):
    """The tokens of a row, most probable first, lower index first among equals."""
    return sorted(range(len(row)), key=lambda token: (-row[token], token))


def keeping(logits, chosen):
    """The logits of the tokens that `chosen(row)` gives, -inf elsewhere."""
    kept = torch.full_like(logits, -math.inf)
    flat, result = logits.reshape(-1, logits.shape[-1]), kept.view(-1, logits.shape[-1])
    for row, after in zip(flat, result, strict=True):
        tokens = chosen(row.tolist())
        after[tokens] = row[tokens]
    return kept


def opened(result):
    """Which tokens are open: what their numbers are plays no part where one alone is left."""
    return [torch.isneginf(result), torch.isfinite(result)]


def temperatures(rng):
    def warm(concept, logits, temperature):
        return Case(concept, (logits, temperature), expected=logits / temperature, function="with_temperature")

    def cold(concept, logits):
        expected = opened(keeping(logits, lambda row: ranked(row)[:1]))
        return Case(concept, (logits, 0), expected=expected, function="with_temperature", read=opened)

    yield warm("a temperature of one", drawn(rng, 2, 5), 1.0)
    yield warm("a low temperature", drawn(rng, 3, 6), float(rng.uniform(0.2, 0.8)))
    yield warm("a high temperature", drawn(rng, 2, 3, 4), float(rng.uniform(1.5, 4)))
    yield warm("a single row", drawn(rng, 7), 2)
    yield warm("tokens that are shut out already", drawn(rng, 3, 6, shut=0.4), 0.5)
    yield cold("a temperature of zero", drawn(rng, 3, 6))
    yield cold("a temperature of zero for a single row", drawn(rng, 5))
    yield cold("a temperature of zero for rows of rows", drawn(rng, 2, 3, 4))
    yield cold("a temperature of zero where several are the most probable", drawn(rng, 6, 8, whole=True).clamp(max=0.5))
    shut = drawn(rng, 4, 6, shut=0.5)
    shut[0, :2] = -math.inf
    shut[0, 2] = 1.0
    yield cold("a temperature of zero with tokens that are shut out", shut)
    yield cold("a temperature of zero for scores below zero", drawn(rng, 3, 5) - 20)
    refused = float(-rng.uniform(0.1, 0.9))
    yield Case(
        "a temperature below zero", (drawn(rng, 2, 4), refused), raises="ValueError", function="with_temperature"
    )


def counts(rng):
    def keep(concept, logits, k):
        return Case(concept, (logits, k), expected=keeping(logits, lambda row: ranked(row)[:k]), function="top_k")

    yield keep("a few of many", drawn(rng, 3, 7), 3)
    yield keep("one token", drawn(rng, 4, 5), 1)
    yield keep("a single row", drawn(rng, 6), 2)
    yield keep("rows of rows", drawn(rng, 2, 3, 5), 2)
    yield keep("as many rows, tokens and places", drawn(rng, 4, 4), 4)
    yield keep("all but one", drawn(rng, 3, 5), 4)
    yield keep("more places than tokens", drawn(rng, 2, 4), 9)
    yield keep("tokens of one score at the border", drawn(rng, 8, 9, whole=True), 4)
    yield keep("tokens of one score", torch.zeros(2, 40), 17)
    yield keep("tokens that are shut out already", drawn(rng, 4, 8, shut=0.4), 3)
    yield keep("more places than open tokens", drawn(rng, 2, 6, shut=0.7), 5)
    yield keep("scores below zero", drawn(rng, 3, 5) - 30, 2)
    yield keep("views with strides", drawn(rng, 5, 3).T, 2)
    for concept, k in (("a k of zero", 0), ("a k below zero", -int(rng.integers(1, 5)))):
        yield Case(concept, (drawn(rng, 2, 4), k), raises="ValueError", function="top_k")


def nucleus(row, p):
    """The smallest set of most probable tokens whose mass reaches p, in float64; at least one."""
    order = ranked(row)
    shares = np.exp(np.array(row)[order] - row[order[0]])
    sums = np.cumsum(shares / shares.sum())
    return order[: min(int(np.searchsorted(sums, p - 1e-9)) + 1, len(order))]


def between(rng, row, place):
    """A p that the token at this rank crosses, far from both ends of its share."""
    order = ranked(row)
    shares = np.exp(np.array(row)[order] - row[order[0]])
    sums = np.concatenate([[0], np.cumsum(shares / shares.sum())])
    return float(sums[place] + rng.uniform(0.3, 0.7) * (sums[place + 1] - sums[place]))


def clear(logits, p):
    """Whether float32 cannot take a token for one on the other side of the line, in any row."""
    for row in logits.reshape(-1, logits.shape[-1]).tolist():
        shares = np.exp(np.array(row)[ranked(row)] - max(row))
        if np.abs(np.cumsum(shares / shares.sum()) - p).min() < 2e-4:
            return False
    return True


def masses(rng):
    def keep(concept, logits, p):
        expected = keeping(logits, lambda row: nucleus(row, p))
        return Case(concept, (logits, p), expected=expected, function="top_p")

    def far(p, *shape, **options):
        logits = drawn(rng, *shape, **options)
        while not clear(logits, p):
            logits = drawn(rng, *shape, **options)
        return logits, p

    row = drawn(rng, 8, scale=1.0)
    for place, name in (
        (2, "a token that crosses the line"),
        (4, "another line"),
        (0, "a line that the first crosses"),
    ):
        yield keep(name, row, between(rng, row.tolist(), place))
    yield keep("several rows", *far(float(rng.uniform(0.4, 0.6)), 5, 7))
    yield keep("rows of rows", *far(float(rng.uniform(0.6, 0.9)), 2, 3, 6))
    yield keep("as many rows as tokens", *far(0.55, 5, 5))
    yield keep("scores in the thousands", *far(0.7, 4, 6, scale=2000.0))
    yield keep("a mass that is reached exactly", torch.zeros(2, 4) - 3, 0.5)
    shut = torch.tensor([[-math.inf, 1, -math.inf, 1], [2, 2, -math.inf, -math.inf]])
    yield keep("a mass that is reached exactly, with tokens that are shut out", shut, 0.5)
    yield keep("tokens of one probability", torch.zeros(3, 32) + 1, 0.25)
    yield keep("tokens of one probability at the border", *far(0.62, 6, 8, whole=True))
    yield keep("tokens that are shut out already", *far(0.8, 4, 8, shut=0.4))
    yield keep("a mass of zero", drawn(rng, 4, 6), 0.0)
    yield keep("a mass near zero", drawn(rng, 3, 5), 1e-3)
    yield keep("a mass of one", drawn(rng, 4, 6, scale=0.8), 1.0)
    yield keep("a mass above one", drawn(rng, 2, 5), 1.5)
    logits, p = far(0.5, 6, 4)
    yield keep("views with strides", logits.T.contiguous().T, p)
    yield Case("a mass below zero", (drawn(rng, 2, 4), -0.1), raises="ValueError", function="top_p")


choosing = Exercise(
    NOTEBOOK,
    "choosing",
    cases,
    functions=("with_temperature", "top_k", "top_p"),
    survivors={
        "top_k: logits.argsort(dim=-1, descending=True, stable=True) -> logits.argsort(descending=True, stable=True)": (
            "the last axis is the one it takes by itself"
        ),
        "top_k: logits.argsort(dim=-1, descending=True, stable=True).argsort(dim=-1) -> "
        "logits.argsort(dim=-1, descending=True, stable=True).argsort()": "the last axis is the one it takes by itself",
        "top_p: logits.argsort(dim=-1, descending=True, stable=True) -> logits.argsort(descending=True, stable=True)": (
            "the last axis is the one it takes by itself"
        ),
        "top_p: order.argsort(dim=-1) -> order.argsort()": "the last axis is the one it takes by itself",
        "top_p: mass[..., :-1] -> mass": "no rank reads the column too many",
        "top_p: (1, 0) -> (1, 1)": "no rank reads the column too many",
    },
)


@choosing.right(function="with_temperature")
def one_hot_at_0(logits, temperature):
    if temperature < 0:
        raise ValueError("temperature")
    if temperature > 0:
        return logits / temperature
    best = torch.nn.functional.one_hot(logits.argmax(dim=-1), logits.shape[-1]).bool()
    return logits.masked_fill(~best, -math.inf)


@choosing.right(function="with_temperature")
def scattered_at_0(logits, temperature):
    if not temperature >= 0:
        raise ValueError
    if temperature == 0.0:
        nothing = torch.full_like(logits, -math.inf)
        return nothing.scatter(-1, logits.argmax(-1, keepdim=True), 0.0)
    return logits * (1 / temperature)


@choosing.right(function="with_temperature")
def compared_at_0(logits, temperature):
    if temperature < 0:
        raise ValueError
    if temperature == 0:
        best = logits == logits.max(-1, keepdim=True).values
        first = best & (best.cumsum(-1) == 1)
        return torch.where(first, logits, -math.inf)
    return torch.div(logits, temperature)


@choosing.right(function="top_k")
def scattered(logits, k):
    if k < 1:
        raise ValueError("k")
    values, places = torch.sort(logits, dim=-1, descending=True, stable=True)
    return torch.full_like(logits, -math.inf).scatter(-1, places[..., :k], values[..., :k])


@choosing.right(function="top_k")
def row_by_row(logits, k):
    if k <= 0:
        raise ValueError
    result = torch.full_like(logits, -math.inf).reshape(-1, logits.shape[-1])
    for given, kept in zip(logits.reshape(-1, logits.shape[-1]), result, strict=True):
        best = sorted(range(len(given)), key=lambda token: -given[token].item())[:k]
        kept[best] = given[best]
    return result.view(logits.shape)


@choosing.right(function="top_k")
def by_counting_who_beats_it(logits, k):
    if k < 1:
        raise ValueError
    mine, others = logits.unsqueeze(-1), logits.unsqueeze(-2)
    earlier = torch.ones(logits.shape[-1], logits.shape[-1], dtype=torch.bool).tril(-1)
    beaten = ((others > mine) | ((others == mine) & earlier)).sum(-1)
    return torch.where(beaten < k, logits, -math.inf)


@choosing.right(function="top_p")
def scattered_back(logits, p):
    if p < 0:
        raise ValueError("p")
    probabilities, places = logits.softmax(-1).sort(dim=-1, descending=True, stable=True)
    shut = probabilities.cumsum(-1) - probabilities >= p
    shut[..., 0] = False
    return logits.masked_fill(torch.zeros_like(shut).scatter(-1, places, shut), float("-inf"))


@choosing.right(function="top_p")
def counted_and_cut(logits, p):
    if p < 0:
        raise ValueError
    flat = logits.reshape(-1, logits.shape[-1])
    result = torch.full_like(flat, -math.inf)
    for given, kept in zip(flat, result, strict=True):
        shares = torch.softmax(given.double(), 0).tolist()
        mass = 0.0
        for token in sorted(range(len(shares)), key=lambda token: -shares[token]):
            kept[token] = given[token]
            mass += shares[token]
            if mass >= p:
                break
    return result.view_as(logits)


@choosing.right(function="top_p")
def by_a_search(logits, p):
    if p < 0.0:
        raise ValueError
    places = torch.argsort(-logits, dim=-1, stable=True)
    sums = torch.take_along_dim(torch.softmax(logits, dim=-1), places, dim=-1).cumsum(dim=-1)
    count = torch.searchsorted(sums.contiguous(), torch.full((*sums.shape[:-1], 1), float(p)), right=False) + 1
    stays = torch.arange(logits.shape[-1]) < count
    return torch.where(torch.empty_like(stays).scatter(-1, places, stays), logits, -math.inf)
