"""train_step, the exercise of three functions: the right variants."""

import math

import numpy as np
import torch
from torch import nn

from autograder.exam.exercise import Exercise
from autograder.exams.masked_language_model.earlier import NOTEBOOK
from autograder.exams.masked_language_model.step_cases import cases

train_step = Exercise(
    NOTEBOOK,
    "train_step",
    cases,
    functions=("warmup_linear", "parameter_groups", "train_step"),
    survivors={
        "warmup_linear: max(0.0, (total - step) / (total - warmup)) -> max(0, (total - step) / (total - warmup))": (
            "0 is 0.0"
        ),
        "warmup_linear: max(0.0, (total - step) / (total - warmup)) -> max((total - step) / (total - warmup), 0.0)": (
            "max takes its arguments in either order"
        ),
        "parameter_groups: {'params': others, 'weight_decay': 0.0} -> {'params': others, 'weight_decay': 0}": (
            "0 is 0.0"
        ),
    },
)


@train_step.right(function="warmup_linear")
def by_interpolation(step, warmup, total):
    places, heights = ([0, warmup, total], [0.0, 1.0, 0.0]) if warmup else ([0, total], [1.0, 0.0])
    return float(np.interp(step, places, heights))


@train_step.right(function="warmup_linear")
def the_lower_of_two_lines(step, warmup, total):
    up = step / warmup if warmup > 0 else math.inf
    down = (total - step) / (total - warmup)
    return max(0.0, min(1.0, up, down))


@train_step.right(function="warmup_linear")
def three_cases(step, warmup, total):
    if warmup > 0 and step <= warmup:
        return float(step) / float(warmup)
    elif step < total:
        return 1 - (step - warmup) / (total - warmup)
    return 0


@train_step.right(function="warmup_linear")
def divided_by_at_least_one(step, warmup, total):
    if step < warmup:
        return float(step) / float(max(1, warmup))
    return max(0.0, float(total - step) / float(max(1, total - warmup)))


@train_step.right(function="warmup_linear")
def by_clip(step, warmup, total):
    rising = step < warmup
    slope = step / max(warmup, 1) if rising else np.clip((total - step) / (total - warmup), 0, 1)
    return np.float64(slope)


def groups_of(decayed, others, weight_decay):
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


@train_step.right(function="parameter_groups")
def by_kind_of_module(model, weight_decay):
    norms = {id(p) for part in model.modules() if isinstance(part, nn.LayerNorm) for p in part.parameters()}
    decayed, others = [], []
    for name, parameter in model.named_parameters():
        (others if name.endswith("bias") or id(parameter) in norms else decayed).append(parameter)
    return groups_of(decayed, others, weight_decay)


@train_step.right(function="parameter_groups")
def module_by_module(model, weight_decay):
    seen, decayed, others = set(), [], []
    for part in model.modules():
        for name, parameter in part.named_parameters(recurse=False):
            if parameter in seen:
                continue
            seen.add(parameter)
            spared = isinstance(part, nn.LayerNorm) or name.endswith("bias")
            (others if spared else decayed).append(parameter)
    return groups_of(decayed, others, weight_decay)


@train_step.right(function="parameter_groups")
def by_names_of_norms(model, weight_decay):
    kinds = dict(model.named_modules())

    def spared(name):
        owner, _, last = name.rpartition(".")
        return last.endswith("bias") or isinstance(kinds[owner], torch.nn.LayerNorm)

    named = dict(model.named_parameters())
    decayed = [parameter for name, parameter in named.items() if not spared(name)]
    return groups_of(decayed, [parameter for name, parameter in named.items() if spared(name)], weight_decay)


@train_step.right(function="parameter_groups")
def with_dicts_of_ids(model, weight_decay):
    every = {id(parameter): parameter for parameter in model.parameters()}
    spared = {}
    for part in filter(lambda part: isinstance(part, nn.LayerNorm), model.modules()):
        spared.update((id(parameter), parameter) for parameter in part.parameters())
    spared.update((id(p), p) for name, p in model.named_parameters() if name[-4:] == "bias")
    first = {"weight_decay": weight_decay, "params": [every[key] for key in every.keys() - spared.keys()]}
    return [first, {"weight_decay": 0, "params": list(spared.values())}]


@train_step.right(function="parameter_groups")
def walking_down(model, weight_decay):
    """From a part to the parts in it; what has been met before is passed over."""
    found = {True: [], False: []}
    met = []

    def walk(part):
        for name, parameter in part._parameters.items():
            if parameter is not None and not any(parameter is other for other in met):
                met.append(parameter)
                found[isinstance(part, nn.LayerNorm) or name.endswith("bias")].append(parameter)
        for child in part.children():
            walk(child)

    walk(model)
    return [{"params": found[flag], "weight_decay": decay} for flag, decay in ((False, weight_decay), (True, 0.0))]


@train_step.right(function="train_step")
def with_the_library(model, batch, optimizer, scheduler, max_norm=1.0):
    model.zero_grad()
    output = model(**batch)
    output["loss"].backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=max_norm)
    optimizer.step()
    rate = scheduler.get_last_lr()[0]
    scheduler.step()
    return {"loss": float(output["loss"]), "norm": float(norm), "rate": rate}


@train_step.right(function="train_step")
def clipped_by_hand(model, batch, optimizer, scheduler, max_norm=1.0):
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = None
    loss = model(**batch)["loss"]
    loss.backward()
    grads = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    norm = torch.sqrt(sum(grad.pow(2).sum() for grad in grads))
    if norm > max_norm:
        for grad in grads:
            grad.mul_(max_norm / norm)
    optimizer.step()
    scheduler.step()
    return {"loss": loss.item()}


@train_step.right(function="train_step")
def gradients_asked_for(model, batch, optimizer, scheduler, max_norm=1.0):
    parameters = list(model.parameters())
    loss = model(**batch)["loss"]
    grads = torch.autograd.grad(loss, parameters, allow_unused=True)
    norm = torch.linalg.vector_norm(torch.cat([grad.flatten() for grad in grads if grad is not None]))
    share = min(1.0, float(max_norm / norm.clamp(min=1e-30)))
    for parameter, grad in zip(parameters, grads, strict=True):
        parameter.grad = None if grad is None else share * grad
    optimizer.step()
    scheduler.step()
    return {"loss": loss.detach().numpy().item()}


@train_step.right(function="train_step")
def with_a_closure(model, batch, optimizer, scheduler, max_norm=1.0):
    def closure():
        optimizer.zero_grad(set_to_none=False)
        loss = model(**batch)["loss"]
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        return loss

    loss = optimizer.step(closure)
    scheduler.step()
    return {"loss": loss.item()}


@train_step.right(function="train_step")
def in_two_halves(model, batch, optimizer, scheduler, max_norm=1.0):
    """The norm and the clipping are two calls; what is left in the gradients is cleared at both ends."""
    optimizer.zero_grad()
    result = dict(model(**batch))
    result["loss"].backward()
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    norm = nn.utils.get_total_norm([parameter.grad for parameter in parameters if parameter.grad is not None])
    nn.utils.clip_grads_with_norm_(parameters, max_norm, norm)
    optimizer.step()
    optimizer.zero_grad()
    scheduler.step()
    return {name: value.item() for name, value in result.items() if value.dim() == 0}
