"""The cases of MultiHeadAttention: its forward step with numbers of our own, and copies of nn.MultiheadAttention."""

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exams.batched_attention import using
from autograder.exams.batched_attention.inputs import (
    FLOAT64,
    HALF_MODULE,
    attend,
    causal,
    normal,
    padding,
    signs_of_dropout,
    some,
)
from autograder.exercise import Case

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
    yield Case("the names and shapes of what it learns", (6, 3), expected=names, use=learned)
    yield from forward_cases(rng)
    yield from masked_cases(rng)
    yield Case("a width that the heads do not divide", (6, 4), raises="ValueError", use=learned)
    yield from gradient_cases(rng)
    yield from precision_and_device_cases(rng)
    yield from dropout_cases(rng)
    yield from loading_cases(rng)


@using.undisturbed
def learned(answer, *sizes):
    """The names and shapes of the parameters."""
    return {name: list(parameter.shape) for name, parameter in answer(*sizes).named_parameters()}


@using.undisturbed
def forward(answer, sizes, state, *inputs, **kwargs):
    """What comes out with these numbers in it."""
    return using.module(answer, sizes, state)(*inputs, **kwargs)


def forward_case(rng, concept, sizes, *shapes, **kwargs):
    """The forward step for random tokens of these shapes."""
    state, inputs = numbers(rng, sizes[0]), [normal(rng, *shape, sizes[0]) for shape in shapes]
    expected = right(state, sizes[1], *inputs, **kwargs)
    return Case(concept, (sizes, state, *inputs), kwargs, expected=expected, use=forward)


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
    yield Case(case.concept, (sizes, state, strided), expected=case.expected, use=forward)


def masked_cases(rng):
    yield forward_case(rng, "a causal mask", (6, 2), (2, 4), mask=causal(4))
    yield forward_case(rng, "a mask of the keys of each example", (6, 2), (2, 4), (2, 5), mask=some(rng, 2, 1, 1, 5))
    yield forward_case(rng, "a mask for each head", (6, 3), (2, 4), mask=some(rng, 3, 4, 4))
    yield forward_case(rng, "a mask for each example and head", (6, 3), (3, 4), mask=some(rng, 3, 3, 4, 4))
    state, x, key, value = numbers(rng, 6), *(normal(rng, 2, t, 6) for t in (3, 4, 4))
    args = (6, 2), state, x, key, value, some(rng, 3, 4)
    yield Case("a mask given by position", args, expected=right(state, 2, *args[2:]), use=forward)
    yield forward_case(rng, "a query that may attend to nothing", (6, 2), (2, 4), mask=nothing_for_one(rng))
    lengths, texts, state = [4, 2], torch.full((2, 4, 6), 100.0), numbers(rng, 6)
    for row, length in zip(texts, lengths, strict=True):
        row[:length] = normal(rng, length, 6)
    alone = [right(state, 2, row[None, :length])[0] for row, length in zip(texts, lengths, strict=True)]
    yield Case("a padded batch", ((6, 2), state, texts, lengths), expected=alone, use=real_rows)


def nothing_for_one(rng):
    mask = some(rng, 2, 1, 4, 4)
    mask[1, 0, 2] = False
    return mask


@using.undisturbed
def real_rows(answer, sizes, state, texts, lengths):
    """What comes out at the real tokens of each text of a padded batch."""
    mask = padding(lengths, texts.shape[1])[:, None, None, :]
    output = using.module(answer, sizes, state)(texts, mask=mask)
    return [row[:length] for row, length in zip(output, lengths, strict=True)]


@using.undisturbed
def gradients(answer, sizes, state, *inputs, **kwargs):
    """All gradients in float64: of the inputs, and of the parameters by name."""
    return using.module_gradients(using.module(answer, sizes, state, dtype="float64"), *inputs, **kwargs)


def gradient_cases(rng):
    for concept, mask in (("gradients", None), ("gradients where a query may attend to nothing", nothing_for_one(rng))):
        state = numbers(rng, 6, torch.float64)
        inputs = [normal(rng, 2, 4, 6, dtype=torch.float64) for _ in range(3)]
        pull = normal(rng, 2, 4, 6, dtype=torch.float64)
        leaves = [x.clone().requires_grad_() for x in (*inputs, *state.values())]
        output = right(dict(zip(state, leaves[3:], strict=True)), 2, *leaves[:3], mask)
        found = torch.autograd.grad(output, leaves, pull)
        expected = [list(found[:3]), dict(zip(state, found[3:], strict=True))]
        yield Case(concept, ((6, 2), state, *inputs), {"pull": pull, "mask": mask}, FLOAT64, expected, use=gradients)


@using.undisturbed
def in_half(answer, sizes, state, x, dtype):
    """What comes out of a module in half precision, and in which dtype."""
    return using.with_dtype(using.module(answer, sizes, state, dtype=dtype), x)


@using.undisturbed
def elsewhere(answer, sizes, state, x, mask):
    """What comes out of a module moved to another device."""
    return using.on_meta(using.module(answer, sizes, state).to("meta"), x, mask=mask)


@using.undisturbed
def mixed_precision(answer, sizes, state, x, mask):
    """What comes out under autocast."""
    return using.under_autocast(using.module(answer, sizes, state), x, mask=mask)


def precision_and_device_cases(rng):
    for dtype in (torch.bfloat16, torch.float16):
        state = {name: tensor.to(dtype) for name, tensor in numbers(rng, 6).items()}
        x, name = normal(rng, 2, 4, 6, dtype=dtype), str(dtype).removeprefix("torch.")
        expected = [right(state, 2, x), str(dtype)]
        yield Case(f"a module in {name}", ((6, 2), state, x, name), {}, HALF_MODULE, expected, use=in_half)
    there = {"shape": [2, 4, 6], "dtype": "torch.float32", "device": "meta"}
    args = (6, 2), numbers(rng, 6), normal(rng, 2, 4, 6), nothing_for_one(rng)
    yield Case("another device", args, expected=there, use=elsewhere)
    state, x, mask = numbers(rng, 6), normal(rng, 2, 4, 6), nothing_for_one(rng)
    expected = right(state, 2, x, mask=mask)
    yield Case("autocast", ((6, 2), state, x, mask), {}, HALF_MODULE, expected, use=mixed_precision)


@using.undisturbed
def trained_and_evaluated(answer, sizes, state, x):
    """What comes out in training without dropout, and in evaluation with it."""
    return [using.module(answer, sizes, state, training=True)(x), using.module(answer, sizes, state, dropout=0.9)(x)]


@using.undisturbed
def dropped(answer, probability):
    """What dropout does to weights that are all equal: 2 heads of 20 columns see 19 values and a one."""
    state = {f"{part}.bias": torch.zeros(40) for part in PARTS}
    state |= {f"{part}.weight": torch.eye(40) if part in ("value", "output") else torch.zeros(40, 40) for part in PARTS}
    one_head = torch.cat([torch.eye(19), torch.ones(19, 1)], dim=-1)
    x = torch.cat([one_head, one_head], dim=-1).expand(8, -1, -1)
    output = using.module(answer, (40, 2, probability), state, training=True)(x)
    return signs_of_dropout(output.unflatten(-1, (2, -1)).transpose(1, 2), probability)


def dropout_cases(rng):
    state, x = numbers(rng, 6), normal(rng, 2, 4, 6)
    both = [right(state, 2, x)] * 2
    yield Case("evaluation, and training without dropout", ((6, 2), state, x), expected=both, use=trained_and_evaluated)
    for probability in (0.25, 0.6):
        yield Case("dropout in training", (probability,), expected=[True] * 5, use=dropped)


def library(sizes, state, **options):
    """An nn.MultiheadAttention with these numbers in it."""
    module = nn.MultiheadAttention(*sizes, **options)
    module.load_state_dict(state)
    return module.eval()


def library_numbers(rng, width, bias=True):
    """The state of an nn.MultiheadAttention."""
    state = {
        "in_proj_weight": normal(rng, 3 * width, width) / width**0.5,
        "out_proj.weight": normal(rng, width, width) / width**0.5,
    }
    return state | {"in_proj_bias": normal(rng, 3 * width), "out_proj.bias": normal(rng, width)} if bias else state


@using.undisturbed
def library_output(sizes, state, query, key=None, value=None, mask=None, **options):
    """What PyTorch's own module makes of batch-first inputs."""
    key = query if key is None else key
    value = key if value is None else value
    module = library(sizes, state, **options | {"batch_first": True})
    if mask is not None:  # for the library True means NOT
        mask = ~mask.expand(len(query), sizes[1], query.shape[1], key.shape[1]).flatten(0, 1)
    with torch.no_grad():
        return module(query, key, value, attn_mask=mask, need_weights=False)[0]


@using.undisturbed
def loaded(answer, sizes, state, before, *inputs, options=None, dtype="float32", **kwargs):
    """What comes out with the numbers of PyTorch's module, loaded over others; in training mode, without dropout."""
    made = using.module(answer, sizes, before, training=True, dtype=dtype)
    made.load_from_torch(library(sizes, state, **options or {}))
    return using.with_dtype(made, *inputs, **kwargs)


@using.undisturbed
def copied(answer, sizes, state, before):
    """The numbers of PyTorch's module without biases, after they were loaded over others."""
    made = using.module(answer, sizes, before)
    made.load_from_torch(library(sizes, state, bias=False))
    return dict(made.state_dict())


@using.undisturbed
def after_a_change_there(answer, sizes, state, x):
    """What comes out when PyTorch's module is changed after the copy."""
    made, source = using.module(answer, sizes), library(sizes, state)
    made.load_from_torch(source)
    with torch.no_grad():
        for parameter in source.parameters():
            parameter.zero_()
    return made(x)


@using.undisturbed
def source_after_a_change_here(answer, sizes, state, other):
    """The numbers of PyTorch's module when the copy is changed."""
    made, source = using.module(answer, sizes), library(sizes, state)
    made.load_from_torch(source)
    made.load_state_dict(other)
    return dict(source.state_dict())


@using.undisturbed
def trainable(answer, sizes, state):
    """Which parameters can be trained after the copy."""
    made = using.module(answer, sizes)
    made.load_from_torch(library(sizes, state))
    return {name: parameter.requires_grad for name, parameter in made.named_parameters()}


def loading_cases(rng):
    def load(concept, sizes, *shapes, bias=True, options=None, dtype="float32", mask=None):
        width = sizes[0]
        state, before = library_numbers(rng, width, bias), numbers(rng, width)
        inputs = [normal(rng, *shape, width) for shape in shapes]
        expected = [library_output(sizes, state, *inputs, mask=mask, **options or {}), f"torch.{dtype}"]
        inputs = [x.to(getattr(torch, dtype)) for x in inputs]
        kwargs = {"options": options, "dtype": dtype, "mask": mask}
        return Case(concept, (sizes, state, before, *inputs), kwargs, expected=expected, use=loaded)

    yield load("weights copied from nn.MultiheadAttention", (6, 2), (2, 4))
    yield load("copied weights, queries, keys and values apart", (6, 3), (2, 4), (2, 5), (2, 5))
    yield load("copied weights and a mask", (6, 3), (2, 4), mask=some(rng, 2, 1, 4, 4))
    yield load("weights copied from a batch-first module", (8, 2), (2, 4), options={"batch_first": True})
    yield load("weights copied from a module without biases", (6, 2), (2, 4), bias=False, options={"bias": False})
    state, before = library_numbers(rng, 6, bias=False), numbers(rng, 6)
    weights = *state["in_proj_weight"].chunk(3), state["out_proj.weight"]
    expected = {f"{part}.bias": torch.zeros(6) for part in PARTS}
    expected |= {f"{part}.weight": weight for part, weight in zip(PARTS, weights, strict=True)}
    yield Case("numbers copied from a module without biases", ((6, 2), state, before), expected=expected, use=copied)
    yield load("weights copied from a module with dropout", (6, 2), (2, 4), options={"dropout": 0.5})
    yield load("float32 weights copied into a float64 module", (6, 2), (2, 4), dtype="float64")
    state, x = library_numbers(rng, 6), normal(rng, 2, 4, 6)
    expected = library_output((6, 2), state, x)
    yield Case("a change of the other module later", ((6, 2), state, x), expected=expected, use=after_a_change_there)
    state, other = library_numbers(rng, 6), numbers(rng, 6)
    args = (6, 2), state, other
    yield Case("the other module after a change of yours", args, expected=state, use=source_after_a_change_here)
    names = dict.fromkeys(other, True)
    yield Case("training after copying", ((6, 2), library_numbers(rng, 6)), expected=names, use=trainable)
