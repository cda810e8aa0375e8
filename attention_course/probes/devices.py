"""What the exam of pick_device asks: which device a function chooses on another computer.

No such hardware is needed: a torch.device is a name, and while the function runs the questions that it may ask are
answered as they would be there.
"""

import contextlib
from unittest import mock

import torch


@contextlib.contextmanager
def computer(cuda, mps):
    """PyTorch as it is, built for every device, on a computer that has these."""
    answers = {
        (torch.cuda, "is_available"): cuda,
        (torch.cuda, "device_count"): int(cuda),
        (torch.cuda, "current_device"): 0,
        (torch.backends.cuda, "is_built"): True,
        (torch.backends.mps, "is_available"): mps,
        (torch.backends.mps, "is_built"): True,
        (torch.mps, "is_available"): mps,
        (torch.mps, "device_count"): int(mps),
    }
    with contextlib.ExitStack() as stack:
        for (place, question), answer in answers.items():
            stack.enter_context(mock.patch.object(place, question, lambda *args, answer=answer: answer))
        yield


def choice(answer, cuda, mps):
    """What is chosen on a computer with these devices: the kind of the result, and the kind of device."""
    with computer(cuda, mps):
        device = answer()
    return [type(device).__name__, device.type] if isinstance(device, torch.device) else [type(device).__name__, ""]
