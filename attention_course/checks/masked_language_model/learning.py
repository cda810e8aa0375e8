"""Visible checks of the loss and of the training step."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attention_course.checks.masked_language_model.reading import number_of, same, seeded, shown, tensor_of
from attention_course.checks.report import CheckError, called, visible_check

LOG3 = math.log(3.0)
ZERO_IS_A_TOKEN = " 0 is the number of a token like any other; only -100 means none."


@visible_check(points=2)
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
    _any_shape(function)


def _loss(function, logits: Tensor, labels: Tensor) -> Tensor:
    return tensor_of(called(function, logits, labels), (), "masked_lm_loss", "One number for the whole batch.")


def _expect(function, logits: Tensor, labels: Tensor, expected: float, reason: str) -> None:
    loss = _loss(function, logits, labels)
    if same(loss, expected):
        return
    kept = labels > 0
    without_zero = F.cross_entropy(logits[kept], labels[kept], reduction="sum") / kept.sum().clamp(min=1)
    told = (
        " 0 is the number of a token like any other; only -100 means none." if same(loss, without_zero.item()) else ""
    )
    raise CheckError(f"masked_lm_loss: {reason}, so the loss is {expected:.4f}; yours is {loss.item():.4f}.{told}")


def _any_shape(function) -> None:
    """One, two and four axes, and tensors that are not contiguous; then the gradient."""
    for shape in ((4,), (3, 2), (2, 1, 3, 2)):
        logits, labels = seeded(7, *shape, seed=1).movedim(0, -1), (seeded(*shape[::-1], seed=2) > 0).long()
        labels = labels.permute(*reversed(range(len(shape))))
        try:
            loss = _loss(function, logits, labels)
        except (RuntimeError, IndexError, ValueError) as error:
            raise CheckError(
                f"masked_lm_loss: logits may have any shape (..., s) and any strides; with {tuple(logits.shape)} yours "
                f"raises {type(error).__name__}: {str(error).splitlines()[0]}"
            ) from None
        if not same(loss, F.cross_entropy(logits.reshape(-1, 7), labels.reshape(-1)).item()):
            raise CheckError(
                f"masked_lm_loss: logits of shape {tuple(logits.shape)} give another loss than F.cross_entropy."
            )
    given, labels = seeded(2, 3, 5).requires_grad_(), torch.tensor([[1, -100, 4], [-100, 0, 2]])
    [expected] = torch.autograd.grad(F.cross_entropy(given.flatten(0, 1), labels.flatten()), given)
    loss = _loss(function, given, labels)
    if not loss.requires_grad or not same(torch.autograd.grad(loss, given)[0], expected):
        raise CheckError("masked_lm_loss: the loss is right and its gradient is not. Is a part of it detached?")


@visible_check(points=3)
def train_step(warmup_linear, parameter_groups, step) -> None:
    """The triangle; who decays; a step of plain gradient descent that can be reckoned by hand."""
    _triangle(warmup_linear)
    _groups(parameter_groups)
    _one_step(step)


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
        self.bias_table = nn.Parameter(torch.zeros(2, 2))  # a name that begins with it
        self.slopes = nn.Parameter(torch.zeros(3))  # one axis, and neither a bias nor of a norm


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
            raise CheckError(
                f"parameter_groups: {name} should not decay; parameters whose names end in bias, and those of "
                "LayerNorms, are left alone. (`scale` is an nn.LayerNorm here: its class tells, not its name.)"
            )
    for name in found[1]:
        if not name.endswith("bias") and not name.startswith("scale"):
            raise CheckError(
                f"parameter_groups: {name} should decay; only parameters whose names end in bias, and those of "
                "LayerNorms, are left alone, however many axes they have."
            )


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
            f"(1.4, 1.2) of (1.7, 1.6); yours {shown(model.slope)}. {_clipped(model.slope)}".rstrip()
        )
    if any(model.modes) or model.training or not torch.equal(x, torch.tensor([0.3, 0.4])):
        raise CheckError("train_step: leave the model's mode and the batch as they are.")
    called(function, model, {"x": 10 * x}, optimizer, scheduler, 50.0)
    if not same(model.slope, [-0.1, -0.8]):
        raise CheckError("train_step: with max_norm=50 gradients of norm 5 stay as they are.")
    _left_as_it_is(function)
    _all_gradients_together(function)


def _clipped(slope: Tensor) -> str:
    if same(slope, [0.2, -0.4]):
        return "These are unclipped gradients. Is the clipping there, and between backward and `optimizer.step()`?"
    if same(slope, [1.2, 1.1]):
        return "Each number is clipped for itself; one factor, from the norm of all, scales them."
    return ""


def _left_as_it_is(function) -> None:
    """A model in training mode, one step of the scheduler, gradients of zero."""
    model = _Line().train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0, momentum=0.5)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    for x, expected in (((0.3, 0.4), [1.7, 1.6]), ((0.3, 0.4), [1.25, 1.0]), ((0.0, 0.0), [1.025, 0.7])):
        called(function, model, {"x": torch.tensor(x)}, optimizer, scheduler)
        if model.slope.isnan().any():
            raise CheckError("train_step: gradients of norm 0 become NaN. What happens to a division by that norm?")
        if not same(model.slope, expected):
            raise CheckError(
                f"train_step: with SGD(lr=1, momentum=0.5) the slopes become {expected}, yours {shown(model.slope)}. "
                "Is it the optimizer's own `step()` that moves them?"
            )
    if scheduler.last_epoch != 3:
        raise CheckError(f"train_step: after 3 batches the scheduler has taken {scheduler.last_epoch} steps, not 3.")
    if not all(model.modes) or not model.training:
        raise CheckError("train_step: a model in training mode was put into eval mode. Leave its mode as it is.")


class _Two(nn.Module):
    """Two parameters with the gradients 3 and 4, and one that has nothing to do with the loss."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Parameter(torch.tensor(2.0)), nn.Parameter(torch.tensor(2.0))
        self.idle = nn.Parameter(torch.tensor(1.0))

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"loss": self.one * x[0] + self.two * x[1]}


def _all_gradients_together(function) -> None:
    model = _Two()
    groups = [{"params": [model.one, model.idle]}, {"params": [model.two]}]
    optimizer = torch.optim.SGD(groups, lr=1.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    try:
        called(function, model, {"x": torch.tensor([3.0, 4.0])}, optimizer, scheduler)
    except (AttributeError, TypeError) as error:
        raise CheckError(
            "train_step: a parameter that has nothing to do with the loss has no gradient, its grad is None; yours "
            f"raises {type(error).__name__}: {error}."
        ) from None
    if not same(torch.stack([model.one, model.two]), [1.4, 1.2]):
        raise CheckError(
            "train_step: of two parameters with the gradients 3 and 4 the norm of all together is 5, so they become "
            f"0.6 and 0.8, and (2, 2) becomes (1.4, 1.2); yours [{model.one.item():.4f}, {model.two.item():.4f}]. Is "
            "each parameter or group clipped for itself, or are norms added?"
        )
