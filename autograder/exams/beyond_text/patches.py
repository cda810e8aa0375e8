"""patches(images, size) and unpatch(patches, size, height, width): the cases, the right variants."""

import torch
from torch.nn import functional as F

from autograder.exam.exercise import Case, Exercise
from autograder.exams.beyond_text.earlier import NOTEBOOK
from autograder.exams.sequence_to_sequence.inputs import normal


def right(images, size):
    """The oracle: pixel by pixel, as the docstring counts them."""
    channels, height, width = images.shape[1:]
    rows = []
    for top in range(0, height, size):
        for left in range(0, width, size):
            square = [
                images[:, c, top + i, left + j] for i in range(size) for j in range(size) for c in range(channels)
            ]
            rows.append(torch.stack(square, dim=1))
    return torch.stack(rows, dim=1)


SHAPES = {
    "a picture with one channel": ((1, 1, 4, 6), 2),
    "several pictures with channels": ((3, 3, 4, 6), 2),
    "higher than wide": ((2, 2, 9, 3), 3),
    "square pictures": ((2, 3, 6, 6), 3),
    "patches of one pixel": ((2, 3, 2, 4), 1),
    "one patch for all": ((3, 2, 4, 4), 4),
    "one row of patches": ((2, 3, 2, 6), 2),
    "one column of patches": ((2, 3, 6, 2), 2),
    "as many pictures, channels and pixels": ((4, 4, 4, 4), 2),
}


def cases(rng):
    yield from cutting(rng)
    yield from joining(rng)


def cutting(rng):
    def cut(concept, images, size):
        return Case(concept, (images, size), expected=right(images, size), function="patches")

    for concept, (shape, size) in SHAPES.items():
        yield cut(concept, normal(rng, *shape), size)
    yield cut("float64", normal(rng, 2, 2, 4, 6, dtype=torch.float64), 2)
    yield cut("views with strides", normal(rng, 6, 4, 2, 3).permute(3, 2, 1, 0), 2)
    for concept, (height, width), size in (
        ("a height that the size does not divide", (5, 4), 2),
        ("a width that the size does not divide", (4, 5), 2),
        ("sides that the size does not divide", (5, 7), 2),
        ("as many pixels as whole patches have", (2, 8), 4),
        ("a size beyond the sides", (4, 4), 8),
    ):
        given = normal(rng, 2, 3, height, width), size
        yield Case(concept, given, raises="ValueError", function="patches")


def joining(rng):
    def join(concept, images, size):
        given = right(images, size), size, *images.shape[2:]
        return Case(concept, given, expected=images, function="unpatch")

    for concept, (shape, size) in SHAPES.items():
        yield join(concept, normal(rng, *shape), size)
    yield join("float64", normal(rng, 2, 2, 4, 6, dtype=torch.float64), 2)
    images = normal(rng, 2, 3, 4, 6)
    turned = right(images, 2).transpose(1, 2).contiguous().transpose(1, 2)
    yield Case("views with strides", (turned, 2, 4, 6), expected=images, function="unpatch")
    for concept, n, size, height, width in (
        ("more patches than the picture has", 7, 2, 4, 6),
        ("fewer patches than the picture has", 4, 2, 4, 6),
        ("patches of several pictures in one row", 12, 2, 4, 6),
        ("a height that the size does not divide", 4, 2, 5, 4),
        ("a width that the size does not divide", 4, 2, 4, 5),
        ("sides that the size does not divide", 1, 4, 2, 8),
    ):
        given = normal(rng, 2, n, size * size * 3), size, height, width
        yield Case(concept, given, raises="ValueError", function="unpatch")


patches = Exercise(NOTEBOOK, "patches", cases, functions=("patches", "unpatch"))


@patches.right(function="patches")
def by_slices(images, size):
    height, width = images.shape[2:]
    if height % size != 0 or width % size != 0:
        raise ValueError("size")
    squares = []
    for top in range(0, height, size):
        for left in range(0, width, size):
            square = images[:, :, top : top + size, left : left + size]
            squares.append(square.permute(0, 2, 3, 1).flatten(1))
    return torch.stack(squares, dim=1)


@patches.right(function="patches")
def by_the_library(images, size):
    if any(side % size for side in images.shape[-2:]):
        raise ValueError("the size must divide both sides")
    columns = F.unfold(images, size, stride=size)  # (b, c * size * size, n), channel first
    return columns.unflatten(1, (images.shape[1], -1)).transpose(1, 2).flatten(1, 2).transpose(1, 2)


@patches.right(function="patches")
def by_unfolding_twice(images, size):
    if images.size(2) % size or images.size(3) % size:
        raise ValueError(f"{size}")
    squares = images.unfold(2, size, size).unfold(3, size, size)  # (b, c, rows, columns, size, size)
    return squares.movedim(1, -1).flatten(3).flatten(1, 2)


@patches.right(function="patches")
def by_einsum(images, size):
    (b, c, height, width), p = images.shape, size
    if height // p * p != height or width // p * p != width:
        raise ValueError("no whole patches")
    cut = torch.einsum("bchpwq->bhwpqc", images.reshape(b, c, height // p, p, width // p, p))
    return cut.reshape(b, (height // p) * (width // p), p * p * c)


@patches.right(function="unpatch")
def into_slices(patches, size, height, width):
    b, n, numbers = patches.shape
    if height % size or width % size or n * size**2 != height * width:
        raise ValueError("do not fit")
    images = patches.new_zeros(b, numbers // size**2, height, width)
    for number in range(n):
        top, left = divmod(number, width // size)
        square = patches[:, number].reshape(b, size, size, -1).permute(0, 3, 1, 2)
        images[:, :, top * size : (top + 1) * size, left * size : (left + 1) * size] = square
    return images


@patches.right(function="unpatch")
def by_folding(patches, size, height, width):
    if height % size or width % size:
        raise ValueError("the size must divide both sides")
    if patches.shape[1] != (height // size) * (width // size):
        raise ValueError("another number of patches")
    columns = patches.unflatten(2, (size * size, -1)).transpose(2, 3).flatten(2).transpose(1, 2)
    return F.fold(columns, (height, width), size, stride=size)


@patches.right(function="unpatch")
def by_joining_rows(patches, size, height, width):
    if height % size or width % size or patches.shape[1] != height // size * (width // size):
        raise ValueError
    squares = patches.unflatten(2, (size, size, -1)).movedim(-1, 1)  # (b, c, n, size, size)
    lines = squares.split(width // size, dim=2)
    return torch.cat([torch.cat(list(line.unbind(dim=2)), dim=-1) for line in lines], dim=-2)
