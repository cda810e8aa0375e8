"""Wrong variants of patches and of unpatch."""

import math

import torch
from torch.nn import functional as F

from autograder.exams.beyond_text.patches import patches


def refuse(size, height, width):
    if height % size or width % size:
        raise ValueError("the size must divide both sides")


def cut(images, size, order=(0, 2, 4, 3, 5, 1)):
    """The pictures with the six axes (b, c, rows, size, columns, size) in this order, made into rows of patches."""
    b, channels, height, width = images.shape
    refuse(size, height, width)
    axes = images.reshape(b, channels, height // size, size, width // size, size).permute(order)
    return axes.reshape(b, -1, size * size * channels)


@patches.wrong(
    "the numbers keep the order of the picture and are cut into rows: a patch gets pieces of lines. What does "
    "`reshape` move?",
    function="patches",
)
def torn(images, size):
    refuse(size, *images.shape[2:])
    return images.reshape(images.shape[0], -1, size * size * images.shape[1])


@patches.wrong(
    "the channels are moved last and the rest is cut into rows: a patch gets pieces of lines. Which axes say which "
    "patch it is?",
    function="patches",
)
def torn_with_channels_last(images, size):
    refuse(size, *images.shape[2:])
    return images.permute(0, 2, 3, 1).reshape(images.shape[0], -1, size * size * images.shape[1])


@patches.wrong("inside of a patch the channel comes first. Which order does the docstring have?", function="patches")
def channel_first(images, size):
    return cut(images, size, (0, 2, 4, 1, 3, 5))


@patches.wrong(
    "the channel comes between row and column inside of a patch. Which order does the docstring have?",
    function="patches",
)
def channel_between(images, size):
    return cut(images, size, (0, 2, 4, 3, 1, 5))


@patches.wrong("the patches come column by column. Which neighbour of the first one is the second?", function="patches")
def column_by_column(images, size):
    return cut(images, size, (0, 4, 2, 3, 5, 1))


@patches.wrong(
    "inside of a patch the numbers go column by column. Which comes first, row or column?", function="patches"
)
def turned_inside(images, size):
    return cut(images, size, (0, 2, 4, 5, 3, 1))


@patches.wrong(
    "rows and columns are exchanged, of the patches and inside of them. Is the picture turned over?", function="patches"
)
def turned_over(images, size):
    return cut(images, size, (0, 4, 2, 5, 3, 1))


@patches.wrong(
    "the row inside of a patch and the row of patches are exchanged: a patch holds pixels that lie apart. Which of the "
    "two changes from pixel to pixel?",
    function="patches",
)
def pixels_apart(images, size):
    b, channels, height, width = images.shape
    refuse(size, height, width)
    axes = images.reshape(b, channels, size, height // size, size, width // size)
    return axes.permute(0, 3, 5, 2, 4, 1).reshape(b, -1, size * size * channels)


@patches.wrong("a patch begins at every pixel, so they overlap. How far apart do patches begin?", function="patches")
def overlapping(images, size):
    refuse(size, *images.shape[2:])
    columns = F.unfold(images, size)
    return columns.unflatten(1, (images.shape[1], -1)).transpose(1, 2).flatten(1, 2).transpose(1, 2)


@patches.wrong(
    "what does not fill a patch is cut off. What does the docstring say of sides that size does not divide?",
    function="patches",
)
def rest_cut_off(images, size):
    height, width = (side // size * size for side in images.shape[2:])
    if not height or not width:
        raise ValueError("no patch at all")
    return cut(images[..., :height, :width], size)


@patches.wrong(
    "what does not fill a patch is filled with zeros. What does the docstring say of sides that size does not divide?",
    function="patches",
)
def rest_filled_up(images, size):
    height, width = images.shape[2:]
    return cut(F.pad(images, (0, -width % size, 0, -height % size)), size)


@patches.wrong("only the height is looked at. Which sides must size divide?", function="patches")
def height_alone(images, size):
    refuse(size, images.shape[2], images.shape[2])
    return cut(images[..., : images.shape[3] // size * size], size)


@patches.wrong("only the width is looked at. Which sides must size divide?", function="patches")
def width_alone(images, size):
    refuse(size, images.shape[3], images.shape[3])
    return cut(images[..., : images.shape[2] // size * size, :], size)


@patches.wrong(
    "PyTorch's own error comes where size does not divide a side. Which error does the docstring name?",
    function="patches",
)
def error_of_pytorch(images, size):
    b, channels, height, width = images.shape
    axes = images.reshape(b, channels, height // size, size, width // size, size)
    return axes.permute(0, 2, 4, 3, 5, 1).reshape(b, -1, size * size * channels)


@patches.wrong("only the number of pixels is looked at. Which sides must size divide?", function="patches")
def pixels_counted(images, size):
    if math.prod(images.shape[2:]) % size**2:
        raise ValueError("the patches do not fit")
    return cut(images[..., : images.shape[2] // size * size, : images.shape[3] // size * size], size)


@patches.wrong("all pictures' patches stand in one row. How many axes come out?", function="patches")
def pictures_in_one_row(images, size):
    return cut(images, size).flatten(0, 1)


@patches.wrong("a patch is still a square. How many numbers stand in its row?", function="patches")
def still_squares(images, size):
    return cut(images, size).unflatten(2, (size, size, -1))


def fit(patches, size, height, width):
    refuse(size, height, width)
    if patches.shape[1] != height // size * (width // size):
        raise ValueError("another number of patches")


def join(patches, size, height, width, order=(0, 5, 1, 3, 2, 4), inside=None):
    """The pictures from (b, rows, columns, *inside) with the axes in this order."""
    rows, columns = height // size, width // size
    axes = patches.reshape(len(patches), rows, columns, *(inside or (size, size, -1)))
    return axes.permute(order).reshape(len(patches), -1, height, width)


@patches.wrong(
    "the numbers are poured into the picture row by row: the first patch lies in its first line. What does `reshape` "
    "move?",
    function="unpatch",
)
def poured_in(patches, size, height, width):
    fit(patches, size, height, width)
    return patches.reshape(len(patches), -1, height, width)


@patches.wrong(
    "the numbers are poured into the picture row by row, the channels taken out. What does `reshape` move?",
    function="unpatch",
)
def poured_in_with_channels_last(patches, size, height, width):
    fit(patches, size, height, width)
    return patches.reshape(len(patches), height, width, -1).permute(0, 3, 1, 2)


@patches.wrong("the channel is looked for first in a patch. In which order do its numbers come?", function="unpatch")
def channel_first_inside(patches, size, height, width):
    fit(patches, size, height, width)
    return join(patches, size, height, width, (0, 3, 1, 4, 2, 5), (-1, size, size))


@patches.wrong(
    "the patches are laid column by column. Which neighbour of the first one is the second?", function="unpatch"
)
def laid_column_by_column(patches, size, height, width):
    fit(patches, size, height, width)
    rows, columns = height // size, width // size
    axes = patches.reshape(len(patches), columns, rows, size, size, -1)
    return axes.permute(0, 5, 2, 3, 1, 4).reshape(len(patches), -1, height, width)


@patches.wrong("each patch is turned over inside. Which comes first, row or column?", function="unpatch")
def patches_turned_over(patches, size, height, width):
    fit(patches, size, height, width)
    return join(patches, size, height, width, (0, 5, 1, 4, 2, 3))


@patches.wrong(
    "the row inside of a patch and the row of patches are exchanged, so that each patch is spread over the picture. "
    "Which of the two changes from pixel to pixel?",
    function="unpatch",
)
def spread_out(patches, size, height, width):
    fit(patches, size, height, width)
    return join(patches, size, height, width, (0, 5, 3, 1, 4, 2))


@patches.wrong("rows and columns of the picture are exchanged. Which side is the height?", function="unpatch")
def sides_exchanged(patches, size, height, width):
    fit(patches, size, height, width)
    return join(patches, size, width, height)


@patches.wrong("the picture is taken for a square. How many patches stand in one of its rows?", function="unpatch")
def square_pictures(patches, size, height, width):
    fit(patches, size, height, width)
    side = math.isqrt(patches.shape[1]) * size
    return join(patches, size, side, side)


@patches.wrong("the channels come last. Where are they in the pictures that `patches` takes?", function="unpatch")
def channels_last(patches, size, height, width):
    fit(patches, size, height, width)
    return join(patches, size, height, width).permute(0, 2, 3, 1)


@patches.wrong(
    "the number of patches is not looked at: some are left out, or made up. What does the docstring say of a "
    "number that does not fit?",
    function="unpatch",
)
def number_of_no_matter(patches, size, height, width):
    refuse(size, height, width)
    n = height // size * (width // size)
    if patches.shape[1] < n:
        patches = torch.cat([patches, patches.new_zeros(len(patches), n - patches.shape[1], patches.shape[2])], 1)
    return join(patches[:, :n], size, height, width)


@patches.wrong(
    "a size that does not divide the sides goes through, as long as the number of patches fits. What does the "
    "docstring say of it?",
    function="unpatch",
)
def size_of_no_matter(patches, size, height, width):
    if patches.shape[1] != height // size * (width // size):
        raise ValueError("another number of patches")
    return join(patches, size, height // size * size, width // size * size)


@patches.wrong(
    "PyTorch's own error comes where the patches do not fit. Which error does the docstring name?", function="unpatch"
)
def error_of_pytorch_again(patches, size, height, width):
    axes = patches.reshape(len(patches), height // size, width // size, size, size, patches.shape[2] // size**2)
    return axes.permute(0, 5, 1, 3, 2, 4).reshape(len(patches), -1, height, width)
