"""CausalSelfAttention(width, num_heads, num_kv_heads): the cases, the right variants."""

import math
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from attention_course.probes import generators as probe
from attention_course.probes import modules as using
from autograder.exam.compare import Tolerance
from autograder.exam.exercise import Case, Exercise
from autograder.exams.generation.earlier import NOTEBOOK, KeyValueCache, rotate
from autograder.exams.generation.rotate import right as turned
from autograder.exams.sequence_to_sequence.inputs import normal

SIZES = 16, 4, 2
"""Width, heads, key-value heads: depth 4, two query heads on each head of keys."""

AGREES = Tolerance(2e-5, 2e-5)
HALF = Tolerance(5e-2, 0.1)
"""Half a dozen steps in bfloat16, which holds three digits, on numbers around 1; no other formula comes as near."""
NAMES = "query", "key", "value", "output"


def shapes(width, num_heads, num_kv_heads):
    """The parameters by dotted name, with their shapes."""
    narrow = width // num_heads * num_kv_heads
    return {f"{name}.weight": (width if name in ("query", "output") else narrow, width) for name in NAMES}


def numbers(rng, *sizes, scale=0.3):
    """Small random weights."""
    return {name: normal(rng, *shape, scale=scale) for name, shape in shapes(*sizes).items()}


def right(state, sizes, x):
    """The oracle, in float64: the whole text at once, head by head."""
    width, num_heads, num_kv_heads = sizes
    depth, group = width // num_heads, num_heads // num_kv_heads
    query, key, value, w_output = (state[f"{name}.weight"].double() for name in NAMES)
    x, t, outputs = x.double(), x.shape[1], []
    positions, future = torch.arange(t), torch.ones(t, t).triu(1).bool()
    for head in range(num_heads):
        mine, theirs = (slice(place * depth, (place + 1) * depth) for place in (head, head // group))
        q, k, v = x @ query[mine].T, x @ key[theirs].T, x @ value[theirs].T
        q, k = turned(q, positions), turned(k, positions)
        scores = (q @ k.mT / math.sqrt(depth)).masked_fill(future, -math.inf)
        outputs.append(scores.softmax(dim=-1) @ v)
    return torch.cat(outputs, dim=-1) @ w_output.T


def in_float32(state, sizes, x):
    return right(state, sizes, x).float()


def in_bfloat16(state, sizes, x):
    """Of numbers that bfloat16 can hold, and of which dtype."""
    rounded = {name: tensor.bfloat16() for name, tensor in state.items()}
    return [right(rounded, sizes, x.bfloat16()).bfloat16(), "torch.bfloat16"]


def readings(state, sizes, x, count, dtype):
    """What comes of each of several ways to read a text with a cache."""
    output, (b, t, _) = right(state, sizes, x).to(getattr(torch, dtype)), x.shape
    held = 2 * b * sizes[2] * t * (sizes[0] // sizes[1]) * output.element_size()
    return [[output, t, held, f"torch.{dtype}"]] * count


def slopes(state, sizes, x, pull):
    leaves = {name: tensor.double().requires_grad_() for name, tensor in state.items()}
    found = torch.autograd.grad((right(leaves, sizes, x) * pull).sum(), list(leaves.values()))
    return dict(zip(leaves, found, strict=True))


def every_split(t):
    """How a text of t tokens can come in two pieces, whole, and token by token."""
    return [[t], *([first, t - first] for first in range(1, t)), [1] * t]


def cases(rng, cache=None):
    """Cases with caches of this class, the reference's if none is given."""
    beside = (cache or KeyValueCache,)
    yield from plain_cases(rng)
    yield from cache_cases(rng, beside)


def plain_cases(rng):
    sizes = {name: list(shape) for name, shape in shapes(*SIZES).items()}
    kinds: dict[str, Any] = dict.fromkeys(NAMES, "Linear")
    yield Case("the parts", (SIZES, NAMES, numbers(rng, *SIZES)), expected=[kinds, sizes], use=using.parts)
    total = sum(torch.Size(shape).numel() for shape in shapes(*SIZES).values())
    yield Case("how much there is to learn", (SIZES,), expected=total, use=using.learned)

    def attend(concept, b, t, sizes=SIZES, scale=0.3, turn=False, tolerance=AGREES):
        state, x = numbers(rng, *sizes, scale=scale), normal(rng, b, t, sizes[0])
        x = x.transpose(0, 1).contiguous().transpose(0, 1) if turn else x
        expected = partial(in_float32, state, sizes, x)
        return Case(concept, (sizes, state, x), {}, tolerance, expected, use=using.output)

    yield attend("a single token", 2, 1)
    yield attend("one key-value head for each query head", 2, 5, (12, 3, 3))
    yield attend("query heads that share key-value heads", 2, 5)
    yield attend("all query heads on one key-value head", 2, 4, (16, 4, 1))
    yield attend("groups of three", 1, 5, (24, 6, 2))
    yield attend("one head", 3, 4, (6, 1, 1))
    yield attend("as many texts, tokens, heads and numbers of a head", 4, 4)
    yield attend("scores that are far apart", 2, 6, scale=2.0, tolerance=Tolerance(1e-3, 1e-3))
    yield attend("views with strides", 3, 5, turn=True)
    state, x = numbers(rng, *SIZES), normal(rng, 2, 5, 16)
    given, options = (SIZES, state, x), {"dtype": "bfloat16"}
    yield Case("half precision", given, options, HALF, partial(in_bfloat16, state, SIZES, x), use=probe.attention_in)
    state, x, pull = numbers(rng, *SIZES), normal(rng, 2, 4, 16), normal(rng, 2, 4, 16)
    expected = partial(slopes, state, SIZES, x, pull)
    yield Case("gradients", (SIZES, state, x), {"pulls": [pull]}, expected=expected, use=using.gradients)
    there = {"shape": [2, 3, 16], "dtype": "torch.float32", "device": "meta"}
    yield Case("another device", (SIZES, normal(rng, 2, 3, 16)), expected=there, use=using.elsewhere)


def cache_cases(rng, beside):
    def read(concept, b, t, sizes=SIZES, splits=None, dtype="float32"):
        state, x = numbers(rng, *sizes), normal(rng, b, t, sizes[0])
        splits = splits or every_split(t)
        expected = partial(readings, state, sizes, x, len(splits), dtype)
        options = {"dtype": dtype}
        args = sizes, state, x, splits
        return Case(concept, args, options, AGREES, expected, use=probe.attended, beside=beside)

    yield read("a whole text with a cache", 2, 5, splits=[[5]])
    yield read("a text and one more token with a cache", 2, 4, splits=[[3, 1]])
    yield read("several new tokens at once with a cache", 2, 6, splits=[[3, 3], [1, 3, 2]])
    yield read("every way to cut a text in two", 2, 5)
    yield read("pieces of a text with one head of keys", 1, 4, (16, 4, 1), splits=[[2, 2], [1] * 4])
    yield read("pieces in float64", 2, 4, (12, 3, 3), splits=[[2, 2], [1, 3]], dtype="float64")


CausalSelfAttention = Exercise(
    NOTEBOOK,
    "CausalSelfAttention",
    cases,
    survivors={
        "CausalSelfAttention.forward: key.shape[-2] -> key.shape[2]": "of four axes the last but one is 2",
        "CausalSelfAttention.forward: key.transpose(-1, -2) -> key.transpose(-1, 2)": (
            "of four axes the last but one is 2"
        ),
        "CausalSelfAttention.forward: positions.unsqueeze(-1) -> positions.unsqueeze(1)": "positions have one axis",
    },
)


@CausalSelfAttention.right
class in_small_steps(nn.Module):
    """A method for each step; a variant with a slip replaces one of them."""

    bias = False

    def __init__(self, width, num_heads, num_kv_heads):
        super().__init__()
        self.heads, self.kv_heads, self.depth = num_heads, num_kv_heads, width // num_heads
        self.query = nn.Linear(width, width, bias=self.bias)
        self.key, self.value = (nn.Linear(width, num_kv_heads * self.depth, bias=self.bias) for _ in range(2))
        self.output = nn.Linear(width, width, bias=self.bias)

    def split(self, x, heads):
        return x.view(*x.shape[:2], heads, -1).transpose(1, 2)

    def start(self, cache):
        return 0 if cache is None else cache.length

    def turn(self, query, key, positions):
        return rotate(query, positions), rotate(key, positions)

    def share(self, part):
        return part.repeat_interleave(self.heads // self.kv_heads, dim=1)

    def remember(self, cache, key, value):
        key, value = (key, value) if cache is None else cache.append(key, value)
        return self.share(key), self.share(value)

    def scale(self):
        return self.depth**-0.5

    def seen(self, positions, keys, cache):
        return torch.arange(keys, device=positions.device) <= positions[:, None]

    def weigh(self, scores, seen):
        return scores.masked_fill(~seen, -math.inf).softmax(dim=-1)

    def merge(self, x):
        return x.transpose(1, 2).flatten(2)

    def forward(self, x, cache=None):
        start = self.start(cache)
        positions = torch.arange(start, start + x.shape[1], device=x.device)
        query = self.split(self.query(x), self.heads)
        key, value = (self.split(part(x), self.kv_heads) for part in (self.key, self.value))
        query, key = self.turn(query, key, positions)
        key, value = self.remember(cache, key, value)
        scores = query @ key.transpose(-1, -2) * self.scale()
        weights = self.weigh(scores, self.seen(positions, key.shape[2], cache))
        return self.output(self.merge(weights @ value))


@CausalSelfAttention.right
class by_the_librarys_attention(nn.Module):
    def __init__(self, width, num_heads, num_kv_heads):
        super().__init__()
        self.depth = width // num_heads
        sizes = {"query": num_heads, "key": num_kv_heads, "value": num_kv_heads}
        for name, heads in sizes.items():
            self.add_module(name, nn.Linear(width, heads * self.depth, bias=False))
        self.output = nn.Linear(width, width, bias=False)

    def forward(self, x, cache=None):
        b, t, _ = x.shape
        before = cache.length if cache is not None else 0
        parts = (self.get_submodule(name) for name in NAMES[:3])
        q, k, v = (part(x).unflatten(-1, (-1, self.depth)).transpose(1, 2) for part in parts)
        places = torch.arange(t, device=x.device) + before
        q, k = rotate(q, places), rotate(k, places)
        if cache is not None:
            k, v = cache.append(k, v)
        mask = torch.ones(t, before + t, dtype=torch.bool, device=x.device).tril(before)
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)
        return self.output(attended.transpose(1, 2).reshape(b, t, -1))


@CausalSelfAttention.right
class turned_after_the_cache(nn.Module):
    """Keys are kept as they are and turned whenever they are read; an axis for the groups instead of copies."""

    def __init__(self, width, num_heads, num_kv_heads):
        super().__init__()
        self.kv, self.group, self.d = num_kv_heads, num_heads // num_kv_heads, width // num_heads
        self.query, self.output = nn.Linear(width, width, bias=False), nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, self.kv * self.d, bias=False)
        self.value = nn.Linear(width, self.kv * self.d, bias=False)

    def forward(self, x, cache=None):
        b, t, width = x.shape
        query = self.query(x).view(b, t, self.kv, self.group, self.d).permute(0, 2, 3, 1, 4)
        key = self.key(x).view(b, t, self.kv, self.d).permute(0, 2, 1, 3)
        value = self.value(x).view(b, t, self.kv, self.d).permute(0, 2, 1, 3)
        if cache is not None:
            key, value = cache.append(key, value)
        total = key.shape[-2]
        places = torch.arange(total, device=x.device)
        query, key = rotate(query, places[total - t :]), rotate(key, places)
        scores = torch.einsum("bgsqd,bgkd->bgsqk", query, key) / self.d**0.5
        scores = torch.where(places > places[total - t :, None], -1e30 if x.dtype != torch.float16 else -6e4, scores)
        attended = torch.einsum("bgsqk,bgkd->bqgsd", scores.softmax(-1), value)
        return self.output(attended.reshape(b, t, width))


@CausalSelfAttention.right
class token_by_token(nn.Module):
    """Each query by itself, over what it sees."""

    def __init__(self, width, num_heads, num_kv_heads):
        super().__init__()
        self.h, self.g, self.d = num_heads, num_kv_heads, width // num_heads
        self.query, self.output = (nn.Linear(width, width, bias=False) for _ in range(2))
        self.key, self.value = (nn.Linear(width, self.g * self.d, bias=False) for _ in range(2))

    def forward(self, x, cache=None):
        t = x.shape[1]
        before = 0 if cache is None else cache.length
        places = before + torch.arange(t, device=x.device)
        q = torch.stack(self.query(x).split(self.d, dim=-1), dim=1)
        k = torch.stack(self.key(x).split(self.d, dim=-1), dim=1)
        v = torch.stack(self.value(x).split(self.d, dim=-1), dim=1)
        q, k = (rotate(part, places) for part in (q, k))
        if cache is not None:
            k, v = cache.append(k, v)
        rows = []
        for place in range(t):
            heads = []
            for head in range(self.h):
                shared = head * self.g // self.h
                keys, values = k[:, shared, : before + place + 1], v[:, shared, : before + place + 1]
                scores = (keys @ q[:, head, place, :, None]).squeeze(-1) / math.sqrt(self.d)
                heads.append((scores.softmax(-1).unsqueeze(1) @ values).squeeze(1))
            rows.append(torch.cat(heads, dim=-1))
        return self.output(torch.stack(rows, dim=1))
