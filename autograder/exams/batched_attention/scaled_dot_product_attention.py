"""scaled_dot_product_attention(query, key, value, mask, dropout_p, training): right variants, and wrong weights."""

import math

import torch
from torch.nn import functional as F

from autograder.exam.exercise import Exercise
from autograder.exams.batched_attention.attention_cases import cases
from autograder.exams.batched_attention.earlier import NOTEBOOK

scaled_dot_product_attention = Exercise(
    NOTEBOOK,
    "scaled_dot_product_attention",
    cases,
    survivors={
        "scaled_dot_product_attention: query, key, value, mask=None, dropout_p=0.0, training=False -> "
        "query, key, value, mask=None, dropout_p=0, training=False": "0 is 0.0",
        "scaled_dot_product_attention: key.to(working).transpose(-2, -1) -> key.to(working).transpose(2, -1)": (
            "of four axes, 2 is the last but one"
        ),
        "scaled_dot_product_attention: torch.finfo(scores.dtype) -> torch.finfo()": (
            "the smallest float32 number closes a float64 score as well"
        ),
        "scaled_dot_product_attention: weights.masked_fill(~mask, 0.0) -> weights.masked_fill(~mask, 0)": "0 is 0.0",
    },
)


def wide(*tensors):
    """The tensors in float32, or in float64 if that is what they are."""
    return tuple(x.to(torch.promote_types(x.dtype, torch.float32)) for x in tensors)


def closed(scores, mask):
    """The scores with the smallest number where the mask forbids; shared by variants whose slip lies elsewhere."""
    return scores if mask is None else scores.masked_fill(~mask, torch.finfo(scores.dtype).min)


def mix(scores, value, mask, dropout_p, training, dtype):
    """From the scores to the output, as it should be."""
    weights = torch.softmax(closed(scores, mask), dim=-1)
    weights = weights if mask is None else weights.masked_fill(~mask, 0.0)
    return (F.dropout(weights, dropout_p, training) @ value.to(weights.dtype)).to(dtype)


def products(query, key):
    """Dot products of queries and keys, not scaled."""
    query, key = wide(query, key)
    return query @ key.transpose(-2, -1)


@scaled_dot_product_attention.wrong("this is what you get without the scale. Where did the square root of d go?")
def unscaled(query, key, value, mask=None, dropout_p=0.0, training=False):
    return mix(products(query, key), value, mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("the scores are divided by the depth itself. What is to be taken of it first?")
def scaled_by_depth(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = products(query, key) / query.shape[-1]
    return mix(scores, value, mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("the scores are multiplied by the root of the depth. Should they grow or shrink?")
def multiplied_by_root(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = products(query, key) * math.sqrt(query.shape[-1])
    return mix(scores, value, mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("the scale takes the size of a value. Whose products are added up in a score?")
def scaled_by_features(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = products(query, key) / math.sqrt(value.shape[-1])
    return mix(scores, value, mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("the scale takes the number of keys. Which axis holds the depth?")
def scaled_by_number_of_keys(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = products(query, key) / math.sqrt(key.shape[-2])
    return mix(scores, value, mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("the scale takes the width of all heads together. How long is one query?")
def scaled_by_model_width(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = products(query, key) / math.sqrt(query.shape[1] * query.shape[-1])
    return mix(scores, value, mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("the scale is that of a depth of 64, whatever comes in. Where is the depth found?")
def scaled_by_eight(query, key, value, mask=None, dropout_p=0.0, training=False):
    return mix(products(query, key) / 8, value, mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("the weights are divided by the root of d. Before or after softmax is the scale?")
def scaled_after_softmax(query, key, value, mask=None, dropout_p=0.0, training=False):
    value = value / math.sqrt(query.shape[-1])
    return mix(products(query, key), value, mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("query and key are added. Which operation compares a query with a key?")
def added_instead_of_multiplied(query, key, value, mask=None, dropout_p=0.0, training=False):
    wide_query, wide_key = wide(query, key)
    scores = (wide_query[..., :, None, :] + wide_key[..., None, :, :]).sum(dim=-1) / math.sqrt(query.shape[-1])
    return mix(scores, value, mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("a tanh flattens the dot products. Which kind of attention has a tanh?")
def tanh_of_dot_products(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = torch.tanh(products(query, key) / math.sqrt(query.shape[-1]))
    return mix(scores, value, mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("examples of the batch attend to each other. Which axes may mix?")
def batch_merged_with_positions(query, key, value, mask=None, dropout_p=0.0, training=False):
    merged = [x.transpose(0, 1).flatten(1, 2) for x in wide(query, key)]
    scores = products(*merged) / math.sqrt(query.shape[-1])
    output = mix(scores, wide(value)[0].transpose(0, 1).flatten(1, 2), None, dropout_p, training, query.dtype)
    return output.unflatten(1, (len(query), -1)).transpose(0, 1)


@scaled_dot_product_attention.wrong("the heads attend to each other. Which axes may mix?")
def heads_merged_with_positions(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = products(query.flatten(1, 2), key.flatten(1, 2)) / math.sqrt(query.shape[-1])
    output = mix(scores, value.flatten(1, 2), None, dropout_p, training, query.dtype)
    return output.unflatten(1, query.shape[1:3])


def scores_of(query, key):
    """The right scores; shared by variants whose slip comes later."""
    return products(query, key) / math.sqrt(query.shape[-1])


@scaled_dot_product_attention.right
def by_einsum(query, key, value, mask=None, dropout_p=0.0, training=False):
    q, k, v = wide(query, key, value)
    scores = torch.einsum("bhqd,bhkd->bhqk", q, k) * query.shape[-1] ** -0.5
    if mask is None:
        weights = torch.softmax(scores, dim=-1)
    else:
        mask = mask.expand(scores.shape)
        top = scores.masked_fill(~mask, torch.finfo(scores.dtype).min).amax(dim=-1, keepdim=True)
        exps = torch.where(mask, torch.exp(torch.where(mask, scores - top, 0)), 0)
        weights = exps / exps.sum(dim=-1, keepdim=True).clamp(min=1e-30)
    return torch.einsum("bhqk,bhkv->bhqv", F.dropout(weights, dropout_p, training), v).to(query.dtype)


@scaled_dot_product_attention.right
def by_loops(query, key, value, mask=None, dropout_p=0.0, training=False):
    b, h, q, d = query.shape
    mask = torch.ones_like(query[:, :, :1, :1], dtype=torch.bool) if mask is None else mask
    mask = mask.expand(b, h, q, key.shape[-2])
    examples = []
    for i in range(b):
        heads = []
        for j in range(h):
            one_query, one_key, one_value = wide(query[i, j], key[i, j], value[i, j])
            scores = one_query @ one_key.T / d**0.5
            scores = torch.where(mask[i, j], scores, torch.finfo(scores.dtype).min)
            weights = torch.softmax(scores, dim=1) * mask[i, j]
            heads.append(torch.dropout(weights, dropout_p, training) @ one_value)
        examples.append(torch.stack(heads))
    return torch.stack(examples).to(query.dtype)


@scaled_dot_product_attention.right
def by_the_library(query, key, value, mask=None, dropout_p=0.0, training=False):
    chance = dropout_p if training else 0.0
    q, k, v = wide(query, key, value)
    if mask is None:
        return F.scaled_dot_product_attention(q, k, v, dropout_p=chance).to(query.dtype)
    mask = mask.expand(*q.shape[:-1], k.shape[-2])
    empty = ~mask.any(dim=-1, keepdim=True)
    output = F.scaled_dot_product_attention(q, k, v, attn_mask=mask | empty, dropout_p=chance)
    return torch.where(empty, 0.0, output).to(query.dtype)


@scaled_dot_product_attention.right
def by_batched_products(query, key, value, mask=None, dropout_p=0.0, training=False):
    b, h, q, d = query.shape
    k = key.shape[-2]
    flat_query, flat_key, flat_value = (x.reshape(b * h, -1, x.shape[-1]) for x in wide(query, key, value))
    bias = flat_query.new_zeros(b * h, q, k)
    if mask is not None:
        bias = bias.view(b, h, q, k).masked_fill(mask.logical_not(), -1e30).view(b * h, q, k)
    scores = torch.baddbmm(bias, flat_query, flat_key.mT, alpha=1 / math.sqrt(d))
    weights = F.softmax(scores.view(b, h, q, k), dim=3, dtype=flat_query.dtype)
    if mask is not None:
        weights = weights * mask
    weights = F.dropout(weights, p=dropout_p, training=training).view(b * h, q, k).to(flat_value.dtype)
    return torch.bmm(weights, flat_value).view(b, h, q, -1).to(query.dtype)


@scaled_dot_product_attention.right
def by_logsumexp_and_own_dropout(query, key, value, mask=None, dropout_p=0.0, training=False):
    wider = torch.float64 if query.dtype == torch.float64 else torch.float32
    scores = query.type(wider).mul(query.size(-1) ** -0.5).matmul(key.type(wider).mT)
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
        scores = scores.masked_fill(~mask.any(dim=-1, keepdim=True), 0.0)
    weights = (scores - scores.logsumexp(dim=-1, keepdim=True)).exp()
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)
    if training and dropout_p > 0:
        weights = weights * (torch.rand_like(weights) >= dropout_p) / (1 - dropout_p)
    return weights.type(wider).matmul(value.type(wider)).type_as(query)


@scaled_dot_product_attention.right
def minus_infinity_and_no_nan(query, key, value, mask=None, dropout_p=0.0, training=False):
    q, k, v = wide(query, key, value)
    scores = (q @ k.mT) / torch.sqrt(torch.tensor(float(query.shape[-1])))
    if mask is not None:
        scores = scores.masked_fill(torch.logical_not(mask), -torch.inf)
    weights = torch.nan_to_num(torch.softmax(scores, -1))
    if training:
        weights = F.dropout(weights, p=dropout_p)
    return (weights.to(v.dtype) @ v).to(query.dtype)


@scaled_dot_product_attention.right
def by_torchs_own_attention(query, key, value, mask=None, dropout_p=0.0, training=False):
    dropout_p = dropout_p if training else 0.0
    if mask is None:
        return F.scaled_dot_product_attention(*wide(query, key, value), dropout_p=dropout_p).to(query.dtype)
    empty = ~mask.any(dim=-1, keepdim=True)
    output = F.scaled_dot_product_attention(*wide(query, key, value), attn_mask=mask | empty, dropout_p=dropout_p)
    return output.masked_fill(empty, 0.0).to(query.dtype)


@scaled_dot_product_attention.right
def fill_of_the_working_dtype(query, key, value, mask=None, dropout_p=0.0, training=False):
    query_wide, key_wide, value_wide = wide(query, key, value)
    scores = query_wide @ key_wide.mT / math.sqrt(query.shape[-1])
    if mask is None:
        weights = torch.softmax(scores, dim=-1)
    else:
        smallest = torch.finfo(query_wide.dtype).min
        weights = torch.softmax(scores.masked_fill(~mask, smallest), dim=-1).masked_fill(~mask, 0.0)
    return (F.dropout(weights, dropout_p, training) @ value_wide).to(query.dtype)
