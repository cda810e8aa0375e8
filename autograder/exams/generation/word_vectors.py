"""skip_gram_loss, most_similar and analogy: the cases, the right variants."""

import numpy as np
import torch
from torch.nn import functional as F

from attention_course.probes import generators as probe
from attention_course.probes import torch_answers as using
from autograder.exam.exercise import Case, Exercise
from autograder.exams.generation.earlier import NOTEBOOK
from autograder.exams.sequence_to_sequence.inputs import normal

GAP = 1e-3
"""Cosines that lie nearer to each other are drawn again: float32 must not decide on an order."""


def cases(rng):
    yield from losses(rng)
    yield from neighbours(rng)
    yield from analogies(rng)


def right_loss(center, context, negatives):
    """The oracle, in float64: -log sigmoid(x) is log(1 + exp(-x))."""
    center, context, negatives = (tensor.double() for tensor in (center, context, negatives))
    near = torch.einsum("bm,bm->b", center, context)
    far = torch.einsum("bm,bnm->bn", center, negatives)
    nothing = torch.zeros((), dtype=torch.float64)
    return (torch.logaddexp(nothing, -near) + torch.logaddexp(nothing, far).sum(dim=1)).mean()


def losses(rng):
    def drawn(b, n, m, scale=0.8):
        return normal(rng, b, m, scale=scale), normal(rng, b, m, scale=scale), normal(rng, b, n, m, scale=scale)

    def loss(concept, args):
        expected = [right_loss(*args).float(), "Tensor", "torch.float32"]
        return Case(concept, args, expected=expected, function="skip_gram_loss", use=probe.with_kind)

    def slope(concept, args):
        leaves = [tensor.double().requires_grad_() for tensor in args]
        expected = list(torch.autograd.grad(right_loss(*leaves), leaves))
        options = {"pull": torch.tensor(1.0)}
        return Case(concept, args, options, expected=expected, function="skip_gram_loss", use=using.gradients)

    yield loss("a few pairs", drawn(4, 2, 3))
    yield loss("a single pair", drawn(1, 5, 4))
    yield loss("one negative each", drawn(5, 1, 3))
    yield loss("as many pairs, negatives and numbers", drawn(3, 3, 3))
    yield loss("vectors of one number", drawn(4, 2, 1))
    yield loss("dots in the thousands", drawn(4, 3, 5, scale=40.0))
    center, context, negatives = drawn(4, 3, 5)
    yield loss("views with strides", (center.T.clone().T, context, negatives.transpose(1, 2).clone().transpose(1, 2)))
    yield slope("gradients", drawn(4, 2, 3))
    yield slope("gradients of dots in the thousands", drawn(3, 2, 4, scale=40.0))


def cosines(vector, table):
    """In float64."""
    vector, table = vector.double().numpy(), table.double().numpy()
    return table @ vector / np.linalg.norm(table, axis=1) / np.linalg.norm(vector)


def ranked(scores, count, exclude=()):
    """Row numbers, best first, lower first among equals."""
    order = sorted(range(len(scores)), key=lambda row: (-scores[row], row))
    return [row for row in order if row not in exclude][:count]


def apart(scores):
    return len(scores) < 2 or np.diff(np.sort(scores)).min() > GAP


def table_of(rng, s, m):
    """Rows of very unequal lengths."""
    return normal(rng, s, m) * torch.from_numpy(rng.uniform(0.2, 6, size=(s, 1))).float()


def neighbours(rng):
    def near(concept, s, m, count, exclude=()):
        while True:
            vector, table = 3 * normal(rng, m), table_of(rng, s, m)
            if apart(cosines(vector, table)):
                break
        args = (vector, table, count, exclude) if exclude else (vector, table, count)
        expected = ranked(cosines(vector, table), count, exclude)
        return Case(concept, args, expected=expected, function="most_similar")

    yield near("a few words", 9, 4, 4)
    yield near("the nearest word alone", 8, 3, 1)
    yield near("all words", 7, 3, 7)
    yield near("more words than there are", 5, 3, 9)
    yield near("words that are left out", 9, 4, 3, exclude=[int(row) for row in rng.permutation(9)[:5]])
    yield near("more words than are left", 6, 4, 5, exclude=tuple(int(row) for row in rng.permutation(6)[:3]))
    yield near("as many words as numbers", 5, 5, 3)
    table = table_of(rng, 8, 3)
    while not apart(cosines(table[5], table)):
        table = table_of(rng, 8, 3)
    left_out = [5] if rng.random() < 0.5 else (5,)
    expected = ranked(cosines(table[5], table), 3, left_out)
    args = table[5].clone(), table.clone(), 3
    yield Case("the neighbours of a word", (*args, left_out), expected=expected, function="most_similar")
    args = table[5].clone(), table.clone(), 3
    yield Case("a word and its neighbours", args, expected=[5, *expected[:2]], function="most_similar")
    yield tie(rng)


def tie(rng):
    """Rows of two kinds whose cosines are equal to the last bit, in any order of the sums: .6 and .8 of one axis."""
    s, m, axis = 40, 6, int(rng.integers(6))
    vector, table, far = torch.zeros(m), torch.zeros(s, m), rng.random(s) < 0.5
    vector[axis] = 2.0
    others = [place for place in range(m) if place != axis]
    for row in range(s):
        table[row, axis] = 3.0 if far[row] else 4.0
        table[row, int(rng.choice(others))] = 4.0 if far[row] else 3.0
    expected = ranked(np.where(far, 0.6, 0.8), 30)
    return Case("words that are equally near", (vector, table, 30), expected=expected, function="most_similar")


def right_analogy(a, b, c, table, count):
    rows = F.normalize(table.double(), dim=1)
    return ranked(cosines(rows[b] - rows[a] + rows[c], table), count, (a, b, c))


def analogies(rng):
    def ask(concept, s, m, count, table=None):
        while True:
            drawn = table_of(rng, s, m) if table is None else table()
            a, b, c = (int(row) for row in rng.permutation(s)[:3])
            rows = F.normalize(drawn.double(), dim=1)
            if apart(cosines(rows[b] - rows[a] + rows[c], drawn)):
                break
        args = a, b, c, drawn, count
        return Case(concept, args, expected=right_analogy(*args), function="analogy")

    def close_together():
        """Words that point nearly the same way: then c itself lies nearest."""
        table = normal(rng, 1, 6) * 3 + normal(rng, 12, 6)
        return table * torch.from_numpy(rng.uniform(0.2, 6, size=(12, 1))).float()

    yield ask("the best answer", 12, 4, 1)
    yield ask("several answers", 12, 5, 4)
    yield ask("words that are much alike", 12, 6, 2, close_together)
    yield ask("more answers than there are", 6, 3, 9)
    yield ask("as many words as numbers", 7, 7, 4)
    yield from (ask(f"another question of {size} words", size, 4, 3) for size in (9, 15, 20))


word_vectors = Exercise(
    NOTEBOOK,
    "word_vectors",
    cases,
    functions=("skip_gram_loss", "most_similar", "analogy"),
    survivors={
        "skip_gram_loss: dim=-1 -> dim=1": "there are two axes: the last is 1",
        "skip_gram_loss: dim=-1 -> dim=1 #2": "there are two axes: the last is 1",
        "most_similar: dim=-1 -> dim=1": "a table has two axes: the last is 1",
        "most_similar: -1 -> -0 #2": "a vector has one axis",
        "most_similar: F.normalize(table, dim=-1) -> F.normalize(table)": "it takes axis 1 by itself",
        "most_similar: F.normalize(vector, dim=-1) -> vector": "its length is a factor of all cosines",
        "most_similar: torch.argsort(cosines, descending=True, stable=True).tolist() -> "
        "torch.argsort(cosines, descending=True, stable=True)": "a row number may be a tensor of one number",
        "analogy: dim=-1 -> dim=1": "a table has two axes: the last is 1",
        "analogy: F.normalize(table, dim=-1) -> F.normalize(table)": "it takes axis 1 by itself",
        "analogy: (a, b, c) -> (c, b, a)": "they are left out in either order",
    },
)


@word_vectors.right(function="skip_gram_loss")
def by_softplus(center, context, negatives):
    near = torch.einsum("bm,bm->b", center, context)
    far = torch.einsum("bm,bnm->bn", center, negatives)
    return (F.softplus(-near) + F.softplus(far).sum(1)).mean()


@word_vectors.right(function="skip_gram_loss")
def by_the_librarys_loss(center, context, negatives):
    words = torch.cat([context[:, None], negatives], dim=1)
    dots = torch.bmm(words, center[:, :, None])[..., 0]
    labels = torch.zeros_like(dots)
    labels[:, 0] = 1
    return F.binary_cross_entropy_with_logits(dots, labels, reduction="sum") / len(center)


@word_vectors.right(function="skip_gram_loss")
def pair_by_pair(center, context, negatives):
    total = center.new_zeros(())
    for c, o, others in zip(center, context, negatives, strict=True):
        total = total - F.logsigmoid(c @ o)
        for other in others:
            total = total - F.logsigmoid(-(c @ other))
    return total / center.shape[0]


@word_vectors.right(function="most_similar")
def sorted_by_python(vector, table, count, exclude=()):
    scores = (table @ vector / (table.norm(dim=1) * vector.norm())).tolist()
    order = sorted((row for row in range(len(scores)) if row not in exclude), key=lambda row: -scores[row])
    return order[:count]


@word_vectors.right(function="most_similar")
def by_the_librarys_cosine(vector, table, count, exclude=()):
    scores = F.cosine_similarity(table, vector[None], dim=1)
    left = [row for row in torch.sort(scores, descending=True, stable=True).indices.tolist() if row not in set(exclude)]
    return left[:count]


@word_vectors.right(function="most_similar")
def in_numpy(vector, table, count, exclude=()):
    table, vector = table.double().numpy(), vector.double().numpy()
    scores = table @ vector / np.linalg.norm(table, axis=1)
    scores[list(exclude)] = -np.inf
    return [int(row) for row in np.argsort(-scores, kind="stable")[: min(count, len(table) - len(set(exclude)))]]


@word_vectors.right(function="most_similar")
def one_after_the_other(vector, table, count, exclude=()):
    scores = F.normalize(table, dim=1) @ vector
    scores[list(exclude)] = -torch.inf
    found = []
    for _ in range(min(count, len(table) - len(set(exclude)))):
        found.append(int(scores.numpy().argmax()))
        scores[found[-1]] = -torch.inf
    return found


@word_vectors.right(function="analogy")
def by_distance(a, b, c, table, count):
    rows = table / table.norm(dim=1, keepdim=True)
    wanted = rows[c] + rows[b] - rows[a]
    distances = (rows - wanted).norm(dim=1).tolist()
    return [row for row in sorted(range(len(rows)), key=distances.__getitem__) if row not in (a, b, c)][:count]


@word_vectors.right(function="analogy")
def by_three_cosines(a, b, c, table, count):
    rows = F.normalize(table)
    scores = rows @ rows[b] - rows @ rows[a] + rows @ rows[c]
    scores[[a, b, c]] = -torch.inf
    return scores.argsort(descending=True)[: max(0, min(count, len(rows) - 3))].tolist()


@word_vectors.right(function="analogy")
def in_numpy_too(a, b, c, table, count):
    rows = (table / torch.linalg.vector_norm(table, dim=-1, keepdim=True)).numpy()
    order = np.argsort(-(rows @ (rows[b] - rows[a] + rows[c])), kind="stable")
    return [row for row in order.tolist() if row not in {a, b, c}][:count]
