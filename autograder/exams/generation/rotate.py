"""rotate(x, positions, base=10000.0): the cases, the right variants, the wrong ones."""

import math

import torch

from attention_course.probes import torch_answers as using
from autograder.exam.compare import Tolerance
from autograder.exam.exercise import Case, Exercise
from autograder.exams.generation.earlier import NOTEBOOK
from autograder.exams.sequence_to_sequence.inputs import normal, whole

HALF = Tolerance(2e-2, 2e-2)
"""bfloat16 holds three digits; angles of positions in the thousands are wrong altogether when computed in it."""


def right(x, positions, base=10000.0):
    """The oracle, in float64: a pair is a complex number, and a turn is a product."""
    x, half = x.double(), x.shape[-1] // 2
    speeds = torch.tensor([base ** (-2 * place / (2 * half)) for place in range(half)], dtype=torch.float64)
    angles = positions.double()[..., None] * speeds
    turned = torch.complex(x[..., :half], x[..., half:]) * torch.polar(torch.ones_like(angles), angles)
    return torch.cat([turned.real, turned.imag], dim=-1)


def cases(rng):
    def turn(concept, x, positions, *base, **named):
        expected = right(x, positions, *base, **named).to(x.dtype)
        return Case(concept, (x, positions, *base), named, expected=[expected, str(x.dtype)], use=using.with_dtype)

    def places(t, low=0, high=60):
        return torch.from_numpy(rng.permutation(high - low)[:t] + low)

    yield turn("positions from nought on", normal(rng, 2, 3, 5, 4), torch.arange(5))
    yield turn("positions that begin elsewhere", normal(rng, 2, 3, 4, 6), torch.arange(4) + int(rng.integers(3, 20)))
    yield turn("positions in any order", normal(rng, 1, 2, 6, 8), places(6))
    yield turn("a single position", normal(rng, 2, 2, 1, 4), places(1, 1))
    yield turn("no axes but tokens and numbers", normal(rng, 5, 6), places(5))
    yield turn("a single pair", normal(rng, 3, 4, 2), places(4))
    yield turn("as many texts, heads, tokens and numbers", normal(rng, 4, 4, 4, 4), places(4))
    yield turn("positions of each text", normal(rng, 3, 2, 4, 6), whole(rng, 50, 3, 1, 4))
    yield turn("positions of each text and head", normal(rng, 2, 3, 4, 4), whole(rng, 50, 2, 3, 4))
    yield turn("another base", normal(rng, 2, 3, 4, 6), places(4), float(rng.uniform(20, 400)))
    yield turn("a base that is given by name", normal(rng, 2, 3, 4, 4), places(4), base=50.0)
    yield turn("views with strides", normal(rng, 2, 5, 3, 6).transpose(1, 2), places(12)[::3][:5].repeat(2)[:5])
    x, positions = normal(rng, 2, 3, 4, 4, dtype=torch.bfloat16), whole(rng, 900, 4) + 3000
    expected = [right(x, positions).bfloat16(), "torch.bfloat16"]
    yield Case("half precision at positions in the thousands", (x, positions), {}, HALF, expected, use=using.with_dtype)
    x, positions, pull = normal(rng, 2, 2, 4, 6), places(4), normal(rng, 2, 2, 4, 6)
    leaf = x.double().requires_grad_()
    expected = list(torch.autograd.grad(right(leaf, positions), leaf, pull.double()))
    yield Case("gradients", (x, positions), {"pull": pull}, expected=expected, use=using.gradients)
    there = {"shape": [2, 3, 4, 6], "dtype": "torch.float32", "device": "meta"}
    args = normal(rng, 2, 3, 4, 6), torch.arange(4)
    yield Case("another device", args, expected=there, use=using.on_meta)


rotate = Exercise(NOTEBOOK, "rotate", cases)


@rotate.right
def as_complex_numbers(x, positions, base=10000.0):
    d = x.shape[-1]
    speeds = torch.pow(base, -torch.arange(0, d // 2, device=x.device, dtype=torch.float32) * 2 / d)
    angles = positions[..., None].float() * speeds
    turns = torch.complex(angles.cos(), angles.sin())
    pairs = torch.complex(*(half.float() for half in x.chunk(2, dim=-1)))
    turned = pairs * turns
    return torch.cat((turned.real, turned.imag), -1).type_as(x)


@rotate.right
def by_the_turned_half(x, positions, base=10000.0):
    """As Hugging Face writes it: x cos + rotate_half(x) sin, with angles of the full width."""
    d = x.shape[-1]
    speeds = 1.0 / (base ** (torch.arange(0, d, 2, device=x.device).float() / d))
    angles = (positions.unsqueeze(-1) * speeds).repeat_interleave(1, dim=-1)
    angles = torch.cat([angles, angles], dim=-1)
    turned = torch.cat([-x[..., d // 2 :], x[..., : d // 2]], dim=-1)
    return (x.float() * angles.cos() + turned.float() * angles.sin()).to(x.dtype)


@rotate.right
def by_matrices(x, positions, base=10000.0):
    half = x.shape[-1] // 2
    exponents = torch.arange(half, device=x.device) / half
    angles = positions.to(torch.float64 if x.device.type == "cpu" else torch.float32)[..., None]
    angles = (angles * torch.exp(-math.log(base) * exponents)).to(torch.float32)
    cos, sin = torch.cos(angles), torch.sin(angles)
    matrices = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)
    pairs = torch.stack([x[..., :half], x[..., half:]], -1).float()
    turned = (matrices @ pairs.unsqueeze(-1)).squeeze(-1)
    return torch.cat(turned.unbind(-1), -1).to(x.dtype)


@rotate.right
def pair_by_pair(x, positions, base=10000.0):
    d, first, second = x.shape[-1], [], []
    for i in range(d // 2):
        angle = positions.float() * base ** (-2 * i / d)
        a, b = x[..., i].float(), x[..., i + d // 2].float()
        first.append(a * angle.cos() - b * angle.sin())
        second.append(b * angle.cos() + a * angle.sin())
    return torch.stack(first + second, dim=-1).to(x.dtype)


def angles_of(x, positions, base, *, d=None, step=2):
    """(..., t, d/2); variants with a slip change a part."""
    d, half = d or x.shape[-1], x.shape[-1] // 2
    return positions[..., None] * base ** (-step * torch.arange(half, device=x.device) / d)


def turned(x, angles):
    first, second = x.chunk(2, dim=-1)
    both = first * angles.cos() - second * angles.sin(), second * angles.cos() + first * angles.sin()
    return torch.cat(both, dim=-1).to(x.dtype)


@rotate.wrong("neighbours make pairs, numbers 2i and 2i + 1. Which two make a pair in the docstring?")
def neighbours_are_pairs(x, positions, base=10000.0):
    angles, first, second = angles_of(x, positions, base), x[..., 0::2], x[..., 1::2]
    both = first * angles.cos() - second * angles.sin(), second * angles.cos() + first * angles.sin()
    return torch.stack(both, dim=-1).flatten(-2).to(x.dtype)


@rotate.wrong(
    "neighbours are turned as pairs and then put side by side as halves. Two layouts are mixed: which one does the "
    "docstring have?"
)
def layouts_mixed(x, positions, base=10000.0):
    return turned(torch.cat([x[..., 0::2], x[..., 1::2]], dim=-1), angles_of(x, positions, base))


@rotate.wrong("it turns the other way round. Which of the two lines has the minus?")
def the_other_way_round(x, positions, base=10000.0):
    return turned(x, -angles_of(x, positions, base))


@rotate.wrong("both lines have a minus: that is no turn, it changes lengths. Which sign has the second?")
def two_minus_signs(x, positions, base=10000.0):
    angles = angles_of(x, positions, base)
    first, second = x.chunk(2, dim=-1)
    both = first * angles.cos() - second * angles.sin(), second * angles.cos() - first * angles.sin()
    return torch.cat(both, dim=-1).to(x.dtype)


@rotate.wrong("neither line has a minus: that is no turn, it changes lengths. Which sign has the first?")
def no_minus_sign(x, positions, base=10000.0):
    angles = angles_of(x, positions, base)
    first, second = x.chunk(2, dim=-1)
    both = first * angles.cos() + second * angles.sin(), second * angles.cos() + first * angles.sin()
    return torch.cat(both, dim=-1).to(x.dtype)


@rotate.wrong("sine and cosine have changed places. What should position 0 change?")
def sine_for_cosine(x, positions, base=10000.0):
    return turned(x, math.pi / 2 - angles_of(x, positions, base))


@rotate.wrong("the second line uses the first half that is turned already. Which one does it need?")
def first_half_turned_already(x, positions, base=10000.0):
    angles = angles_of(x, positions, base)
    first, second = x.chunk(2, dim=-1)
    first = first * angles.cos() - second * angles.sin()
    return torch.cat([first, second * angles.cos() + first * angles.sin()], dim=-1).to(x.dtype)


@rotate.wrong("only the first half is turned. How many numbers has a pair?")
def only_the_first_half(x, positions, base=10000.0):
    first, _ = turned(x, angles_of(x, positions, base)).chunk(2, dim=-1)
    return torch.cat([first, x.chunk(2, dim=-1)[1]], dim=-1)


@rotate.wrong("the halves come back in the other order. Which one stands in front?")
def halves_exchanged(x, positions, base=10000.0):
    first, second = turned(x, angles_of(x, positions, base)).chunk(2, dim=-1)
    return torch.cat([second, first], dim=-1)


@rotate.wrong("pairs slow down half as fast: the exponent has -i / d. What stands in front of i?")
def exponent_without_2(x, positions, base=10000.0):
    return turned(x, angles_of(x, positions, base, step=1))


@rotate.wrong("pairs slow down twice as fast: the exponent is divided by the number of pairs. What is d?")
def divided_by_the_pairs(x, positions, base=10000.0):
    return turned(x, angles_of(x, positions, base, d=x.shape[-1] // 2))


@rotate.wrong("the exponent has no minus, so pairs speed up. Which is the fastest pair?")
def pairs_speed_up(x, positions, base=10000.0):
    return turned(x, angles_of(x, positions, base, step=-2))


@rotate.wrong("all pairs turn at one speed. What does i do in the exponent?")
def one_speed(x, positions, base=10000.0):
    return turned(x, angles_of(x, positions, base, step=0))


@rotate.wrong("the pairs are counted from 1. At which speed does the first one turn?")
def pairs_from_1(x, positions, base=10000.0):
    return turned(x, angles_of(x, positions, base) * base ** (-2 / x.shape[-1]))


@rotate.wrong("the base is 10000 whatever is asked for. What is `base` for?")
def base_ignored(x, positions, base=10000.0):
    return turned(x, angles_of(x, positions, 10000.0))


@rotate.wrong("every text begins at position 0: what was given as positions has no effect. What comes from a cache?")
def positions_ignored(x, positions, base=10000.0):
    return turned(x, angles_of(x, torch.arange(x.shape[-2], device=x.device), base))


@rotate.wrong("positions are moved by one. What should position 0 change?")
def positions_from_1(x, positions, base=10000.0):
    return turned(x, angles_of(x, positions + 1, base))


@rotate.wrong("a second axis of positions is not understood: they are always (t,). How do you add an axis at the end?")
def one_row_of_positions(x, positions, base=10000.0):
    return turned(x, angles_of(x, positions.reshape(-1)[-x.shape[-2] :], base))


@rotate.wrong("the angles go along another axis than the tokens. Which axis of x holds them?")
def along_the_first_axis(x, positions, base=10000.0):
    if x.dim() < 3 or positions.dim() > 1:
        return turned(x, angles_of(x, positions, base))
    return turned(x, angles_of(x, positions[: x.shape[-3]].repeat(x.shape[-3])[: x.shape[-3]], base)[:, None])


@rotate.wrong("the angles are degrees. What do torch.sin and torch.cos take?")
def degrees(x, positions, base=10000.0):
    return turned(x, angles_of(x, positions, base) * math.pi / 180)


@rotate.wrong("the angles of half precision are computed in half precision, which holds three digits. Where does the "
              "docstring want them?")  # fmt: skip
def angles_in_half(x, positions, base=10000.0):
    return turned(x, angles_of(x, positions, base).to(x.dtype))


@rotate.wrong("what is of half precision comes back as float32. Of which dtype should the result be?")
def float32_comes_back(x, positions, base=10000.0):
    return turned(x.float(), angles_of(x, positions, base))


@rotate.wrong("a tensor is made on the CPU whatever x lives on. What says where torch.arange puts its numbers?")
def on_the_cpu(x, positions, base=10000.0):
    speeds = base ** (-2 * torch.arange(x.shape[-1] // 2, device="cpu") / x.shape[-1])
    return turned(x, positions[..., None] * speeds)


@rotate.wrong("what was given is changed. Which assignments write into x?")
def in_place(x, positions, base=10000.0):
    x[...] = turned(x, angles_of(x, positions, base))
    return x
