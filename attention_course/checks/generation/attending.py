"""Visible checks of the cache and of grouped causal attention."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attention_course import decoder
from attention_course.checks.batched_attention.reading import cause, output_of, works_without_numbers
from attention_course.checks.masked_language_model.reading import (
    made,
    parts_of,
    randomise,
    same,
    seeded,
    tensor_of,
)
from attention_course.checks.report import CheckError, called, visible_check
from attention_course.checks.sequence_to_sequence.recurrent import has_parts


@visible_check(points=2)
def KeyValueCache(kind) -> None:
    """An empty cache, three tokens, two more; bytes of half precision; two caches."""
    name = "KeyValueCache"
    cache, other = called(kind), called(kind)
    _says(cache, name, "an empty cache", 0, 0)
    key, value = seeded(2, 3, 5, 4), seeded(2, 3, 5, 4, seed=1)
    first = _append(cache, name, "three tokens", key[:, :, :3], value[:, :, :3], key[:, :, :3], value[:, :, :3])
    before = [part.clone() for part in first]
    _says(cache, name, "three tokens of two texts, three heads and four numbers", 3, 2 * 2 * 3 * 3 * 4 * 4)
    _append(cache, name, "two more tokens after three", key[:, :, 3:], value[:, :, 3:], key, value)
    _says(cache, name, "five tokens of two texts, three heads and four numbers", 5, 2 * 2 * 3 * 5 * 4 * 4)
    if not all(old.shape == new.shape and torch.equal(old, new) for old, new in zip(before, first, strict=True)):
        raise CheckError(f"{name}: what the first call returned has changed since. Does anything write into it?")
    _says(other, name, "another cache, into which nothing was put", 0, 0)
    half: Any = called(kind)
    called(half.append, key.bfloat16(), value.bfloat16())
    _says(half, name, "five tokens in bfloat16, two bytes a number", 5, 2 * 2 * 3 * 5 * 4 * 2)


def _append(cache, name: str, case: str, key, value, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    before = key.clone(), value.clone()
    result = parts_of(called(cache.append, key, value), ("keys", "values"), f"{name}.append")
    if not (torch.equal(key, before[0]) and torch.equal(value, before[1])):
        raise CheckError(f"{name}.append changed a tensor it was given.")
    for part, got, wanted in (("keys", result[0], keys), ("values", result[1], values)):
        shape = tuple(wanted.shape)
        got = tensor_of(got, shape, f"{name}.append, {case}: {part}", "Which axis grows, and do all tokens come back?")
        if not same(got, wanted):
            other = values if part == "keys" else keys
            suspects = [
                (
                    torch.cat([wanted[:, :, 3:], wanted[:, :, :3]], dim=2),
                    "The newest stand in front of the oldest.",
                ),
                (other, "Keys and values have changed places, or one stands for both."),
            ]
            why = cause(got, suspects) or "All that were ever appended, the oldest first."
            raise CheckError(f"{name}.append, {case}: the {part} that come back are not those that went in. {why}")
    return result[0], result[1]


def _says(cache, name: str, case: str, length: int, nbytes: int) -> None:
    for what, wanted in (("length", length), ("nbytes", nbytes)):
        got: Any = getattr(cache, what, None)
        if callable(got):
            raise CheckError(f"{name}.{what} is a method; a property is read without brackets. What does @property do?")
        if isinstance(got, bool) or not isinstance(got, int) or got != wanted:
            why = "How many tokens does a text have so far?"
            if what == "nbytes":
                sizes = {wanted // 2: "Are keys and values both counted?", 2 * wanted: "Is it what is held, or more?"}
                sizes |= {wanted // 4: "How many bytes has a number?"} if "bfloat16" not in case else {}
                why = sizes.get(got, "Entries times bytes of an entry, keys and values.")
            raise CheckError(f"{name}.{what}, {case}: {wanted}; yours is {got!r}. {why}")


WIDTH, HEADS, GROUPS, DEPTH = 24, 4, 2, 6
NAME = f"CausalSelfAttention({WIDTH}, {HEADS}, {GROUPS})"


def usable(kind):
    """The learner's cache if it keeps what it is given, else the one that is lent."""
    part = torch.arange(4.0).view(1, 1, 2, 2)
    try:
        cache = kind()
        cache.append(part, part)
        keys, values = cache.append(part + 4, part + 5)
        right = torch.equal(keys, torch.cat([part, part + 4], dim=2)) and torch.equal(values[:, :, 2:], part + 5)
        return kind if right and cache.length == 4 else decoder.KeyValueCache
    except Exception:  # whatever an unfinished class does
        return decoder.KeyValueCache


@visible_check(points=4, own=1)
def CausalSelfAttention(kind, KeyValueCache) -> None:
    """Parts; one token, which sees itself; the future; the library's numbers; a text in pieces."""
    layer: Any = randomise(made(kind, "CausalSelfAttention", WIDTH, HEADS, GROUPS))
    has_parts(layer, "CausalSelfAttention", dict.fromkeys(("query", "key", "value", "output"), nn.Linear))
    shapes = {"query": (24, 24), "key": (12, 24), "value": (12, 24), "output": (24, 24)}
    for part, shape in shapes.items():
        linear = getattr(layer, part)
        if tuple(linear.weight.shape) != shape or linear.bias is not None:
            bias = ", with a bias" if linear.bias is not None else ""
            raise CheckError(
                f"{NAME}: `{part}` should have a weight of shape {shape} and no bias, yours has "
                f"{tuple(linear.weight.shape)}{bias}. A head has {DEPTH} numbers; keys and values have {GROUPS} heads."
            )
    with torch.no_grad():
        _one_token(layer)
        _no_future(layer)
        _numbers(layer)
        _pieces(layer, usable(KeyValueCache))
        works_without_numbers(made(kind, NAME, WIDTH, HEADS, GROUPS).to("meta"), NAME, seeded(2, 3, WIDTH))


def _attend(layer, x: Tensor, *, turn: str = "both", scale: float | None = None) -> Tensor:
    """The library's attention with the layer's own Linears; the options are slips."""
    heads = [part(x).unflatten(-1, (-1, DEPTH)).transpose(1, 2) for part in (layer.query, layer.key, layer.value)]
    places = torch.arange(x.shape[1])
    for place, part in enumerate(("query", "key", "value")):
        if part in turn or (turn == "both" and part != "value"):
            heads[place] = decoder.rotate(heads[place], places)
    query, key, value = heads
    found = F.scaled_dot_product_attention(query, key, value, is_causal=True, scale=scale, enable_gqa=True)
    return layer.output(found.transpose(1, 2).flatten(2))


def _one_token(layer) -> None:
    x = seeded(2, 1, WIDTH)
    result = output_of(layer, NAME, (2, 1, WIDTH), x, hint="What is the first token to see?")
    heads = layer.value(x).unflatten(-1, (GROUPS, DEPTH))
    right = layer.output(heads.repeat_interleave(2, dim=2).flatten(2))
    if not same(result, right):
        suspects = [
            (
                layer.output(heads.repeat(1, 1, 2, 1).flatten(2)),
                "Query heads 0 and 1 share a head; yours are 0 and 2.",
            ),
            (heads.repeat_interleave(2, dim=2).flatten(2), "The last step, `output`, is missing."),
            (layer.output(heads[:, :, :1].expand(-1, -1, 4, -1).flatten(2)), "All query heads use key-value head 0."),
        ]
        why = cause(result, suspects) or (
            "Do heads stand side by side, do query heads 0 and 1 share key-value head 0, and does `output` come last?"
        )
        raise CheckError(
            f"{NAME} of a single token: it sees itself alone, so its own value comes out, through `output`. {why}"
        )


def _no_future(layer) -> None:
    x = seeded(2, 5, WIDTH)
    changed = x.clone()
    changed[:, 4] += 1
    before, after = (output_of(layer, NAME, (2, 5, WIDTH), given) for given in (x, changed))
    if not same(before[:, :4], after[:, :4]):
        raise CheckError(
            f"{NAME}: when the last of five tokens changes, what comes out for the others changes too. They see the "
            "future: is it hidden before the softmax, and do heads keep tokens apart?"
        )
    if same(before[:, 4], after[:, 4]):
        raise CheckError(
            f"{NAME}: when the last token changes, nothing changes, not even its own output. Does it see itself?"
        )


def _numbers(layer) -> None:
    x = seeded(2, 5, WIDTH)
    result = output_of(layer, NAME, (2, 5, WIDTH), x)
    if same(result, _attend(layer, x)):
        return
    suspects = [
        (_attend(layer, x, turn="nothing"), "It looks as if nothing were turned. What tells the order of the tokens?"),
        (_attend(layer, x, turn="query"), "It looks as if the keys were not turned."),
        (_attend(layer, x, turn="key"), "It looks as if the queries were not turned."),
        (_attend(layer, x, turn="query key value"), "It looks as if the values were turned as well."),
        (_attend(layer, x, scale=1.0), "It looks as if the scores were not scaled."),
        (
            _attend(layer, x, scale=WIDTH**-0.5),
            "It looks as if they were divided by the root of m; d is a head's depth.",
        ),
        (_attend(layer, x, scale=1 / DEPTH), "It looks as if they were divided by d, without the root."),
    ]
    why = (
        cause(result, suspects)
        or "Are queries and keys turned after they are cut into heads, and the scores divided by the root of d?"
    )
    raise CheckError(f"{NAME} of five tokens differs from the library's attention with your Linears. {why}")


def _pieces(layer, kind) -> None:
    x = seeded(2, 5, WIDTH)
    whole = output_of(layer, NAME, (2, 5, WIDTH), x)
    for sizes, case in (
        ([5], "five tokens at once, with an empty cache"),
        ([4, 1], "four tokens and then one, with a cache"),
        ([1] * 5, "one token after another, with a cache"),
        ([2, 3], "two tokens and then three, with a cache"),
    ):
        cache, got = kind(), []
        for piece in x.split(sizes, dim=1):
            got.append(called(layer, piece, cache, case=case))
            done = sum(part.shape[1] for part in got)
            if cache.length != done:
                raise CheckError(f"{NAME}, {case}: the cache should hold {done} tokens then, it holds {cache.length}.")
        if not same(torch.cat(got, dim=1), whole):
            raise CheckError(f"{NAME}, {case}: it differs from the whole text without a cache. {_why(case)}")
        if cache.nbytes != 2 * 2 * GROUPS * 5 * DEPTH * 4:
            raise CheckError(
                f"{NAME}, {case}: the cache holds {cache.nbytes} bytes. Two texts, {GROUPS} heads, five tokens, "
                f"{DEPTH} "
                "numbers of four bytes, keys and values: 960. Are heads repeated before they go in?"
            )


def _why(case: str) -> str:
    if case.startswith("five"):
        return (
            "Nothing is in it yet, so nothing may differ: is the future hidden here too, do positions begin at 0, are "
            "keys "
            "turned once, and do keys and values stay what they are?"
        )
    if case.startswith("two"):
        return (
            "The three new tokens are numbers 2, 3 and 4; the first of them sees three keys. Has each its own "
            "position, "
            "and does it see its own past and no more?"
        )
    return (
        "The new token is the last: it sees all keys, and its position is the number of tokens before it. When do you "
        "ask for "
        "cache.length, which keys does attention look at, and are keys turned once?"
    )
