"""The cases of SequenceClassifier and TokenClassifier; the oracle computes the small body and the head in float64."""

from functools import partial

import torch

from attention_course.probes import fine_tuning as using
from autograder.exam.exercise import Case
from autograder.exams.masked_language_model.chance import share

S, M = 17, 5
"""Tokens in the vocabulary and numbers per token of the small body."""


def normal(rng, *shape):
    return torch.from_numpy(rng.normal(size=shape)).float()


def body_of(rng, m=M):
    """The numbers of a small body."""
    shapes = {"word": (S, m), "segment": (2, m), "mix": (m, m), "pooler.weight": (m, m), "pooler.bias": (m,)}
    return {name: normal(rng, *shape) for name, shape in shapes.items()}


def head_of(rng, labels, m=M):
    return {"weight": normal(rng, labels, m), "bias": normal(rng, labels)}


def batch_of(rng, lengths, t):
    """Tokens, segments, mask; at padding stands anything."""
    mask = (torch.arange(t) < torch.tensor(lengths)[:, None]).long()
    tokens = torch.from_numpy(rng.integers(S, size=mask.shape))
    segments = (torch.arange(t) >= torch.tensor(lengths)[:, None] // 2).long() * mask
    return tokens, segments, mask


def stages(body, tokens, segments, mask):
    """(states, pooled) of the small body."""
    inner = body["word"][tokens] + body["segment"][segments]
    real = mask[..., None].to(inner.dtype)
    around = (inner * real).sum(1, keepdim=True) / real.sum(1, keepdim=True)
    states = torch.tanh(inner + around @ body["mix"])
    return states, torch.tanh(states[:, 0] @ body["pooler.weight"].T + body["pooler.bias"])


def logits(function, body, head, *batch):
    """The oracle."""
    states, pooled = stages(body, *batch)
    inputs = pooled if function == "SequenceClassifier" else states
    return inputs @ head["weight"].T + head["bias"]


def exact(function, body, head, *batch):
    body, head = ({name: tensor.double() for name, tensor in some.items()} for some in (body, head))
    return logits(function, body, head, *batch)


def slopes(function, body, head, batch, pull):
    """The oracle's gradients."""
    body, head = ({n: t.double().requires_grad_() for n, t in some.items()} for some in (body, head))
    (pull * logits(function, body, head, *batch)).sum().backward()
    named = {f"body.{n}": t for n, t in body.items()} | {f"classifier.{n}": t for n, t in head.items()}
    return {name: torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for name, leaf in named.items()}


def real(mask, got):
    """The logits of real tokens."""
    return got[mask == 1]


def cases(rng):
    for function in ("SequenceClassifier", "TokenClassifier"):
        yield from of_one(rng, function)


def of_one(rng, function):
    tokens = function == "TokenClassifier"

    def case(concept, lengths, t, labels=3, m=M, **kwargs):
        body, head, batch = body_of(rng, m), head_of(rng, labels, m), batch_of(rng, lengths, t)
        wanted = exact(function, body, head, *batch)
        read = partial(real, batch[2]) if tokens else None
        expected = wanted[batch[2] == 1] if tokens else wanted
        return Case(
            concept, (body, head, *batch), kwargs, expected=expected, function=function, use=using.output, read=read
        )

    body = body_of(rng)
    sizes = {"weight": [4, M], "bias": [4]}
    expected = [True, "Linear", sizes, len(body) + 2]
    yield Case("the parts", (body, 4), expected=expected, function=function, use=using.parts)
    yield case("inputs without padding", [6, 6], 6)
    yield case("a padded batch", [7, 2, 4], 7)
    yield case("a single input", [5], 8)
    yield case("as many inputs, tokens, labels and numbers", [4, 2, 3, 4], 4, labels=4, m=4)
    yield case("two labels", [3, 6], 6, labels=2)
    yield case("one label", [3, 5], 5, labels=1)
    yield case("a body whose arguments have other names", [6, 3], 6, kind="other names")
    yield case("training mode without dropout", [6, 3], 6, training=True, dropout=0.0)
    yield case("eval mode with much dropout", [6, 3], 6, dropout=0.9)
    body, head, batch = body_of(rng), head_of(rng, 3), batch_of(rng, [6, 3], 6)
    named = dict(zip(("attention_mask", "input_ids", "token_type_ids"), (batch[2], *batch[:2]), strict=True))
    expected, read = exact(function, body, head, *batch), partial(real, batch[2]) if tokens else None
    expected = expected[batch[2] == 1] if tokens else expected
    yield Case(
        "inputs given by name", (body, head), named, expected=expected, function=function, use=using.by_name, read=read
    )
    yield learning(rng, function)
    yield from dropping(rng, function)


def learning(rng, function):
    body, head, batch = body_of(rng), head_of(rng, 3), batch_of(rng, [6, 3], 6)
    pull = normal(rng, 2, 6, 3) * batch[2][..., None] if function == "TokenClassifier" else normal(rng, 2, 3)
    expected = slopes(function, body, head, batch, pull)
    args, kwargs = (body, head, *batch), {"pull": pull}
    return Case("learning", args, kwargs, expected=expected, function=function, use=using.gradients)


def dropping(rng, function):
    """Dropout in training mode, seen through a head that passes numbers on, and through one that adds them up."""
    m, wide = 24, 160
    body, batch = body_of(rng, m), batch_of(rng, [4] * wide, 4)
    body["word"] += 1
    states, pooled = stages(body, *batch)
    before = states if function == "TokenClassifier" else pooled
    same = {"weight": torch.eye(m), "bias": torch.zeros(m)}
    total = {"weight": torch.ones(1, m), "bias": torch.zeros(1)}
    for p, options in ((0.25, {"dropout": 0.25}), (0.1, {})):
        yield Case(
            "the share that is dropped",
            (body, same, *batch),
            {"training": True, **options},
            expected=[p, True],
            function=function,
            use=using.output,
            read=partial(dropped, before, p),
        )
    yield Case(
        "where it is dropped",
        (body, total, *batch),
        {"training": True, "dropout": 0.25},
        expected=0.0,
        function=function,
        use=using.output,
        read=partial(whole_zeros, before.shape[:-1]),
    )


def dropped(before, p, got):
    """The share of numbers that came out as zeros, and whether the others grew by 1 / (1 - p)."""
    if tuple(got.shape) != tuple(before.shape):
        return [list(got.shape), False]
    zero = got == 0
    grown = bool(torch.allclose(got[~zero], before[~zero] / (1 - p), rtol=1e-3, atol=1e-4))
    return [share(int(zero.sum()), zero.numel(), p, 0.0, 0.1, 0.25, 0.5), grown]


def whole_zeros(shape, got):
    """The share of sums that came out as zero."""
    if tuple(got.shape) != (*shape, 1):
        return -1.0
    return share(int((got == 0).sum()), got.numel(), 0.0, 0.25)
