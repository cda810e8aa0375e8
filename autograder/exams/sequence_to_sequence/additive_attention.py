"""AdditiveAttention(query_width, key_width, hidden): the cases, the right variants."""

import torch
from torch import nn
from torch.nn import functional as F

from attention_course.probes import modules as probe
from autograder.exam.exercise import Case, Exercise
from autograder.exams.sequence_to_sequence.earlier import NOTEBOOK
from autograder.exams.sequence_to_sequence.inputs import normal, numbers, some


def shapes(query_width, key_width, hidden):
    """The parameters by dotted name, with their shapes."""
    return {"query.weight": (hidden, query_width), "key.weight": (hidden, key_width), "score.weight": (1, hidden)}


def right(state, query, keys, mask):
    """The oracle, in float64: one sum over the numbers inside of the tanh, one softmax over the open places."""
    w_query, w_key, v = (state[f"{name}.weight"].double() for name in ("query", "key", "score"))
    inside = torch.einsum("hq,bq->bh", w_query, query.double())[:, None] + keys.double() @ w_key.T
    scores = torch.einsum("bkh,h->bk", inside.tanh(), v[0])
    exps = torch.where(mask, (scores - scores.amax(dim=-1, keepdim=True)).exp(), 0.0)
    weights = exps / exps.sum(dim=-1, keepdim=True).clamp(min=1e-300)
    return [torch.einsum("bk,bkm->bm", weights, keys.double()), weights]


def cases(rng):
    sizes = 3, 5, 4
    names = ("query", "key", "score")
    parts = [dict.fromkeys(names, "Linear"), {n: list(s) for n, s in shapes(*sizes).items()}]
    yield Case("the parts", (sizes, names, numbers(rng, shapes(*sizes))), expected=parts, use=probe.parts)
    total = sum(torch.Size(shape).numel() for shape in shapes(*sizes).values())
    yield Case("how much there is to learn", (sizes,), expected=total, use=probe.learned)

    def attend(concept, b, k, sizes=sizes, mask=None, scale=1.0):
        state = numbers(rng, shapes(*sizes))
        state["score.weight"] *= scale
        mask = torch.ones(b, k, dtype=torch.bool) if mask is None else mask
        query, keys = normal(rng, b, sizes[0]), normal(rng, b, k, sizes[1])
        args = sizes, state, query, keys, mask
        return Case(concept, args, expected=right(*args[1:]), use=probe.output)

    yield attend("everything open", 2, 6)
    yield attend("a single sentence", 1, 6)
    yield attend("as many sentences, keys and numbers", 4, 4, (4, 4, 4))
    yield attend("a mask", 3, 6, mask=some(rng, 3, 6))
    yield attend("another mask", 4, 4, (4, 4, 4), mask=some(rng, 4, 4))
    yield attend("a single key", 3, 1)
    yield attend("one number inside of the tanh", 2, 5, (3, 2, 1), mask=some(rng, 2, 5))
    yield attend("scores that are far apart", 2, 6, mask=some(rng, 2, 6), scale=400.0)
    mask = some(rng, 3, 5)
    mask[1] = False
    yield attend("a sentence with nothing open", 3, 5, mask=mask)
    yield shut_out(rng, sizes)
    state, mask = numbers(rng, shapes(*sizes)), some(rng, 3, 5)
    mask[0] = False
    inputs = normal(rng, 3, 3), normal(rng, 3, 5, 5), mask
    pulls = [normal(rng, 3, 5), normal(rng, 3, 5)]
    leaves = {name: tensor.double().requires_grad_() for name, tensor in state.items()}
    context, weights = right(leaves, *inputs)
    total = (pulls[0] * context).sum() + (pulls[1] * weights).sum()
    expected = dict(zip(leaves, torch.autograd.grad(total, list(leaves.values())), strict=True))
    yield Case("gradients", (sizes, state, *inputs), {"pulls": pulls}, expected=expected, use=probe.gradients)


def shut_out(rng, sizes):
    """Keys that are shut out hold the best score and huge numbers."""
    state, query, keys = numbers(rng, shapes(*sizes)), normal(rng, 2, 3), normal(rng, 2, 5, 5)
    mask = torch.tensor([[True, True, True, False, False], [True, False, True, True, False]])
    keys[~mask] = 1000.0 * torch.sign(state["score.weight"] @ state["key.weight"])
    args = sizes, state, query, keys, mask
    return Case("large keys that are shut out", args, expected=right(*args[1:]), use=probe.output)


AdditiveAttention = Exercise(
    NOTEBOOK,
    "AdditiveAttention",
    cases,
    survivors={
        "AdditiveAttention.forward: dim=-1 -> dim=1": "scores have two axes: the last is 1",
        "AdditiveAttention.forward: torch.finfo(scores.dtype) -> torch.finfo()": "float32 is the dtype of both",
        "AdditiveAttention.forward: torch.softmax(scores, dim=-1).masked_fill(~mask, 0.0) -> "
        "torch.softmax(scores, dim=-1).masked_fill(~mask, 0)": "0 is 0.0",
    },
)


@AdditiveAttention.right
class in_small_steps(nn.Module):
    """A method for each step; a variant with a slip replaces one of them."""

    bias = False

    def __init__(self, query_width, key_width, hidden):
        super().__init__()
        self.query = nn.Linear(query_width, hidden, bias=self.bias)
        self.key = nn.Linear(key_width, hidden, bias=self.bias)
        self.score = nn.Linear(hidden, 1, bias=self.bias)

    def activate(self, x):
        return torch.tanh(x)

    def inside(self, query, keys):
        return self.activate(self.query(query)[:, None] + self.key(keys))

    def scores(self, query, keys):
        return self.score(self.inside(query, keys)).squeeze(-1)

    def weigh(self, scores, mask):
        weights = scores.masked_fill(~mask, -1e30).softmax(dim=-1)
        return weights.masked_fill(~mask, 0.0)

    def average(self, weights, keys):
        return torch.einsum("bk,bkm->bm", weights, keys)

    def forward(self, query, keys, mask):
        weights = self.weigh(self.scores(query, keys), mask)
        return self.average(weights, keys), weights


@AdditiveAttention.right
class nan_mended(nn.Module):
    def __init__(self, query_width, key_width, hidden):
        super().__init__()
        self.query = nn.Linear(query_width, hidden, bias=False)
        self.key = nn.Linear(key_width, hidden, bias=False)
        self.score = nn.Linear(hidden, 1, bias=False)

    def forward(self, query, keys, mask):
        nothing = ~mask.any(dim=1, keepdim=True)
        mixed = F.tanh(self.query(query).unsqueeze(1).expand(-1, keys.size(1), -1) + self.key(keys))
        scores = torch.where(mask | nothing, (mixed @ self.score.weight.T)[:, :, 0], float("-inf"))
        weights = torch.where(nothing, 0.0, F.softmax(scores, dim=1))
        return torch.bmm(weights[:, None], keys)[:, 0], weights


@AdditiveAttention.right
class with_exponentials(nn.Module):
    def __init__(self, query_width, key_width, hidden):
        super().__init__()
        self.query, self.key = (nn.Linear(width, hidden, bias=False) for width in (query_width, key_width))
        self.score = nn.Linear(hidden, 1, bias=False)

    def forward(self, query, keys, mask):
        scores = torch.stack([self.score(torch.tanh(self.query(query) + self.key(key))) for key in keys.unbind(1)], 1)
        scores = scores[..., 0].masked_fill(~mask, -1e9)
        exps = torch.exp(scores - scores.max(dim=1, keepdim=True).values) * mask
        weights = exps / exps.sum(dim=1, keepdim=True).clamp(min=1e-12)
        return (weights.unsqueeze(-1) * keys).sum(dim=1), weights


@AdditiveAttention.right
class one_sentence_at_a_time(nn.Module):
    def __init__(self, query_width, key_width, hidden):
        super().__init__()
        sizes = (query_width, hidden), (key_width, hidden), (hidden, 1)
        self.query, self.key, self.score = (nn.Linear(a, b, bias=False) for a, b in sizes)

    def forward(self, query, keys, mask):
        contexts, rows = [], []
        for q, k, seen in zip(query, keys, mask, strict=True):
            weights = k.new_zeros(len(k))
            if seen.any():
                opened = k[seen]
                weights[seen] = self.score(torch.tanh(self.query(q) + self.key(opened))).flatten().softmax(0)
            contexts.append(weights @ k)
            rows.append(weights)
        return torch.stack(contexts), torch.stack(rows)
