"""Wrong variants of with_temperature, top_k and top_p."""

import math

import torch
from torch.nn import functional as F

from autograder.exams.generation import top_p_mistakes  # noqa: F401  registers its variants
from autograder.exams.generation.choosing import choosing
from autograder.exams.generation.earlier import top_k


def warm(hint):
    return choosing.wrong(hint, function="with_temperature")


def top(hint):
    return choosing.wrong(hint, function="top_k")


def refused(temperature):
    if temperature < 0:
        raise ValueError


def coldest(logits):
    return top_k(logits, 1)


@warm("the logits are multiplied by the temperature. Does a high temperature sharpen or flatten?")
def multiplied(logits, temperature):
    refused(temperature)
    return coldest(logits) if temperature == 0 else logits * temperature


@warm("a temperature of 0 divides by 0. Which token is left as the temperature falls towards 0?")
def divided_by_0(logits, temperature):
    refused(temperature)
    return logits / temperature


@warm("a temperature of 0 leaves every token open; division by a small number does so too. Which alone should be left?")
def all_open_at_0(logits, temperature):
    refused(temperature)
    return logits / max(temperature, 1e-6)


@warm("a temperature of 0 leaves token 0 open, whatever the logits are. Which function says where the largest stands?")
def token_0_at_0(logits, temperature):
    refused(temperature)
    if temperature > 0:
        return logits / temperature
    return torch.full_like(logits, -math.inf).index_fill(-1, torch.tensor([0]), 0.0)


@warm("at 0 all the most probable tokens stay open where there are several. Which one does the docstring keep?")
def all_the_best_at_0(logits, temperature):
    refused(temperature)
    if temperature > 0:
        return logits / temperature
    return logits.masked_fill(logits < logits.max(-1, keepdim=True).values, -math.inf)


@warm("at 0 the last of equally probable tokens stays open. Which one does the docstring keep?")
def last_on_a_tie_at_0(logits, temperature):
    refused(temperature)
    return coldest(logits.flip(-1)).flip(-1) if temperature == 0 else logits / temperature


@warm("at 0 one token of all rows together stays open. Along which axis is the largest looked for?")
def one_of_all_rows_at_0(logits, temperature):
    refused(temperature)
    return coldest(logits.flatten()).view_as(logits) if temperature == 0 else logits / temperature


@warm("at 0 the least probable token stays open. Which one is left as the temperature falls?")
def least_at_0(logits, temperature):
    refused(temperature)
    if temperature > 0:
        return logits / temperature
    return torch.full_like(logits, -math.inf).scatter(-1, logits.argmin(-1, keepdim=True), 0.0)


@warm("at 0 the others get 0, not -inf. What is exp(0)?")
def zeros_at_0(logits, temperature):
    refused(temperature)
    if temperature > 0:
        return logits / temperature
    return F.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)


@warm("these are probabilities. What goes in, and what should come out?")
def probabilities(logits, temperature):
    refused(temperature)
    return coldest(logits).softmax(-1) if temperature == 0 else (logits / temperature).softmax(-1)


@warm("these are log-probabilities: right for drawing, but not what is asked. What is every logit divided by?")
def log_probabilities(logits, temperature):
    refused(temperature)
    return coldest(logits) if temperature == 0 else (logits / temperature).log_softmax(-1)


@warm("a temperature below 0 is taken without a word. What does it do to the order of the tokens?")
def any_temperature(logits, temperature):
    return coldest(logits) if temperature == 0 else logits / temperature


@warm("a temperature of 0 is refused. What does the docstring say about it?")
def no_temperature_of_0(logits, temperature):
    if temperature <= 0:
        raise ValueError
    return logits / temperature


def ranks(logits):
    return logits.argsort(dim=-1, descending=True, stable=True).argsort(dim=-1)


def at_least_one(k):
    if k < 1:
        raise ValueError


def shut(logits, closed):
    return logits.masked_fill(closed, -math.inf)


@top("one token more than k stays. Ranks begin at 0: which is the first that goes?")
def one_more(logits, k):
    at_least_one(k)
    return shut(logits, ranks(logits) > k)


@top("one token fewer than k stays. Ranks begin at 0: which is the last that stays?")
def one_fewer(logits, k):
    at_least_one(k)
    return shut(logits, ranks(logits) >= max(k - 1, 1))


@top("all tokens as probable as the k-th stay, so there may be more than k. Which of them stay?")
def all_on_a_tie(logits, k):
    at_least_one(k)
    line = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return shut(logits, logits < line)


@top("tokens as probable as the first that goes are shut out as well, so there may be fewer than k. How many stay?")
def none_on_a_tie(logits, k):
    at_least_one(k)
    line = logits.sort(descending=True).values[..., k : k + 1]
    return shut(logits, logits <= line) if k < logits.shape[-1] else logits


@top("of equally probable tokens the higher index stays. Which ones does the docstring keep?")
def last_on_a_tie(logits, k):
    at_least_one(k)
    return shut(logits, ranks(logits.flip(-1)).flip(-1) >= k)


@top("the least probable tokens stay. Which end of the order is kept?")
def least_probable(logits, k):
    at_least_one(k)
    return shut(logits, ranks(-logits) >= k)


@top("the first k of the vocabulary stay. What are they ordered by?")
def first_of_the_vocabulary(logits, k):
    at_least_one(k)
    return shut(logits, (torch.arange(logits.shape[-1]) >= k).expand_as(logits))


@top("the kept logits stand at their ranks, not at their tokens. How do they come back to where they were?")
def in_the_order_of_ranks(logits, k):
    at_least_one(k)
    values = logits.sort(dim=-1, descending=True, stable=True).values
    return shut(values, (torch.arange(values.shape[-1]) >= k).expand_as(values))


@top("a token's place in the order was taken for its rank. One argsort says which token stands at a rank; what turns "
     "that round?")  # fmt: skip
def one_argsort(logits, k):
    at_least_one(k)
    return shut(logits, logits.argsort(dim=-1, descending=True, stable=True) >= k)


@top("the others get 0, not -inf. What is exp(0)?")
def zeros_elsewhere(logits, k):
    at_least_one(k)
    return logits.masked_fill(ranks(logits) >= k, 0.0)


@top("the k most probable of all rows together stay. Along which axis is the order?")
def over_all_rows(logits, k):
    at_least_one(k)
    return shut(logits.flatten(), ranks(logits.flatten()) >= k).view_as(logits)


@top("these are probabilities. What goes in, and what should come out?")
def probabilities_of_k(logits, k):
    at_least_one(k)
    return shut(logits, ranks(logits) >= k).softmax(-1)


@top("what stays is normalised anew. What should become of its logits?")
def normalised_anew(logits, k):
    at_least_one(k)
    return shut(logits, ranks(logits) >= k).log_softmax(-1)


@top("a k larger than the vocabulary stops it. How many stay then?")
def no_more_than_there_are(logits, k):
    at_least_one(k)
    logits.topk(k)
    return shut(logits, ranks(logits) >= k)


@top("a k below 1 is taken without a word. Which token could be chosen then?")
def any_k(logits, k):
    return shut(logits, ranks(logits) >= k)


@top("what was given is changed. Which method makes a new tensor: masked_fill or masked_fill_?")
def in_place(logits, k):
    at_least_one(k)
    return logits.masked_fill_(ranks(logits) >= k, -math.inf)
