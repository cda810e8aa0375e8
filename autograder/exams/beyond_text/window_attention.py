"""window_attention(query, key, value, window): the cases, the right variants."""

import math

import torch
from torch.nn import functional as F

from attention_course.probes import long_sequences as probe
from attention_course.probes import torch_answers as using
from autograder.exam.exercise import Case, Exercise
from autograder.exams.beyond_text.earlier import NOTEBOOK
from autograder.exams.beyond_text.long_memory import LENGTHS, STEEP, far, in_proportion, own_numbers
from autograder.exams.sequence_to_sequence.inputs import normal


def right(query, key, value, window):
    """The oracle in float64: places behind by 0, 1, 2 and so on, one after the other."""
    query, key, value = (x.double() for x in (query, key, value))
    t, window = query.shape[-2], min(window, query.shape[-2])
    scores, values = [], []
    for behind in range(window):
        keys, shifted = (F.pad(x, (0, 0, behind, 0))[..., :t, :] for x in (key, value))
        dots = (query * keys).sum(dim=-1) / math.sqrt(query.shape[-1])
        scores.append(torch.where(torch.arange(t) >= behind, dots, -math.inf))
        values.append(shifted)
    weights = torch.stack(scores).softmax(dim=0)
    return (weights[..., None] * torch.stack(values)).sum(dim=0)


def drawn(rng, *axes, t, d=4, v=3, scale=1.0, dtype=torch.float32):
    query, key = (normal(rng, *axes, t, d, scale=scale, dtype=dtype) for _ in range(2))
    return query, key, normal(rng, *axes, t, v, dtype=dtype)


def cases(rng):
    def attend(concept, window, *axes, **sizes):
        query, key, value = drawn(rng, *axes, **sizes)
        return Case(concept, (query, key, value, window), expected=right(query, key, value, window))

    yield attend("a window that divides the length", 3, 2, t=6)
    yield attend("a window that does not divide the length", 3, 2, t=8)
    yield attend("a window of more than half the length", 5, 2, t=7)
    yield attend("a window of one place", 1, 2, t=5)
    yield attend("a window of two places", 2, 2, t=7)
    yield attend("a window as long as the sequence", 6, 2, t=6)
    yield attend("a window shorter by one than the sequence", 5, 2, t=6)
    yield attend("a window longer than the sequence", 40, 2, t=6)
    yield attend("a window longer than the sequence by one", 6, 1, t=5)
    yield attend("a single place", 1, 2, t=1)
    yield attend("a single place and a longer window", 4, 2, t=1)
    yield attend("no axis in front", 3, t=8)
    yield attend("two axes in front", 3, 2, 3, t=8)
    yield attend("three axes in front", 2, 2, 1, 3, t=5)
    yield attend("one number a key and one a value", 3, 2, t=7, d=1, v=1)
    yield attend("as many numbers in a value as in a key", 3, 2, t=7, v=4)
    yield attend("as many sequences, places, numbers as there are places in the window", 4, 4, 4, t=4, d=4, v=4)
    yield attend("scores that lie far apart", 3, 2, t=8, scale=8.0)
    yield attend("a longer sequence", 7, 1, t=60)
    yield attend("float64", 3, 2, t=8, dtype=torch.float64)
    query, key, value = (x.transpose(0, 1).contiguous().transpose(0, 1) for x in drawn(rng, 3, t=7))
    yield Case("views with strides", (query, key, value, 3), expected=right(query, key, value, 3))
    query, key, value = drawn(rng, 2, t=7)
    key, value = key - 10 * query.sign().mean(dim=1, keepdim=True), value + 5
    yield Case("scores far below 0", (query.sign(), key, value, 4), expected=right(query.sign(), key, value, 4))
    for window in (0, -2):
        yield Case("a window below 1", (*drawn(rng, 2, t=6), window), raises="ValueError")
    yield gradients_of(rng, "gradients", drawn(rng, 2, t=8), 3)
    yield gradients_of(rng, "gradients of a window longer than the sequence", drawn(rng, 2, t=4), 9)
    yield from memory_cases(rng)


def gradients_of(rng, concept, inputs, window):
    def slopes():
        leaves = [x.double().requires_grad_() for x in inputs]
        return list(torch.autograd.grad((right(leaves[0], leaves[1], leaves[2], window) * pull).sum(), leaves))

    pull = normal(rng, *inputs[2].shape)
    return Case(concept, (*inputs, window), {"pull": pull}, expected=slopes, use=using.gradients)


def memory_cases(rng):
    sizes = tuple(drawn(rng, 1, t=t, d=2, v=2) for t in LENGTHS)
    yield Case("memory", sizes, {"more": (4,), "steep": STEEP}, expected=True, use=probe.memories, read=in_proportion)
    numbers = own_numbers(rng)

    def of_length(t):
        return gradients_of(numbers, "the memory that very many places take", drawn(numbers, 1, t=t, d=2, v=2), 8)

    yield far(of_length)


_LONGER = "a window longer than the sequence only takes more memory"

window_attention = Exercise(
    NOTEBOOK,
    "window_attention",
    cases,
    survivors={
        "window_attention: window = min(window, t) -> (nothing)": _LONGER,
        "window_attention: min(window, t) -> window": _LONGER,
        "window_attention: min(window, t) -> min(t, window)": "min has no order",
    },
)


def refuse(window):
    if window < 1:
        raise ValueError("a window has a place at least")


@window_attention.right
def place_by_place(query, key, value, window):
    refuse(window)
    found = []
    for i in range(query.shape[-2]):
        first = max(0, i + 1 - window)
        keys, values = key[..., first : i + 1, :], value[..., first : i + 1, :]
        scores = query[..., i : i + 1, :] @ keys.transpose(-2, -1) / query.shape[-1] ** 0.5
        found.append(scores.softmax(dim=-1) @ values)
    return torch.cat(found, dim=-2)


@window_attention.right
def distance_by_distance(query, key, value, window):
    refuse(window)
    t = query.shape[-2]
    dots = [
        F.pad((query[..., behind:, :] * key[..., : t - behind, :]).sum(dim=-1), (behind, 0), value=-1e30)
        for behind in range(min(window, t))
    ]
    weights = (torch.stack(dots, dim=-1) / math.sqrt(key.size(-1))).softmax(dim=-1)
    output = torch.zeros_like(value)
    for behind, weight in enumerate(weights.unbind(dim=-1)):
        output = output + weight[..., None] * F.pad(value, (0, 0, behind, 0))[..., :t, :]
    return output


@window_attention.right
def a_strip_of_keys_for_each_query(query, key, value, window):
    refuse(window)
    t, w = query.shape[-2], min(window, query.shape[-2])
    keys, values = (F.pad(x, (0, 0, w - 1, 0)).unfold(-2, w, 1) for x in (key, value))  # (..., t, d, w)
    scores = torch.einsum("...td,...tdw->...tw", query, keys) / math.sqrt(query.shape[-1])
    real = torch.arange(t)[:, None] + torch.arange(w) >= w - 1
    weights = F.softmax(torch.where(real, scores, float("-inf")), dim=-1)
    return torch.einsum("...tw,...tvw->...tv", weights, values)


@window_attention.right
def blocks_of_any_size(query, key, value, window):
    """Blocks of queries, each with the keys that its own window reaches; PyTorch's attention inside."""
    refuse(window)
    size, found = 16, []
    for start in range(0, query.shape[-2], size):
        first, end = max(0, start - window + 1), min(start + size, query.shape[-2])
        i, j = torch.arange(start, end)[:, None], torch.arange(first, end)
        band = (j <= i) & (j > i - window)
        parts = query[..., start:end, :], key[..., first:end, :], value[..., first:end, :]
        found.append(F.scaled_dot_product_attention(*parts, attn_mask=band))
    return torch.cat(found, -2)


@window_attention.right
def two_blocks_of_keys(query, key, value, window):
    refuse(window)
    t, d = query.shape[-2:]
    window = min(window, t)
    rest = (window - t % window) % window
    query, key, value = (F.pad(x, (0, 0, 0, rest)).unflatten(-2, (-1, window)) for x in (query, key, value))

    def with_the_block_before(x):
        before = torch.cat([torch.zeros_like(x[..., :1, :, :]), x[..., :-1, :, :]], dim=-3)
        return torch.cat([before, x], dim=-2)

    keys, values = with_the_block_before(key), with_the_block_before(value)
    i, j = torch.arange(window)[:, None], torch.arange(2 * window)[None]
    band = (j > i) & (j <= i + window)
    first = torch.arange(query.shape[-3])[:, None, None] == 0
    scores = torch.matmul(query, keys.mT) / d**0.5
    scores = scores.masked_fill(~(band & ~(first & (j < window))), torch.finfo(scores.dtype).min)
    return torch.matmul(scores.softmax(-1), values).flatten(-3, -2)[..., :t, :]
