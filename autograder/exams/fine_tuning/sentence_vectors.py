"""mean_pool(states, attention_mask) and cosine_similarity(a, b): cases, right variants."""

import numpy as np
import torch
from torch.nn import functional as F

from attention_course.probes import torch_answers as using
from autograder.exam.exercise import Case, Exercise
from autograder.exams.fine_tuning.earlier import NOTEBOOK


def right_means(states, mask):
    """The oracle, in NumPy's float64."""
    rows = [row[real.astype(bool)] for row, real in zip(states.double().numpy(), mask.numpy(), strict=True)]
    return torch.from_numpy(np.stack([row.mean(axis=0) if len(row) else np.zeros(states.shape[2]) for row in rows]))


def right_cosines(a, b):
    """The oracle, in NumPy's float64."""
    a, b = a.double().numpy(), b.double().numpy()
    lengths = np.outer(np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1))
    return torch.from_numpy(np.divide(a @ b.T, lengths, out=np.zeros(lengths.shape), where=lengths > 0))


def cases(rng):
    yield from _means(rng)
    yield from _cosines(rng)


def _means(rng):
    def drawn(lengths, t, m, scale=1.0):
        states = torch.from_numpy(rng.normal(size=(len(lengths), t, m)) * scale + 0.5).float()
        return states, (torch.arange(t) < torch.tensor(lengths)[:, None]).long()

    def case(concept, states, mask):
        return Case(concept, (states, mask), expected=right_means(states, mask), function="mean_pool")

    yield case("inputs without padding", *drawn([5, 5], 5, 3))
    yield case("a padded batch", *drawn([6, 2, 4], 6, 5))
    yield case("a batch in which every input is padded", *drawn([3, 1], 7, 4))
    yield case("a single input", *drawn([4], 6, 3))
    yield case("a single token", *drawn([1, 1], 1, 4))
    yield case("as many inputs, tokens and numbers", *drawn([4, 2, 3, 1], 4, 4))
    yield case("an input without tokens", *drawn([3, 0, 5], 5, 4))
    states, mask = drawn([5, 2], 6, 3)
    yield case("large numbers at padding", torch.where(mask[..., None] == 1, states, 1e4), mask)
    yield case("padding in front", states.clone(), mask.flip(1))
    yield case("padding in between", states.clone(), torch.tensor([[1, 0, 1, 1, 0, 1], [0, 1, 0, 0, 1, 0]]))
    states, mask = drawn([4, 3], 5, 4)
    states[:, :2, :2] = 0
    yield case("states that hold zeros", states, mask)
    states, mask = drawn([4, 3], 5, 4)
    yield case("float64", states.double(), mask)
    yield case("views with strides", states.transpose(0, 1).contiguous().transpose(0, 1), mask.T.contiguous().T)
    states, mask = drawn([4, 2], 5, 3)
    pull = torch.from_numpy(rng.normal(size=(2, 3))).float()
    expected = [(pull[:, None] * mask[..., None] / mask.sum(1)[:, None, None]).float()]
    kwargs = {"pull": pull}
    yield Case("learning", (states, mask), kwargs, expected=expected, function="mean_pool", use=using.gradients)


def _cosines(rng):
    def drawn(*shape, scale=1.0):
        return torch.from_numpy(rng.normal(size=shape) * scale).float()

    def case(concept, a, b):
        return Case(concept, (a, b), expected=right_cosines(a, b), function="cosine_similarity")

    yield case("several vectors against several", drawn(4, 6), drawn(3, 6))
    yield case("one against several", drawn(1, 5), drawn(4, 5))
    yield case("as many on both sides", drawn(4, 3), drawn(4, 3))
    yield case("as many vectors as numbers", drawn(4, 4), drawn(4, 4))
    yield case(
        "vectors of very different length", drawn(3, 5) * torch.tensor([[0.01], [1], [300]]), drawn(4, 5, scale=20)
    )
    short = F.normalize(drawn(3, 4), dim=1) * 1e-3
    yield case("short vectors", short, F.normalize(drawn(2, 4), dim=1) * 1e-3)
    a, b = drawn(4, 5), drawn(3, 5)
    a[2], b[0] = 0, 0
    yield case("zero vectors", a, b)
    a = drawn(3, 4)
    yield case("vectors against themselves", a, a.clone())
    yield case("opposite vectors", a.clone(), -2 * a)
    yield case("one number each", drawn(3, 1), drawn(4, 1))
    yield case("float64", drawn(3, 4).double(), drawn(2, 4).double())
    yield case("views with strides", drawn(4, 3).T, drawn(4, 5).T)


_DEFAULT, _LAST = "without dim it is 1, the last of two axes", "1 is the last of two axes"

sentence_vectors = Exercise(
    NOTEBOOK,
    "sentence_vectors",
    cases,
    functions=("mean_pool", "cosine_similarity"),
    survivors={
        "cosine_similarity: F.normalize(a, dim=-1) -> F.normalize(a)": _DEFAULT,
        "cosine_similarity: F.normalize(b, dim=-1) -> F.normalize(b)": _DEFAULT,
        "cosine_similarity: dim=-1 -> dim=1": _LAST,
        "cosine_similarity: dim=-1 -> dim=1 #2": _LAST,
    },
)


@sentence_vectors.right(function="mean_pool")
def by_einsum(states, attention_mask):
    weights = attention_mask / attention_mask.sum(dim=1, keepdim=True).clamp(min=1)
    return torch.einsum("bt,btm->bm", weights.to(states.dtype), states)


@sentence_vectors.right(function="mean_pool")
def by_a_loop(states, attention_mask):
    rows = []
    for state, mask in zip(states, attention_mask, strict=True):
        kept = state[mask == 1]
        rows.append(kept.mean(dim=0) if len(kept) else state.new_zeros(state.shape[-1]))
    return torch.stack(rows)


@sentence_vectors.right(function="mean_pool")
def with_padding_filled(states, attention_mask):
    total = states.masked_fill(attention_mask.unsqueeze(-1) == 0, 0.0).sum(1)
    return total / torch.clamp(attention_mask.sum(1, keepdim=True).to(states.dtype), min=1e-9)


@sentence_vectors.right(function="mean_pool")
def by_a_batched_product(states, attention_mask):
    total = torch.bmm(attention_mask[:, None, :].to(states), states)[:, 0]
    count = attention_mask.sum(1)
    return torch.where(count[:, None] > 0, total / count.clamp(min=1)[:, None], 0.0)


@sentence_vectors.right(function="cosine_similarity")
def by_lengths(a, b):
    lengths = a.norm(dim=1)[:, None] * b.norm(dim=1)[None, :]
    return torch.where(lengths > 0, a @ b.T / lengths, 0.0)


@sentence_vectors.right(function="cosine_similarity")
def by_the_library(a, b):
    return F.cosine_similarity(a[:, None, :].double(), b[None, :, :].double(), dim=-1).to(a.dtype)


@sentence_vectors.right(function="cosine_similarity")
def by_einsum_and_nan(a, b):
    a, b = a / a.square().sum(1, keepdim=True).sqrt(), b / b.square().sum(1, keepdim=True).sqrt()
    return torch.nan_to_num(torch.einsum("nm,km->nk", a, b))


@sentence_vectors.right(function="cosine_similarity")
def pair_by_pair(a, b):
    rows = []
    for one in a:
        row = []
        for other in b:
            length = float(one.norm() * other.norm())
            row.append(float(one @ other) / length if length else 0.0)
        rows.append(row)
    return torch.tensor(rows)
