"""Call a learner's function or module and read the tensors that come back: shared by the checks of notebook 03."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from attention_course.checks.report import CheckError, called

Module = TypeVar("Module", bound=nn.Module)

RTOL, ATOL = 1e-4, 1e-5
"""Loose enough for float32 sums in any order, far tighter than any wrong formula."""

KEEP = 0.5
"""Weights of the modules to compare with are drawn from a normal distribution this wide: no bias stays at zero."""


def tensor_of(result, shape: tuple[int, ...], name: str, hint: str = "") -> Tensor:
    """The result, if it is a tensor of the shape that was asked for.

    Raises:
        CheckError: it is something else.
    """
    if result is None:
        raise CheckError(f"{name} returned None. Is there a `return` on the last line?")
    if isinstance(result, (tuple, list)):
        raise CheckError(f"{name} returns one tensor; yours returned {len(result)} things. {hint}".rstrip())
    if not isinstance(result, Tensor):
        raise CheckError(f"{name} should return a torch.Tensor; it returned {type(result).__name__}.")
    if tuple(result.shape) != shape:
        raise CheckError(f"{name} should have shape {shape}, yours has {tuple(result.shape)}. {hint}".rstrip())
    if result.is_complex():
        raise CheckError(f"{name} should be of real numbers; yours is of {result.dtype}.")
    return result


def output_of(function, name: str, shape: tuple[int, ...], *args, hint: str = "", **kwargs) -> Tensor:
    """Call a function, and make sure that it gave a tensor of this shape, finite, and left its inputs alone.

    Raises:
        CheckError: the function is a stub, changed a tensor it was given, or returned something else.
    """
    given = [x for x in (*args, *kwargs.values()) if isinstance(x, Tensor)]
    before = [x.detach().clone() for x in given]
    with in_place_explained(name):
        result = tensor_of(called(function, *args, **kwargs), shape, name, hint)
    for old, new in zip(before, given, strict=True):
        if not torch.equal(old, new.detach()):
            raise CheckError(f"{name} changed a tensor it was given. Write `x = x * 2`, not `x *= 2` or `x.mul_(2)`.")
    if result.is_complex():
        raise CheckError(f"{name} gives complex numbers where there should be real ones.")
    if result.is_floating_point() and result.isnan().any():
        raise CheckError(f"{name} gives NaN where there should be ordinary numbers. {hint}".rstrip())
    return result


@contextmanager
def in_place_explained(name: str) -> Iterator[None]:
    """Say in one sentence what PyTorch means when a tensor that the gradient needs was written into.

    Raises:
        CheckError: such an error came up in the body.
    """
    try:
        yield
    except RuntimeError as error:
        if "in-place operation" not in str(error) and "inplace operation" not in str(error):
            raise
        raise CheckError(
            f"{name} writes into a tensor that the gradient still needs: a method whose name ends in _, such as "
            "`masked_fill_` or `add_`, or `x *= 2`, or `x[...] = ...`. Make a new tensor: `masked_fill`, `x = x * 2`; "
            "and copy numbers into parameters under `torch.no_grad()`."
        ) from None


def gradients_flow(name: str, output: Tensor, leaves: Iterable[Tensor], hint: str = "") -> None:
    """Send the sum of the squares backwards, and make sure that it arrives.

    Raises:
        CheckError: the output is cut off, or a leaf gets no gradient or one that is not finite.
    """
    if not output.requires_grad:
        raise CheckError(
            f"{name}: no gradient can flow back. Is there a `.detach()`, or a `torch.no_grad()` in or above the "
            "function?"
        )
    with in_place_explained(name):
        output.square().sum().backward()
    for leaf in leaves:
        if leaf.grad is None:
            raise CheckError(
                f"{name}: no gradient reaches one of the tensors of shape {tuple(leaf.shape)} that the result was made "
                "from. Is it left out, or detached, or made under `torch.no_grad()`?"
            )
        if not leaf.grad.isfinite().all():
            raise CheckError(f"{name}: the output is right, but there is NaN in the gradients. {hint}".rstrip())


class _LibraryAttention(TorchFunctionMode):
    """Notices a call of PyTorch's own attention."""

    seen = False

    def __torch_function__(self, function, types, args=(), kwargs=None):
        self.seen = self.seen or function is F.scaled_dot_product_attention
        return function(*args, **(kwargs or {}))


def note_on_the_library(function: Callable, *args) -> str:
    """A sentence for whoever got a right answer by calling the function that the exercise is about."""
    with _LibraryAttention() as library:
        called(function, *args)
    if not library.seen:
        return ""
    return "(By the library's own attention. Right, and graded so; what the exercise teaches is what is inside it.)"


def cause(output: Tensor, suspects: Iterable[tuple[Tensor, str]]) -> str:
    """What explains a wrong output: the sentence of the first suspect with the same numbers, else an empty string."""
    return next((sentence for numbers, sentence in suspects if same(output, numbers)), "")


def made(kind, name: str, *args, **kwargs) -> nn.Module:
    """Make an object of the learner's class.

    Raises:
        CheckError: it is no class of modules, or its constructor is a stub.
    """
    try:
        module = called(kind, *args, **kwargs)
    except AttributeError as error:
        if "before Module.__init__() call" not in str(error):
            raise
        raise CheckError(f"{name}: begin __init__ with `super().__init__()`; PyTorch needs it first.") from None
    if not isinstance(module, nn.Module):
        raise CheckError(f"{name} should be a class of nn.Module; calling it gave {type(module).__name__}.")
    return module


def refuses(name: str, when: str, function, *args, **kwargs) -> None:
    """Make sure that a ValueError is raised.

    Raises:
        CheckError: the call went through, or raised another error.
    """
    try:
        called(function, *args, **kwargs)
    except ValueError:
        return
    except CheckError:
        raise
    except Exception as error:
        raise CheckError(f"{name} should raise a ValueError {when}; yours raises {type(error).__name__}.") from None
    raise CheckError(f"{name} should raise a ValueError {when}; yours goes on without one.")


def works_without_numbers(function, name: str, *args, **kwargs) -> None:
    """Call the function on the meta device, where tensors have a shape and no numbers.

    Raises:
        CheckError: it makes tensors elsewhere, or wants to read a number.
    """
    moved = [x.to("meta") if isinstance(x, (Tensor, nn.Module)) else x for x in args]
    try:
        result = called(function, *moved, **kwargs)
    except (RuntimeError, NotImplementedError) as error:
        raise CheckError(
            f"{name} does not stay on the device of its inputs: {_first_line(error)} Is a tensor made without "
            "`device=`, or a number read back with `.item()`, `if` or `float()`?"
        ) from None
    if isinstance(result, Tensor) and result.device.type != "meta":
        raise CheckError(f"{name}: the inputs are on the device meta, your result is on {result.device}.")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:150].rstrip("!. ") + "."


def same(got: Tensor, expected) -> bool:
    """Whether the numbers agree; False for another shape."""
    wanted = torch.as_tensor(expected, dtype=torch.float64)
    mine = got.detach().to(torch.float64)
    return mine.shape == wanted.shape and torch.allclose(mine, wanted, RTOL, ATOL)


def shown(tensor: Tensor) -> str:
    """Numbers for a message, on one line."""
    return str([round(x, 4) for x in tensor.detach().to(torch.float64).flatten().tolist()[:8]])


def seeded(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    """Normal random numbers, always the same, without touching the learner's own random state."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


def randomised(module: Module) -> Module:
    """The module in eval mode, all of its parameters drawn anew: no bias is zero and no norm is plain."""
    with torch.no_grad():
        for seed, parameter in enumerate(module.parameters()):
            parameter.copy_(KEEP * seeded(*parameter.shape, seed=seed))
    return module.eval()


def kept_dtype(result: Tensor, dtype: torch.dtype, name: str) -> None:
    """Make sure that the result has the format of the input.

    Raises:
        CheckError: it has another.
    """
    if result.dtype != dtype:
        raise CheckError(f"{name}: the input is {dtype}, so the result should be; yours is {result.dtype}.")


def exact(function, name: str, inputs: list[Tensor], right) -> None:
    """Make sure that float64 inputs are computed in float64, by comparing with another function of the same inputs.

    Raises:
        CheckError: the result is right to the digits of float32 at most.
    """
    got, expected = called(function, *inputs), right(*inputs)
    if not torch.allclose(got.detach().double(), expected, rtol=1e-10, atol=1e-10):
        raise CheckError(
            f"{name}: float64 in, and only the first seven digits are right. Is it computed in float32 on the way?"
        )
