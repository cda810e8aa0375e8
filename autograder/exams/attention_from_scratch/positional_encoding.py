"""positional_encoding(length, depth): sinusoids, sine and cosine interleaved, exponent 2i/depth, odd depth allowed."""

import numpy as np

from autograder.exam.compare import Tolerance
from autograder.exam.exercise import Case, Exercise
from autograder.exams.attention_from_scratch.earlier import NOTEBOOK

TABLE = Tolerance(0, 1e-4)
"""A table computed in float32 is right: its angles, here up to 200, are off by up to 2e-5, and so are their sines."""


def cases(rng):
    def table(concept, length, depth):
        return Case(concept, (int(length), int(depth)), tolerance=TABLE)

    yield table("a few positions", 3, 4)
    yield table("more columns than positions", 4, rng.integers(5, 8) * 2)
    yield table("as many columns as positions", 6, 6)
    yield table("positions far along", rng.integers(150, 200), 16)
    yield table("an odd depth", 5, rng.integers(3, 6) * 2 - 1)
    yield table("an odd depth equal to the length", 7, 7)
    yield table("one pair of columns", 5, 2)
    yield table("a single column", 4, 1)
    yield table("a single position", 1, 6)
    yield table("a single position and column", 1, 1)


positional_encoding = Exercise(NOTEBOOK, "positional_encoding", cases)


@positional_encoding.wrong("all sines come first, then all cosines. Which function does a pair's second column hold?")
def halves_side_by_side(length, depth):
    pair = np.arange((depth + 1) // 2)
    angle = np.arange(length)[:, np.newaxis] / 10000 ** (2 * pair / depth)
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1)[:, :depth]


@positional_encoding.wrong("the exponent is half of what it should be. Is it i / depth in the formula?")
def exponent_halved(length, depth):
    column = np.arange(depth)
    angle = np.arange(length)[:, np.newaxis] / 10000 ** (column // 2 / depth)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))


@positional_encoding.wrong("the exponent is twice what it should be. Does your i count pairs or columns?")
def exponent_doubled(length, depth):
    column = np.arange(depth)
    angle = np.arange(length)[:, np.newaxis] / 10000 ** (2 * (column - column % 2) / depth)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))


@positional_encoding.wrong("the two columns of a pair turn at different speeds. Which angle do they share?")
def exponent_per_column(length, depth):
    column = np.arange(depth)
    angle = np.arange(length)[:, np.newaxis] / 10000 ** (column / depth)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))


@positional_encoding.wrong("the exponent is doubled and grows within a pair. Does your i count pairs or columns?")
def exponent_doubled_per_column(length, depth):
    column = np.arange(depth)
    angle = np.arange(length)[:, np.newaxis] / 10000 ** (2 * column / depth)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))


@positional_encoding.wrong("sine and cosine have changed places. Which of the two is 0 at position 0?")
def cosine_first(length, depth):
    column = np.arange(depth)
    angle = np.arange(length)[:, np.newaxis] / 10000 ** ((column - column % 2) / depth)
    return np.where(column % 2 == 0, np.cos(angle), np.sin(angle))


@positional_encoding.wrong("every column holds a sine. What does the second column of a pair hold?")
def sines_only(length, depth):
    column = np.arange(depth)
    return np.sin(np.arange(length)[:, np.newaxis] / 10000 ** ((column - column % 2) / depth))


@positional_encoding.wrong("the first position is counted as 1. With which number do positions begin?")
def counted_from_one(length, depth):
    column = np.arange(depth)
    angle = np.arange(1, length + 1)[:, np.newaxis] / 10000 ** ((column - column % 2) / depth)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))


@positional_encoding.wrong("the base is 1000. How many zeros has it in the formula?")
def base_1000(length, depth):
    column = np.arange(depth)
    angle = np.arange(length)[:, np.newaxis] / 1000 ** ((column - column % 2) / depth)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))


@positional_encoding.wrong("the angle grows with the column. Is the position multiplied by the power or divided by it?")
def multiplied_by_the_power(length, depth):
    column = np.arange(depth)
    angle = np.arange(length)[:, np.newaxis] * 10000 ** ((column - column % 2) / depth)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))


@positional_encoding.wrong("the exponent reaches 1 in the last pair. By what does the formula divide 2i?")
def last_pair_at_full_base(length, depth):
    column = np.arange(depth)
    pairs = (depth + 1) // 2
    angle = np.arange(length)[:, np.newaxis] / 10000 ** (column // 2 / max(pairs - 1, 1))
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))


@positional_encoding.wrong("rows are columns here. Should a row be a position?")
def rows_are_columns(length, depth):
    column = np.arange(depth)
    angle = np.arange(length)[:, np.newaxis] / 10000 ** ((column - column % 2) / depth)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle)).T


@positional_encoding.wrong("an odd depth does not work yet. How many sines and how many cosines does it have?")
def even_depth_only(length, depth):
    table = np.zeros((length, depth))
    angle = np.arange(length)[:, np.newaxis] / 10000 ** (np.arange(0, depth, 2) / depth)
    table[:, 0::2], table[:, 1::2] = np.sin(angle), np.cos(angle)
    return table


@positional_encoding.wrong("an odd depth gets one column too many. What does the last pair hold then?")
def odd_depth_one_too_many(length, depth):
    angle = np.arange(length)[:, np.newaxis] / 10000 ** (np.arange(0, depth, 2) / depth)
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1).reshape(length, -1)


@positional_encoding.wrong("an odd depth is rounded up in the exponent. Which depth stands in the formula?")
def odd_depth_rounded_up(length, depth):
    column = np.arange(depth)
    angle = np.arange(length)[:, np.newaxis] / 10000 ** ((column - column % 2) / (depth + depth % 2))
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))


@positional_encoding.wrong("an odd depth is rounded down in the exponent. Which depth stands in the formula?")
def odd_depth_rounded_down(length, depth):
    column = np.arange(depth)
    angle = np.arange(length)[:, np.newaxis] / 10000 ** (column // 2 / max(depth // 2, 1))
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))


@positional_encoding.wrong("the last column of an odd depth is empty. What does half a pair hold?")
def odd_depth_last_column_empty(length, depth):
    table = np.zeros((length, depth))
    for pair in range(depth // 2):
        angle = np.arange(length) / 10000 ** (2 * pair / depth)
        table[:, 2 * pair], table[:, 2 * pair + 1] = np.sin(angle), np.cos(angle)
    return table


@positional_encoding.wrong("the columns alternate by position, not by column. What does `even` refer to?")
def alternating_by_position(length, depth):
    position, column = np.arange(length)[:, np.newaxis], np.arange(depth)
    angle = position / 10000 ** ((column - column % 2) / depth)
    return np.where(position % 2 == 0, np.sin(angle), np.cos(angle))


@positional_encoding.right
def by_loops(length, depth):
    import math

    table = np.zeros((length, depth))
    for position in range(length):
        for column in range(depth):
            angle = position / 10000 ** (2 * (column // 2) / depth)
            table[position, column] = math.cos(angle) if column % 2 else math.sin(angle)
    return table


@positional_encoding.right
def by_complex_exponentials(length, depth):
    frequency = 10000.0 ** (-np.arange(0, depth, 2) / depth)
    turning = np.exp(1j * np.outer(np.arange(length), frequency))
    return np.stack([turning.imag, turning.real], axis=-1).reshape(length, -1)[:, :depth]


@positional_encoding.right
def by_logarithm_and_slices(length, depth):
    table = np.empty((length, depth))
    rate = np.exp(np.arange(0, depth, 2) * (-np.log(10000.0) / depth))
    angle = np.arange(length)[:, None] * rate
    table[:, 0::2] = np.sin(angle)
    table[:, 1::2] = np.cos(angle[:, : depth // 2])
    return table


@positional_encoding.right
def by_torch_in_float32(length, depth):
    import math

    import torch

    table = torch.zeros(length, depth)
    position = torch.arange(0, length, dtype=torch.float).unsqueeze(1)
    rate = torch.exp(torch.arange(0, depth, 2).float() * (-math.log(10000.0) / depth))
    table[:, 0::2] = torch.sin(position * rate)
    table[:, 1::2] = torch.cos(position * rate)[:, : depth // 2]
    return table.numpy()


@positional_encoding.right
def by_shifted_sine_to_lists(length, depth):
    column = np.arange(depth)
    angle = np.arange(length).reshape(-1, 1) * np.power(1e4, -(column // 2 * 2) / depth)
    return np.sin(angle + column % 2 * np.pi / 2).tolist()


@positional_encoding.right
def by_angle_addition(length, depth):
    step = 10000.0 ** (-(np.arange(depth) // 2 * 2) / depth)
    sine, cosine = np.zeros(depth), np.ones(depth)
    rows = []
    for _ in range(length):
        rows.append(np.where(np.arange(depth) % 2, cosine, sine))
        sine, cosine = (
            sine * np.cos(step) + cosine * np.sin(step),
            cosine * np.cos(step) - sine * np.sin(step),
        )
    return np.array(rows)
