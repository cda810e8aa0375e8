"""causal_mask(length) -> bool (t, t) and padding_mask(lengths, max_length) -> bool (b, t)."""

import numpy as np

from autograder.exam.exercise import Case, Exercise
from autograder.exams.attention_from_scratch.earlier import NOTEBOOK


def cases(rng):
    yield Case("a few tokens", (4,), function="causal_mask")
    yield Case("more tokens", (int(rng.integers(7, 12)),), function="causal_mask")
    yield Case("a single token", (1,), function="causal_mask")

    def padding(concept, lengths, max_length):
        return Case(concept, (lengths, max_length), function="padding_mask")

    yield padding("a list of lengths", [3, 1], 4)
    yield padding("an array of lengths", rng.permutation([5, 2, 4]), 6)
    yield padding("a sequence without padding", [2, 4], 4)
    yield padding("as many sequences as tokens", rng.permutation([1, 2, 3]), 3)
    yield padding("padding in every sequence", [int(n) for n in rng.integers(1, 4, size=5)], 6)
    yield padding("a sequence without tokens and one without padding", [0, 5, 2], 5)
    yield padding("a batch of one", [2], 3)
    yield padding("a padded length of one", [1, 0, 1], 1)


masks = Exercise(NOTEBOOK, "masks", cases, functions=("causal_mask", "padding_mask"))


@masks.wrong("a token may attend to itself as well. What does the diagonal say?", function="causal_mask")
def itself_forbidden(length):
    return np.tril(np.ones((length, length), dtype=bool), k=-1)


@masks.wrong("this lets a token see itself and what comes later. Which triangle is the past?", function="causal_mask")
def later_ones(length):
    return np.triu(np.ones((length, length), dtype=bool))


@masks.wrong("True stands where a query may NOT attend. What does True mean in this course?", function="causal_mask")
def forbidden_is_true(length):
    return np.triu(np.ones((length, length), dtype=bool), k=1)


@masks.wrong("every token sees one token of the future. Where does the triangle end?", function="causal_mask")
def one_too_many(length):
    return np.tril(np.ones((length, length), dtype=bool), k=1)


@masks.wrong("these are numbers, the mask should be booleans. Which dtype do you ask for?", function="causal_mask")
def numbers(length):
    return np.tril(np.ones((length, length), dtype=int))


@masks.wrong("this is a mask to add to scores. What kind of entry does the docstring ask for?", function="causal_mask")
def to_be_added(length):
    return np.where(np.tril(np.ones((length, length))) == 1, 0.0, -np.inf)


@masks.wrong("every token may see everything. Which tokens come after a query?", function="causal_mask")
def all_allowed(length):
    return np.ones((length, length), dtype=bool)


@masks.wrong("every token sees itself alone. What about the tokens before it?", function="causal_mask")
def itself_only(length):
    return np.eye(length, dtype=bool)


@masks.right(function="causal_mask")
def by_comparison(length):
    position = np.arange(length)
    return position[:, None] >= position


@masks.right(function="causal_mask")
def by_tri(length):
    return np.tri(length, dtype=bool)


@masks.right(function="causal_mask")
def future_negated(length):
    return ~np.triu(np.ones((length, length), dtype=bool), k=1)


@masks.right(function="causal_mask")
def by_nested_lists(length):
    return [[j <= i for j in range(length)] for i in range(length)]


@masks.right(function="causal_mask")
def by_running_sum(length):
    return np.cumsum(np.eye(length), axis=0) > 0


@masks.wrong("one token of padding counts as real. At which index does the padding begin?", function="padding_mask")
def one_past_the_end(lengths, max_length):
    return np.arange(max_length) <= np.asarray(lengths)[:, np.newaxis]


@masks.wrong("the last real token is left out. At which index does the padding begin?", function="padding_mask")
def last_one_missing(lengths, max_length):
    return np.arange(1, max_length + 1) < np.asarray(lengths)[:, np.newaxis]


@masks.wrong("True stands at the padding. What does True mean in this course?", function="padding_mask")
def padding_is_true(lengths, max_length):
    return np.arange(max_length) >= np.asarray(lengths)[:, np.newaxis]


@masks.wrong("these are numbers, the mask should be booleans. Which dtype do you ask for?", function="padding_mask")
def numbers_for_padding(lengths, max_length):
    return (np.arange(max_length) < np.asarray(lengths)[:, np.newaxis]).astype(int)


@masks.wrong("rows are tokens here. Should a row be a token or a sequence?", function="padding_mask")
def rows_are_tokens(lengths, max_length):
    return np.arange(max_length)[:, np.newaxis] < np.asarray(lengths)


@masks.wrong("the padding comes first here. At which end do the real tokens stand?", function="padding_mask")
def padded_in_front(lengths, max_length):
    return np.arange(max_length) >= max_length - np.asarray(lengths)[:, np.newaxis]


@masks.wrong("the mask is as long as the longest sequence. What is `max_length` for?", function="padding_mask")
def longest_sequence(lengths, max_length):
    return np.arange(max(lengths)) < np.asarray(lengths)[:, np.newaxis]


@masks.wrong("a plain list of lengths has no axes to index. What turns a list into an array?", function="padding_mask")
def arrays_only(lengths, max_length):
    return np.arange(max_length) < lengths[:, np.newaxis]


@masks.wrong("there is one axis more than (b, t). Where does it come from?", function="padding_mask")
def one_axis_more(lengths, max_length):
    return np.arange(max_length) < np.asarray(lengths)[:, np.newaxis, np.newaxis]


@masks.wrong("only the place of the last token is True. Which tokens are real?", function="padding_mask")
def last_token_only(lengths, max_length):
    return np.arange(1, max_length + 1) == np.asarray(lengths)[:, np.newaxis]


@masks.right(function="padding_mask")
def filled_row_by_row(lengths, max_length):
    mask = np.zeros((len(lengths), max_length), dtype=bool)
    for row, length in zip(mask, lengths, strict=True):
        row[:length] = True
    return mask


@masks.right(function="padding_mask")
def lists_joined(lengths, max_length):
    return [[True] * int(length) + [False] * (max_length - int(length)) for length in lengths]


@masks.right(function="padding_mask")
def by_outer_comparison(lengths, max_length):
    return np.greater.outer(np.array(lengths), np.arange(max_length))


@masks.right(function="padding_mask")
def rows_of_a_triangle(lengths, max_length):
    return np.tri(max_length + 1, max_length, k=-1, dtype=bool)[np.array(lengths)]


@masks.right(function="padding_mask")
def by_torch(lengths, max_length):
    import torch

    return (torch.arange(max_length)[None] < torch.as_tensor(lengths)[:, None]).numpy()
