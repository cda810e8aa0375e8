"""Wrong variants of mean_pool and cosine_similarity."""

from functools import partial

import torch
from torch.nn import functional as F

from autograder.exams.fine_tuning.sentence_vectors import sentence_vectors

wrong_mean = partial(sentence_vectors.wrong, function="mean_pool")
wrong = partial(sentence_vectors.wrong, function="cosine_similarity")


def masked(states, attention_mask):
    return states * attention_mask[..., None].to(states.dtype)


def counts(attention_mask):
    return attention_mask.sum(dim=1, keepdim=True).clamp(min=1)


def pooled(states, attention_mask):
    return masked(states, attention_mask).sum(1) / counts(attention_mask)


@wrong_mean("padding counts as much as words. What is attention_mask for?")
def padding_counts(states, attention_mask):
    return states.mean(dim=1)


@wrong_mean("padding is left out of the sum, and counts in the division. How many tokens are there?")
def divided_by_all(states, attention_mask):
    return masked(states, attention_mask).mean(dim=1)


@wrong_mean("this is the sum. By what is it divided?")
def sum_alone(states, attention_mask):
    return masked(states, attention_mask).sum(dim=1)


@wrong_mean("only the padding counts. What does a 1 in attention_mask say?")
def mask_upside_down(states, attention_mask):
    return pooled(states, 1 - attention_mask)


@wrong_mean("this is the state of the first token. Of how many is the mean asked for?")
def first_token(states, attention_mask):
    return states[:, 0] * (attention_mask.sum(1, keepdim=True) > 0)


@wrong_mean("this is the state of the last place. Of how many is the mean asked for?")
def last_token(states, attention_mask):
    return states[:, -1]


@wrong_mean("these are the largest numbers. What is asked for?")
def largest(states, attention_mask):
    filled = states.masked_fill(attention_mask[..., None] == 0, -torch.inf).amax(dim=1)
    return filled.masked_fill(filled.isinf(), 0)


@wrong_mean("an input without tokens gives NaN. What does the docstring ask for there?")
def nan_without_tokens(states, attention_mask):
    return masked(states, attention_mask).sum(1) / attention_mask.sum(1, keepdim=True)


@wrong_mean("1 is added to the number of tokens. What else keeps 0 / 0 away?")
def one_token_more(states, attention_mask):
    return masked(states, attention_mask).sum(1) / (attention_mask.sum(1, keepdim=True) + 1)


@wrong_mean("all inputs are divided by the mean number of tokens. Whose tokens count for an input?")
def tokens_of_the_batch(states, attention_mask):
    return masked(states, attention_mask).sum(1) / attention_mask.sum(1).float().mean().clamp(min=1)


@wrong_mean("the mean goes over all inputs together. Which axis holds the tokens?")
def over_the_batch(states, attention_mask):
    total = masked(states, attention_mask)
    return total.sum(0) / attention_mask.sum(0)[:, None].clamp(min=1)


@wrong_mean("the mean goes over the numbers of a token. Which axis holds the tokens?")
def over_the_numbers(states, attention_mask):
    return masked(states, attention_mask).mean(dim=-1)


@wrong_mean("numbers that are 0 are taken for padding. What says which tokens are real?")
def zeros_left_out(states, attention_mask):
    kept = masked(states, attention_mask)
    return kept.sum(1) / (kept != 0).sum(1).clamp(min=1)


@wrong_mean("the first token does not count. Does the docstring leave [CLS] out?")
def without_the_first(states, attention_mask):
    mask = attention_mask.clone()
    mask[:, 0] = 0
    return pooled(states, mask)


@wrong_mean("it is divided by the root of the number of tokens. By what should it be?")
def by_the_root(states, attention_mask):
    return masked(states, attention_mask).sum(1) / counts(attention_mask).sqrt()


@wrong_mean("the mean is scaled to length 1. Was that asked for?")
def scaled_to_one(states, attention_mask):
    return F.normalize(pooled(states, attention_mask), dim=-1)


@wrong_mean("padding is looked for behind the words only. What does attention_mask say about each place?")
def first_places(states, attention_mask):
    length = attention_mask.sum(1, keepdim=True)
    return pooled(states, (torch.arange(states.shape[1]) < length).long())


@wrong_mean("nothing can be learned through it. What do `detach`, `no_grad` and `numpy` do to gradients?")
def detached(states, attention_mask):
    return pooled(states, attention_mask).detach() + 0 * states[:, 0]


@wrong_mean("the states that were given are changed. What makes a copy of them?")
def states_changed(states, attention_mask):
    with torch.no_grad():
        states *= attention_mask[..., None]
    return states.sum(1) / counts(attention_mask)


@wrong("these are dot products. What makes a cosine of them?")
def dots(a, b):
    return a @ b.T


@wrong("only the first vectors are divided by their length. What of the others?")
def first_lengths_only(a, b):
    return F.normalize(a, dim=1) @ b.T


@wrong("only the second vectors are divided by their length. What of the others?")
def second_lengths_only(a, b):
    return a @ F.normalize(b, dim=1).T


@wrong("each vector meets one other only. How many pairs are there?")
def one_to_one(a, b):
    return F.cosine_similarity(a, b, dim=-1)


@wrong("the rows belong to `b`. Whose should they?")
def transposed(a, b):
    return F.normalize(b, dim=1) @ F.normalize(a, dim=1).T


@wrong("a zero vector gives NaN. What does the docstring ask for there?")
def nan_for_zero(a, b):
    return (a @ b.T) / (a.norm(dim=1)[:, None] * b.norm(dim=1))


@wrong("a zero vector gives 1. What does the docstring ask for there?")
def one_for_zero(a, b):
    lengths = a.norm(dim=1)[:, None] * b.norm(dim=1)
    return torch.where(lengths > 0, a @ b.T / lengths, 1.0)


@wrong("a number that is added to the lengths counts for short vectors. How small must it be?")
def large_eps(a, b):
    return (a @ b.T) / (a.norm(dim=1)[:, None] * b.norm(dim=1) + 1e-6)


@wrong("the length is the sum of the numbers' sizes. How long is a vector?")
def sums_for_lengths(a, b):
    return F.normalize(a, p=1, dim=1) @ F.normalize(b, p=1, dim=1).T


@wrong("it is divided by the squares of the lengths. How long is a vector?")
def squared_lengths(a, b):
    lengths = a.square().sum(1)[:, None] * b.square().sum(1)
    return torch.where(lengths > 0, a @ b.T / lengths, 0.0)


@wrong("the lengths go over the vectors, not over their numbers. Which axis holds a vector's numbers?")
def along_the_batch(a, b):
    return F.normalize(a, dim=0) @ F.normalize(b, dim=0).T


@wrong("opposite vectors count as alike. From what to what does a cosine go?")
def sign_dropped(a, b):
    return (F.normalize(a, dim=1) @ F.normalize(b, dim=1).T).abs()


@wrong("what points the other way counts as 0. From what to what does a cosine go?")
def negative_is_zero(a, b):
    return (F.normalize(a, dim=1) @ F.normalize(b, dim=1).T).clamp(min=0)


@wrong("these are distances, 1 minus the cosine. Which one is asked for?")
def distances(a, b):
    return 1 - F.normalize(a, dim=1) @ F.normalize(b, dim=1).T


@wrong("the cosines are moved into 0 to 1. From what to what does a cosine go?")
def from_zero_to_one(a, b):
    return (1 + F.normalize(a, dim=1) @ F.normalize(b, dim=1).T) / 2


@wrong("the mean is subtracted before, so this is a correlation. Was that asked for?")
def correlations(a, b):
    a, b = (x - x.mean(dim=1, keepdim=True) for x in (a, b))
    return F.normalize(a, dim=1) @ F.normalize(b, dim=1).T
