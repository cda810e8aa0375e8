"""Wrong variants of scaled_dot_product_attention whose scores are right: softmax, mask, dropout, dtype, device."""

import torch
from torch.nn import functional as F

from autograder.exams.batched_attention.scaled_dot_product_attention import (
    closed,
    mix,
    products,
    scaled_dot_product_attention,
    scores_of,
    wide,
)


def finish(weights, value, query, dropout_p, training):
    """From the weights to the output; shared by the variants whose slip comes before."""
    return (F.dropout(weights, dropout_p, training) @ value.to(weights.dtype)).to(query.dtype)


@scaled_dot_product_attention.wrong("the scores are used as weights. What turns them into shares that sum to 1?")
def no_softmax(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = scores_of(query, key)
    weights = scores if mask is None else scores.masked_fill(~mask, 0.0)
    return finish(weights, value, query, dropout_p, training)


@scaled_dot_product_attention.wrong(
    "the weights of each key sum to 1. Over which axis does a query share out its attention, and is it dim=2 here?"
)
def softmax_over_queries(query, key, value, mask=None, dropout_p=0.0, training=False):
    weights = torch.softmax(closed(scores_of(query, key), mask), dim=2)
    weights = weights if mask is None else weights.masked_fill(~mask, 0.0)
    return finish(weights, value, query, dropout_p, training)


@scaled_dot_product_attention.wrong("the weights of the heads sum to 1. Is dim=1 the axis of the keys here?")
def softmax_over_heads(query, key, value, mask=None, dropout_p=0.0, training=False):
    weights = torch.softmax(closed(scores_of(query, key), mask), dim=1)
    weights = weights if mask is None else weights.masked_fill(~mask, 0.0)
    return finish(weights, value, query, dropout_p, training)


@scaled_dot_product_attention.wrong("the weights of a whole matrix sum to 1. Who shares out attention: it, or a query?")
def softmax_over_everything(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = closed(scores_of(query, key), mask)
    weights = torch.softmax(scores.flatten(-2), dim=-1).view_as(scores)
    weights = weights if mask is None else weights.masked_fill(~mask, 0.0)
    return finish(weights, value, query, dropout_p, training)


@scaled_dot_product_attention.wrong("every key gets the same weight. Where do query and key come in?")
def uniform_weights(query, key, value, mask=None, dropout_p=0.0, training=False):
    return mix(0 * scores_of(query, key), value, mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("all the weight goes to the best key. What does softmax do to a runner-up?")
def best_key_only(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = closed(scores_of(query, key), mask)
    weights = F.one_hot(scores.argmax(dim=-1), key.shape[-2]).to(scores.dtype)
    weights = weights if mask is None else weights.masked_fill(~mask, 0.0)
    return finish(weights, value, query, dropout_p, training)


@scaled_dot_product_attention.wrong(
    "exp overflows for large scores. What does torch.softmax do that exp alone does not?"
)
def overflows(query, key, value, mask=None, dropout_p=0.0, training=False):
    exps = torch.exp(scores_of(query, key))
    exps = exps if mask is None else exps * mask
    return finish(exps / exps.sum(dim=-1, keepdim=True).clamp(min=1e-37), value, query, dropout_p, training)


@scaled_dot_product_attention.wrong("the weights come back too. What does the docstring say is returned?")
def weights_returned_too(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = scores_of(query, key)
    return mix(scores, value, mask, dropout_p, training, query.dtype), torch.softmax(closed(scores, mask), dim=-1)


@scaled_dot_product_attention.wrong("the mask works the wrong way round. Does True let a query attend or forbid it?")
def mask_inverted(query, key, value, mask=None, dropout_p=0.0, training=False):
    return mix(scores_of(query, key), value, None if mask is None else ~mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("the mask has no effect. Where should it come in?")
def mask_ignored(query, key, value, mask=None, dropout_p=0.0, training=False):
    return mix(scores_of(query, key), value, None, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong(
    "the mask acts on the weights alone, which no longer sum to 1. Where is it missing?"
)
def mask_after_softmax(query, key, value, mask=None, dropout_p=0.0, training=False):
    weights = torch.softmax(scores_of(query, key), dim=-1)
    return finish(weights if mask is None else weights * mask, value, query, dropout_p, training)


@scaled_dot_product_attention.wrong(
    "True and False are added to the scores as 1 and 0. What should they do to a score?"
)
def mask_added(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = scores_of(query, key)
    return mix(scores if mask is None else scores + mask, value, None, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("a closed key gets the score 0. Which score has a weight of 0?")
def filled_with_zero(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = scores_of(query, key)
    return mix(scores if mask is None else scores * mask, value, None, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("a closed key gets -10000, and other scores lie below. Below which do none lie?")
def filled_with_minus_10000(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = scores_of(query, key)
    weights = torch.softmax(scores if mask is None else scores.masked_fill(~mask, -1e4), dim=-1)
    weights = weights if mask is None else weights * mask.any(dim=-1, keepdim=True)
    return finish(weights, value, query, dropout_p, training)


@scaled_dot_product_attention.wrong("a query that may attend to nothing attends to all alike. What are zeros put into?")
def empty_row_uniform(query, key, value, mask=None, dropout_p=0.0, training=False):
    return finish(torch.softmax(closed(scores_of(query, key), mask), dim=-1), value, query, dropout_p, training)


@scaled_dot_product_attention.wrong("a query that may attend to nothing gets NaN. What is the softmax of -inf alone?")
def empty_row_nan(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = scores_of(query, key)
    scores = scores if mask is None else scores.masked_fill(~mask, float("-inf"))
    return finish(torch.softmax(scores, dim=-1), value, query, dropout_p, training)


@scaled_dot_product_attention.wrong(
    "the output of a query that may attend to nothing is right, but gradients are NaN. Which step makes -inf or 0 / 0?"
)
def nan_gradients(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = scores_of(query, key)
    if mask is not None:
        scores = scores + torch.zeros_like(scores).masked_fill(~mask, float("-inf"))
    weights = torch.softmax(scores, dim=-1)
    return finish(torch.where(weights.isnan(), 0.0, weights), value, query, dropout_p, training)


@scaled_dot_product_attention.wrong("the mask has to have the shape of the scores here. Which function broadcasts it?")
def mask_not_broadcast(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = scores_of(query, key)
    weights = torch.softmax(closed(scores, mask), dim=-1)
    if mask is not None:
        weights = weights.clone()
        weights[~mask] = 0.0
    return finish(weights, value, query, dropout_p, training)


@scaled_dot_product_attention.wrong("numbers of the output are dropped. What does the docstring want dropped?")
def dropout_on_output(query, key, value, mask=None, dropout_p=0.0, training=False):
    return F.dropout(mix(scores_of(query, key), value, mask, 0.0, False, query.dtype), dropout_p, training)


@scaled_dot_product_attention.wrong("scores are dropped, not weights. Before or after softmax does dropout come?")
def dropout_on_scores(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = F.dropout(scores_of(query, key), dropout_p, training)
    return mix(scores, value, mask, 0.0, False, query.dtype)


@scaled_dot_product_attention.wrong("dropout is always on. Which argument says whether it acts?")
def dropout_always_on(query, key, value, mask=None, dropout_p=0.0, training=False):
    return mix(scores_of(query, key), value, mask, dropout_p, True, query.dtype)


@scaled_dot_product_attention.wrong("nothing is ever dropped. What are `dropout_p` and `training` for?")
def dropout_ignored(query, key, value, mask=None, dropout_p=0.0, training=False):
    return mix(scores_of(query, key), value, mask, 0.0, False, query.dtype)


@scaled_dot_product_attention.wrong("dropout acts outside of training and rests in training. Is a `not` too many?")
def dropout_turned_round(query, key, value, mask=None, dropout_p=0.0, training=False):
    return mix(scores_of(query, key), value, mask, dropout_p, not training, query.dtype)


@scaled_dot_product_attention.wrong("the weights that stay are not divided by 1 - dropout_p. What becomes of the mean?")
def dropout_unscaled(query, key, value, mask=None, dropout_p=0.0, training=False):
    value = value * (1 - dropout_p) if training else value
    return mix(scores_of(query, key), value, mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("`dropout_p` is taken as the probability of staying. What does it say of a weight?")
def dropout_keeps(query, key, value, mask=None, dropout_p=0.0, training=False):
    acts = training and dropout_p > 0
    return mix(scores_of(query, key), value, mask, 1 - dropout_p if acts else 0.0, training, query.dtype)


@scaled_dot_product_attention.wrong("after dropout each row is divided by its sum. Is the sum of a row to stay 1?")
def dropout_renormalised(query, key, value, mask=None, dropout_p=0.0, training=False):
    weights = torch.softmax(closed(scores_of(query, key), mask), dim=-1)
    weights = weights if mask is None else weights.masked_fill(~mask, 0.0)
    if training and dropout_p > 0:
        weights = F.dropout(weights, dropout_p)
        weights = weights / weights.sum(dim=-1, keepdim=True).clamp(min=1e-9)
    return finish(weights, value, query, 0.0, False)


@scaled_dot_product_attention.wrong("float64 is narrowed to float32 on the way. Which type is the wider of the two?")
def float64_narrowed(query, key, value, mask=None, dropout_p=0.0, training=False):
    output = mix(scores_of(query.float(), key.float()), value, mask, dropout_p, training, torch.float32)
    return output.to(query.dtype)


@scaled_dot_product_attention.wrong("the result stays in the wider type. Which dtype does the docstring promise?")
def result_left_wide(query, key, value, mask=None, dropout_p=0.0, training=False):
    return mix(scores_of(query, key), value, mask, dropout_p, training, wide(query)[0].dtype)


@scaled_dot_product_attention.wrong(
    "half precision is computed in half precision. Where do its scores overflow or merge?"
)
def computed_in_half(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5
    return mix(scores, value, mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("-1e9 does not exist in float16. Which precision should scores have, which a fill?")
def fill_beyond_float16(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5
    scores = scores if mask is None else scores.masked_fill(~mask, -1e9)
    weights = torch.softmax(scores, dim=-1)
    return finish(weights if mask is None else weights * mask, value, query, dropout_p, training)


@scaled_dot_product_attention.wrong("no gradient reaches the inputs. Is there a detach, a .data or a no_grad?")
def gradients_cut(query, key, value, mask=None, dropout_p=0.0, training=False):
    return mix(scores_of(query, key), value, mask, dropout_p, training, query.dtype).detach()


@scaled_dot_product_attention.wrong("gradients of the scores are cut off. Is a detach or .data in the middle?")
def weights_detached(query, key, value, mask=None, dropout_p=0.0, training=False):
    return mix(scores_of(query, key).detach(), value, mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong(
    "the query is divided in place, and whoever passed it has it changed. Which `/` copies?"
)
def query_changed(query, key, value, mask=None, dropout_p=0.0, training=False):
    with torch.no_grad():
        query /= query.shape[-1] ** 0.5
    return mix(products(query, key), value, mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong(
    "`view` refuses tensors that are not contiguous. Which relative of it copies if need be?"
)
def needs_contiguous(query, key, value, mask=None, dropout_p=0.0, training=False):
    flat = [x.view(-1, *x.shape[2:]) for x in (query, key, value)]
    output = [x.view(*query.shape[:2], *x.shape[1:]) for x in flat]
    return mix(scores_of(*output[:2]), output[2], mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong(
    "a tensor is made on the CPU, wherever the query is. Which function makes one like it?"
)
def made_on_the_cpu(query, key, value, mask=None, dropout_p=0.0, training=False):
    scores = torch.zeros(*query.shape[:-1], key.shape[-2]) + scores_of(query, key)
    return mix(scores, value, mask, dropout_p, training, query.dtype)


@scaled_dot_product_attention.wrong("a number of the mask is read back from the device. Does the rule need an `if`?")
def mask_read_back(query, key, value, mask=None, dropout_p=0.0, training=False):
    if mask is not None and bool(mask.all()):
        mask = None
    return mix(scores_of(query, key), value, mask, dropout_p, training, query.dtype)
