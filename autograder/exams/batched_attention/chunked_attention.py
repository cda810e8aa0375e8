"""chunked_attention(query, key, value, chunk_size): the cases and the right variants."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch.nn import functional as F

from attention_course.probes import torch_answers as using
from autograder.exam.exercise import Case, Exercise
from autograder.exams.batched_attention.earlier import NOTEBOOK
from autograder.exams.batched_attention.inputs import FLOAT64, HALF, attend, draw, eighths, normal, pulled

MEBIBYTE = 2**20


def cases(rng):
    def plain(concept, chunk_size, **sizes):
        inputs = draw(rng, **sizes)
        return Case(concept, (*inputs, chunk_size), expected=attend(*inputs))

    yield plain("chunks that divide the keys", 2, k=6)
    yield plain("a last chunk that is shorter", 4, k=7)
    yield plain("chunks of one key", 1)
    yield plain("one chunk for all", 5)
    yield plain("a chunk larger than all keys", 9)
    yield plain("chunks larger than the queries", 3, q=2, k=8)
    yield plain("more queries than keys", 2, q=7, k=4)
    yield plain("lengths that are all the same", 3, b=3, h=3, q=3, k=3, d=3, v=3)
    yield plain("a single key", 2, k=1)
    yield plain("a single query", 2, q=1, k=5)
    yield plain("depth one and one feature", 2, b=1, h=1, d=1, v=1)
    inputs = draw(rng, b=1, h=2, q=5, k=5, d=4, v=3)
    for chunk_size in range(1, 7):
        own = (x.clone() for x in inputs)  # nobody's change of one case reaches the next
        yield Case("all chunk sizes", (*own, chunk_size), expected=attend(*inputs))
    query, key, value = draw(rng, q=5, k=6, d=4, v=3)
    strided = [x.transpose(1, 2).contiguous().transpose(1, 2) for x in (query, key)]
    turned = value.transpose(-2, -1).contiguous().transpose(-2, -1)
    yield Case("views with strides", (*strided, turned, 4), expected=attend(query, key, value))
    yield from large_score_cases(rng)
    yield from precision_cases(rng)
    inputs, pull = draw(rng, dtype=torch.float64), normal(rng, 2, 3, 4, 7, dtype=torch.float64)
    right = pulled(attend, inputs, pull)
    yield Case("gradients", (*inputs, 2), {"pull": pull}, FLOAT64, right, use=using.gradients)
    there = {"shape": [2, 3, 4, 7], "dtype": "torch.float32", "device": "meta"}
    yield Case("another device", (*draw(rng), 2), expected=there, use=using.on_meta)
    yield from memory_cases(rng)
    yield from large_cases(rng)


def large_score_cases(rng):
    """Scores that rise or fall from key to key, and others that lie far from zero altogether."""

    def ordered(concept, slope, offset):
        query = 10 + eighths(rng, 2, 1, 3, 4)
        key = eighths(rng, 2, 1, 5, 4) + slope * torch.arange(5.0)[:, None] + offset
        value = normal(rng, 2, 1, 5, 3)
        return Case(concept, (query, key, value, 2), expected=attend(query, key, value))

    yield ordered("scores that rise from chunk to chunk", 8, 0)
    yield ordered("scores that fall from chunk to chunk", -8, 0)
    yield ordered("scores that are all far below zero", 0, -16)
    yield ordered("scores that are all far above zero", 0, 16)
    query = torch.tensor([100.0, 1.0, 10.0])[:, None] * (1 + eighths(rng, 2, 1, 3, 4).abs())
    key, value = 10 + eighths(rng, 2, 1, 5, 4), normal(rng, 2, 1, 5, 3)
    yield Case("queries of very different lengths", (query, key, value, 2), expected=attend(query, key, value))


def precision_cases(rng):
    def of(concept, dtype, inputs):
        inputs = tuple(x.to(dtype) for x in inputs)
        tolerance = FLOAT64 if dtype == torch.float64 else HALF
        return Case(concept, (*inputs, 2), {}, tolerance, [attend(*inputs), str(dtype)], use=using.with_dtype)

    yield of("float64, and a result in it", torch.float64, draw(rng, dtype=torch.float64))
    close = torch.full((1, 1, 2, 4), 2.0**14), 2.0**13 + torch.tensor([[0.0], [2.0**-14]]).double().expand(1, 1, 2, 4)
    yield of("float64 scores that float32 cannot tell apart", torch.float64, (*close, torch.eye(2)[None, None]))
    for dtype, name in ((torch.bfloat16, "bfloat16"), (torch.float16, "float16")):
        yield of(f"{name}, and a result in it", dtype, draw(rng))
        close = torch.full((1, 1, 2, 4), 16.0), 8 + torch.tensor([[0.0], [1 / 16]]).expand(1, 1, 2, 4)
        yield of(f"{name} with large scores close together", dtype, (*close, 2 * torch.eye(2)[None, None]))
    huge = torch.full((1, 1, 2, 4), 300.0), 300 * torch.tensor([[1.0], [0.5], [1.0]]).expand(1, 1, 3, 4)
    yield of("float16 with scores beyond its largest number", torch.float16, (*huge, normal(rng, 1, 1, 3, 2)))


def memory_cases(rng):
    """The bound of the docstring, and half of it again for what is put together; then much less than all weights."""

    def small(concept, q, k, chunk, most):
        inputs, largest = draw(rng, b=1, h=1, q=q, k=k, d=2, v=2), 1.5 * max(q * chunk, 2 * q, 2 * k)

        def stays_small(memory):
            return [memory[0] <= largest, memory[1] <= most]

        return Case(concept, (*inputs, chunk), expected=[True, True], use=using.memory_of, read=stays_small)

    yield small("memory", 192, 192, 16, 192 * 192 / 2)
    yield small("memory with few queries and many keys", 32, 512, 16, 32 * 512 / 2)
    yield small("memory with many small chunks", 32, 256, 4, 32 * 256 / 2)  # as 4 chunks they are too large


def large_cases(rng):
    """The memory of the whole process, as it is seen from outside, whatever takes it.

    All weights at once are twice the limit and more, whether for all queries together or for each chunk of them; a
    right answer takes some 10 MB. What the notebook held before an answer could use again unseen, so the more that is,
    the more keys there are. Where nobody measures, a few do.
    """
    numbers = np.random.default_rng(rng.integers(2**63))  # cases of any size leave the exam's own as it was

    def with_keys(k):
        inputs = draw(numbers, b=1, h=1, q=512, k=k, d=2, v=2)
        right = partial(F.scaled_dot_product_attention, *inputs)  # makes no weights either
        allowed = 32 * MEBIBYTE + 8 * 4 * (2 + 2) * k  # of keys and values some copies

        def enlarged(held):
            enough = (allowed + 1.25 * max(held, 0) + 16 * MEBIBYTE) / (4 * 512)
            return with_keys(math.ceil(enough / 32768) * 32768) if k < enough else None

        case = Case("the memory that very many keys take", (*inputs, 512), expected=right)
        return replace(case, memory=allowed, enlarged=enlarged)

    yield with_keys(2048)


LAST_BUT_ONE = "of four axes, 2 is the last but one"
BROADCAST = "a start of shape (1,) or (v,) broadcasts to all queries"
SAME_NUMBER = "keys and values are as many"

chunked_attention = Exercise(
    NOTEBOOK,
    "chunked_attention",
    cases,
    survivors={
        "chunked_attention: dim=-2 -> dim=2": LAST_BUT_ONE,
        "chunked_attention: dim=-2 -> dim=2 #2": LAST_BUT_ONE,
        "chunked_attention: dim=-2 -> dim=2 #3": LAST_BUT_ONE,
        "chunked_attention: dim=-2 -> dim=2 #4": LAST_BUT_ONE,
        "chunked_attention: keys.to(working).transpose(-2, -1) -> keys.to(working).transpose(2, -1)": LAST_BUT_ONE,
        "chunked_attention: -1 -> -0 #2": BROADCAST,
        "chunked_attention: -1 -> -0 #3": BROADCAST,
        "chunked_attention: strict=True -> strict=False": SAME_NUMBER,
        "chunked_attention: zip(key.split(chunk_size, dim=-2), value.split(chunk_size, dim=-2), strict=True) -> "
        "zip(key.split(chunk_size, dim=-2), value.split(chunk_size, dim=-2))": SAME_NUMBER,
    },
)


@chunked_attention.right
def over_keys_alone(query, key, value, chunk_size):
    wide = torch.promote_types(query.dtype, torch.float32)
    query_wide = query.to(wide) * query.shape[-1] ** -0.5
    top = torch.full_like(query_wide[..., :1], float("-inf"))
    total, mixed = torch.zeros_like(top), 0.0
    for start in range(0, key.shape[-2], chunk_size):
        keys, values = (x[..., start : start + chunk_size, :].to(wide) for x in (key, value))
        scores = query_wide @ keys.mT
        higher = torch.maximum(top, scores.max(dim=-1, keepdim=True).values)
        exps, shrink = (scores - higher).exp(), (top - higher).exp()
        total = total * shrink + exps.sum(dim=-1, keepdim=True)
        mixed = mixed * shrink + exps @ values
        top = higher
    return (mixed / total).to(query.dtype)


@chunked_attention.right
def over_both_head_by_head(query, key, value, chunk_size):
    wide = torch.float64 if query.dtype == torch.float64 else torch.float32
    examples = []
    for i in range(query.shape[0]):
        heads = []
        for j in range(query.shape[1]):
            blocks = []
            for block in query[i, j].split(chunk_size):
                block, state = block.to(wide) / math.sqrt(block.shape[-1]), None
                for keys, values in zip(key[i, j].split(chunk_size), value[i, j].split(chunk_size), strict=True):
                    scores = block @ keys.to(wide).T
                    top = scores.amax(1, keepdim=True)
                    top = top if state is None else torch.max(top, state[0])
                    exps = torch.exp(scores - top)
                    total, mixed = exps.sum(1, keepdim=True), exps @ values.to(wide)
                    if state is not None:
                        factor = torch.exp(state[0] - top)
                        total, mixed = total + factor * state[1], mixed + factor * state[2]
                    state = top, total, mixed
                blocks.append(state[2] / state[1])
            heads.append(torch.cat(blocks))
        examples.append(torch.stack(heads))
    return torch.stack(examples).to(query.dtype)


@chunked_attention.right
def merging_by_logsumexp(query, key, value, chunk_size):
    wide = torch.promote_types(query.dtype, torch.float32)
    query_wide, output, log_total = query.to(wide), None, None
    for keys, values in zip(key.split(chunk_size, 2), value.split(chunk_size, 2), strict=True):
        scores = torch.einsum("bhqd,bhkd->bhqk", query_wide, keys.to(wide)).to(wide) / query.shape[-1] ** 0.5
        own_total = scores.logsumexp(dim=-1, keepdim=True)
        own = torch.softmax(scores, dim=-1).to(wide) @ values.to(wide)
        if output is None:
            output, log_total = own, own_total
            continue
        share = torch.sigmoid(own_total - log_total)
        output = output * (1 - share) + own * share
        log_total = torch.logaddexp(log_total, own_total)
    return output.to(query.dtype)


@chunked_attention.right
def with_the_largest_score_found_first(query, key, value, chunk_size):
    wide = torch.promote_types(query.dtype, torch.float32)
    block, keys = query.to(wide) / math.sqrt(query.size(-1)), key.to(wide)
    parts = [slice(i, i + chunk_size) for i in range(0, key.size(-2), chunk_size)]
    top = None
    for part in parts:
        own = torch.amax(block @ keys[:, :, part].transpose(2, 3), dim=3, keepdim=True)
        top = own if top is None else torch.maximum(top, own)
    with_one = F.pad(value.to(wide), (0, 1), value=1.0)
    summed = torch.zeros(1, dtype=wide, device=query.device)
    for part in parts:
        summed = summed + torch.exp(block @ keys[:, :, part].transpose(2, 3) - top) @ with_one[:, :, part]
    return (summed[..., :-1] / summed[..., -1:]).to(query.dtype)
