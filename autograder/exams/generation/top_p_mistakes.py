"""Wrong variants of top_p."""

import math

import torch
from torch.nn import functional as F

from autograder.exams.generation.choosing import choosing


def wrong(hint):
    return choosing.wrong(hint, function="top_p")


def not_negative(p):
    if p < 0:
        raise ValueError


def ordered(logits):
    """(order, probabilities in that order, running sums)."""
    order = logits.argsort(dim=-1, descending=True, stable=True)
    shares = logits.softmax(-1).gather(-1, order)
    return order, shares, shares.cumsum(-1)


def keeping(logits, order, stays, *, first=True):
    """-inf where a rank does not stay."""
    if first:
        stays = stays | (torch.arange(logits.shape[-1]) == 0)
    return logits.masked_fill(~torch.zeros_like(stays).scatter(-1, order, stays), -math.inf)


@wrong("the token that crosses the line is dropped, so what is left does not reach p. Where does the rule stop?")
def crossing_dropped(logits, p):
    not_negative(p)
    order, _, sums = ordered(logits)
    return keeping(logits, order, sums <= p)


@wrong("the token that crosses the line is dropped, and where the first crosses it nothing is left. Which must stay?")
def nothing_left(logits, p):
    not_negative(p)
    order, _, sums = ordered(logits)
    return keeping(logits, order, sums <= p, first=False)


@wrong("the token that reaches p is dropped even if it reaches it exactly. Must the mass reach p or stay below it?")
def reaching_dropped(logits, p):
    not_negative(p)
    order, _, sums = ordered(logits)
    return keeping(logits, order, sums < p)


@wrong("one token too many stays where p is reached exactly. Is more needed, once the mass before a token is p?")
def one_too_many_when_exact(logits, p):
    not_negative(p)
    order, shares, sums = ordered(logits)
    return keeping(logits, order, sums - shares <= p)


@wrong("one token too many stays. Which mass must be below p: that up to a token, or that before it?")
def one_too_many(logits, p):
    not_negative(p)
    order, shares, sums = ordered(logits)
    before = F.pad((sums - shares)[..., :-1], (1, 0))
    return keeping(logits, order, before < p)


@wrong("with p = 0 nothing is left. Which token always stays?")
def nothing_at_0(logits, p):
    not_negative(p)
    order, shares, sums = ordered(logits)
    return keeping(logits, order, sums - shares < p, first=False)


@wrong(
    "where no sum exceeds p one token alone is left: argmax of booleans that are all False is 0. How many should stay "
    "for p = 1?"
)
def greedy_when_none_exceeds(logits, p):
    not_negative(p)
    order, _, sums = ordered(logits)
    crossing = (sums > p).long().argmax(-1, keepdim=True)
    return keeping(logits, order, torch.arange(logits.shape[-1]) <= crossing)


@wrong("whether a rank stays is read as whether a token stays. How does the order come back to the vocabulary?")
def not_brought_back(logits, p):
    not_negative(p)
    _, shares, sums = ordered(logits)
    stays = sums - shares < p
    stays[..., 0] = True
    return logits.masked_fill(~stays, -math.inf)


@wrong("it is brought back the wrong way: `order` says which token stands at a rank, and you need the rank of a token. "
       "What is the inverse of a permutation?")  # fmt: skip
def gathered_by_the_order(logits, p):
    not_negative(p)
    order, shares, sums = ordered(logits)
    stays = sums - shares < p
    stays[..., 0] = True
    return logits.masked_fill(~stays.gather(-1, order), -math.inf)


@wrong("the logits come back in the order of their ranks. Where do tokens stand in the vocabulary?")
def in_the_order_of_ranks(logits, p):
    not_negative(p)
    order, shares, sums = ordered(logits)
    stays = (sums - shares < p) | (torch.arange(logits.shape[-1]) == 0)
    return logits.gather(-1, order).masked_fill(~stays, -math.inf)


@wrong("each token is compared with p by itself. What is added up?")
def each_by_itself(logits, p):
    not_negative(p)
    order, shares, _ = ordered(logits)
    return keeping(logits, order, shares >= p)


@wrong("this keeps what has at least the p-th part of the most probable one, another rule. What is added up here?")
def part_of_the_best(logits, p):
    not_negative(p)
    order, shares, _ = ordered(logits)
    return keeping(logits, order, shares >= p * shares[..., :1])


@wrong("it goes from the least probable token upwards. At which end does the sum begin?")
def from_the_least(logits, p):
    not_negative(p)
    order = logits.argsort(dim=-1, stable=True)
    shares = logits.softmax(-1).gather(-1, order)
    return keeping(logits, order, shares.cumsum(-1) - shares < p)


@wrong("a mass of p is cut off, where it should be kept. Which of the two reaches p?")
def p_is_cut_off(logits, p):
    not_negative(p)
    order, shares, sums = ordered(logits)
    return keeping(logits, order, sums - shares < 1 - p)


@wrong("tokens are added up in the order of the vocabulary. In which order does the rule take them?")
def not_sorted(logits, p):
    not_negative(p)
    shares = logits.softmax(-1)
    stays = (shares.cumsum(-1) - shares < p) | (torch.arange(logits.shape[-1]) == 0)
    return logits.masked_fill(~stays, -math.inf)


@wrong("the logits themselves are added up. What must they become before they are masses?")
def sums_of_logits(logits, p):
    not_negative(p)
    order = logits.argsort(dim=-1, descending=True, stable=True)
    scores = logits.gather(-1, order)
    return keeping(logits, order, scores.cumsum(-1) - scores < p)


@wrong("all tokens as probable as the last that stays are kept. What is the smallest set?")
def all_on_a_tie(logits, p):
    not_negative(p)
    _, shares, sums = ordered(logits)
    stays = (sums - shares < p) | (torch.arange(logits.shape[-1]) == 0)
    least = shares.masked_fill(~stays, math.inf).amin(-1, keepdim=True)
    return logits.masked_fill(logits.softmax(-1) < least, -math.inf)


@wrong("of equally probable tokens the higher index stays. Which ones does the docstring keep?")
def last_on_a_tie(logits, p):
    not_negative(p)
    turned = logits.flip(-1)
    order, shares, sums = ordered(turned)
    return keeping(turned, order, sums - shares < p).flip(-1)


@wrong("the others get 0, not -inf. What is exp(0)?")
def zeros_elsewhere(logits, p):
    not_negative(p)
    order, shares, sums = ordered(logits)
    kept = keeping(logits, order, sums - shares < p)
    return kept.masked_fill(kept.isneginf(), 0.0)


@wrong("these are probabilities. What goes in, and what should come out?")
def probabilities(logits, p):
    not_negative(p)
    order, shares, sums = ordered(logits)
    return keeping(logits, order, sums - shares < p).softmax(-1)


@wrong("these are log-probabilities of what stays. What should become of its logits?")
def log_probabilities(logits, p):
    not_negative(p)
    order, shares, sums = ordered(logits)
    return keeping(logits, order, sums - shares < p).log_softmax(-1)


@wrong("all rows together share one mass. Along which axis are probabilities made and added up?")
def over_all_rows(logits, p):
    not_negative(p)
    flat = logits.flatten()
    order, shares, sums = ordered(flat)
    return keeping(flat, order, sums - shares < p).view_as(logits)


@wrong("a p below 0 is taken without a word. What does the docstring ask for?")
def any_p(logits, p):
    order, shares, sums = ordered(logits)
    return keeping(logits, order, sums - shares < p)


@wrong("a p above 1 is refused, or 0. Which ones does the docstring refuse?")
def only_inside(logits, p):
    if not 0 < p <= 1:
        raise ValueError
    order, shares, sums = ordered(logits)
    return keeping(logits, order, sums - shares < p)
