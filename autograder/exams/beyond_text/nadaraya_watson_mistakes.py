"""Wrong variants of nadaraya_watson."""

import math

import torch

from autograder.exams.beyond_text.nadaraya_watson import mean, nadaraya_watson, score, weigh


@nadaraya_watson.wrong("the 2 under the fraction is missing. What stands in the exponent of a Gaussian?")
def without_the_two(queries, keys, values, bandwidth, mask=None):
    return mean(weigh(2 * score(queries, keys, bandwidth), mask), values)


@nadaraya_watson.wrong("the bandwidth is not squared. What happens to the weights if all distances and it are doubled?")
def bandwidth_not_squared(queries, keys, values, bandwidth, mask=None):
    return mean(weigh(-((queries[:, None] - keys) ** 2) / (2 * bandwidth), mask), values)


@nadaraya_watson.wrong(
    "the scores are multiplied by the squared bandwidth. Should a wide one make far points count more, or less?"
)
def multiplied_by_the_bandwidth(queries, keys, values, bandwidth, mask=None):
    return mean(weigh(-((queries[:, None] - keys) ** 2) * bandwidth**2 / 2, mask), values)


@nadaraya_watson.wrong("the distance is not squared. Which power of it does the formula have?")
def distance_not_squared(queries, keys, values, bandwidth, mask=None):
    return mean(weigh(-(queries[:, None] - keys).abs() / (2 * bandwidth**2), mask), values)


@nadaraya_watson.wrong("the sign is missing, so the farthest point counts most. What is the score of a near one?")
def farthest_first(queries, keys, values, bandwidth, mask=None):
    return mean(weigh(-score(queries, keys, bandwidth), mask), values)


@nadaraya_watson.wrong("the score is the dot product of notebook 01. How near are 1 and 1, and how near 1 and 100?")
def dot_product(queries, keys, values, bandwidth, mask=None):
    return mean(weigh(queries[:, None] * keys / bandwidth**2, mask), values)


@nadaraya_watson.wrong("the weights are not divided by their sum. What comes out where all values are 1?")
def without_the_sum(queries, keys, values, bandwidth, mask=None):
    exps = score(queries, keys, bandwidth).exp()
    return mean(exps if mask is None else exps * mask, values)


@nadaraya_watson.wrong(
    "far from all keys it gives NaN, from 0 / 0. What does a softmax subtract from each score first?"
)
def nan_far_away(queries, keys, values, bandwidth, mask=None):
    exps = score(queries, keys, bandwidth).exp()
    exps = exps if mask is None else exps * mask
    means = mean(exps / exps.sum(dim=1, keepdim=True), values)
    return means if mask is None else means.where(mask.any(dim=1), 0.0)


@nadaraya_watson.wrong(
    "a small number in the denominator turns the estimate into 0 where all keys are far. What does a softmax subtract "
    "from each score first?"
)
def small_number_below(queries, keys, values, bandwidth, mask=None):
    exps = score(queries, keys, bandwidth).exp()
    exps = exps if mask is None else exps * mask
    return mean(exps / (exps.sum(dim=1, keepdim=True) + 1e-12), values)


@nadaraya_watson.wrong("the softmax runs over the queries. Which axis holds the keys?")
def softmax_over_the_queries(queries, keys, values, bandwidth, mask=None):
    weights = weigh(score(queries, keys, bandwidth).T, None if mask is None else mask.T).T
    return mean(weights, values)


@nadaraya_watson.wrong("the softmax runs over all pairs at once. What must sum to 1?")
def softmax_over_everything(queries, keys, values, bandwidth, mask=None):
    scores = score(queries, keys, bandwidth)
    weights = weigh(scores.reshape(1, -1), None if mask is None else mask.reshape(1, -1))
    return mean(weights.view_as(scores), values)


@nadaraya_watson.wrong("the nearest value is taken as it is. How much do the others count?")
def nearest_alone(queries, keys, values, bandwidth, mask=None):
    scores = score(queries, keys, bandwidth)
    scores = scores if mask is None else scores.masked_fill(~mask, -math.inf)
    found = values[scores.argmax(dim=1)]
    return found if mask is None else found.where(mask.any(dim=1), 0.0)


@nadaraya_watson.wrong("the mask has no effect. Where does it go in?")
def no_mask(queries, keys, values, bandwidth, mask=None):
    return mean(weigh(score(queries, keys, bandwidth)), values)


@nadaraya_watson.wrong("the mask is read upside down. What does True mean in this course?")
def mask_upside_down(queries, keys, values, bandwidth, mask=None):
    return mean(weigh(score(queries, keys, bandwidth), None if mask is None else ~mask), values)


@nadaraya_watson.wrong("a closed key gets the score 0, the best that there is. What is exp(0)?")
def score_of_zero(queries, keys, values, bandwidth, mask=None):
    scores = score(queries, keys, bandwidth)
    return mean(weigh(scores if mask is None else scores * mask), values)


@nadaraya_watson.wrong(
    "the weights are masked after the softmax, so a row no longer sums to 1. What must come before the sum?"
)
def masked_after_the_softmax(queries, keys, values, bandwidth, mask=None):
    weights = weigh(score(queries, keys, bandwidth))
    return mean(weights if mask is None else weights * mask, values)


@nadaraya_watson.wrong(
    "closed keys get a score that is not low enough: far queries have lower ones. Which is the smallest finite number?"
)
def not_low_enough(queries, keys, values, bandwidth, mask=None):
    scores = score(queries, keys, bandwidth)
    if mask is None:
        return mean(weigh(scores), values)
    return mean(weigh(scores.masked_fill(~mask, -1e4)).masked_fill(~mask.any(dim=1, keepdim=True), 0.0), values)


@nadaraya_watson.wrong("a query with nothing open gives NaN. What is the softmax of a row of -inf?")
def nan_for_nothing(queries, keys, values, bandwidth, mask=None):
    scores = score(queries, keys, bandwidth)
    scores = scores if mask is None else scores.masked_fill(~mask, -math.inf)
    return scores.softmax(dim=1) @ values


@nadaraya_watson.wrong("a query with nothing open gets the mean of all values. What should it get?")
def mean_for_nothing(queries, keys, values, bandwidth, mask=None):
    scores = score(queries, keys, bandwidth)
    scores = scores if mask is None else scores.masked_fill(~mask, -1e30)
    return scores.softmax(dim=1) @ values


@nadaraya_watson.wrong("no gradient reaches the bandwidth, so it cannot be learned. What makes a plain number of it?")
def bandwidth_without_gradient(queries, keys, values, bandwidth, mask=None):
    return mean(weigh(score(queries, keys, float(bandwidth)), mask), values)


@nadaraya_watson.wrong("the keys are sorted and the values are not. Which value belongs to which key?")
def keys_sorted(queries, keys, values, bandwidth, mask=None):
    return mean(weigh(score(queries, torch.sort(keys).values, bandwidth), mask), values)
