"""Visible checks of the loss, the step and the evaluation."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from attention_course.checks.masked_language_model.reading import number_of, same, seeded, shown, tensor_of
from attention_course.checks.report import CheckError, called, passed

LOG3 = math.log(3.0)


def masked_lm_loss(function) -> None:
    """A probability of one quarter, positions without a label, number 0, large scores, no label at all."""
    logits = torch.zeros(2, 3, 2)
    logits[0, 0, 1] = LOG3
    labels = torch.full((2, 3), -100)
    labels[0, 0] = 0
    _expect(function, logits, labels, math.log(4), "scores 0 and log 3 give the first token the probability 1/4")
    labels[1, 1] = labels[1, 2] = 1
    expected = (math.log(4) + 2 * math.log(2)) / 3
    _expect(function, logits, labels, expected, "it is the mean over all selected tokens of the batch")
    expected, reason = (5000 * LOG3 + 2 * math.log(2)) / 3, "scores may lie in the thousands, as for the library's own"
    _expect(function, logits * 5000, labels, expected, reason)
    given = torch.zeros(1, 2, 5, requires_grad=True)
    loss = _loss(function, given, torch.full((1, 2), -100))
    if loss.isnan():
        raise CheckError("masked_lm_loss: with no selected token the loss is 0; yours is NaN, from 0 / 0.")
    if loss.item() != 0:
        raise CheckError(f"masked_lm_loss: with no selected token the loss is 0; yours is {loss.item()}.")
    if not loss.requires_grad:
        raise CheckError("masked_lm_loss: also a loss of 0 must be made from the logits, so that backward works.")
    loss.backward()
    if given.grad is None or not torch.equal(given.grad, torch.zeros_like(given)):
        raise CheckError("masked_lm_loss: with no selected token the gradient of the logits is zeros.")
    passed("masked_lm_loss")


def _loss(function, logits: Tensor, labels: Tensor) -> Tensor:
    return tensor_of(called(function, logits, labels), (), "masked_lm_loss", "One number for the whole batch.")


def _expect(function, logits: Tensor, labels: Tensor, expected: float, reason: str) -> None:
    loss = _loss(function, logits, labels)
    if not same(loss, expected):
        raise CheckError(f"masked_lm_loss: {reason}, so the loss is {expected:.4f}; yours is {loss.item():.4f}.")


def train_step(warmup_linear, parameter_groups, step) -> None:
    """The triangle; who decays; a step of plain gradient descent that can be reckoned by hand."""
    _triangle(warmup_linear)
    _groups(parameter_groups)
    _one_step(step)
    passed("train_step")


def _triangle(function) -> None:
    for args, expected in (
        ((0, 4, 12), 0.0), ((1, 4, 12), 0.25), ((4, 4, 12), 1.0), ((8, 4, 12), 0.5), ((12, 4, 12), 0.0),
        ((15, 4, 12), 0.0), ((0, 0, 5), 1.0), ((4, 0, 5), 0.2),
    ):  # fmt: skip
        got = number_of(function, "warmup_linear", *args)
        if not math.isclose(got, expected, abs_tol=1e-9):
            raise CheckError(f"warmup_linear{args} should be {expected}, yours is {got}.")


class _Small(nn.Module):
    """One of each kind, the embedding used in two places."""

    def __init__(self) -> None:
        super().__init__()
        self.word = nn.Embedding(5, 4)
        self.mixer = nn.MultiheadAttention(4, 2)
        self.scale = nn.LayerNorm(4)
        self.last = nn.Linear(4, 5)
        self.last.weight = self.word.weight
        self.bias = nn.Parameter(torch.zeros(5))


def _groups(function) -> None:
    model = _Small()
    groups = called(function, model, 0.25)
    if not isinstance(groups, list) or len(groups) != 2 or not all(isinstance(group, dict) for group in groups):
        raise CheckError("parameter_groups returns a list of two dicts.")
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    try:
        found = [[names[id(parameter)] for parameter in group["params"]] for group in groups]
        decays = [group["weight_decay"] for group in groups]
    except (KeyError, TypeError):
        raise CheckError('parameter_groups: each dict has "params", a list, and "weight_decay", a number.') from None
    if decays != [0.25, 0.0]:
        raise CheckError(f"parameter_groups: the first group decays and the second has 0.0; yours have {decays}.")
    together = found[0] + found[1]
    if sorted(together) != sorted(names.values()):
        raise CheckError("parameter_groups: every parameter is in one of the lists, once; yours lose or repeat one.")
    for name in found[0]:
        if name.endswith("bias") or name.startswith("scale"):
            raise CheckError(f"parameter_groups: {name} should not decay; biases and LayerNorms are left alone.")
    for name in found[1]:
        if not name.endswith("bias") and not name.startswith("scale"):
            raise CheckError(f"parameter_groups: {name} should decay; only biases and LayerNorms are left alone.")


class _Line(nn.Module):
    """loss = slope * x, so that the gradient is x whatever the slope."""

    def __init__(self) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.tensor([2.0, 2.0]))
        self.modes: list[bool] = []

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        self.modes.append(self.training)
        return {"loss": (self.slope * x).sum()}


def _reason(slope: Tensor) -> str:
    """What is likely to have gone wrong in the first step."""
    if same(slope, [2.0, 2.0]):
        return (
            "Nothing moved: are the gradients cleared before `backward` and not after it, and does the optimizer step?"
        )
    if same(slope, [1.85, 1.8]):
        return "That is half a step, with the rate of the second one: does the scheduler step last?"
    return "Are old gradients cleared, and gradients of norm 0.5 left as they are?"


def _one_step(function) -> None:
    model = _Line().eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0 if step == 0 else 0.5)
    model.slope.grad = torch.tensor([100.0, 0.0])  # left from before
    x = torch.tensor([0.3, 0.4])  # of norm 0.5
    result = called(function, model, {"x": x}, optimizer, scheduler)
    if not isinstance(result, dict) or type(result.get("loss")) is not float:
        raise CheckError(f'train_step returns a dict whose "loss" is a plain float; yours returned {result!r}.')
    if not math.isclose(result["loss"], 1.4, rel_tol=1e-5):
        raise CheckError(f"train_step: the loss before the step is 1.4 here, yours is {result['loss']:.4f}.")
    if not same(model.slope, [1.7, 1.6]):
        raise CheckError(
            f"train_step: the slopes (2, 2) with the gradients (0.3, 0.4) become (1.7, 1.6), yours "
            f"{shown(model.slope)}. {_reason(model.slope)}"
        )
    called(function, model, {"x": 10 * x}, optimizer, scheduler)
    if same(model.slope, [1.1, 0.8]):
        raise CheckError("train_step: the scheduler took no step; the second step has half the learning rate here.")
    if not same(model.slope, [1.4, 1.2]):
        raise CheckError(
            "train_step: gradients (3, 4) of norm 5 are scaled to (0.6, 0.8) and, with half the learning rate, make "
            f"(1.4, 1.2) of (1.7, 1.6); yours {shown(model.slope)}."
        )
    if any(model.modes) or model.training or not torch.equal(x, torch.tensor([0.3, 0.4])):
        raise CheckError("train_step: leave the model's mode and the batch as they are.")
    called(function, model, {"x": 10 * x}, optimizer, scheduler, 50.0)
    if not same(model.slope, [-0.1, -0.8]):
        raise CheckError("train_step: with max_norm=50 gradients of norm 5 stay as they are.")


def evaluation(perplexity, masked_accuracy) -> None:
    """A weighted mean, then its exponential; right and wrong guesses, none at all."""
    for losses, counts, expected in (
        ([math.log(8.0)], [3], 8.0),
        ([0.0, math.log(16.0)], [3, 1], 2.0),
        (np.array([1.0, 99.0]), np.array([5, 0]), math.e),
    ):
        got = number_of(perplexity, "perplexity", losses, counts)
        if not math.isclose(got, expected, rel_tol=1e-6):
            raise CheckError(
                f"perplexity({list(losses)}, {list(counts)}) should be {expected:.4f}, yours is {got:.4f}. Mean loss "
                "of all positions first, each with the same weight; then exp."
            )
    labels = torch.tensor([[0, -100, 2], [1, -100, 3]])
    logits = seeded(2, 3, 4)
    for row, column, token in ((0, 0, 0), (0, 1, 1), (0, 2, 2), (1, 0, 3), (1, 1, 1), (1, 2, 3)):
        logits[row, column, token] = 50.0
    got = number_of(masked_accuracy, "masked_accuracy", logits, labels)
    if not math.isclose(got, 0.75, rel_tol=1e-6):
        raise CheckError(f"masked_accuracy: 3 of the 4 selected tokens are right here, 0.75; yours is {got:.4f}.")
    if number_of(masked_accuracy, "masked_accuracy", logits, torch.full((2, 3), -100)) != 0.0:
        raise CheckError("masked_accuracy: with no selected token it is 0.0.")
    passed("evaluation")
