"""What needs PyTorch: modules with numbers in them, gradients, another device, memory.

Cases hold plain data; the functions here make modules, move to another device, ask for gradients or watch
memory around one call, and give plain data back. Whoever runs answers in another process has these few things to offer.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


def undisturbed(use: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: fresh modules and dropout draw from a generator of a known state, and leave the learner's alone."""

    @functools.wraps(use)
    def with_own_chance(*args, **kwargs):
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(0)  # a second grading gives the same verdict
            return use(*args, **kwargs)

    return with_own_chance


def described(output: Any) -> Any:
    """Shape, dtype and device of a tensor, or of each of several; anything else as it is."""
    if isinstance(output, (tuple, list)):
        return [described(one) for one in output]
    if not isinstance(output, Tensor):
        return output
    return {"shape": list(output.shape), "dtype": str(output.dtype), "device": output.device.type}


def with_dtype(answer, *args, **kwargs):
    """A call, and the dtype of what comes out."""
    output = answer(*args, **kwargs)
    return [output, str(output.dtype)] if isinstance(output, Tensor) else output


def on_meta(answer, *args, **kwargs):
    """A call on the device where tensors have a shape and no numbers: whatever leaves the device raises."""
    return described(answer(*map(_without_numbers, args), **{k: _without_numbers(v) for k, v in kwargs.items()}))


def _without_numbers(value):
    return value.to("meta") if isinstance(value, Tensor) else value


def gradients(answer, *args, pull, **kwargs):
    """The gradients of sum(pull * output) with respect to all floating-point tensors among the arguments."""
    leaves = [
        a.detach().clone().requires_grad_() if isinstance(a, Tensor) and a.is_floating_point() else a for a in args
    ]
    wanted = [leaf for leaf in leaves if isinstance(leaf, Tensor) and leaf.requires_grad]
    output = answer(*leaves, **kwargs)
    return list(torch.autograd.grad(output, wanted, pull, materialize_grads=True))


def gradients_of_the_sum(answer, *args, pull, **kwargs):
    """The gradients of sum(pull * output), summed over all outputs, with respect to the tensors among the arguments.

    A tensor inside of a tuple or a list is passed on as it is.
    """

    def summed(*inputs):
        return sum(answer(*inputs, **kwargs))

    return gradients(summed, *args, pull=pull)


def gradients_and_steps(answer, *args, mask, step):
    """The slope of the output along each number of the inputs, as gradients have it, and the outputs a step aside.

    Returns:
        [slopes, ahead, behind], three lists with a tensor of the output's shape for each number of the inputs.
    """

    def moved(place, by):
        flat = torch.cat([a.detach().flatten() for a in args])
        flat[place] += by
        parts = flat.split([a.numel() for a in args])
        return answer(*(part.view_as(a) for part, a in zip(parts, args, strict=True)), mask).detach()

    jacobians = torch.autograd.functional.jacobian(lambda *xs: answer(*xs, mask), args)
    slopes = [row for j, a in zip(jacobians, args, strict=True) for row in j.flatten(-a.dim()).movedim(-1, 0)]
    places = range(sum(a.numel() for a in args))
    return [slopes, [moved(place, step) for place in places], [moved(place, -step) for place in places]]


@undisturbed
def called(answer, *args, **kwargs):
    """A call that draws from a generator of a known state."""
    return answer(*args, **kwargs)


def module(answer, sizes, state=None, *, training=False, dtype="float32", **options) -> nn.Module:
    """An object of the learner's class with these numbers in it."""
    made = answer(*sizes, **options).to(getattr(torch, dtype))
    if state is not None:
        made.load_state_dict(state)
    return made.train(training)


def module_gradients(made, *inputs, pull, **kwargs):
    """The gradients of sum(pull * output) with respect to the inputs in order, and to the parameters by name."""
    leaves = [x.detach().clone().requires_grad_() for x in inputs]
    names, parameters = zip(*made.named_parameters(), strict=True)
    found = torch.autograd.grad(made(*leaves, **kwargs), [*leaves, *parameters], pull, materialize_grads=True)
    return [list(found[: len(leaves)]), dict(zip(names, found[len(leaves) :], strict=True))]


class Memory(TorchDispatchMode):
    """Counts the numbers in the tensors that PyTorch's operations make.

    `largest` is the most in one tensor, `most` the most at one moment. A view counts as what it looks at.
    """

    def __init__(self):
        super().__init__()
        self.largest = self.most = self._now = 0
        self._alive: dict[int, int] = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, Tensor):
                self._count(tensor.untyped_storage(), tensor.element_size())
        return result

    def _count(self, storage: torch.UntypedStorage, element_size: int) -> None:
        key, numbers = storage._cdata, storage.nbytes() // element_size
        self.largest = max(self.largest, numbers)
        if key not in self._alive:
            self._alive[key] = numbers
            self._now += numbers
            self.most = max(self.most, self._now)
            weakref.finalize(storage, self._forget, key)

    def _forget(self, key: int) -> None:
        self._now -= self._alive.pop(key)


def memory_of(answer, *args):
    """How many numbers a call has in its largest tensor, and in all of them at one moment."""
    memory = Memory()
    with memory:
        answer(*args)
    return [memory.largest, memory.most]
