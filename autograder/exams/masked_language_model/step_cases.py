"""The cases of train_step's three functions: warmup_linear, parameter_groups and train_step."""

import math

import numpy as np
import torch

from attention_course.probes.masked_language_model import training_steps as using
from autograder.exam.compare import Tolerance
from autograder.exam.exercise import Case
from autograder.exams.masked_language_model.random_inputs import normal


def cases(rng):
    yield from schedule_cases(rng)
    yield from group_cases(rng)
    yield from step_cases(rng)


def schedule_cases(rng):
    def at(concept, step, warmup, total):
        expected = float(np.interp(step, [0, warmup, total], [0, 1, 0])) if warmup else max(0.0, 1 - step / total)
        return Case(concept, (step, warmup, total), {}, Tolerance(1e-6, 1e-9), expected, function="warmup_linear")

    warmup, rest = int(rng.integers(3, 9)), int(rng.integers(4, 20))
    total = warmup + rest
    yield at("the very beginning", 0, warmup, total)
    yield at("a step on the way up", int(rng.integers(1, warmup)), warmup, total)
    yield at("the step at which it is highest", warmup, warmup, total)
    yield at("a step on the way down", warmup + int(rng.integers(1, rest)), warmup, total)
    yield at("the first step on the way down", warmup + 1, warmup, total)
    yield at("the last step before it is zero", total - 1, warmup, total)
    yield at("the step at which it comes to zero", total, warmup, total)
    yield at("steps after the last one", total + int(rng.integers(1, 9)), warmup, total)
    yield at("the very beginning without warm-up", 0, 0, total)
    yield at("a later step without warm-up", int(rng.integers(1, total)), 0, total)
    yield at("steps after the last one without warm-up", total + 2, 0, total)
    yield at("a warm-up of all steps but one", warmup, warmup, warmup + 1)
    yield at("a warm-up of all steps but one, half-way", warmup // 2, warmup, warmup + 1)
    yield at("the only step", 0, 0, 1)
    yield at("a long training", 123_456, 10_000, 1_000_000)


GROUPS = {
    "attention": (
        ["bias_table.weight", "level", "mixer.in_proj_weight", "mixer.out_proj.weight", "norm.weight"],
        ["LayerNorm.bias", "LayerNorm.weight", "bias", "mixer.in_proj_bias",
         "mixer.out_proj.bias", "norm.bias", "scale.bias", "scale.weight"],
    ),
    "encoder layer": (
        ["linear1.weight", "linear2.weight", "self_attn.in_proj_weight", "self_attn.out_proj.weight"],
        ["linear1.bias", "linear2.bias", "norm1.bias", "norm1.weight", "norm2.bias", "norm2.weight",
         "self_attn.in_proj_bias", "self_attn.out_proj.bias"],
    ),
    "one layer": (["weight"], ["bias"]),
    "one norm": ([], ["bias", "weight"]),
    "embedding": (["weight"], []),
}  # fmt: skip
"""The names of the parameters that decay, and of the others, in the modules of the probes."""
GROUPS["tied"] = (
    sorted(["first.0.weight", "word.weight", *(f"inner.one.{name}" for name in GROUPS["attention"][0])]),
    sorted(
        ["decoder.bias", "first.1.bias", "first.1.weight", "inner.two.weight"]
        + [f"inner.one.{name}" for name in GROUPS["attention"][1]]
    ),
)


def group_cases(rng):
    for concept, name in (
        ("a linear layer", "one layer"),
        ("a norm", "one norm"),
        ("an embedding", "embedding"),
        ("an encoder layer", "encoder layer"),
        ("a module with numbers of its own, and with names that mislead", "attention"),
        ("parts inside of parts, and parameters with two uses", "tied"),
    ):
        decay = float(rng.uniform(0.01, 0.5))
        expected = [
            {"params": names, "weight_decay": share} for names, share in zip(GROUPS[name], (decay, 0.0), strict=True)
        ]
        yield Case(concept, (name, decay), expected=expected, function="parameter_groups", use=using.groups)
    tables, attention, linears, norms, own = 20 + 20, 48 + 12 + 16 + 4, 5 + 16 + 12 + 3, 8 + 8 + 8 + 4, 3 + 5
    size = tables + attention + linears + norms + own
    concept = "an optimizer made of the groups"
    yield Case(concept, ("tied", 0.1), expected=size, function="parameter_groups", use=using.optimizer_takes)


def right(left, right, batches, optimizer, shares, *, modes=(True, True), max_norm=1.0):
    """The oracle: gradients by the formula, clipped by the formula, given to an optimizer by hand."""
    left, right, losses = left.double().clone(), right.double().clone(), []
    name, options = optimizer
    how = getattr(torch.optim, name)([left, right], **options)
    for batch, share in zip(batches, shares, strict=False):
        x, y = batch["x"].double(), batch["y"].double()
        losses.append(float((left * left / 2 + left * x).sum() + (right * y).sum()))
        norm = math.sqrt(float((left + x).square().sum() + y.square().sum()))
        factor = max_norm / norm if norm > max_norm else 1.0
        left.grad, right.grad = (left + x) * factor, y * factor
        how.param_groups[0]["lr"] = options["lr"] * share
        how.step()
    return {
        "losses": losses,
        "floats": [True] * len(batches),
        "dicts": [True] * len(batches),
        "left": left,
        "right": right,
        "rates": [options["lr"] * shares[len(batches)]] * 2,
        "modes": [list(modes)] * (len(batches) + 1),
    }


def start(rng, scale=1.0):
    """Two parameters of unequal shape."""
    return scale * normal(rng, 3), scale * normal(rng, 2, 2)


def batch_of(left, rng, norm):
    """A batch for which the gradient of all parameters together has this norm, split unequally between the two."""
    x, y = normal(rng, *left.shape), normal(rng, 2, 2)
    x, y = x / x.norm() * norm * 0.8, y / y.norm() * norm * 0.6
    return {"x": x - left, "y": y}


SGD = ("SGD", {"lr": 0.5})
CONSTANT = [1.0] * 9


def step_cases(rng):
    def one(concept, norm, *, leftover=0.0, modes=(True, True), idle=False, limits=(), **limit):
        left, other = start(rng)
        batches = [batch_of(left, rng, norm)]
        max_norm = (*limits, *limit.values(), 1.0)[0]
        expected = right(left, other, batches, SGD, CONSTANT, modes=modes, max_norm=max_norm)
        kwargs = {"leftover": leftover, "modes": modes, "idle": idle, "limits": limits, **limit}
        args = left, other, batches, SGD, CONSTANT
        return Case(concept, args, kwargs, Tolerance(1e-4, 2e-5), expected, function="train_step", use=using.steps)

    yield one("one step", 0.3)
    yield one("gradients whose norm is a little below the limit", 0.97)
    yield one("gradients whose norm is above the limit", 7.0)
    yield one("gradients left from before", 0.5, leftover=3.0)
    yield one("another limit", 1.8, limits=(2.5,))
    yield one("another limit, and gradients above it", 1.5, max_norm=0.25)
    yield one("a limit that is never reached", 900.0, limits=(1000.0,))
    yield one("gradients of zero", 0.0)
    yield one("a parameter that has nothing to do with the loss", 0.5, idle=True)
    yield one("a model in eval mode", 0.5, modes=(False, False))
    yield one("a model with a part in eval mode", 0.5, modes=(True, False))
    yield one("a model in eval mode with a part in training mode", 0.5, modes=(False, True))
    yield from longer_cases(rng)


def longer_cases(rng):
    def several(concept, optimizer, shares, count=3):
        left, other = start(rng)
        batches = [batch_of(left, rng, norm) for norm in (0.5, 3.0, 0.2)[:count]]
        args = left, other, batches, optimizer, shares
        expected = right(*args)
        return Case(concept, args, {}, Tolerance(1e-3, 1e-4), expected, function="train_step", use=using.steps)

    yield several("several steps of one rate", SGD, CONSTANT)
    yield several("a learning rate that changes from step to step", SGD, [1.0, 0.25, 0.5, 0.125])
    yield several("a warm-up, whose first rate is zero", SGD, [0.0, 0.5, 1.0, 0.5])
    for concept, name, options in (
        ("SGD with momentum", "SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
        ("AdamW", "AdamW", {"lr": 0.1, "betas": (0.5, 0.8), "eps": 1e-2}),
        ("Adagrad", "Adagrad", {"lr": 0.3}),
        ("RMSprop", "RMSprop", {"lr": 0.1, "eps": 1e-2}),
    ):
        yield several(f"the optimizer {concept}", (name, options), [1.0, 0.5, 0.25, 0.125])
