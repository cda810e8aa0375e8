"""pick_device() -> torch.device: cuda, else mps, else cpu."""

import torch
from torch.backends.mps import is_available as mps_is_available
from torch.cuda import is_available as cuda_is_available

from attention_course.probes.batched_attention import devices as probe
from autograder.exam.case import Case, in_any_order
from autograder.exam.exercise import Exercise
from autograder.exams.batched_attention.earlier import NOTEBOOK

CHOICES = {(False, False): "cpu", (True, False): "cuda", (False, True): "mps", (True, True): "cuda"}
"""The device for a computer that has (CUDA, MPS)."""

NAMES = {
    (False, False): "a computer with neither CUDA nor MPS",
    (True, False): "a computer with CUDA alone",
    (False, True): "a computer with MPS alone",
    (True, True): "a computer with CUDA and MPS",
}


def cases(rng):
    """Every computer, then twenty more, drawn so that each device is as likely: one list of answers in 3^20 holds."""

    def on(cuda, mps):
        return Case(NAMES[cuda, mps], (cuda, mps), use=probe.choice, expected=["device", CHOICES[cuda, mps]])

    def drawn():
        device = rng.choice(["cpu", "mps", "cuda"])
        kinds = [computer for computer, choice in CHOICES.items() if choice == device]
        return on(*kinds[rng.integers(len(kinds))])

    every = [on(*computer) for computer in CHOICES]
    return in_any_order(rng, on(False, False), [*every, *(drawn() for _ in range(20))])


pick_device = Exercise(NOTEBOOK, "pick_device", cases)


@pick_device.wrong("the name comes back as a string. What makes a device of a name?")
def name_alone():
    return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"


@pick_device.wrong("where there are both, it takes MPS. Is it asked first, or does a later line overwrite the choice?")
def mps_first():
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@pick_device.wrong("an Apple GPU is passed over. Which function tells whether there is one?")
def without_mps():
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@pick_device.wrong("CUDA is passed over. Which function tells whether it is there?")
def without_cuda():
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


@pick_device.wrong("it says cpu whatever there is. Does it ask, and does it ask each time it is called?")
def always_cpu():
    return torch.device("cpu")


@pick_device.wrong("it says cuda where no CUDA is. Was PyTorch built for CUDA, or is a device available?")
def always_cuda():
    if torch.backends.cuda.is_built():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_built() else "cpu")


@pick_device.wrong("it says mps where no Apple GPU is. Was PyTorch built for one, or is one available?")
def mps_instead_of_cpu():
    return torch.device("cuda" if torch.cuda.is_available() else "mps")


@pick_device.wrong("without a GPU nothing comes back. What does the last line return?")
def nothing_for_cpu():
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return None


@pick_device.wrong("it takes cuda where there is none, and cpu where there is. Is a `not` too many?")
def turned_round():
    if not torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if not torch.backends.mps.is_available() else "cpu")


@pick_device.right
def by_a_conditional_expression():
    name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    return torch.device(name)


@pick_device.right
def by_a_table():
    there = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available, "cpu": lambda: True}
    return torch.device(next(name for name, available in there.items() if available()))


@pick_device.right
def the_first_gpu():
    if torch.cuda.is_available():
        return torch.device("cuda:0")
    if torch.backends.mps.is_available():
        return torch.device("mps", 0)
    return torch.device("cpu")


@pick_device.right
def the_best_is_assigned_last():
    device = torch.device("cpu")
    if torch.backends.mps.is_available():
        device = torch.device("mps")
    if torch.cuda.is_available():
        device = torch.device("cuda", torch.cuda.current_device())
    return device


@pick_device.right
def by_counting():
    return [torch.device("cpu"), torch.device("mps"), torch.device("cuda"), torch.device("cuda")][
        2 * torch.cuda.is_available() + torch.backends.mps.is_available()
    ]


@pick_device.right
def by_functions_imported_by_name():
    return torch.device("cuda" if cuda_is_available() else "mps" if mps_is_available() else "cpu")
