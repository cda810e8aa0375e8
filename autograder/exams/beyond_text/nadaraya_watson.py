"""nadaraya_watson(queries, keys, values, bandwidth, mask=None): the cases, the right variants."""

import math

import torch
from torch.nn import functional as F

from attention_course.probes import torch_answers as using
from autograder.exam.exercise import Case, Exercise
from autograder.exams.beyond_text.earlier import NOTEBOOK
from autograder.exams.sequence_to_sequence.inputs import normal, some


def right(queries, keys, values, bandwidth, mask=None):
    """The oracle in float64: for each query the open points alone, the nearest of them as far as 0."""
    means = []
    for row, query in enumerate(queries.double()):
        seen = torch.ones(len(keys), dtype=torch.bool) if mask is None else mask[row]
        if not seen.any():
            means.append(query.new_zeros(()))
            continue
        squares = (query - keys[seen].double()).square() / (2 * bandwidth**2)
        weights = (squares.min() - squares).exp()
        means.append((weights * values[seen].double()).sum() / weights.sum())
    return torch.stack(means)


def drawn(rng, q=4, k=7, bandwidth=0.7):
    return normal(rng, q, scale=1.5), normal(rng, k, scale=1.5), normal(rng, k, scale=3.0), bandwidth


def cases(rng):
    def estimate(concept, given, *mask):
        return Case(concept, (*given, *mask), expected=right(*given, *mask))

    yield estimate("some queries and more keys", drawn(rng))
    yield estimate("more queries than keys", drawn(rng, 6, 3))
    yield estimate("as many queries as keys", drawn(rng, 5, 5))
    yield estimate("a single query", drawn(rng, 1, 5))
    yield estimate("a single key", drawn(rng, 3, 1))
    yield estimate("a wide bandwidth", drawn(rng, bandwidth=2.5))
    yield estimate("a narrow bandwidth", drawn(rng, bandwidth=0.3))
    yield estimate("a bandwidth that is a whole number", drawn(rng, bandwidth=2))
    yield estimate("a bandwidth in a tensor", (*drawn(rng)[:3], torch.tensor(0.6)))
    yield estimate("float64", (*(x.double() for x in drawn(rng)[:3]), 0.5))
    yield far(rng, "a query that is far from all keys")
    yield estimate("a mask", drawn(rng, 4, 6), some(rng, 4, 6))
    yield estimate("a mask of as many queries as keys", drawn(rng, 5, 5), some(rng, 5, 5))
    _, keys, values, _ = drawn(rng, 1, 6)
    yield estimate("all points but the own one", (keys.clone(), keys, values, 0.4), ~torch.eye(6, dtype=torch.bool))
    yield far(rng, "a mask, and a query that is far from all keys", some(rng, 3, 5))
    mask = some(rng, 4, 6)
    mask[2] = False
    yield estimate("a query with nothing open", drawn(rng, 4, 6), mask)
    yield estimate("nothing open at all", drawn(rng, 3, 4), torch.zeros(3, 4, dtype=torch.bool))
    given = *drawn(rng, 3, 5)[:3], torch.tensor(0.8)
    pull = normal(rng, 3)
    leaves = [x.double().requires_grad_() for x in given]
    slopes = list(torch.autograd.grad((right(*leaves) * pull).sum(), leaves))
    yield Case("gradients", given, {"pull": pull}, expected=slopes, use=using.gradients)


def far(rng, concept, *mask):
    """Whole numbers, exact in any formula, of which the nearest key wins by far; exponentials without a shift are 0."""
    keys = torch.from_numpy(rng.permutation(5)).float()
    given = torch.tensor([60.0, -90.0, 200.0]), keys, normal(rng, 5, scale=3.0), 0.5
    return Case(concept, (*given, *mask), expected=right(*given, *mask))


nadaraya_watson = Exercise(
    NOTEBOOK,
    "nadaraya_watson",
    cases,
    survivors={
        "nadaraya_watson: queries[:, None] - keys -> keys - queries[:, None]": "a square has no sign",
        "nadaraya_watson: torch.softmax(scores, dim=-1).masked_fill(~mask, 0.0) -> "
        "torch.softmax(scores, dim=-1).masked_fill(~mask, 0)": "0 is 0.0",
        "nadaraya_watson: dim=-1 -> dim=1": "scores have two axes: the last is 1",
        "nadaraya_watson: dim=-1 -> dim=1 #2": "scores have two axes: the last is 1",
        "nadaraya_watson: torch.finfo(scores.dtype) -> torch.finfo()": "no score is below float32's smallest number",
    },
)


@nadaraya_watson.right
def in_small_steps(queries, keys, values, bandwidth, mask=None):
    return mean(weigh(score(queries, keys, bandwidth), mask), values)


def score(queries, keys, bandwidth):
    return -0.5 * ((queries.unsqueeze(1) - keys.unsqueeze(0)) / bandwidth).square()


def weigh(scores, mask=None):
    mask = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask
    exps = torch.exp(scores - scores.masked_fill(~mask, -1e30).amax(dim=1, keepdim=True)).masked_fill(~mask, 0.0)
    return exps / exps.sum(dim=1, keepdim=True).clamp(min=1e-30)


def mean(weights, values):
    return (weights * values).sum(dim=1)


@nadaraya_watson.right
def with_nan_mended(queries, keys, values, bandwidth, mask=None):
    scores = -((queries.reshape(-1, 1) - keys) ** 2) / (2 * bandwidth * bandwidth)
    if mask is not None:
        scores = torch.where(mask, scores, -math.inf)
    weights = F.softmax(scores, dim=1)
    return torch.matmul(torch.where(weights.isnan(), 0.0, weights), values)


@nadaraya_watson.right
def as_dot_products(queries, keys, values, bandwidth, mask=None):
    """What is the same for all keys leaves the softmax: -(q - k)^2 / 2 becomes q k - k^2 / 2."""
    scores = (queries[:, None] * keys - keys**2 / 2) / bandwidth**2
    opened = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask
    top = torch.where(opened, scores, torch.finfo(scores.dtype).min).max(dim=-1, keepdim=True).values
    exps = torch.where(opened, (scores - top).clamp(max=0).exp(), 0.0)
    total = exps.sum(dim=-1)
    return torch.where(total > 0, exps @ values / total.where(total > 0, 1.0), 0.0)


@nadaraya_watson.right
def query_by_query(queries, keys, values, bandwidth, mask=None):
    found = []
    for row in range(len(queries)):
        scores = -((queries[row] - keys) ** 2) / (2 * bandwidth**2)
        if mask is not None:
            scores = scores[mask[row]]
        open_values = values if mask is None else values[mask[row]]
        found.append((torch.softmax(scores, 0) * open_values).sum())
    return torch.stack(found)


@nadaraya_watson.right
def with_logarithms(queries, keys, values, bandwidth, mask=None):
    scores = -torch.pow(queries[:, None] - keys[None, :], 2).div(2 * bandwidth**2)
    if mask is not None:
        nothing = ~mask.any(dim=1, keepdim=True)
        scores = scores.masked_fill(~(mask | nothing), float("-inf"))
    weights = torch.exp(scores - torch.logsumexp(scores, dim=1, keepdim=True))
    if mask is not None:
        weights = weights.masked_fill(nothing, 0)
    return torch.einsum("qk,k->q", weights, values)
