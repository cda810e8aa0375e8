"""Wrong variants of window_attention."""

import math

import torch
from torch.nn import functional as F

from autograder.exams.beyond_text.window_attention import refuse, window_attention


def strips(query, key, value, window, ahead=0, scale=None, front=-math.inf):
    """Attention in a window in small steps; a variant with a slip changes one of them.

    Args:
        ahead: how many places a query sees besides, behind its own.
        scale: what the scores are divided by.
        front: the score of what does not exist.
    """
    t, behind = query.shape[-2], min(window, query.shape[-2]) - 1
    keys, values = (F.pad(x, (0, 0, behind, ahead)).unfold(-2, behind + 1 + ahead, 1) for x in (key, value))
    scores = torch.einsum("...td,...tdw->...tw", query, keys) / (scale or math.sqrt(query.shape[-1]))
    place = torch.arange(t)[:, None] + torch.arange(behind + 1 + ahead) - behind
    scores = scores.masked_fill((place < 0) | (place >= t), front)
    return weighed(scores.softmax(dim=-1), values)


def weighed(weights, values):
    return torch.einsum("...tw,...tvw->...tv", weights, values)


def masked(query, key, value, opened):
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    return scores.masked_fill(~opened, -math.inf).softmax(dim=-1) @ value


def distances(t):
    places = torch.arange(t)
    return places[:, None] - places


@window_attention.wrong(
    "all pairs of places are in memory at once: in one matrix, or in blocks of queries with all keys, which gradients "
    "keep. Which keys can a block of queries see at most?"
)
def all_pairs(query, key, value, window):
    refuse(window)
    behind = distances(query.shape[-2])
    return masked(query, key, value, (behind >= 0) & (behind < window))


@window_attention.wrong("there is no window: a query sees all places before it. How many should it see?")
def no_window(query, key, value, window):
    refuse(window)
    return masked(query, key, value, distances(query.shape[-2]) >= 0)


@window_attention.wrong("a query sees one place too many: the window counts itself. How many are before it?")
def one_too_many(query, key, value, window):
    refuse(window)
    return strips(query, key, value, window + 1)


@window_attention.wrong("a query sees one place too few: itself and window - 1 before it. How many are that?")
def one_too_few(query, key, value, window):
    refuse(window)
    return strips(query, key, value, max(window - 1, 1))


@window_attention.wrong("a query sees as far ahead as it sees back. Which places may it see?")
def both_ways(query, key, value, window):
    refuse(window)
    return strips(query, key, value, window, ahead=min(window, query.shape[-2]) - 1)


@window_attention.wrong("the window is centred, half of it ahead. Which places may a query see?")
def centred(query, key, value, window):
    refuse(window)
    half = min(window, query.shape[-2]) // 2
    return strips(query, key, value, half + 1, ahead=half)


@window_attention.wrong("the window looks ahead, not back. Is the sign of the distance right?")
def looks_ahead(query, key, value, window):
    refuse(window)
    return strips(query.flip(-2), key.flip(-2), value.flip(-2), window).flip(-2)


@window_attention.wrong(
    "a query sees the places of its own block only: at the beginning of a block it sees itself alone. Which block is "
    "missing?"
)
def own_block_alone(query, key, value, window):
    refuse(window)
    found = [masked(q, k, v, distances(q.shape[-2]) >= 0) for q, k, v in blocks(query, key, value, window)]
    return torch.cat(found, dim=-2)


def blocks(query, key, value, window):
    return zip(*(x.split(window, dim=-2) for x in (query, key, value)), strict=True)


@window_attention.wrong(
    "a query sees all of its block, also what lies ahead. What does the mask inside of a block close?"
)
def whole_own_block(query, key, value, window):
    refuse(window)
    found = [masked(q, k, v, torch.tensor(True)) for q, k, v in blocks(query, key, value, window)]
    return torch.cat(found, dim=-2)


@window_attention.wrong(
    "a query sees all of the block before its own: up to 2 * window - 1 places back. What does the mask close at the "
    "far end?"
)
def whole_block_before(query, key, value, window):
    refuse(window)
    found, before = [], None
    for q, k, v in blocks(query, key, value, window):
        keys = k if before is None else torch.cat([before[0], k], dim=-2)
        values = v if before is None else torch.cat([before[1], v], dim=-2)
        opened = distances(keys.shape[-2])[keys.shape[-2] - q.shape[-2] :] >= 0
        found.append(masked(q, keys, values, opened))
        before = k, v
    return torch.cat(found, dim=-2)


@window_attention.wrong("the scores are not scaled. By what are they divided?")
def not_scaled(query, key, value, window):
    refuse(window)
    return strips(query, key, value, window, scale=1.0)


@window_attention.wrong("the scores are divided by d, not by its root. What does the docstring say?")
def scaled_by_d(query, key, value, window):
    refuse(window)
    return strips(query, key, value, window, scale=query.shape[-1])


@window_attention.wrong("the scores are divided by the root of the window. Of what is the root taken?")
def scaled_by_the_window(query, key, value, window):
    refuse(window)
    return strips(query, key, value, window, scale=math.sqrt(window))


@window_attention.wrong(
    "the padding in front takes part: zeros have the score 0, and exp(0) is 1. What must be closed at the beginning?"
)
def padding_takes_part(query, key, value, window):
    refuse(window)
    return strips(query, key, value, window, front=0.0)


@window_attention.wrong(
    "the first places see the last ones: `roll` goes round. What stands before the beginning of a sequence?"
)
def goes_round(query, key, value, window):
    refuse(window)
    shifts = range(min(window, query.shape[-2]))
    keys, values = (torch.stack([x.roll(behind, dims=-2) for behind in shifts], dim=-1) for x in (key, value))
    scores = torch.einsum("...td,...tdw->...tw", query, keys) / math.sqrt(query.shape[-1])
    return weighed(scores.softmax(dim=-1), values)


@window_attention.wrong("all places of the window count the same. What makes one weigh more than another?")
def mean_of_the_window(query, key, value, window):
    refuse(window)
    return strips(0 * query, key, value, window)


@window_attention.wrong(
    "the weights are those of full attention, closed afterwards: they no longer sum to 1. What comes first, mask or "
    "softmax?"
)
def masked_afterwards(query, key, value, window):
    refuse(window)
    behind = distances(query.shape[-2])
    weights = (query @ key.mT / math.sqrt(query.shape[-1])).softmax(dim=-1)
    return (weights * ((behind >= 0) & (behind < window))) @ value


@window_attention.wrong("NaN comes out where scores are high. What does a softmax subtract from each score first?")
def exponentials_as_they_are(query, key, value, window):
    refuse(window)
    t, behind = query.shape[-2], min(window, query.shape[-2]) - 1
    keys, values = (F.pad(x, (0, 0, behind, 0)).unfold(-2, behind + 1, 1) for x in (key, value))
    exps = torch.exp(torch.einsum("...td,...tdw->...tw", query, keys) / math.sqrt(query.shape[-1]))
    exps = exps * (torch.arange(t)[:, None] + torch.arange(behind + 1) >= behind)
    return weighed(exps / exps.sum(dim=-1, keepdim=True), values)


@window_attention.wrong("a window longer than the sequence is refused. What does the docstring say of it?")
def refuses_long_windows(query, key, value, window):
    if not 1 <= window <= query.shape[-2]:
        raise ValueError("a window lies inside of the sequence")
    return strips(query, key, value, window)


@window_attention.wrong("a window below 1 goes through. Which error does the docstring name?")
def refuses_nothing(query, key, value, window):
    return strips(query, key, value, max(window, 1))


@window_attention.wrong("a window of 1 is refused too. What does a query see in it?")
def refuses_one(query, key, value, window):
    refuse(window - 1)
    return strips(query, key, value, window)


@window_attention.wrong("the places behind the last whole block are missing. How many come out?")
def rest_left_out(query, key, value, window):
    refuse(window)
    window = min(window, query.shape[-2])
    return strips(query, key, value, window)[..., : query.shape[-2] // window * window, :]


@window_attention.wrong("it works with a batch and heads in front, no more and no less. How many axes may there be?")
def four_axes(query, key, value, window):
    refuse(window)
    _, _, _, _ = query.shape
    return strips(query, key, value, window)


@window_attention.wrong("it works with one axis in front, no more and no less. How many axes may there be?")
def three_axes(query, key, value, window):
    refuse(window)
    _, _, _ = query.shape
    return strips(query, key, value, window)


@window_attention.wrong("keys are averaged, not values. What does a query take from the places that it sees?")
def keys_averaged(query, key, value, window):
    refuse(window)
    return strips(query, key, key, window)
