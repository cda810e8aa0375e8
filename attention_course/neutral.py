"""PyTorch's settings as it starts with them: what a notebook has set for all of its cells must not change a verdict.

The visible checks and the hidden exams both call an answer under these settings, so that they agree.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any


@contextlib.contextmanager
def neutral() -> Iterator[None]:
    """Gradients on, float32 and the processor by default, no autocast, in the body; what was set before comes back."""
    torch = sys.modules.get("torch")
    with contextlib.ExitStack() as settings:
        if torch is not None:
            with contextlib.suppress(Exception):  # somebody may have put something else into PyTorch's place
                _settle(torch, settings)
        yield


def _settle(torch: Any, settings: contextlib.ExitStack) -> None:
    settings.enter_context(torch.inference_mode(False))
    settings.enter_context(torch.enable_grad())
    if torch.is_autocast_enabled("cpu"):
        settings.enter_context(torch.autocast("cpu", enabled=False))
    if torch.get_default_device().type != "cpu":
        settings.enter_context(torch.device("cpu"))  # costs time on each of PyTorch's calls
    if torch.are_deterministic_algorithms_enabled():
        warn = torch.is_deterministic_algorithms_warn_only_enabled()
        settings.callback(torch.use_deterministic_algorithms, True, warn_only=warn)
        torch.use_deterministic_algorithms(False)
    if torch.get_default_dtype() != torch.float32:
        settings.callback(torch.set_default_dtype, torch.get_default_dtype())
        torch.set_default_dtype(torch.float32)


def neutrally(checks: dict[str, Any], names: Iterable[str]) -> None:
    """Put each of a module's checks into a form that runs under neutral settings.

    Args:
        checks: the module's names; changed in place.
    """
    for name in names:
        checks[name] = _wrapped(checks[name])


def _wrapped(check: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(check)
    def settled(*args: Any, **kwargs: Any) -> Any:
        with neutral():
            return check(*args, **kwargs)

    return settled
