"""PositionalEncoding(width, max_length): a buffer named table; forward(x) adds its first rows to each text."""

import math

import numpy as np
import torch
from torch import nn

from attention_course.probes.batched_attention import positional as probe
from autograder.exam.compare import Tolerance
from autograder.exam.exercise import Case, Exercise
from autograder.exams.batched_attention.earlier import NOTEBOOK
from autograder.exams.batched_attention.inputs import HALF, normal

LONG = Tolerance(0, 1e-4)
"""An angle of 500 computed in float32 is off by 3e-5, its sine by as much."""


def formula(length, width):
    """The oracle: sine and cosine of position / 10000 ** (2i / width), number by number."""
    rows = np.zeros((length, width))
    for position in range(length):
        for column in range(width):
            angle = position / 10000 ** (column // 2 * 2 / width)
            rows[position, column] = math.cos(angle) if column % 2 else math.sin(angle)
    return torch.from_numpy(rows)


def cases(rng):
    def plain(concept, sizes, b, t):
        x = normal(rng, b, t, sizes[0])
        return Case(concept, (sizes, x), expected=x + formula(t, sizes[0]), use=probe.added)

    yield Case("what is learned, carried along and saved", ((6, 9),), expected=INSIDE, use=probe.contents)
    yield plain("a batch of texts shorter than the table", (6, 9), 2, 5)
    yield plain("texts as long as the table", (8, 5), 2, 5)
    yield plain("as many texts as tokens and columns", (4, 7), 4, 4)
    yield plain("an odd width", (7, 6), 3, 4)
    yield plain("a width of one", (1, 5), 2, 4)
    yield plain("a single token", (4, 6), 3, 1)
    yield plain("a batch of one", (4, 6), 1, 6)
    zeros = torch.zeros(2, 4, 6)
    yield Case("tokens of zeros", ((6, 9), zeros), expected=zeros + formula(4, 6), use=probe.added)
    yield Case("the table", ((6, 5),), expected=formula(5, 6), use=probe.table)
    yield Case("a long table", ((4, 500),), {}, LONG, formula(500, 4), use=probe.table)
    strided = normal(rng, 4, 6, 2).permute(2, 0, 1)
    yield Case("a view with strides", ((6, 9), strided), expected=strided + formula(4, 6), use=probe.added)
    yield Case("a text longer than the table", ((6, 3), normal(rng, 2, 4, 6)), raises="ValueError", use=probe.added)
    yield Case(
        "a table of one position and longer texts", ((4, 1), normal(rng, 1, 3, 4)), raises="ValueError", use=probe.added
    )
    yield from dtype_and_device_cases(rng)
    x, y = normal(rng, 2, 3, 4), normal(rng, 3, 5, 4)
    right = [x + formula(3, 4), y + formula(5, 4), x + formula(3, 4)]
    yield Case("several calls", ((4, 6), x, y), expected=right, use=probe.called_twice)
    pull = normal(rng, 2, 3, 4)
    yield Case("gradients", ((4, 6), normal(rng, 2, 3, 4), pull), expected=[pull], use=probe.gradient)


INSIDE = [[], {"shape": [9, 6], "dtype": "torch.float32", "device": "cpu"}, []]


def dtype_and_device_cases(rng):
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        x = normal(rng, 2, 3, 4, dtype=dtype)
        expected, name = [x.double() + formula(3, 4), str(dtype)], str(dtype).removeprefix("torch.")
        yield Case(f"tokens in {name}", ((4, 6), x), {}, HALF, expected, use=probe.in_dtype)
    there = {"shape": [2, 3, 4], "dtype": "torch.float32", "device": "meta"}
    yield Case("another device", ((4, 6), normal(rng, 2, 3, 4)), expected=there, use=probe.elsewhere)
    yield Case("a module moved to float64", ((4, 6), "float64"), expected="torch.float64", use=probe.after_moving)


PositionalEncoding = Exercise(
    NOTEBOOK,
    "PositionalEncoding",
    cases,
    survivors={
        "PositionalEncoding.__init__: torch.arange(max_length, dtype=torch.float64) -> torch.arange(max_length)": (
            "angles may be computed in float32"
        )
    },
)


@PositionalEncoding.right
class in_small_steps(nn.Module):
    """A method for each step; a variant with a slip replaces one of them."""

    base, first = 10000.0, 0

    def __init__(self, width, max_length):
        super().__init__()
        self.keep(self.make(width, max_length).float())

    def make(self, width, max_length):
        pairs = torch.arange(0, width, 2, dtype=torch.float64)
        positions = torch.arange(self.first, max_length + self.first, dtype=torch.float64)
        angles = torch.outer(positions, self.base ** (-pairs / width))
        return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :width]

    def keep(self, table):
        self.register_buffer("table", table, persistent=False)

    def forward(self, x):
        if x.size(1) > self.table.size(0):
            raise ValueError("the text is longer than the table")
        return self.add(x, self.table[: x.size(1)])

    def add(self, x, rows):
        return x + rows.to(x.dtype)


@PositionalEncoding.right
class by_slices(nn.Module):
    def __init__(self, width, max_length):
        super().__init__()
        table = torch.zeros(max_length, width)
        position = torch.arange(0, max_length, dtype=torch.float).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, width, 2).float() * (-math.log(10000.0) / width))
        table[:, 0::2] = torch.sin(position * div_term)
        table[:, 1::2] = torch.cos(position * div_term)[:, : width // 2]
        self.register_buffer("table", table, persistent=False)

    def forward(self, x):
        if x.shape[1] > self.table.shape[0]:
            raise ValueError("too many tokens")
        return torch.add(x, self.table[None, : x.shape[1]].type_as(x))


@PositionalEncoding.right
class by_loops(nn.Module):
    def __init__(self, width, max_length):
        super().__init__()
        rows = []
        for position in range(max_length):
            angles = [position / math.pow(10000, (column - column % 2) / width) for column in range(width)]
            rows.append([math.cos(a) if column % 2 == 1 else math.sin(a) for column, a in enumerate(angles)])
        self.register_buffer("table", torch.tensor(rows), persistent=False)

    def forward(self, x):
        length = x.shape[-2]
        if length > len(self.table):
            raise ValueError(f"{length} tokens are too many")
        table = self.table.to(device=x.device, dtype=x.dtype)
        return torch.stack([text + table[:length] for text in x])


@PositionalEncoding.right
class by_numpy(nn.Module):
    def __init__(self, width, max_length):
        super().__init__()
        column = np.arange(width)
        angle = np.arange(max_length)[:, None] / 10000 ** (2 * (column // 2) / width)
        table = np.sin(angle + np.pi / 2 * (column % 2))
        self.register_buffer("table", torch.tensor(table, dtype=torch.get_default_dtype()), persistent=False)
        self.max_length = max_length

    def forward(self, x):
        if x.shape[1] > self.max_length:
            raise ValueError("too many tokens")
        return (x + self.table.narrow(0, 0, x.shape[1])).to(x.dtype)


@PositionalEncoding.right
class by_complex_numbers(nn.Module):
    def __init__(self, width, max_length):
        super().__init__()
        angles = torch.arange(max_length).double()[:, None] * 10000 ** -(torch.arange(0, width, 2).double() / width)
        real_and_imaginary = torch.view_as_real(torch.polar(torch.ones_like(angles), angles))
        table = real_and_imaginary.flip(-1).reshape(max_length, -1)[:, :width]
        self.register_buffer("table", table.float().contiguous(), persistent=False)

    def forward(self, x):
        rows = self.table[: x.shape[1]]
        if len(rows) < x.shape[1]:
            raise ValueError("too many tokens")
        return x.clone().add_(rows)
