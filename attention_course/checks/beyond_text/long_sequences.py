"""Visible checks of attention for long sequences: numbers by hand, the same with all pairs, and the memory."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from attention_course.checks.batched_attention.reading import (
    cause,
    gradients_flow,
    refuses,
    same,
    seeded,
    shown,
)
from attention_course.checks.beyond_text.reading import given
from attention_course.checks.report import CheckError, called, visible_check
from attention_course.probes import long_sequences as probe

LENGTHS, STEEP = (128, 512, 2048), 9


@visible_check(points=3)
def window_attention(function) -> None:
    """Six values by hand, windows of all sizes against a band, axes in front, errors, memory."""
    name = "window_attention"
    _means_of_three(function, name)
    for t, window in ((8, 3), (7, 3), (6, 1), (5, 5), (5, 6), (4, 30), (1, 2)):
        inputs = seeded(2, t, 4), seeded(2, t, 4, seed=1), seeded(2, t, 3, seed=2)
        case = f"{t} places and a window of {window}"
        got = given(function, name, (2, t, 3), *inputs, window, case=case)
        if not same(got, _banded(*inputs, window)):
            suspects = [
                (_banded(*inputs, window, scale=1.0), "The scores are not divided by sqrt(d)."),
                (_banded(*inputs, window, scale=1 / inputs[0].shape[-1]), "They are divided by d, not by its root."),
                (_banded(*inputs, window + 1), "A query sees one place too many; the window counts itself."),
                (_banded(*inputs, window, scale=window**-0.5), "They are divided by the root of the window."),
                (_banded(inputs[0] * 0, *inputs[1:], window), "All places of the window count the same."),
            ]
            raise CheckError(
                f"{name} with {case} differs from full attention with a band for a mask: the first place of the first "
                f"sequence should be {shown(_banded(*inputs, window)[0, 0])}, yours {shown(got[0, 0])}, the last "
                f"{shown(_banded(*inputs, window)[0, -1])}, yours {shown(got[0, -1])}. {cause(got, suspects)}".rstrip()
            )
    for axes in ((), (2, 3)):
        inputs = seeded(*axes, 5, 4), seeded(*axes, 5, 4, seed=1), seeded(*axes, 5, 3, seed=2)
        got = given(function, name, (*axes, 5, 3), *inputs, 2, case=f"{len(axes)} axes in front of (t, d)")
        if not same(got, _banded(*inputs, 2)):
            raise CheckError(f"{name} is wrong with {len(axes)} axes in front of (t, d). Is a place of an axis fixed?")
    far = [30 * x for x in (seeded(1, 6, 4), seeded(1, 6, 4, seed=1))]
    given(
        function,
        name,
        (1, 6, 4),
        *far,
        far[0],
        3,
        case="large scores",
        question="What does a softmax subtract from each score?",
    )
    for window in (0, -1):
        refuses(name, f"for a window of {window}", function, *(seeded(1, 4, 2),) * 3, window)
    lengths = [_places(t) for t in LENGTHS]
    _memory(name, probe.memories(_quietly(function), *lengths, steep=STEEP, more=(4,)))


def _means_of_three(function, name: str) -> None:
    value = torch.tensor([[[0.0], [6], [12], [36], [0], [60]]])
    zeros = torch.zeros(1, 6, 2)
    case = "queries and keys of zeros, so that each place gets a mean; values 0 6 12 36 0 60, a window of 3"
    question = "A softmax over nothing is NaN. Does each place, the first too, see at least itself?"
    got = given(function, name, (1, 6, 1), zeros, zeros.clone(), value, 3, case=case, question=question)
    wanted = [0.0, 3, 6, 18, 16, 32]
    if same(got.flatten(), torch.tensor(wanted)):
        return
    suspects = [
        ([0, 3, 6, 13.5, 13.5, 27], "A query sees one place too many: the window counts itself."),
        ([0, 3, 9, 24, 18, 30], "A query sees one place too few: itself and 2 before it are 3."),
        ([0, 3, 6, 36, 18, 32], "A query sees its own block only; at the fourth place it should see 6, 12 and 36."),
        ([0, 3, 6, 13.5, 10.8, 19], "A query sees all before it, or all of the block before."),
        ([0, 2, 6, 18, 16, 32], "The padding in front has a weight: the first place averages it too."),
        ([6, 13.5, 10.8, 22.8, 27, 32], "A query looks ahead."),
        ([6, 18, 16, 32, 30, 60], "The window looks ahead, not back."),
        ([20, 22, 6, 18, 16, 32], "The first places see the last: `roll` goes round."),
        ([3, 6, 18, 16, 32, 30], "The window is centred; nothing ahead may be seen."),
        ([0, 1, 3, 9, 8, 16], "The weights no longer sum to 1: they are masked after a softmax over all places."),
        ([6, 6, 6, 32, 32, 32], "A query sees all of its own block, also what lies ahead."),
    ]
    told = cause(got.flatten(), [(torch.tensor(numbers, dtype=torch.float32), text) for numbers, text in suspects])
    raise CheckError(f"{name}, {case}: {wanted}, yours {shown(got)}. {told or 'Which places does each query see?'}")


def _banded(query: Tensor, key: Tensor, value: Tensor, window: int, scale: float | None = None) -> Tensor:
    places = torch.arange(query.shape[-2])
    behind = places[:, None] - places
    band = (behind >= 0) & (behind < window)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=band, scale=scale)


def _places(t: int) -> tuple[Tensor, ...]:
    return tuple(seeded(1, t, 2, seed=seed) for seed in range(3))


def _memory(name: str, memories: list[int], more: str = "") -> None:
    """Four times the places may take about four times the memory, gradients included."""
    before, after = memories[-2:]
    if after > STEEP * before:
        t = LENGTHS[len(memories) - 1]
        raise CheckError(
            f"{name}{more}, with its gradients, has {before} numbers in memory at one moment for {t // 4} places, and "
            f"{after} for {t}: {after / before:.1f} times as many for 4 times the length. In proportion to t it would "
            "be about 4 times, with all pairs of places 16. Is there a (t, t) matrix, a mask perhaps, or all keys for "
            "each block?"
        )


@visible_check(points=3)
def linear_attention(function) -> None:
    """Two places by hand; constant values; features of several kinds against all pairs; axes in front; memory."""
    name = "linear_attention"
    _by_hand(function, name)
    for causal in (False, True):
        where = ", causal" if causal else ""
        for kind, axes in (("elu", (2,)), ("both signs", (2,)), ("one number", (2,)), ("softmax", ()), ("elu", (2, 3))):
            _against_all_pairs(function, name, kind, axes, causal)

        leaves = [seeded(1, 5, 2, seed=seed).requires_grad_() for seed in range(3)]
        gradients_flow(name + where, called(function, *leaves, torch.exp, causal=causal), leaves)
        lengths = [_places(t) for t in LENGTHS]
        memories = probe.linear_memories(_quietly(function), *lengths, steep=STEEP, kind="elu", causal=causal)
        _memory(name, memories, where)


def _quietly(function):
    def call(*args, **named) -> Tensor:
        return called(function, *args, **named)

    return call


NOTHING_DIVIDED = "Nothing is divided; values of 1 would not come back as 1."
QUERY_MISSING = "The query is missing in the denominator."
DIVIDED_BY_THE_NUMBER = "It is divided by the number of places, not by phi(q) . (sum of phi(k))."

BY_HAND = {
    False: (
        [[5.0], [5.0]],
        "(1*8 + 3*4) / (1 + 3) = 5 for both",
        [
            ([[20.0], [40.0]], NOTHING_DIVIDED),
            ([[5.0], [10.0]], QUERY_MISSING),
            ([[10.0], [20.0]], DIVIDED_BY_THE_NUMBER),
            ([[8.0], [5.0]], "It is causal although it was not asked to be."),
            ([[80.0], [320.0]], "It is multiplied by the denominator."),
        ],
    ),
    True: (
        [[8.0], [5.0]],
        "the first sees itself, 8; the second both, 5",
        [
            ([[5.0], [5.0]], "Both see everything: what does `causal` change?"),
            ([[8.0], [40.0]], NOTHING_DIVIDED),
            ([[2.0], [5.0]], "The denominator sums over all keys, the numerator over those so far."),
            ([[5.0], [4.0]], "The sums run from the end: a place sees the future."),
            ([[8.0], [10.0]], QUERY_MISSING),
            ([[8.0], [20.0]], DIVIDED_BY_THE_NUMBER),
        ],
    ),
}
"""Of queries 1 and 2, keys 1 and 3, values 8 and 4: what is right, why, and what comes of which slip."""


def _by_hand(function, name: str) -> None:
    query, key, value = (torch.tensor(numbers)[:, None] for numbers in ([1.0, 2.0], [1.0, 3.0], [8.0, 4.0]))
    for causal, (wanted, reason, slips) in BY_HAND.items():
        case = f"features that change nothing, queries 1 and 2, keys 1 and 3, values 8 and 4, causal={causal}"
        question = "What is divided by 0? A place sees itself, above the fraction and below."
        got = given(function, name, (2, 1), query, key, value, _same, causal=causal, case=case, question=question)
        if not same(got, wanted):
            below = query * (key.cumsum(dim=0) if causal else key.sum())
            why = cause(got, [(torch.tensor(numbers), text) for numbers, text in slips])
            why = why or _added(got, torch.tensor(wanted), below)
            why = why or "Which sums, up to where, and of the features that are given?"
            raise CheckError(f"{name}, {case}: {reason}; yours {shown(got)}. {why}")


def _added(got: Tensor, wanted: Tensor, below: Tensor) -> str:
    """The sentence for whoever adds a small number to the denominators (..., t, 1); "" for anybody else."""
    factor = (got * wanted).sum(dim=-1, keepdim=True) / (wanted * wanted).sum(dim=-1, keepdim=True)
    small = (below / factor - below).flatten()[below.argmin()]
    if not 0 < small < 0.1 or not same(got, wanted * below / (below + small)):
        return ""
    return (
        f"a small number, about {small:.0e}, is added below the fraction. The denominators here are not 0, and some "
        "are small themselves: then it changes the result. Nothing needs to be added."
    )


def _same(x: Tensor) -> Tensor:
    return x


def _against_all_pairs(function, name: str, kind: str, axes: tuple[int, ...], causal: bool) -> None:
    query, key, value = (seeded(*axes, 5, size, seed=seed) for seed, size in enumerate((4, 4, 3)))
    f = probe.FEATURES[kind](query).shape[-1]
    case = f"causal={causal}, features from 4 numbers to {f}, values of 3 numbers, {len(axes)} axes in front"
    got = given(function, name, (*axes, 5, 3), query, key, value, probe.FEATURES[kind], causal=causal, case=case)

    def products(query, key) -> Tensor:
        weights = probe.FEATURES[kind](query) @ probe.FEATURES[kind](key).transpose(-2, -1)
        return weights.tril() if causal else weights

    def all_pairs(query, key, value) -> Tensor:
        return products(query, key) @ value / products(query, key).sum(dim=-1, keepdim=True)

    wanted = all_pairs(query, key, value)
    if same(got, wanted):
        return
    if added := _added(got, wanted, products(query, key).sum(dim=-1, keepdim=True)):
        raise CheckError(f"{name}, {case}: {added}")
    constant = called(function, query, key, torch.ones_like(value), probe.FEATURES[kind], causal=causal)
    suspects = [
        (all_pairs(query / math.sqrt(4), key, value), "The queries are divided by sqrt(d); there is no scale here."),
        (all_pairs(key, query, value), "Queries and keys have changed places."),
    ]
    why = cause(got, suspects) or "Over which axis of (..., t, f, v) do the sums run, and do both get features?"
    if not same(constant, torch.ones_like(value)):
        why = f"If all values are 1 the result must be 1; yours begins with {shown(constant.flatten()[:3])}. {why}"
    raise CheckError(
        f"{name}, {case}: the first number is {shown(wanted.flatten()[:1])}, yours {shown(got.flatten()[:1])}. {why}"
    )
