"""Visible check of attention as a kernel: two or three points, by hand."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from attention_course.checks.beyond_text.reading import given as given_by
from attention_course.checks.masked_language_model.reading import same, seeded, shown
from attention_course.checks.report import CheckError, visible_check

NAME = "nadaraya_watson"
NEAR_THREE_TIMES = math.sqrt(2 * math.log(3))
"""At this distance and a bandwidth of 1 a point counts a third of one at distance 0."""


NO_EFFECT = (
    "A closed key counts as much as the open ones. Either the mask has no effect, or a closed key gets the score 0, "
    "which is the best there is: exp(0) = 1."
)


@visible_check(points=1)
def nadaraya_watson(function) -> None:
    """Two points by hand, a doubled scale, a far query, a mask, a bandwidth that learns."""
    _two_points(function)
    _far(function)
    _mask(function)
    _several(function)
    bandwidth = torch.tensor(0.5, requires_grad=True)
    inputs, case = _floats([0.2], [0, 1], [3, 5]), "a bandwidth in a tensor"
    result = given_by(function, NAME, (1,), *inputs, bandwidth, case=case)
    if not result.requires_grad:
        raise CheckError(
            f"{NAME}: the bandwidth is a tensor that wants a gradient, and none can reach it. Does `float(bandwidth)`, "
            "`.item()` or `.detach()` stand on the way?"
        )


def _floats(*lists) -> list[Tensor]:
    return [torch.tensor(numbers, dtype=torch.float32) for numbers in lists]


def _gives(function, case: str, given, wanted, causes=(), question: str = "") -> None:
    """Compare with numbers made by hand; `causes` are pairs (what comes of a slip, the sentence for it)."""
    expected = torch.tensor(wanted)
    got = given_by(function, NAME, tuple(expected.shape), *given, case=case, question=question)
    if same(got, expected):
        return
    told = next((sentence for numbers, sentence in causes if same(got, torch.tensor(numbers))), question)
    raise CheckError(f"{NAME}, {case}: {shown(expected)}, yours gives {shown(got)}. {told}".rstrip())


def _two_points(function) -> None:
    case = "keys 0 and 2, values 10 and 20, a query at 1, which is as near to both"
    _gives(
        function,
        case,
        (*_floats([1], [0, 2], [10, 20]), 1.0),
        [15.0],
        question="How much does each key weigh, and do the weights sum to 1?",
    )
    case = "values 0 and 4, the first key at distance 0, the second where its weight is a third of that, bandwidth {}"
    causes = [
        ([0.4], "That is a weight of a ninth: is the 2 under the fraction there?"),
        ([3.0], "The far point counts more. Is the sign there?"),
        ([4 / 3], "The exponentials are 1 and 1/3. By what are they divided?"),
    ]
    for bandwidth in (1.0, 3.0):  # at 2 a bandwidth that is not squared looks like a missing 2
        given = *_floats([0], [0, bandwidth * NEAR_THREE_TIMES], [0, 4]), bandwidth
        question = "The exponent is -distance^2 / (2 bandwidth^2): which of the two are squared, and what is divided?"
        if bandwidth != 1:
            question = (
                "With a bandwidth of 1 yours is right; three times the distance at three times the bandwidth is the "
                "same. Is the bandwidth squared, and does it divide?"
            )
        _gives(function, case.format(bandwidth), given, [1.0], causes, question)


def _far(function) -> None:
    case = "keys 1 and 0, values 7 and 1, a query at 100, bandwidth 0.5, so that the nearer key takes all"
    question = "Both exponentials are 0 in float32. What does a softmax subtract from each score before exp?"
    causes = [
        ([0.0], f"A small number in the denominator hides the 0 / 0. {question}"),
        ([1.0], "The value of the other key: do keys and values keep their order?"),
    ]
    _gives(function, case, (*_floats([100], [1, 0], [7, 1]), 0.5), [7.0], causes, question)


def _mask(function) -> None:
    three, opened = _floats([0, 0], [0, 0, 0], [3, 6, 12]), torch.tensor([[True, True, False], [False] * 3])
    case = "three keys at the query, values 3, 6, 12, the last closed; and a second query with nothing open"
    nothing = "With nothing open it is 0. What do equal scores give, and what 0 / 0?"
    causes = [
        ([7.0, 7.0], NO_EFFECT),
        ([7.0, 0.0], NO_EFFECT),
        ([12.0, 7.0], "The mask is read upside down: True means that a query MAY look."),
        ([3.0, 0.0], "The open weights sum to 2/3. Is it masked after the softmax?"),
        ([4.5, 7.0], nothing),
    ]
    _gives(function, case, (*three, 1.0, opened), [4.5, 0.0], causes, nothing)
    case = "a query at 200, keys 0 and 1, values 7 and 1, the nearer one closed"
    question = "The open score is -80000. Which number is smaller than every score, and finite?"
    far = _floats([200], [0, 1], [7, 1])
    _gives(function, case, (*far, 0.5, torch.tensor([[True, False]])), [7.0], question=question)


def _several(function) -> None:
    queries, keys, values = seeded(4), seeded(6, seed=1), seeded(6, seed=2)
    expected = (-((queries[:, None] - keys) ** 2) / (2 * 0.6**2)).softmax(dim=1) @ values
    got = given_by(function, NAME, (4,), queries, keys, values, 0.6, case="4 queries, 6 keys in any order")
    if not same(got, expected):
        raise CheckError(
            f"{NAME} with 4 queries and 6 keys, in any order: {shown(expected)}, yours {shown(got)}. One query was "
            "right: along which axis is the softmax, and does each value stay with its key?"
        )
