"""The cases of scaled_dot_product_attention."""

from functools import partial

import torch

from attention_course.probes import torch_answers as using
from autograder.exam.compare import Tolerance
from autograder.exam.exercise import Case
from autograder.exams.batched_attention.inputs import (
    FLOAT64,
    HALF,
    attend,
    causal,
    draw,
    eighths,
    normal,
    padding,
    pulled,
    real_rows,
    signs_of_dropout,
    some,
)


def cases(rng):
    def plain(concept, **sizes):
        inputs = draw(rng, **sizes)
        return Case(concept, inputs, expected=attend(*inputs))

    yield plain("a batch with heads")
    yield plain("all lengths the same", b=3, h=3, q=3, k=3, d=3, v=3)
    yield plain("as many queries as keys, and other sizes elsewhere", b=2, h=4, q=5, k=5, d=2, v=3)
    yield plain("a batch of one with one head", b=1, h=1, q=3, k=4, d=2, v=5)
    yield plain("a single key", k=1)
    yield plain("a single query", q=1)
    yield plain("depth one and one feature", d=1, v=1)
    large = 100 * eighths(rng, 2, 1, 2, 4), 8 * eighths(rng, 2, 1, 3, 4), normal(rng, 2, 1, 3, 2)
    yield Case("scores in the thousands", large, expected=attend(*large))
    query, key, value = draw(rng, q=5, k=6, d=4, v=3)
    strided = [x.transpose(1, 2).contiguous().transpose(1, 2) for x in (query, key)]
    turned = value.transpose(-2, -1).contiguous().transpose(-2, -1)
    yield Case("views with strides", (*strided, turned), expected=attend(query, key, value))
    yield from masked_cases(rng)
    yield from dtype_cases(rng)
    yield from gradient_cases(rng)
    yield from dropout_cases(rng)
    yield from device_cases(rng)


def masked_cases(rng):
    def masked(concept, mask, **sizes):
        inputs = draw(rng, **sizes)
        return Case(concept, inputs, {"mask": mask}, expected=attend(*inputs, mask))

    yield masked("a causal mask for all", causal(4), k=4)
    yield masked("a mask of the keys of each example", some(rng, 2, 1, 1, 5))
    yield masked("a mask for each example", some(rng, 2, 1, 4, 5))
    yield masked("a mask for each example and head", some(rng, 2, 3, 4, 5))
    yield masked("a mask for each head", some(rng, 3, 4, 5))
    yield masked("a mask of the keys alone", some(rng, 1, 5))
    yield masked("a mask that opens everything", torch.ones(1, 1, 1, 1, dtype=torch.bool))
    inputs, mask = draw(rng), some(rng, 4, 5)
    yield Case("a mask given by position", (*inputs, mask), expected=attend(*inputs, mask))
    for concept, below in (("open scores below a closed one", 25), ("open scores far below", 6000)):
        query, key, value = torch.ones(2, 1, 2, 4), eighths(rng, 2, 1, 3, 4), normal(rng, 2, 1, 3, 2)
        key[..., 1:, :] -= below
        mask = torch.tensor([[False, True, True]])
        right = attend(query, key, value, mask)
        # float32 numbers around 10000 are 0.001 apart: so much a logarithm of a sum may be off
        yield Case(concept, (query, key, value), {"mask": mask}, Tolerance(1e-2, 1e-2), right)
    yield masked("a query that may attend to nothing", nothing_for_one_query(rng))
    yield masked("an example that may attend to nothing", torch.tensor([True, False]).view(2, 1, 1, 1))
    yield masked("a mask that switches whole queries off", torch.tensor([True, False, True, False])[:, None])
    yield padded_case(rng)


def nothing_for_one_query(rng):
    mask = some(rng, 2, 1, 4, 5)
    mask[1, 0, 2] = False
    return mask


def padded_case(rng):
    """Texts of three lengths in one batch, with garbage behind them, against each of them alone."""
    lengths, texts = [4, 2, 3], torch.full((3, 2, 4, 6), 1e4)
    alone = [normal(rng, 1, 2, length, 6) for length in lengths]
    for row, text in zip(texts, alone, strict=True):
        row[:, : text.shape[2]] = text[0]
    real = padding(lengths, 4)
    expected = [attend(text, text, text)[0] for text in alone]
    args = texts, texts, texts, real[:, None, None, :]
    return Case("a padded batch", args, expected=expected, read=partial(real_rows, lengths=lengths))


def dtype_cases(rng):
    def precise(concept, dtype, inputs, mask=None):
        inputs = tuple(x.to(dtype) for x in inputs)
        tolerance = FLOAT64 if dtype == torch.float64 else HALF
        expected = [attend(*inputs, mask), str(dtype)]
        return Case(concept, inputs, {"mask": mask}, tolerance, expected, use=using.with_dtype)

    yield precise("float64, and a result in it", torch.float64, draw(rng, dtype=torch.float64))
    close = torch.full((1, 1, 2, 4), 2.0**14), 2.0**13 + torch.tensor([[0.0], [2.0**-14]]).double().expand(1, 1, 2, 4)
    yield precise("float64 scores that float32 cannot tell apart", torch.float64, (*close, torch.eye(2)[None, None]))
    for dtype, name in ((torch.bfloat16, "bfloat16"), (torch.float16, "float16")):
        yield precise(f"{name}, and a result in it", dtype, draw(rng))
        yield precise(f"{name} with a mask that leaves a query nothing", dtype, draw(rng), nothing_for_one_query(rng))
        # two scores, 256 and 256.5 or so, that a half-precision number cannot tell apart
        close = torch.full((1, 1, 2, 4), 16.0), 8 + torch.tensor([[0.0], [1 / 16]]).expand(1, 1, 2, 4)
        yield precise(f"{name} with large scores close together", dtype, (*close, 2 * torch.eye(2)[None, None]))
    huge = torch.full((1, 1, 2, 4), 300.0), 300 * torch.tensor([[1.0], [0.5], [1.0]]).expand(1, 1, 3, 4)
    yield precise("float16 with scores beyond its largest number", torch.float16, (*huge, normal(rng, 1, 1, 3, 2)))


def gradient_cases(rng):
    def pull_back(concept, mask=None, **sizes):
        inputs = draw(rng, **sizes, dtype=torch.float64)
        pull = normal(rng, *inputs[0].shape[:-1], inputs[2].shape[-1], dtype=torch.float64)
        right = pulled(attend, inputs, pull, mask)
        return Case(concept, inputs, {"pull": pull, "mask": mask}, FLOAT64, right, use=using.gradients)

    yield pull_back("gradients")
    yield pull_back("gradients through a mask", some(rng, 2, 1, 4, 5))
    yield pull_back("gradients where a query may attend to nothing", nothing_for_one_query(rng))
    tiny, mask = draw(rng, 1, 1, 2, 2, 2, 1, dtype=torch.float64), torch.tensor([[True, True], [False, False]])
    around = {"mask": mask, "step": 1e-6}
    yield Case("gradients as slopes", tiny, around, expected=True, use=using.gradients_and_steps, read=are_slopes)


def are_slopes(result, step=1e-6):
    """Whether gradients are the slopes that small steps of float64 inputs show; a step squared is all they may miss."""
    gradients, ahead, behind = result
    return all(
        torch.allclose(slope, (after - before) / (2 * step), rtol=1e-5, atol=1e-7)
        for slope, after, before in zip(gradients, ahead, behind, strict=True)
    )


def dropout_cases(rng):
    for concept, options in (
        ("dropout outside of training", {"dropout_p": 0.5}),
        ("training without dropout", {"training": True}),
        ("a dropout of zero in training", {"dropout_p": 0.0, "training": True}),
    ):
        inputs = draw(rng)
        yield Case(concept, (*inputs, None), options, expected=attend(*inputs), use=using.called)
    for probability in (0.25, 0.6):
        yield dropped_case(probability)


def dropped_case(probability, keys=40):
    """Dropout of weights that are all equal; value j is a one at feature j and at the last."""
    query, key = torch.ones(2, 3, 40, 4), torch.ones(2, 3, keys, 4)
    value = torch.cat([torch.eye(keys), torch.ones(keys, 1)], dim=-1).expand(2, 3, -1, -1)
    args, signs = (query, key, value, None, probability, True), partial(signs_of_dropout, probability=probability)
    return Case("dropout in training", args, expected=[True] * 5, use=using.called, read=signs)


def device_cases(rng):
    expected = {"shape": [2, 3, 4, 7], "dtype": "torch.float32", "device": "meta"}
    yield Case("another device", draw(rng), expected=expected, use=using.on_meta)
    masked = draw(rng), {"mask": some(rng, 2, 1, 4, 5)}
    yield Case("another device, with a mask", *masked, expected=expected, use=using.on_meta)
