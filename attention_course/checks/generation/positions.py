"""Visible checks of rotary positions and of the RMS norm."""

from __future__ import annotations

from math import cos, sin
from typing import Any

import torch
from torch import Tensor, nn

from attention_course.checks.batched_attention.reading import cause, kept_dtype, output_of, works_without_numbers
from attention_course.checks.masked_language_model.reading import made, same, seeded, shown
from attention_course.checks.report import CheckError, visible_check


@visible_check(points=3)
def rotate(function) -> None:
    """One pair by hand, two pairs, other positions and bases, axes, half precision, another device."""
    name = "rotate"
    x = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    result = output_of(function, name, (2, 2), x, torch.tensor([0, 1]))
    if not same(result[0], [1.0, 0.0]):
        raise CheckError(
            f"{name}: at position 0 the angle is 0 and nothing turns; your (1, 0) becomes {shown(result[0])}."
        )
    if not same(result[1], [cos(1), sin(1)]):
        why = "Which sign has the sine in the second line?" if same(result[1], [cos(1), -sin(1)]) else ""
        raise CheckError(
            f"{name}: (1, 0) at position 1, with speed 1, becomes (cos 1, sin 1) = (0.5403, 0.8415); yours is "
            f"{shown(result[1])}. {why}"
        )
    _two_pairs(function, name)
    _only_distances(function, name)
    _axes(function, name)
    x = seeded(2, 3, 4).bfloat16()
    result = output_of(function, name, (2, 3, 4), x, torch.tensor([3000, 3001, 3002]))
    kept_dtype(result, torch.bfloat16, name)
    wanted = output_of(function, name, (2, 3, 4), x.float(), torch.tensor([3000, 3001, 3002]))
    if not torch.allclose(result.float(), wanted, rtol=2e-2, atol=2e-2):
        raise CheckError(
            f"{name} of bfloat16 at positions from 3000 on differs from the same in float32. bfloat16 holds three "
            f"digits: "
            "in which dtype are your angles?"
        )
    works_without_numbers(function, name, seeded(2, 3, 4), torch.arange(3))


def _two_pairs(function, name: str) -> None:
    x, place, base = torch.tensor([[1.0, 2.0, 3.0, 4.0]]), torch.tensor([2]), 25.0
    fast, slow = 2.0, 0.4  # angles: position 2 times 1 and times 25 ** (-2 / 4)

    def turned(first: float, second: float, angle: float) -> tuple[float, float]:
        return first * cos(angle) - second * sin(angle), second * cos(angle) + first * sin(angle)

    def of(pairs: list[tuple[float, float]], angles: tuple[float, float]) -> Tensor:
        (a, c), (b, d) = (turned(*pair, angle) for pair, angle in zip(pairs, angles, strict=True))
        return torch.tensor([[a, b, c, d]])

    halves, neighbours = [(1.0, 3.0), (2.0, 4.0)], [(1.0, 2.0), (3.0, 4.0)]
    right = of(halves, (fast, slow))
    result = output_of(function, name, (1, 4), x, place, base)
    if same(result, right):
        return
    a, b, c, d = of(neighbours, (fast, slow))[0].tolist()
    suspects = [
        (torch.tensor([[a, c, b, d]]), "Neighbours are your pairs. Here number i and number i + d/2 make one."),
        (torch.tensor([[a, b, c, d]]), "Neighbours are your pairs. Here number i and number i + d/2 make one."),
        (of(halves, (-fast, -slow)), "It turns the other way round: which line has the minus?"),
        (of(halves, (fast, 2 * 25.0**-0.25)), "The exponent is -2 i / d. Is the 2 there?"),
        (of(halves, (fast, 0.08)), "The exponent is -2 i / d. What is d: the numbers of a vector, or its pairs?"),
        (of(halves, (fast, 10.0)), "The exponent has a minus: the second pair is slower than the first."),
        (of(halves, (fast, fast)), "All pairs have one speed. What does i do?"),
        (of(halves, (slow, 0.08)), "The pairs are counted from 0: the first has speed 1."),
        (of(halves, (fast, 0.02)), "That is base 10000. What is `base` for?"),
        (right[:, [2, 3, 0, 1]], "The halves have changed places. Which one stands in front?"),
    ]
    why = cause(result, suspects) or "Which two numbers make a pair, which line has the minus, and what is each speed?"
    raise CheckError(
        f"{name} of (1, 2, 3, 4) at position 2, base 25: the pair (1, 3) turns by 2, the pair (2, 4) by 0.4. That is "
        f"{shown(right)}, yours {shown(result)}. {why}"
    )


def _only_distances(function, name: str) -> None:
    query, key = seeded(1, 8), seeded(1, 8, seed=1)

    def dot(here: int, there: int) -> Tensor:
        turned = [
            output_of(function, name, (1, 8), part, torch.tensor([place]))
            for part, place in ((query, here), (key, there))
        ]
        return (turned[0] * turned[1]).sum()

    if not same(dot(3, 1), dot(9, 7)):
        raise CheckError(
            f"{name}: a query at 3 and a key at 1 have another dot product than at 9 and 7. It depends on the "
            f"distance only, "
            "if the given positions are used and each pair keeps its length."
        )


def _axes(function, name: str) -> None:
    x, places = seeded(2, 3, 4, 6), torch.tensor([5, 0, 2, 9])
    alone = output_of(function, name, (4, 6), x[1, 2], places)
    result = output_of(function, name, (2, 3, 4, 6), x, places)
    if not same(result[1, 2], alone):
        raise CheckError(
            f"{name} of a tensor (2, 3, 4, 6) at positions (4,): one head comes out otherwise than alone. Which axis "
            f"holds "
            "the tokens?"
        )
    two = torch.stack([places, places + 7])[:, None]
    result = output_of(function, name, (2, 3, 4, 6), x, two, hint="Positions (2, 1, 4) say where each text stands.")
    if not same(result[0], output_of(function, name, (3, 4, 6), x[0], places)):
        raise CheckError(
            f"{name}: positions (2, 1, 4) belong to the texts of (2, 3, 4, 6); the first differs from it alone."
        )
    if not same(result[1], output_of(function, name, (3, 4, 6), x[1], places + 7)):
        raise CheckError(
            f"{name}: positions (2, 1, 4) belong to the texts of (2, 3, 4, 6); the second differs from it alone."
        )


@visible_check(points=1)
def RMSNorm(kind) -> None:
    """The parameter; (3, 4) by hand; eps; the weight; each vector by itself; half precision."""
    name = "RMSNorm"
    norm: Any = made(kind, name, 2)
    parameters = list(norm.parameters())
    if len(parameters) != 1 or parameters[0].shape != (2,) or not same(parameters[0], [1.0, 1.0]):
        found = ", ".join(f"{n} {shown(p)}" for n, p in norm.named_parameters()) or "none"
        raise CheckError(f"{name}(2) should have one parameter, `weight`, that starts as (1, 1); yours has {found}.")
    x, root = torch.tensor([[3.0, 4.0]]), 12.5**0.5
    with torch.no_grad():
        result = output_of(norm, name, (1, 2), x)
        if not same(result, x / root):
            suspects = [
                (torch.tensor([[-1.0, 1.0]]), "Is the mean subtracted? This norm leaves that out."),
                (x / 0.5, "Is the mean subtracted? This norm leaves that out."),
                (x / 5, "Are the squares added up, where their mean is asked for?"),
                (x / 12.5, "It is divided by the mean square. Where is the root?"),
                (x / 3.5, "That is the mean of 3 and 4. What is the root of the mean square?"),
            ]
            why = cause(result, suspects)
            raise CheckError(
                f"{name} of (3, 4): the mean square is 12.5, so (3, 4) / {root:.4f} = {shown(x / root)}; yours is "
                f"{shown(result)}. {why}"
            )
        _settings(kind, name)
        _half(kind, name)


def _settings(kind, name: str) -> None:
    x = torch.tensor([[3.0, 4.0]])
    result = output_of(made(kind, name, 2, 12.5), name, (1, 2), x)
    if not same(result, x / 5):
        raise CheckError(
            f"{name}(2, eps=12.5) of (3, 4): the root of 12.5 + 12.5 is 5, so {shown(x / 5)}; yours is "
            f"{shown(result)}. Is eps "
            "kept, and added before the root?"
        )
    small = torch.full((1, 2), 1e-3)
    result = output_of(made(kind, name, 2), name, (1, 2), small)
    if not same(result, small / 2e-6**0.5):
        raise CheckError(f"{name}(2) of (0.001, 0.001): eps is 1e-6, so 0.7071 twice; yours is {shown(result)}.")
    norm = made(kind, name, 2)
    for parameter in norm.parameters():
        parameter.copy_(torch.tensor([2.0, -1.0]))
    result = output_of(norm, name, (1, 2), x)
    if not same(result, x / 12.5**0.5 * torch.tensor([2.0, -1.0])):
        raise CheckError(f"{name} whose weight is (2, -1): (3, 4) becomes (1.6971, -1.1314); yours is {shown(result)}.")
    many, norm = seeded(2, 3, 4), made(kind, name, 4)
    if not same(output_of(norm, name, (2, 3, 4), many)[1, 2], output_of(norm, name, (1, 1, 4), many[1:, 2:])[0, 0]):
        raise CheckError(
            f"{name}: a vector in a batch (2, 3, 4) comes out otherwise than alone. Over which axis is the mean?"
        )


def _half(kind, name: str) -> None:
    norm: nn.Module = made(kind, name, 2).half()
    x = torch.tensor([[300.0, 400.0]], dtype=torch.float16)
    result = norm(x)
    kept_dtype(result, torch.float16, name)
    if not torch.allclose(result.float(), torch.tensor([[0.8485, 1.1314]]), atol=2e-3):
        raise CheckError(
            f"{name} of (300, 400) in float16 becomes (0.8485, 1.1314); yours is {shown(result)}. float16 ends at "
            f"65504, and "
            "400 squared is more: what comes first?"
        )
