"""Visible checks of what cuts pictures and looks back through layers: small enough to be laid out by hand."""

from __future__ import annotations

import torch
from torch import Tensor

from attention_course.checks.batched_attention.reading import cause, refuses, same, seeded, shown
from attention_course.checks.beyond_text.reading import given, rounded
from attention_course.checks.report import CheckError, visible_check


@visible_check(points=2)
def patches(cut, join) -> None:
    """A picture of eight pixels, one whose patches have one colour each, channels, sides that do not fit; and back."""
    _cut_by_hand(cut)
    for height, width in ((5, 4), (4, 5)):
        refuses("patches", f"for a picture of {height} x {width} and patches of 2", cut, seeded(1, 1, height, width), 2)
    _joined_by_hand(join)
    for n, height, width in ((4, 5, 4), (4, 4, 5), (5, 4, 4), (3, 4, 4)):
        when = f"for {n} patches of 2 and a picture of {height} x {width}"
        refuses("unpatch", when, join, seeded(1, n, 4), 2, height, width)


EIGHT = torch.arange(8.0).view(1, 1, 2, 4)
"""Two rows of four pixels."""

EIGHT_CUT = torch.tensor([[[0.0, 1, 4, 5], [2, 3, 6, 7]]])


def _colours(rows: int, columns: int) -> tuple[Tensor, Tensor]:
    """A picture whose patches of 2 have one colour each, 1 for the first; and these patches."""
    numbers = 1 + torch.arange(rows * columns).float()
    picture = numbers.view(rows, columns).repeat_interleave(2, 0).repeat_interleave(2, 1)
    return picture[None, None], numbers[None, :, None].expand(1, -1, 4)


def _cut_by_hand(function) -> None:
    name = "patches"
    torn = (
        "They are pieces of lines: `reshape` moves nothing. Which axes say which patch, and which where inside of it?"
    )
    got = given(function, name, (1, 2, 4), EIGHT, 2, case="a picture of 2 x 4, patches of 2")
    if not same(got, EIGHT_CUT):
        suspects = [
            (EIGHT.view(1, 2, 4), torn),
            (torch.tensor([[[0.0, 4, 1, 5], [2, 6, 3, 7]]]), "Inside of a patch they go column by column."),
            (
                torch.tensor([[[0.0, 2, 4, 6], [1, 3, 5, 7]]]),
                "Pixels that lie apart: which half of an axis is the patch's?",
            ),
        ]
        raise CheckError(
            f"{name} of the rows 0 1 2 3 and 4 5 6 7, size 2: 0 1 4 5 and 2 3 6 7; yours is {got[0].tolist()}. "
            f"{cause(got, suspects)}".rstrip()
        )
    picture, colours = _colours(2, 3)
    got = given(function, name, (1, 6, 4), picture, 2, case="a picture of 4 x 6, patches of 2")
    if not same(got, colours):
        down = colours[:, [0, 3, 1, 4, 2, 5]]
        why = "They come column by column, not row by row." if same(got, down) else torn
        raise CheckError(
            f"{name} of a picture of 4 x 6 whose patches have one colour each, 1 to 6 row by row: each row of the "
            f"result holds one number, 1 to 6; yours begin with {shown(got[0, :, 0])}. {why}"
        )
    both = torch.cat([EIGHT[..., :2], EIGHT[..., :2] + 10], dim=1)
    got = given(function, name, (1, 1, 8), both, 2, case="two channels, one patch of 2")
    if not same(got, [[[0.0, 10, 1, 11, 4, 14, 5, 15]]]):
        raise CheckError(
            f"{name} of one patch with two channels, 0 1 4 5 and 10 11 14 15: 0 10 1 11 4 14 5 15, row, column, "
            f"channel; yours {got.flatten().tolist()}. Which axis comes last?"
        )
    images = seeded(2, 3, 4, 6)
    got = given(function, name, (2, 6, 12), images, 2, case="two pictures of 4 x 6 with three channels")
    if not same(got[1, 5], images[1, :, 2:4, 4:6].permute(1, 2, 0).flatten()):
        raise CheckError(
            f"{name}: of two pictures of 4 x 6 with three channels the last patch is not the lower right corner of "
            "the second. Which axes say which patch, and in which order?"
        )


def _joined_by_hand(function) -> None:
    name = "unpatch"
    got = given(function, name, (1, 1, 2, 4), EIGHT_CUT, 2, 2, 4, case="two patches of 2 into 2 x 4")
    if not same(got, EIGHT):
        suspects = [
            (EIGHT_CUT.view(1, 1, 2, 4), "The first patch fills the first line: `reshape` moves nothing."),
            (torch.tensor([[[[0.0, 4, 2, 6], [1, 5, 3, 7]]]]), "Each patch is turned over inside."),
        ]
        raise CheckError(
            f"{name} of 0 1 4 5 and 2 3 6 7, size 2, into 2 x 4: the rows 0 1 2 3 and 4 5 6 7; yours has "
            f"{got[0, 0].tolist()}. {cause(got, suspects)}".rstrip()
        )
    picture, colours = _colours(2, 3)
    got = given(function, name, (1, 1, 4, 6), colours, 2, 4, 6, case="six patches of 2 into 4 x 6")
    if not same(got, picture):
        raise CheckError(
            f"{name} of six patches of one colour each, 1 to 6, into 4 x 6: the upper row is 1 1 2 2 3 3; yours is "
            f"{shown(got[0, 0, 0])}. Row by row, and is the height or the width divided for the number of rows?"
        )
    both = torch.tensor([[[0.0, 10, 1, 11, 4, 14, 5, 15]]])
    got = given(function, name, (1, 2, 2, 2), both, 2, 2, 2, case="one patch with two channels")
    if not same(got, [[[[0.0, 1], [4, 5]], [[10, 11], [14, 15]]]]):
        raise CheckError(
            f"{name} of 0 10 1 11 4 14 5 15, row, column, channel: the first channel is 0 1 4 5; yours is "
            f"{got[0, 0].flatten().tolist()}. Which of the three changes fastest?"
        )
    images = seeded(2, 3, 4, 6)
    laid = [images[:, :, i : i + 2, j : j + 2].permute(0, 2, 3, 1).flatten(1) for i in (0, 2) for j in (0, 2, 4)]
    got = given(function, name, (2, 3, 4, 6), torch.stack(laid, dim=1), 2, 4, 6, case="two pictures, three channels")
    if not same(got, images):
        raise CheckError(f"{name}: two pictures of 4 x 6 with three channels do not come back as they were.")


def _follows(function, case: str, weights: list[Tensor], wanted, suspects=(), question: str = "") -> None:
    name, before = "attention_rollout", [layer.clone() for layer in weights]
    expected = torch.tensor(wanted)
    got = given(function, name, tuple(expected.shape), weights, case=case, question=question)
    if not all(torch.equal(a, b) for a, b in zip(before, weights, strict=True)):
        raise CheckError(f"{name} changed the weights it was given. Write `x = x + y`, not `x += y` or `x.add_(y)`.")
    if not same(got, expected):
        told = cause(got, [(torch.tensor(numbers), sentence) for numbers, sentence in suspects]) or question
        raise CheckError(f"{name}, {case}: {rounded(expected)}; yours is {rounded(got)}. {told}".rstrip())


@visible_check(points=2)
def attention_rollout(function) -> None:
    """Two tokens: one layer, heads, a row of zeros, two layers in their order; two examples that do not mix."""
    swap = torch.tensor([[[[0.0, 1], [1, 0]]]])
    half = [[[0.5, 0.5], [0.5, 0.5]]]
    suspects = [
        ([[[0.0, 1], [1, 0]]], "The residual is missing: half of the identity is added to half of the weights."),
        ([[[1.0, 1], [1, 1]]], "The rows sum to 2. What is halved, or divided by its sum?"),
    ]
    _follows(function, "one layer, two tokens that look at each other only", [swap], half, suspects)
    left, right = torch.tensor([[1.0, 0], [1, 0]]), torch.tensor([[0.0, 1], [0, 1]])
    heads = torch.stack([left, left, left, right])[None]
    suspects = [
        ([[[2 / 3, 1 / 3], [1 / 3, 2 / 3]]], "That is the larger of the heads, not their mean."),
        ([[[0.8, 0.2], [0.6, 0.4]]], "The heads are summed: then the residual counts for less."),
        ([[[1.0, 0], [0.5, 0.5]]], "That is the first head alone."),
        ([[[0.7, 1 / 6], [0.3, 5 / 6]]], "The columns are divided by their sums, not the rows."),
    ]
    wanted = [[[0.875, 0.125], [0.375, 0.625]]]
    _follows(function, "one layer of four heads, three on token 0, one on token 1", [heads], wanted, suspects)
    zeros = torch.tensor([[[[0.0, 0], [0.5, 0.5]]]])
    question = (
        "The first token may look at nothing: only its residual is left, .5, and a row sums to 1. Divided by its sum?"
    )
    _follows(function, "one layer whose first row is zeros", [zeros], [[[1.0, 0], [0.25, 0.75]]], (), question)
    some = torch.tensor([[[0.0, 0], [1, 0]], [[0.0, 1], [1, 0]]])[None]
    question = "In one head the first row is zeros. First the mean over the heads, then the residual, then the sum."
    _follows(function, "two heads, a row of zeros in one", [some], [[[2 / 3, 1 / 3], [0.5, 0.5]]], (), question)
    suspects = [
        ([[[0.5, 0.5], [0.3125, 0.6875]]], "The product is the wrong way round: the last layer stands leftmost."),
        ([[[0.5, 0.5], [0.25, 0.75]]], "That is the last layer alone."),
        ([[[1.0, 0.0], [0.25, 0.75]]], "That is the first layer alone."),
        ([[[0.75, 0.25], [0.25, 0.75]]], "That is the mean of the layers; paths are followed by a product."),
        ([[[0.5, 0.0], [0.0625, 0.5625]]], "That is a product element by element; `@` follows paths."),
        ([[[0.75, 0.25], [0.375, 0.625]]], "The residual is added once, at the end; each layer has one."),
    ]
    first, second = torch.tensor([[1.0, 0], [0.5, 0.5]]), torch.tensor([[0.0, 1], [0.5, 0.5]])
    case = "two layers: token 0 looks at itself in the first and at token 1 in the second, token 1 at both"
    wanted = [[[0.625, 0.375], [0.4375, 0.5625]]]
    _follows(function, case, [first[None, None], second[None, None]], wanted, suspects)
    batch = torch.stack([left, right])[:, None]
    question = "Axis 0 is the batch, axis 1 the heads; columns are those looked at."
    wanted = [[[1.0, 0], [0.5, 0.5]], [[0.5, 0.5], [0, 1]]]
    _follows(function, "two examples of one layer", [batch], wanted, (), question)
