"""PyTorch's settings as they are in a fresh process: what a learner has set for a cell is no business of an exam."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def usual() -> Iterator[None]:
    """Inside, dtypes, gradients, devices and algorithms are PyTorch's defaults; afterwards they are as before."""
    torch = sys.modules.get("torch")
    if torch is None:  # then nobody has set anything
        yield
        return
    with contextlib.ExitStack() as stack:
        dtype = torch.get_default_dtype()
        if dtype != torch.float32:
            torch.set_default_dtype(torch.float32)
            stack.callback(torch.set_default_dtype, dtype)
        if torch.are_deterministic_algorithms_enabled():
            only_warns = torch.is_deterministic_algorithms_warn_only_enabled()
            torch.use_deterministic_algorithms(False)
            stack.callback(torch.use_deterministic_algorithms, True, warn_only=only_warns)
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(False))
        if not torch.is_grad_enabled():
            stack.enter_context(torch.enable_grad())
        if torch.is_autocast_enabled("cpu"):
            stack.enter_context(torch.autocast("cpu", enabled=False))
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        yield
