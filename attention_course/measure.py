"""How long a call takes and how much memory it needs at its peak, on a CPU and on a CUDA device.

Time is the median of several calls: one call that was disturbed by other work on the machine does not move it. Several
functions are measured in turns, so that a slow minute of the machine hits all of them alike.

On a CPU one thread computes: several that wait for a core which another program holds can make one product slower than
a loop of small ones, and then the measurement is about the machine and not about the functions.

Memory is the most that was allocated at one moment of the call, beyond what was there when it began. Both devices are
asked at the same place, PyTorch's allocator: on a CPU its own profiler records each allocation and release, those
inside library kernels included; on CUDA the allocator keeps the peak itself. Not counted is what a matrix library
keeps as a workspace of its own, a few megabytes that do not grow with the number of tokens.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import torch

from attention_course.environment import being_graded

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # or the profiler writes to stderr, where nbgrader sees an error


@dataclass(frozen=True)
class Measurement:
    """What one call costs.

    Args:
        seconds: the median time.
        peak_bytes: the most memory in use at one moment, beyond what was in use before.
    """

    seconds: float
    peak_bytes: int


def compare(
    calls: Mapping[str, Callable[[], object]], device: str | torch.device = "cpu", *, repeats: int = 5
) -> dict[str, Measurement]:
    """Measure several calls in turns, without gradients, with one thread of the CPU.

    Args:
        calls: functions without arguments, by name.
        device: where they work: "cpu" or a CUDA device.
        repeats: how often each is timed, after one call that warms up and one that is watched for memory. Once, when
            nbgrader runs the notebook: no point hangs on the times.
    """
    repeats = 1 if being_graded() else repeats
    with torch.no_grad(), one_thread():
        peaks = {name: peak_bytes(call, device) for name, call in calls.items()}
        times: dict[str, list[float]] = {name: [] for name in calls}
        for _ in range(repeats):
            for name, call in calls.items():
                times[name].append(seconds(call, device))
    return {name: Measurement(statistics.median(times[name]), peaks[name]) for name in calls}


@contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch computes with one thread in the body; afterwards with as many as before."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def against_length(
    methods: Mapping[str, Callable[..., object]],
    lengths: Iterable[int],
    inputs: Callable[[int], Iterable[torch.Tensor]],
    device: str | torch.device = "cpu",
    *,
    repeats: int = 5,
) -> dict[str, list[Measurement]]:
    """Measure several functions at several lengths of the text.

    Args:
        methods: functions by name, all called with the same inputs.
        inputs: makes the inputs of a length, on `device`.
        repeats: as in `compare`.

    Returns:
        for each name its measurements, in the order of `lengths`.
    """
    costs: dict[str, list[Measurement]] = {name: [] for name in methods}
    for length in lengths:
        given = tuple(inputs(length))
        calls = {name: partial(method, *given) for name, method in methods.items()}
        for name, cost in compare(calls, device, repeats=repeats).items():
            costs[name].append(cost)
    return costs


def seconds(call: Callable[[], object], device: str | torch.device = "cpu") -> float:
    """The time of one call, until the device has finished its work.

    Raises:
        ValueError: a device of another kind than cpu and cuda.
    """
    wait = _wait_for(device)
    wait()
    start = time.perf_counter()
    call()
    wait()
    return time.perf_counter() - start


def peak_bytes(call: Callable[[], object], device: str | torch.device = "cpu") -> int:
    """The most memory in use at one moment of a call, beyond what was in use when it began.

    The result counts as well, since it is there when the call ends. The call is made once before, so that what a
    library sets up at its first use is not counted.

    Raises:
        ValueError: a device of another kind than cpu and cuda.
    """
    wait = _wait_for(device)
    call()
    wait()
    if torch.device(device).type == "cuda":
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        call()
        wait()
        return torch.cuda.max_memory_allocated(device) - before
    with torch.autograd.profiler.profile(profile_memory=True) as profiler:
        call()
    return _highest(event.nbytes() for event in profiler.kineto_results.events() if event.name() == "[memory]")


def _highest(changes: Iterable[int]) -> int:
    """The highest point of a running sum that begins at 0."""
    now = highest = 0
    for change in changes:
        now += change
        highest = max(highest, now)
    return highest


def _wait_for(device: str | torch.device) -> Callable[[], None]:
    """What to call to wait until the device has finished: a GPU works on while Python goes ahead."""
    device = torch.device(device)
    if device.type == "cuda":
        return lambda: torch.cuda.synchronize(device)
    if device.type == "cpu":
        return lambda: None
    raise ValueError(f"time and memory are measured on cpu and cuda, not on {device.type}")
