"""The cases of MultiHeadAttention: its forward step with numbers of our own, and copies of nn.MultiheadAttention."""

from functools import partial

import torch
from torch.nn import functional as F

from attention_course.probes.batched_attention import multi_head as probe
from autograder.exam.exercise import Case
from autograder.exams.batched_attention.inputs import (
    FLOAT64,
    HALF_MODULE,
    attend,
    causal,
    normal,
    padding,
    real_rows,
    signs_of_dropout,
    some,
)

PARTS = "query", "key", "value", "output"


def numbers(rng, width, dtype=torch.float32):
    """Weights and biases of the four projections, under the names of the docstring."""
    state = {}
    for part in PARTS:
        state[f"{part}.weight"] = normal(rng, width, width, dtype=dtype) / width**0.5
        state[f"{part}.bias"] = normal(rng, width, dtype=dtype) / 2
    return state


def right(state, num_heads, query, key=None, value=None, mask=None):
    """The oracle, in float64."""
    key = query if key is None else key
    value = key if value is None else value
    state = {name: tensor.double() for name, tensor in state.items()}
    heads = [
        F.linear(x.double(), state[f"{part}.weight"], state[f"{part}.bias"]).unflatten(-1, (num_heads, -1))
        for part, x in zip(PARTS, (query, key, value), strict=False)
    ]
    attended = attend(*(x.transpose(1, 2) for x in heads), mask)
    return F.linear(attended.transpose(1, 2).flatten(2), state["output.weight"], state["output.bias"])


def cases(rng):
    names = {f"{part}.{kind}": shape for part in PARTS for kind, shape in (("weight", [6, 6]), ("bias", [6]))}
    yield Case("the names and shapes of what it learns", (6, 3), expected=names, use=probe.learned)
    yield from forward_cases(rng)
    yield from masked_cases(rng)
    yield Case("a width that the heads do not divide", (6, 4), raises="ValueError", use=probe.learned)
    yield from gradient_cases(rng)
    yield from precision_and_device_cases(rng)
    yield from dropout_cases(rng)
    yield from loading_cases(rng)


def forward_case(rng, concept, sizes, *shapes, **kwargs):
    """The forward step for random tokens of these shapes."""
    state, inputs = numbers(rng, sizes[0]), [normal(rng, *shape, sizes[0]) for shape in shapes]
    expected = right(state, sizes[1], *inputs, **kwargs)
    return Case(concept, (sizes, state, *inputs), kwargs, expected=expected, use=probe.forward)


def forward_cases(rng):
    yield forward_case(rng, "self-attention", (8, 2), (2, 5))
    yield forward_case(rng, "queries and keys from two texts", (8, 2), (2, 4), (2, 5))
    yield forward_case(rng, "queries, keys and values from three", (6, 3), (2, 4), (2, 5), (2, 5))
    yield forward_case(rng, "one head", (6, 1), (2, 4))
    yield forward_case(rng, "heads of one column", (4, 4), (2, 3))
    yield forward_case(rng, "as many tokens as heads", (12, 3), (2, 3))
    yield forward_case(rng, "batch, tokens, heads and columns of one number", (9, 3), (3, 3))
    yield forward_case(rng, "a single token in a batch of one", (6, 2), (1, 1))
    case = forward_case(rng, "a view with strides", (6, 2), (2, 4))
    sizes, state, x = case.args
    strided = x.transpose(0, 1).contiguous().transpose(0, 1)
    yield Case(case.concept, (sizes, state, strided), expected=case.expected, use=probe.forward)


def masked_cases(rng):
    yield forward_case(rng, "a causal mask", (6, 2), (2, 4), mask=causal(4))
    yield forward_case(rng, "a mask of the keys of each example", (6, 2), (2, 4), (2, 5), mask=some(rng, 2, 1, 1, 5))
    yield forward_case(rng, "a mask for each head", (6, 3), (2, 4), mask=some(rng, 3, 4, 4))
    yield forward_case(rng, "a mask for each example and head", (6, 3), (3, 4), mask=some(rng, 3, 3, 4, 4))
    state, x, key, value = numbers(rng, 6), *(normal(rng, 2, t, 6) for t in (3, 4, 4))
    args = (6, 2), state, x, key, value, some(rng, 3, 4)
    yield Case("a mask given by position", args, expected=right(state, 2, *args[2:]), use=probe.forward)
    yield forward_case(rng, "a query that may attend to nothing", (6, 2), (2, 4), mask=nothing_for_one(rng))
    lengths, texts, state = [4, 2], torch.full((2, 4, 6), 100.0), numbers(rng, 6)
    for row, length in zip(texts, lengths, strict=True):
        row[:length] = normal(rng, length, 6)
    alone = [right(state, 2, row[None, :length])[0] for row, length in zip(texts, lengths, strict=True)]
    mask = padding(lengths, 4)[:, None, None, :]
    args, rows = ((6, 2), state, texts), partial(real_rows, lengths=lengths)
    yield Case("a padded batch", args, {"mask": mask}, expected=alone, use=probe.forward, read=rows)


def nothing_for_one(rng):
    mask = some(rng, 2, 1, 4, 4)
    mask[1, 0, 2] = False
    return mask


def gradient_cases(rng):
    for concept, mask in (("gradients", None), ("gradients where a query may attend to nothing", nothing_for_one(rng))):
        state = numbers(rng, 6, torch.float64)
        inputs = [normal(rng, 2, 4, 6, dtype=torch.float64) for _ in range(3)]
        pull = normal(rng, 2, 4, 6, dtype=torch.float64)
        leaves = [x.clone().requires_grad_() for x in (*inputs, *state.values())]
        output = right(dict(zip(state, leaves[3:], strict=True)), 2, *leaves[:3], mask)
        found = torch.autograd.grad(output, leaves, pull)
        expected = [list(found[:3]), dict(zip(state, found[3:], strict=True))]
        yield Case(
            concept, ((6, 2), state, *inputs), {"pull": pull, "mask": mask}, FLOAT64, expected, use=probe.gradients
        )


def precision_and_device_cases(rng):
    for dtype in (torch.bfloat16, torch.float16):
        state = {name: tensor.to(dtype) for name, tensor in numbers(rng, 6).items()}
        x, name = normal(rng, 2, 4, 6, dtype=dtype), str(dtype).removeprefix("torch.")
        expected = [right(state, 2, x), str(dtype)]
        yield Case(f"a module in {name}", ((6, 2), state, x, name), {}, HALF_MODULE, expected, use=probe.in_half)
    there = {"shape": [2, 4, 6], "dtype": "torch.float32", "device": "meta"}
    for concept, mask in (("another device", None), ("another device, with a mask", nothing_for_one(rng))):
        args = (6, 2), numbers(rng, 6), normal(rng, 2, 4, 6), mask
        yield Case(concept, args, expected=there, use=probe.elsewhere)


def dropout_cases(rng):
    state, x = numbers(rng, 6), normal(rng, 2, 4, 6)
    both = [right(state, 2, x)] * 2
    yield Case(
        "evaluation, and training without dropout", ((6, 2), state, x), expected=both, use=probe.trained_and_evaluated
    )
    for probability in (0.25, 0.6):
        yield dropped_case(probability)


def dropped_case(probability):
    """Dropout of weights that are all equal: 2 heads of 20 columns see 19 values and a one."""
    state = {f"{part}.bias": torch.zeros(40) for part in PARTS}
    state |= {f"{part}.weight": torch.eye(40) if part in ("value", "output") else torch.zeros(40, 40) for part in PARTS}
    one_head = torch.cat([torch.eye(19), torch.ones(19, 1)], dim=-1)
    args = (40, 2, probability), state, torch.cat([one_head, one_head], dim=-1).repeat(8, 1, 1)

    def signs(output):
        return signs_of_dropout(output.unflatten(-1, (2, -1)).transpose(1, 2), probability)

    return Case("dropout in training", args, expected=[True] * 5, use=probe.in_training, read=signs)


def library_numbers(rng, width, bias=True):
    """The state of an nn.MultiheadAttention."""
    state = {
        "in_proj_weight": normal(rng, 3 * width, width) / width**0.5,
        "out_proj.weight": normal(rng, width, width) / width**0.5,
    }
    return state | {"in_proj_bias": normal(rng, 3 * width), "out_proj.bias": normal(rng, width)} if bias else state


def library_output(sizes, state, query, key=None, value=None, mask=None, **options):
    """What PyTorch's own module makes of batch-first inputs."""
    key = query if key is None else key
    value = key if value is None else value
    module = probe.library(sizes, state, **options | {"batch_first": True})
    if mask is not None:  # for the library True means NOT
        mask = ~mask.expand(len(query), sizes[1], query.shape[1], key.shape[1]).flatten(0, 1)
    with torch.no_grad():
        return module(query, key, value, attn_mask=mask, need_weights=False)[0]


def loading_cases(rng):
    def load(concept, sizes, *shapes, bias=True, options=None, dtype="float32", mask=None):
        width = sizes[0]
        state, before = library_numbers(rng, width, bias), numbers(rng, width)
        inputs = [normal(rng, *shape, width) for shape in shapes]
        expected = [library_output(sizes, state, *inputs, mask=mask, **options or {}), f"torch.{dtype}"]
        inputs = [x.to(getattr(torch, dtype)) for x in inputs]
        kwargs = {"options": options, "dtype": dtype, "mask": mask}
        return Case(concept, (sizes, state, before, *inputs), kwargs, expected=expected, use=probe.loaded)

    yield load("weights copied from nn.MultiheadAttention", (6, 2), (2, 4))
    yield load("copied weights, queries, keys and values apart", (6, 3), (2, 4), (2, 5), (2, 5))
    yield load("copied weights and a mask", (6, 3), (2, 4), mask=some(rng, 2, 1, 4, 4))
    yield load("weights copied from a batch-first module", (8, 2), (2, 4), options={"batch_first": True})
    yield load("weights copied from a module without biases", (6, 2), (2, 4), bias=False, options={"bias": False})
    state, before = library_numbers(rng, 6, bias=False), numbers(rng, 6)
    weights = *state["in_proj_weight"].chunk(3), state["out_proj.weight"]
    expected = {f"{part}.bias": torch.zeros(6) for part in PARTS}
    expected |= {f"{part}.weight": weight for part, weight in zip(PARTS, weights, strict=True)}
    yield Case(
        "numbers copied from a module without biases", ((6, 2), state, before), expected=expected, use=probe.copied
    )
    yield load("weights copied from a module with dropout", (6, 2), (2, 4), options={"dropout": 0.5})
    yield load("float32 weights copied into a float64 module", (6, 2), (2, 4), dtype="float64")
    state, x = library_numbers(rng, 6), normal(rng, 2, 4, 6)
    expected = library_output((6, 2), state, x)
    yield Case(
        "a change of the other module later", ((6, 2), state, x), expected=expected, use=probe.after_a_change_there
    )
    state, other = library_numbers(rng, 6), numbers(rng, 6)
    args = (6, 2), state, other
    yield Case("the other module after a change of yours", args, expected=state, use=probe.source_after_a_change_here)
    names = dict.fromkeys(other, True)
    yield Case("training after copying", ((6, 2), library_numbers(rng, 6)), expected=names, use=probe.trainable)
