"""Call a learner's function and read plain results: shared by the checks of notebook 04."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from attention_course.checks.batched_attention.reading import made, same, seeded, shown, tensor_of
from attention_course.checks.report import CheckError, called

__all__ = ["made", "number_of", "parts_of", "pieces_of", "randomise", "same", "seeded", "shown", "tensor_of", "whole"]


def number_of(function, name: str, *args) -> float:
    """A plain number that a function returns.

    Raises:
        CheckError: it returned something else.
    """
    result = called(function, *args)
    if result is None:
        raise CheckError(f"{name} returned None. Is there a `return` on the last line?")
    if isinstance(result, Tensor):
        raise CheckError(f"{name} should return a plain number; it returned a tensor. `.item()` reads its number.")
    if isinstance(result, bool) or not isinstance(result, (int, float)):
        raise CheckError(f"{name} should return a plain number; it returned {type(result).__name__}.")
    return float(result)


def pieces_of(function, name: str, *args, **kwargs) -> list[str]:
    """A list of strings that a function returns.

    Raises:
        CheckError: it returned something else.
    """
    result = called(function, *args, **kwargs)
    if result is None:
        raise CheckError(f"{name} returned None. Is there a `return` on every way out?")
    if not isinstance(result, list) or not all(isinstance(piece, str) for piece in result):
        raise CheckError(f"{name} should return a list of strings; it returned {result!r}.")
    return result


def parts_of(result, names: tuple[str, ...], name: str) -> tuple:
    """The things that a function returns together.

    Raises:
        CheckError: it is not a tuple of that many.
    """
    if result is None:
        raise CheckError(f"{name} returned None. Is there a `return` on the last line?")
    if not isinstance(result, (tuple, list)) or len(result) != len(names):
        raise CheckError(f"{name} returns {len(names)} things, {', '.join(names)}, in this order.")
    return tuple(result)


def whole(tensor: Tensor, name: str) -> Tensor:
    """A tensor of whole numbers.

    Raises:
        CheckError: its dtype is another.
    """
    if tensor.dtype != torch.int64:
        raise CheckError(f"{name} should hold integers (torch.int64), yours holds {tensor.dtype}.")
    return tensor


def randomise(module: nn.Module) -> nn.Module:
    """The module in eval mode, its parameters drawn anew: no bias is zero and no norm is plain."""
    with torch.no_grad():
        for seed, parameter in enumerate(module.parameters()):
            parameter.copy_(0.5 * seeded(*parameter.shape, seed=seed))
    return module.eval()
