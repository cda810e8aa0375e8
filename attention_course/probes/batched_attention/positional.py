"""What the exam of PositionalEncoding asks of the class."""

import torch

from attention_course.probes import torch_answers as using


@using.undisturbed
def added(answer, sizes, x):
    """What comes out for tokens."""
    return answer(*sizes)(x)


@using.undisturbed
def contents(answer, sizes):
    """What the module learns, carries along and saves."""
    made = answer(*sizes)
    kept = dict(made.named_buffers()).get("table", torch.empty(0))
    return [[name for name, _ in made.named_parameters()], using.described(kept), list(made.state_dict())]


@using.undisturbed
def table(answer, sizes):
    """The numbers of the table."""
    return dict(answer(*sizes).named_buffers())["table"]


@using.undisturbed
def in_dtype(answer, sizes, x):
    """What comes out, and in which dtype; the table stays as it was made."""
    return using.with_dtype(answer(*sizes), x)


@using.undisturbed
def elsewhere(answer, sizes, x):
    """What comes out of a module that was moved to another device."""
    return using.on_meta(answer(*sizes).to("meta"), x)


@using.undisturbed
def after_moving(answer, sizes, dtype):
    """The dtype of the table after the module was moved to another."""
    return str(dict(answer(*sizes).to(getattr(torch, dtype)).named_buffers())["table"].dtype)


@using.undisturbed
def called_twice(answer, sizes, x, y):
    """What a second call gives, in training and in evaluation: nothing is remembered."""
    made = answer(*sizes)
    return [made(x), made(y), made.eval()(x)]


@using.undisturbed
def gradient(answer, sizes, x, pull):
    """The gradient of the tokens: they have to learn from what comes later."""
    return using.gradients(answer(*sizes), x, pull=pull)
