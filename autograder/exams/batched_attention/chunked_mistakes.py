"""Wrong variants of chunked_attention."""

import math

import torch

from autograder.exams.batched_attention.chunked_attention import chunked_attention


def wide(*tensors):
    """The tensors in float32, or in float64 if that is what they are."""
    return [x.to(torch.promote_types(x.dtype, torch.float32)) for x in tensors]


def chunks(key, value, chunk_size):
    """Keys and values of each chunk, in the wider type."""
    for keys, values in zip(key.split(chunk_size, dim=-2), value.split(chunk_size, dim=-2), strict=True):
        yield wide(keys, values)


def online(query, chunked, dtype, start=-math.inf):
    """The online softmax over scaled queries, as it should be; shared by variants whose slip lies elsewhere."""
    top = torch.full_like(query[..., :1], start)
    total, mixed = torch.zeros_like(top), 0.0
    for keys, values in chunked:
        scores = query @ keys.transpose(-2, -1)
        new_top = torch.maximum(top, scores.amax(dim=-1, keepdim=True))
        shrink, exps = torch.exp(top - new_top), torch.exp(scores - new_top)
        total = total * shrink + exps.sum(dim=-1, keepdim=True)
        mixed = mixed * shrink + exps @ values
        top = new_top
    return (mixed / total).to(dtype)


def scaled(query):
    """The query in the wider type, divided by the root of its depth."""
    return wide(query)[0] / math.sqrt(query.shape[-1])


@chunked_attention.wrong("all weights are in memory at once, whatever the chunk size. What should one step look at?")
def all_at_once(query, key, value, chunk_size):
    wide_key, wide_value = wide(key, value)
    return (torch.softmax(scaled(query) @ wide_key.transpose(-2, -1), dim=-1) @ wide_value).to(query.dtype)


@chunked_attention.wrong(
    "only queries are taken in chunks, and each sees all keys at once. What does chunk_size count?"
)
def chunks_of_queries_alone(query, key, value, chunk_size):
    wide_key, wide_value = wide(key, value)
    rows = [
        torch.softmax(block @ wide_key.transpose(-2, -1), dim=-1) @ wide_value
        for block in scaled(query).split(chunk_size, dim=-2)
    ]
    return torch.cat(rows, dim=-2).to(query.dtype)


@chunked_attention.wrong("the scores of all chunks are kept in a list. What can be forgotten when a chunk is done?")
def chunks_kept(query, key, value, chunk_size):
    block = scaled(query)
    kept = [block @ keys.transpose(-2, -1) for keys, _ in chunks(key, value, chunk_size)]
    top = torch.stack([scores.amax(dim=-1) for scores in kept]).amax(dim=0)[..., None]
    total, mixed = 0.0, 0.0
    for scores, (_, values) in zip(kept, chunks(key, value, chunk_size), strict=True):
        exps = torch.exp(scores - top)
        total, mixed = total + exps.sum(dim=-1, keepdim=True), mixed + exps @ values
    return (mixed / total).to(query.dtype)


@chunked_attention.wrong("each chunk has a softmax of its own, and the results are averaged. What do chunks differ in?")
def average_of_chunks(query, key, value, chunk_size):
    block = scaled(query)
    outputs = [torch.softmax(block @ keys.mT, dim=-1) @ values for keys, values in chunks(key, value, chunk_size)]
    return (sum(outputs) / len(outputs)).to(query.dtype)


@chunked_attention.wrong(
    "each chunk has a softmax of its own, and the results are added. Over what do weights sum to 1?"
)
def sum_of_chunks(query, key, value, chunk_size):
    block = scaled(query)
    outputs = [torch.softmax(block @ keys.mT, dim=-1) @ values for keys, values in chunks(key, value, chunk_size)]
    return sum(outputs).to(query.dtype)


@chunked_attention.wrong(
    "there is no largest score, and exp overflows or vanishes. What is subtracted from each score?"
)
def without_top(query, key, value, chunk_size):
    block, total, mixed = scaled(query), 0.0, 0.0
    for keys, values in chunks(key, value, chunk_size):
        exps = torch.exp(block @ keys.transpose(-2, -1))
        total, mixed = total + exps.sum(dim=-1, keepdim=True), mixed + exps @ values
    return (mixed / total).to(query.dtype)


@chunked_attention.wrong("top starts at 0, and scores far below it vanish. What is smaller than every score?")
def top_starts_at_zero(query, key, value, chunk_size):
    return online(scaled(query), chunks(key, value, chunk_size), query.dtype, start=0.0)


def with_factors(query, key, value, chunk_size, for_total, for_mixed):
    """The online softmax, with functions that say what becomes of the old total and the old mixed values."""
    block = scaled(query)
    top = torch.full_like(block[..., :1], -math.inf)
    total, mixed = torch.zeros_like(top), 0.0
    for keys, values in chunks(key, value, chunk_size):
        scores = block @ keys.transpose(-2, -1)
        new_top = torch.maximum(top, scores.amax(dim=-1, keepdim=True))
        shrink, exps = torch.exp(top - new_top), torch.exp(scores - new_top)
        total = total * for_total(shrink) + exps.sum(dim=-1, keepdim=True)
        mixed = mixed * for_mixed(shrink) + exps @ values
        top = new_top
    return (mixed / total).to(query.dtype)


@chunked_attention.wrong(
    "what was there before does not shrink when a larger score turns up. By which factor should it?"
)
def nothing_shrinks(query, key, value, chunk_size):
    return with_factors(query, key, value, chunk_size, torch.ones_like, torch.ones_like)


@chunked_attention.wrong("total does not shrink when a larger score turns up. What was it relative to?")
def total_does_not_shrink(query, key, value, chunk_size):
    return with_factors(query, key, value, chunk_size, torch.ones_like, torch.clone)


@chunked_attention.wrong("mixed does not shrink when a larger score turns up. What was it relative to?")
def mixed_does_not_shrink(query, key, value, chunk_size):
    return with_factors(query, key, value, chunk_size, torch.clone, torch.ones_like)


@chunked_attention.wrong("the factor is turned round: what was there before grows. Which top is the larger one?")
def grows_instead(query, key, value, chunk_size):
    return with_factors(
        query, key, value, chunk_size, lambda f: (1 / f).nan_to_num(0, 0), lambda f: (1 / f).nan_to_num(0, 0)
    )


@chunked_attention.wrong("top is that of the last chunk, not the largest so far. When may it change?")
def top_of_the_last_chunk(query, key, value, chunk_size):
    block = scaled(query)
    top, total, mixed = None, 0.0, 0.0
    for keys, values in chunks(key, value, chunk_size):
        scores = block @ keys.transpose(-2, -1)
        new_top = scores.amax(dim=-1, keepdim=True)
        shrink = torch.zeros_like(new_top) if top is None else torch.exp(top - new_top)
        exps = torch.exp(scores - new_top)
        total, mixed = total * shrink + exps.sum(dim=-1, keepdim=True), mixed * shrink + exps @ values
        top = new_top
    return (mixed / total).to(query.dtype)


@chunked_attention.wrong("one top serves all queries. How many numbers has top?")
def one_top_for_all(query, key, value, chunk_size):
    block, top, total, mixed = scaled(query), None, 0.0, 0.0
    for keys, values in chunks(key, value, chunk_size):
        scores = block @ keys.transpose(-2, -1)
        new_top = scores.amax() if top is None else torch.maximum(top, scores.amax())
        shrink = 0.0 if top is None else torch.exp(top - new_top)
        exps = torch.exp(scores - new_top)
        total, mixed = total * shrink + exps.sum(dim=-1, keepdim=True), mixed * shrink + exps @ values
        top = new_top
    return (mixed / total).to(query.dtype)


@chunked_attention.wrong("nothing is divided at the end. What is `total` for?")
def not_divided(query, key, value, chunk_size):
    block = scaled(query)
    top = torch.full_like(block[..., :1], -math.inf)
    mixed = 0.0
    for keys, values in chunks(key, value, chunk_size):
        scores = block @ keys.transpose(-2, -1)
        new_top = torch.maximum(top, scores.amax(dim=-1, keepdim=True))
        mixed = mixed * torch.exp(top - new_top) + torch.exp(scores - new_top) @ values
        top = new_top
    return mixed.to(query.dtype)


@chunked_attention.wrong("it divides in every step. When is total complete?")
def divided_in_every_step(query, key, value, chunk_size):
    block = scaled(query)
    top = torch.full_like(block[..., :1], -math.inf)
    total, mixed = torch.zeros_like(top), 0.0
    for keys, values in chunks(key, value, chunk_size):
        scores = block @ keys.transpose(-2, -1)
        new_top = torch.maximum(top, scores.amax(dim=-1, keepdim=True))
        shrink, exps = torch.exp(top - new_top), torch.exp(scores - new_top)
        total = total * shrink + exps.sum(dim=-1, keepdim=True)
        mixed = (mixed * shrink + exps @ values) / total
        top = new_top
    return mixed.to(query.dtype)


@chunked_attention.wrong("the last, shorter chunk gets lost. How many chunks are there when the size does not divide?")
def last_chunk_lost(query, key, value, chunk_size):
    whole = max(key.shape[-2] // chunk_size, 1) * chunk_size
    return online(scaled(query), chunks(key[..., :whole, :], value[..., :whole, :], chunk_size), query.dtype)


@chunked_attention.wrong("a chunk size that does not divide the keys fails. What may the last chunk be?")
def must_divide(query, key, value, chunk_size):
    if key.shape[-2] % chunk_size:
        raise RuntimeError
    return online(scaled(query), chunks(key, value, chunk_size), query.dtype)


@chunked_attention.wrong("only the first chunk counts. Does the loop return too early?")
def first_chunk_alone(query, key, value, chunk_size):
    first = key[..., :chunk_size, :], value[..., :chunk_size, :]
    return online(scaled(query), chunks(*first, chunk_size), query.dtype)


@chunked_attention.wrong(
    "query and key are compared chunk by chunk along the diagonal alone. What does a query look at?"
)
def diagonal_blocks(query, key, value, chunk_size):
    blocks = scaled(query).split(chunk_size, dim=-2)
    pairs = list(chunks(key, value, chunk_size))
    rows = [online(block, [pairs[min(i, len(pairs) - 1)]], query.dtype) for i, block in enumerate(blocks)]
    return torch.cat(rows, dim=-2)


@chunked_attention.wrong("this is what you get without the scale. Where did the square root of d go?")
def unscaled(query, key, value, chunk_size):
    return online(wide(query)[0], chunks(key, value, chunk_size), query.dtype)


@chunked_attention.wrong("the scores are divided by the depth itself. What is to be taken of it first?")
def scaled_by_depth(query, key, value, chunk_size):
    return online(wide(query)[0] / query.shape[-1], chunks(key, value, chunk_size), query.dtype)


@chunked_attention.wrong("the scale takes the size of the chunk. How long is a query?")
def scaled_by_chunk_size(query, key, value, chunk_size):
    return online(wide(query)[0] / math.sqrt(chunk_size), chunks(key, value, chunk_size), query.dtype)


@chunked_attention.wrong("half precision is computed in half precision. Where do its scores overflow or merge?")
def computed_in_half(query, key, value, chunk_size):
    pairs = zip(key.split(chunk_size, dim=-2), value.split(chunk_size, dim=-2), strict=True)
    return online(query / math.sqrt(query.shape[-1]), pairs, query.dtype)


@chunked_attention.wrong("float64 is narrowed to float32 on the way. Which of the two is the wider?")
def float64_narrowed(query, key, value, chunk_size):
    return online(scaled(query.float()), chunks(key.float(), value.float(), chunk_size), query.dtype)


@chunked_attention.wrong("the result stays in the wider type. Which dtype does the docstring promise?")
def result_left_wide(query, key, value, chunk_size):
    return online(scaled(query), chunks(key, value, chunk_size), wide(query)[0].dtype)


@chunked_attention.wrong("no gradient flows back. Is there a detach or a no_grad in the function?")
def gradients_cut(query, key, value, chunk_size):
    return online(scaled(query), chunks(key, value, chunk_size), query.dtype).detach()


@chunked_attention.wrong(
    "numbers are read back from the device, or made elsewhere. Which operation on tensors does the same?"
)
def made_on_the_cpu(query, key, value, chunk_size):
    return online(scaled(query), chunks(key, value, chunk_size), query.dtype) + torch.zeros(*query.shape[:-1], 1)


@chunked_attention.wrong("the query is divided in place, and whoever passed it has it changed. Which `/` copies?")
def query_changed(query, key, value, chunk_size):
    with torch.no_grad():
        query /= math.sqrt(query.shape[-1])
    return online(wide(query)[0], chunks(key, value, chunk_size), query.dtype)


@chunked_attention.wrong("chunk_size is taken for the number of chunks. Does `chunk` want a size, and does `split`?")
def size_taken_for_the_number(query, key, value, chunk_size):
    pairs = zip(key.chunk(chunk_size, dim=-2), value.chunk(chunk_size, dim=-2), strict=True)
    return online(scaled(query), [wide(*pair) for pair in pairs], query.dtype)
