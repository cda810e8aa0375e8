"""What the exam of LayerNorm asks of the class."""

from attention_course.probes import torch_answers as using


@using.undisturbed
def normalised(answer, sizes, state, x, training=False, dtype="float32", **options):
    """What comes out with these numbers in it, and in which dtype."""
    return using.with_dtype(using.module(answer, sizes, state, training=training, dtype=dtype, **options), x)


@using.undisturbed
def beginning(answer, width):
    """What a new module holds, and the eps that it keeps."""
    made = answer(width)
    return [dict(made.named_parameters()), made.eps]


@using.undisturbed
def with_another_eps(answer, sizes, x, eps):
    """What comes out when the attribute eps is changed later, as an encoder block does that copies PyTorch's."""
    made = answer(*sizes)
    made.eps = eps
    return made(x)


@using.undisturbed
def gradients(answer, sizes, state, x, pull):
    """The gradients of the input, the weight and the bias, in float64."""
    return using.module_gradients(using.module(answer, sizes, state, dtype="float64"), x, pull=pull)


@using.undisturbed
def elsewhere(answer, sizes, state, x):
    """What comes out of a module moved to another device."""
    return using.on_meta(using.module(answer, sizes, state).to("meta"), x)
