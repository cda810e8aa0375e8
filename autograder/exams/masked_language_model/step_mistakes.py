"""Wrong variants of train_step."""

import torch
from torch import nn

from autograder.exams.masked_language_model.steps import train_step


def wrong(hint):
    return train_step.wrong(hint, function="train_step")


def one_step(
    model, batch, optimizer, scheduler, max_norm, *, clear=True, clip=nn.utils.clip_grad_norm_, move=True, later=True
):
    """A right step out of parts; a variant with a slip replaces one of them."""
    if clear:
        optimizer.zero_grad()
    loss = model(**batch)["loss"]
    loss.backward()
    clip(model.parameters(), max_norm)
    if move:
        optimizer.step()
    if later:
        scheduler.step()
    return {"loss": loss.item()}


@wrong("gradients of earlier passes count too. When are they to be cleared?")
def never_cleared(model, batch, optimizer, scheduler, max_norm=1.0):
    return one_step(model, batch, optimizer, scheduler, max_norm, clear=False)


@wrong("gradients are cleared after the step alone, and what was left before it counts. When must they go?")
def cleared_afterwards(model, batch, optimizer, scheduler, max_norm=1.0):
    result = one_step(model, batch, optimizer, scheduler, max_norm, clear=False)
    optimizer.zero_grad()
    return result


@wrong(
    "large gradients are not yet clipped when the optimizer steps. Between which two lines does the clipping belong?"
)
def never_clipped(model, batch, optimizer, scheduler, max_norm=1.0):
    return one_step(model, batch, optimizer, scheduler, max_norm, clip=lambda parameters, limit: None)


def gradients(parameters):
    return [parameter.grad for parameter in parameters if parameter.grad is not None]


@wrong("gradients are always brought to the norm max_norm, the small ones too. When do they stay as they are?")
def always_scaled(model, batch, optimizer, scheduler, max_norm=1.0):
    def clip(parameters, limit):
        grads = gradients(parameters)
        norm = torch.cat([grad.flatten() for grad in grads]).norm()
        for grad in grads:
            grad.mul_(limit / (norm + 1e-6))

    return one_step(model, batch, optimizer, scheduler, max_norm, clip=clip)


@wrong("each number is clipped for itself, which turns the direction. What is scaled by one factor?")
def clipped_by_value(model, batch, optimizer, scheduler, max_norm=1.0):
    return one_step(model, batch, optimizer, scheduler, max_norm, clip=nn.utils.clip_grad_value_)


@wrong("each parameter is clipped for itself. Over which gradients is the norm taken?")
def clipped_one_by_one(model, batch, optimizer, scheduler, max_norm=1.0):
    def clip(parameters, limit):
        for parameter in parameters:
            nn.utils.clip_grad_norm_(parameter, limit)

    return one_step(model, batch, optimizer, scheduler, max_norm, clip=clip)


@wrong("each of the optimizer's groups is clipped for itself. Over which gradients is the norm taken?")
def clipped_by_groups(model, batch, optimizer, scheduler, max_norm=1.0):
    def clip(parameters, limit):
        for group in optimizer.param_groups[:1]:
            nn.utils.clip_grad_norm_(group["params"], limit)

    return one_step(model, batch, optimizer, scheduler, max_norm, clip=clip)


@wrong("the largest number serves as the norm. Which norm is meant, and what is squared in it?")
def largest_as_norm(model, batch, optimizer, scheduler, max_norm=1.0):
    def clip(parameters, limit):
        nn.utils.clip_grad_norm_(parameters, limit, norm_type=torch.inf)

    return one_step(model, batch, optimizer, scheduler, max_norm, clip=clip)


@wrong("the sum of the numbers' sizes serves as the norm. Which norm is meant, and what is squared in it?")
def sum_as_norm(model, batch, optimizer, scheduler, max_norm=1.0):
    def clip(parameters, limit):
        nn.utils.clip_grad_norm_(parameters, limit, norm_type=1)

    return one_step(model, batch, optimizer, scheduler, max_norm, clip=clip)


@wrong("the norms of the parameters are added. Of what is the norm of all gradients together the root?")
def norms_added(model, batch, optimizer, scheduler, max_norm=1.0):
    def clip(parameters, limit):
        grads = gradients(parameters)
        norm = sum(grad.norm() for grad in grads)
        for grad in grads:
            grad.mul_((limit / norm.clamp(min=1e-30)).clamp(max=1))

    return one_step(model, batch, optimizer, scheduler, max_norm, clip=clip)


@wrong("the squared norm is compared with the limit. What is to be taken of a sum of squares?")
def squared_norm(model, batch, optimizer, scheduler, max_norm=1.0):
    def clip(parameters, limit):
        grads = gradients(parameters)
        norm = sum(grad.square().sum() for grad in grads)
        for grad in grads:
            grad.mul_((limit / norm.clamp(min=1e-30)).clamp(max=1))

    return one_step(model, batch, optimizer, scheduler, max_norm, clip=clip)


@wrong("the limit is always 1. What is max_norm for?")
def limit_of_one(model, batch, optimizer, scheduler, max_norm=1.0):
    return one_step(model, batch, optimizer, scheduler, 1.0)


@wrong("gradients of zero become NaN. What happens to a division by a norm of 0?")
def divided_by_zero(model, batch, optimizer, scheduler, max_norm=1.0):
    def clip(parameters, limit):
        grads = gradients(parameters)
        norm = torch.cat([grad.flatten() for grad in grads]).norm()
        for grad in grads:
            grad.copy_(grad / norm * torch.minimum(norm, torch.tensor(limit)))

    return one_step(model, batch, optimizer, scheduler, max_norm, clip=clip)


@wrong("a parameter that has nothing to do with the loss makes it fail. What is its grad?")
def a_gradient_for_each(model, batch, optimizer, scheduler, max_norm=1.0):
    def clip(parameters, limit):
        grads = [parameter.grad for parameter in parameters]
        norm = sum(grad.square().sum() for grad in grads).sqrt()
        for grad in grads:
            grad.mul_((limit / norm.clamp(min=1e-30)).clamp(max=1))

    return one_step(model, batch, optimizer, scheduler, max_norm, clip=clip)


@wrong("the scheduler steps before the optimizer, and its first rate is never used. Who comes first?")
def scheduler_first(model, batch, optimizer, scheduler, max_norm=1.0):
    result = one_step(model, batch, optimizer, scheduler, max_norm, move=False)
    optimizer.step()
    return result


@wrong("the scheduler never steps. What makes the rate change?")
def scheduler_forgotten(model, batch, optimizer, scheduler, max_norm=1.0):
    return one_step(model, batch, optimizer, scheduler, max_norm, later=False)


@wrong("the scheduler steps twice. How often should it, for one batch?")
def scheduler_twice(model, batch, optimizer, scheduler, max_norm=1.0):
    result = one_step(model, batch, optimizer, scheduler, max_norm)
    scheduler.step()
    return result


@wrong("nothing is learned. Does the optimizer step, and are the gradients still there when it does?")
def optimizer_forgotten(model, batch, optimizer, scheduler, max_norm=1.0):
    return one_step(model, batch, optimizer, scheduler, max_norm, move=False)


@wrong("the parameters are moved by hand along the gradients. What does the optimizer know besides its rate?")
def moved_by_hand(model, batch, optimizer, scheduler, max_norm=1.0):
    result = one_step(model, batch, optimizer, scheduler, max_norm, move=False, later=False)
    with torch.no_grad():
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter -= group["lr"] * parameter.grad
    scheduler.step()
    return result


@wrong("the loss is that after the step. Which one does the docstring want?")
def loss_afterwards(model, batch, optimizer, scheduler, max_norm=1.0):
    one_step(model, batch, optimizer, scheduler, max_norm)
    with torch.no_grad():
        loss = model(**batch)["loss"].item()
    model.modes.pop()  # a second call of the model is no slip in itself
    return {"loss": loss}


@wrong("the loss is a tensor, which keeps the whole graph alive. What makes a float of it?")
def loss_as_a_tensor(model, batch, optimizer, scheduler, max_norm=1.0):
    optimizer.zero_grad()
    loss = model(**batch)["loss"]
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    scheduler.step()
    return {"loss": loss}


@wrong("the model is put into training mode. In which mode should it be left?")
def into_training_mode(model, batch, optimizer, scheduler, max_norm=1.0):
    model.train()
    return one_step(model, batch, optimizer, scheduler, max_norm)


@wrong("the model is put into eval mode. In which mode should it be left?")
def into_eval_mode(model, batch, optimizer, scheduler, max_norm=1.0):
    model.eval()
    return one_step(model, batch, optimizer, scheduler, max_norm)


@wrong("the model is left in eval mode after the step. In which mode did it come?")
def left_in_eval_mode(model, batch, optimizer, scheduler, max_norm=1.0):
    result = one_step(model, batch, optimizer, scheduler, max_norm)
    model.eval()
    return result


@wrong("something is taken out of the batch. May a dict that belongs to somebody else be changed?")
def batch_emptied(model, batch, optimizer, scheduler, max_norm=1.0):
    inputs = {"y": batch.pop("y"), **batch}
    return one_step(model, inputs, optimizer, scheduler, max_norm)


@wrong("the gradients go up the hill. Is the loss to become larger or smaller?")
def uphill(model, batch, optimizer, scheduler, max_norm=1.0):
    optimizer.zero_grad()
    loss = model(**batch)["loss"]
    (-loss).backward()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    scheduler.step()
    return {"loss": loss.item()}


@wrong("the loss comes back alone. What does the docstring return it in?")
def loss_alone(model, batch, optimizer, scheduler, max_norm=1.0):
    return one_step(model, batch, optimizer, scheduler, max_norm)["loss"]
