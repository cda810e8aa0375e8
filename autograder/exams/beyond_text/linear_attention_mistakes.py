"""Wrong variants of linear_attention."""

import math

import torch

from autograder.exams.beyond_text.linear_attention import linear_attention, mixed, ratio, states, totals


@linear_attention.wrong("all pairs of places are in memory at once. Where can the brackets stand in phi(Q) phi(K)^T V?")
def all_pairs(query, key, value, features, causal=False):
    weights = features(query) @ features(key).mT
    weights = weights.tril() if causal else weights
    return weights @ value / weights.sum(dim=-1, keepdim=True)


@linear_attention.wrong(
    "where it is causal, all pairs of places are in memory at once. What does a place need of all those before it?"
)
def all_pairs_if_causal(query, key, value, features, causal=False):
    if causal:
        return all_pairs(query, key, value, features, causal)
    return mixed(features(query), features(key), value, causal)


@linear_attention.wrong("nothing is divided. What comes out if all values are 1?")
def no_denominator(query, key, value, features, causal=False):
    query, key = features(query), features(key)
    return (query[..., None] * states(key, value, causal)).sum(dim=-2)


@linear_attention.wrong("where it is causal, nothing is divided. What comes out if all values are 1?")
def no_denominator_if_causal(query, key, value, features, causal=False):
    if causal:
        return no_denominator(query, key, value, features, causal)
    return mixed(features(query), features(key), value, causal)


@linear_attention.wrong(
    "the query is missing in the denominator: it is a sum of keys alone. What comes out if all values are 1?"
)
def query_missing_below(query, key, value, features, causal=False):
    query, key = features(query), features(key)
    above = (query[..., None] * states(key, value, causal)).sum(dim=-2)
    return above / totals(key, causal).sum(dim=-1, keepdim=True)


@linear_attention.wrong(
    "the numerator is multiplied by the denominator, not divided. What comes out if all values are 1?"
)
def inverse_missing(query, key, value, features, causal=False):
    query, key = features(query), features(key)
    above = (query[..., None] * states(key, value, causal)).sum(dim=-2)
    return above * (query * totals(key, causal)).sum(dim=-1)[..., None]


@linear_attention.wrong(
    "the denominator sums over all keys, also where the numerator has those so far only. Over which does it run?"
)
def denominator_of_all(query, key, value, features, causal=False):
    query, key = features(query), features(key)
    return ratio(query, states(key, value, causal), totals(key, False))


@linear_attention.wrong("it is divided by the number of places. By what do weights come to the sum 1?")
def divided_by_the_number(query, key, value, features, causal=False):
    query, key = features(query), features(key)
    number = torch.arange(1, key.shape[-2] + 1)[:, None] if causal else key.shape[-2]
    return (query[..., None] * states(key, value, causal)).sum(dim=-2) / number


@linear_attention.wrong("`causal` has no effect. Over which places do the sums run?")
def never_causal(query, key, value, features, causal=False):
    return mixed(features(query), features(key), value, False)


@linear_attention.wrong("it is causal always. Over which places do the sums run if `causal` is False?")
def always_causal(query, key, value, features, causal=False):
    return mixed(features(query), features(key), value, True)


@linear_attention.wrong("`causal` is read upside down. What does it say?")
def causal_upside_down(query, key, value, features, causal=False):
    return mixed(features(query), features(key), value, not causal)


@linear_attention.wrong("a place does not see itself. Up to which place do the sums run?")
def without_itself(query, key, value, features, causal=False):
    query, key = features(query), features(key)
    if not causal:
        return mixed(query, key, value, causal)
    own = torch.einsum("...tf,...tv->...tfv", key, value)
    return ratio(query, states(key, value, causal) - own, (totals(key, causal) - key).clamp(min=1e-6))


@linear_attention.wrong("the sums run from the end: a place sees the future. In which direction does cumsum go?")
def sums_from_the_end(query, key, value, features, causal=False):
    if not causal:
        return mixed(features(query), features(key), value, causal)
    return mixed(features(query).flip(-2), features(key).flip(-2), value.flip(-2), causal).flip(-2)


@linear_attention.wrong(
    "the sums run over another axis than the places, such as heads or features. Along which axis of (..., t, f, v) do "
    "places stand?"
)
def sums_over_features(query, key, value, features, causal=False):
    query, key = features(query), features(key)
    if not causal:
        return mixed(query, key, value, causal)
    above = torch.einsum("...tf,...tv->...tfv", key, value).cumsum(dim=-2)
    return ratio(query, above, key.cumsum(dim=-1))


@linear_attention.wrong(
    "the sums run over the axis in front of the places: heads add up. Along which axis of (..., t, f, v) are places?"
)
def sums_over_heads(query, key, value, features, causal=False):
    query, key = features(query), features(key)
    if not causal or key.dim() < 3:
        return mixed(query, key, value, causal)
    above = torch.einsum("...tf,...tv->...tfv", key, value).cumsum(dim=-4)
    return ratio(query, above, key.cumsum(dim=-3))


@linear_attention.wrong("the features of the keys are missing. Which two get features?")
def features_of_queries_alone(query, key, value, features, causal=False):
    query, key = features(query), fitting(key, features)
    return mixed(query, key, value, causal)


@linear_attention.wrong("the features of the queries are missing. Which two get features?")
def features_of_keys_alone(query, key, value, features, causal=False):
    query, key = fitting(query, features), features(key)
    return mixed(query, key, value, causal)


def fitting(x, features):
    """As many plain numbers as there are features."""
    f = features(x).shape[-1]
    return torch.cat([x] * math.ceil(f / x.shape[-1]), dim=-1)[..., :f]


@linear_attention.wrong("there are no features: query and key go in as they are. Which function makes them?")
def no_features(query, key, value, features, causal=False):
    return mixed(query, key, value, causal)


@linear_attention.wrong("the features are always elu(x) + 1. Which function does the caller give?")
def own_features(query, key, value, features, causal=False):
    query, key = (torch.nn.functional.elu(x) + 1 for x in (query, key))
    return mixed(query, key, value, causal)


@linear_attention.wrong("the values go through the features too. Which two get them?")
def features_of_values(query, key, value, features, causal=False):
    f, v = features(value), value.shape[-1]
    value = torch.cat([f] * math.ceil(v / f.shape[-1]), dim=-1)[..., :v]
    return mixed(features(query), features(key), value, causal)


@linear_attention.wrong("the queries are divided by the root of d before they get features. Is there a scale?")
def scaled(query, key, value, features, causal=False):
    return mixed(features(query / math.sqrt(query.shape[-1])), features(key), value, causal)


@linear_attention.wrong(
    "queries and keys are both divided by the fourth root of d before they get features. Is there a scale?"
)
def both_scaled(query, key, value, features, causal=False):
    root = query.shape[-1] ** 0.25
    return mixed(features(query / root), features(key / root), value, causal)


@linear_attention.wrong("there is a softmax of dot products, as ever. What takes the place of the exponential?")
def softmax_attention(query, key, value, features, causal=False):
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    if causal:
        scores = scores.masked_fill(~torch.ones_like(scores, dtype=torch.bool).tril(), -math.inf)
    return scores.softmax(dim=-1) @ value


@linear_attention.wrong("there is a softmax over the products of features. How do weights come to the sum 1 here?")
def softmax_of_products(query, key, value, features, causal=False):
    scores = features(query) @ features(key).mT
    if causal:
        scores = scores.masked_fill(~torch.ones_like(scores, dtype=torch.bool).tril(), -math.inf)
    return scores.softmax(dim=-1) @ value


@linear_attention.wrong("queries and keys have changed places. Who asks?")
def exchanged(query, key, value, features, causal=False):
    return mixed(features(key), features(query), value, causal)


@linear_attention.wrong(
    "1 is added to the denominator, so that weights sum to less than 1. What comes out for values of 1?"
)
def one_more_below(query, key, value, features, causal=False):
    query, key = features(query), features(key)
    above = (query[..., None] * states(key, value, causal)).sum(dim=-2)
    return above / ((query * totals(key, causal)).sum(dim=-1)[..., None] + 1)


@linear_attention.wrong("the old state fades from place to place. What does a sum forget?")
def fading_state(query, key, value, features, causal=False):
    query, key = features(query), features(key)
    if not causal:
        return mixed(query, key, value, causal)
    state = total = 0.0
    found = []
    for q, k, v in zip(query.unbind(-2), key.unbind(-2), value.unbind(-2), strict=True):
        state, total = 0.9 * state + k[..., :, None] * v[..., None, :], 0.9 * total + k
        found.append((q[..., None, :] @ state)[..., 0, :] / (q * total).sum(-1, keepdim=True))
    return torch.stack(found, dim=-2)


@linear_attention.wrong("it works with a batch and heads in front, no more and no less. How many axes may there be?")
def four_axes(query, key, value, features, causal=False):
    _, _, _, _ = query.shape
    return mixed(features(query), features(key), value, causal)
