"""What the exam of pick_device asks: which device a function chooses on another computer.

No such hardware is needed: a torch.device is a name, and while the function runs the questions that it may ask are
answered as they would be there.
"""

import contextlib
from unittest import mock

import torch


@contextlib.contextmanager
def computer(cuda, mps):
    """PyTorch as it is, built for every device, on a computer that has these.

    The questions are answered where PyTorch itself asks them, so that it does not matter under which name a learner's
    code has imported a function.
    """
    answers = {
        (torch._C, "_cuda_getDeviceCount"): lambda: int(cuda),
        (torch._C, "_cuda_getDevice"): lambda: 0,
        (torch._C, "_mps_is_available"): lambda: mps,
        (torch._C, "_has_cuda"): True,
        (torch._C, "_has_mps"): True,
        (torch.cuda, "_cached_device_count"): int(cuda),
        (torch.cuda, "_nvml_based_avail"): lambda: False,
        (torch.cuda, "_lazy_init"): lambda: None,
    }
    with contextlib.ExitStack() as stack:
        for (place, question), answer in answers.items():
            stack.enter_context(mock.patch.object(place, question, answer, create=True))
        ask_again = getattr(torch.backends.mps.is_available, "cache_clear", lambda: None)  # else it asks only once
        stack.callback(ask_again)
        ask_again()
        yield


def choice(answer, cuda, mps):
    """What is chosen on a computer with these devices: the kind of the result, and the kind of device."""
    with computer(cuda, mps):
        device = answer()
    return [type(device).__name__, device.type] if isinstance(device, torch.device) else [type(device).__name__, ""]
