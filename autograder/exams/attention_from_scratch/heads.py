"""split_heads(x, num_heads) (..., t, m) -> (..., h, t, m/h), a head a contiguous block of columns; merge_heads back."""

import numpy as np

from autograder.exam.exercise import Case, Exercise
from autograder.exams.attention_from_scratch.earlier import NOTEBOOK


def cases(rng):
    yield from split_cases(rng)
    yield from merge_cases(rng)


def split_cases(rng):
    def split(concept, shape, num_heads):
        return Case(concept, (rng.normal(size=shape), num_heads), function="split_heads")

    yield split("one sequence", (3, 8), 2)
    yield split("a batch", (2, 3, 8), 4)
    yield split("as many tokens as heads", (2, 4, 12), 4)
    yield split("tokens, heads and columns of one number", (3, 9), 3)
    yield split("a batch as large as everything else", (3, 3, 9), 3)
    yield split("two leading axes", (2, 3, 4, 6), 2)
    yield split("one head", (2, 3, 4), 1)
    yield split("heads of one column", (2, 3, 4), 4)
    yield split("a single token", (2, 1, 6), 3)
    yield split("a batch of one", (1, 5, 4), 2)
    yield Case("integer input", (rng.integers(-9, 10, size=(3, 6)), 2), function="split_heads")
    view = rng.normal(size=(12, 5, 2)).transpose(2, 1, 0)[:, ::2]
    yield Case("a view with strides", (view, 3), function="split_heads")
    yield Case(
        "a width that the heads do not divide",
        (rng.normal(size=(2, 3, 6)), 4),
        raises="ValueError",
        function="split_heads",
    )


def merge_cases(rng):
    def merge(concept, *shape):
        return Case(concept, (rng.normal(size=shape),), function="merge_heads")

    yield merge("the heads of one sequence", 2, 3, 4)
    yield merge("a batch", 2, 4, 3, 2)
    yield merge("as many tokens as heads", 2, 3, 3, 4)
    yield merge("heads, tokens and columns of one number", 3, 3, 3)
    yield merge("two leading axes", 2, 3, 4, 2, 5)
    yield merge("one head", 2, 1, 3, 4)
    yield merge("heads of one column", 2, 4, 3, 1)
    yield merge("a single token", 2, 3, 1, 2)
    yield merge("a batch of one", 1, 2, 5, 3)
    yield Case("integer input", (rng.integers(-9, 10, size=(2, 3, 4)),), function="merge_heads")
    yield Case("a view with strides", (rng.normal(size=(2, 6, 3, 4)).swapaxes(1, 2)[..., ::2],), function="merge_heads")


_NUMPY_RAISES_ANYWAY = "a reshape to a width that does not fit raises a ValueError of its own"

heads = Exercise(
    NOTEBOOK,
    "heads",
    cases,
    functions=("split_heads", "merge_heads"),
    survivors={
        "split_heads: if width % num_heads != 0: "
        "raise ValueError(f'{num_heads} heads do not divide a width of {width}') -> (nothing)": _NUMPY_RAISES_ANYWAY,
        "split_heads: raise ValueError(f'{num_heads} heads do not divide a width of {width}') -> (nothing)": (
            _NUMPY_RAISES_ANYWAY
        ),
    },
)


@heads.wrong(
    "a reshape alone cuts the list of numbers anywhere and mixes tokens. Which axes must change places after it?",
    function="split_heads",
)
def split_by_reshape_alone(x, num_heads):
    *leading, length, width = x.shape
    if width % num_heads != 0:
        raise ValueError
    return x.reshape(*leading, num_heads, length, width // num_heads)


@heads.wrong(
    "neighbouring columns go to different heads. Which of the two new axes should be the outer one?",
    function="split_heads",
)
def columns_dealt_out(x, num_heads):
    *leading, length, width = x.shape
    if width % num_heads != 0:
        raise ValueError
    return np.moveaxis(x.reshape(*leading, length, width // num_heads, num_heads), -1, -3)


@heads.wrong("the heads stand behind the tokens. At which place does the docstring want h?", function="split_heads")
def heads_behind_tokens(x, num_heads):
    *leading, length, width = x.shape
    if width % num_heads != 0:
        raise ValueError
    return x.reshape(*leading, length, num_heads, width // num_heads)


@heads.wrong("the heads stand before the batch. At which place does the docstring want h?", function="split_heads")
def heads_before_batch(x, num_heads):
    return np.array(np.split(x, num_heads, axis=-1))


@heads.wrong(
    "`num_heads` is taken for the number of columns of a head. How many heads does that make?", function="split_heads"
)
def number_taken_for_columns(x, num_heads):
    *leading, length, width = x.shape
    if width % num_heads != 0:
        raise ValueError
    return np.swapaxes(x.reshape(*leading, length, width // num_heads, num_heads), -3, -2)


@heads.wrong("the tokens are shared out among the heads. Which axis is to be cut?", function="split_heads")
def tokens_split(x, num_heads):
    return np.stack(np.array_split(x, num_heads, axis=-2), axis=-3)


@heads.wrong("a batch is taken for granted. What does `...` in the docstring allow?", function="split_heads")
def split_needs_a_batch(x, num_heads):
    batch, length, width = x.shape
    return x.reshape(batch, length, num_heads, width // num_heads).transpose(0, 2, 1, 3)


@heads.wrong("only a single sequence can be split. What does `...` in the docstring allow?", function="split_heads")
def split_one_sequence(x, num_heads):
    length, width = x.shape
    return x.reshape(length, num_heads, width // num_heads).transpose(1, 0, 2)


@heads.wrong("columns that fit into no head get lost. What does the docstring want then?", function="split_heads")
def columns_lost(x, num_heads):
    size = x.shape[-1] // num_heads
    return np.stack([x[..., i * size : (i + 1) * size] for i in range(num_heads)], axis=-3)


@heads.wrong("the columns stand before the tokens. Which two axes come last?", function="split_heads")
def columns_before_tokens(x, num_heads):
    return np.stack(np.split(np.swapaxes(x, -1, -2), num_heads, axis=-2), axis=-3)


@heads.wrong("each head keeps all the columns. How wide should one be?", function="split_heads")
def copied_to_every_head(x, num_heads):
    if x.shape[-1] % num_heads != 0:
        raise ValueError
    return np.stack([x] * num_heads, axis=-3)


@heads.right(function="split_heads")
def split_and_stacked(x, num_heads):
    return np.stack(np.split(x, num_heads, axis=-1), axis=-3)


@heads.right(function="split_heads")
def split_by_slices(x, num_heads):
    if x.shape[-1] % num_heads:
        raise ValueError("the heads do not divide the width")
    size = x.shape[-1] // num_heads
    blocks = np.empty((*x.shape[:-2], num_heads, x.shape[-2], size))
    for head in range(num_heads):
        blocks[..., head, :, :] = x[..., head * size : (head + 1) * size]
    return blocks


@heads.right(function="split_heads")
def split_by_transpose(x, num_heads):
    blocks = x.reshape(*x.shape[:-1], num_heads, -1)
    axes = list(range(blocks.ndim))
    axes[-3], axes[-2] = axes[-2], axes[-3]
    return blocks.transpose(axes)


@heads.right(function="split_heads")
def split_by_torch(x, num_heads):
    import torch

    if x.shape[-1] % num_heads != 0:
        raise ValueError("the heads do not divide the width")
    return torch.from_numpy(x).unflatten(-1, (num_heads, -1)).transpose(-3, -2).numpy()


@heads.right(function="split_heads")
def split_by_einsum_to_lists(x, num_heads):
    return np.einsum("...thc->...htc", x.reshape(*x.shape[:-1], num_heads, x.shape[-1] // num_heads)).tolist()


@heads.wrong(
    "a reshape alone puts numbers of different tokens into one row. Which axes must change places before it?",
    function="merge_heads",
)
def merged_by_reshape_alone(x):
    *leading, num_heads, length, columns = x.shape
    return x.reshape(*leading, length, num_heads * columns)


@heads.wrong(
    "the columns of the heads come out interleaved. Which axis should vary fastest in a row?", function="merge_heads"
)
def columns_interleaved(x):
    *leading, num_heads, length, columns = x.shape
    return np.moveaxis(x, -3, -1).reshape(*leading, length, num_heads * columns)


@heads.wrong("the heads stand one below the other. Along which axis do they belong together?", function="merge_heads")
def heads_below_each_other(x):
    return np.concatenate(list(np.moveaxis(x, -3, 0)), axis=-2)


@heads.wrong("the heads still have an axis of their own. Which step is left?", function="merge_heads")
def heads_left_apart(x):
    return np.swapaxes(x, -3, -2)


@heads.wrong("the heads are averaged. Should a column of the input get lost?", function="merge_heads")
def heads_averaged(x):
    return x.mean(axis=-3)


@heads.wrong("the heads are added up. Should a column of the input get lost?", function="merge_heads")
def heads_added(x):
    return x.sum(axis=-3)


@heads.wrong("a batch is taken for granted. What does `...` in the docstring allow?", function="merge_heads")
def merge_needs_a_batch(x):
    batch, num_heads, length, columns = x.shape
    return x.transpose(0, 2, 1, 3).reshape(batch, length, num_heads * columns)


@heads.wrong("only a single sequence can be merged. What does `...` in the docstring allow?", function="merge_heads")
def merge_one_sequence(x):
    num_heads, length, columns = x.shape
    return x.transpose(1, 0, 2).reshape(length, num_heads * columns)


@heads.wrong("the heads come back in reverse order. Which head has the first columns?", function="merge_heads")
def last_head_first(x):
    *leading, num_heads, length, columns = x.shape
    return np.swapaxes(x[..., ::-1, :, :], -3, -2).reshape(*leading, length, num_heads * columns)


@heads.right(function="merge_heads")
def merged_by_concatenation(x):
    return np.concatenate([x[..., head, :, :] for head in range(x.shape[-3])], axis=-1)


@heads.right(function="merge_heads")
def merged_by_moving_an_axis(x):
    return np.moveaxis(x, -3, -2).reshape(*x.shape[:-3], x.shape[-2], -1)


@heads.right(function="merge_heads")
def merged_by_loops(x):
    columns = x.shape[-1]
    merged = np.zeros((*x.shape[:-3], x.shape[-2], x.shape[-3] * columns))
    for column in range(merged.shape[-1]):
        merged[..., column] = x[..., column // columns, :, column % columns]
    return merged


@heads.right(function="merge_heads")
def merged_by_torch(x):
    import torch

    return torch.from_numpy(x).transpose(-3, -2).flatten(-2).numpy()


@heads.right(function="merge_heads")
def merged_by_einsum_to_lists(x):
    return np.einsum("...htc->...thc", x).reshape(*x.shape[:-3], x.shape[-2], x.shape[-3] * x.shape[-1]).tolist()
