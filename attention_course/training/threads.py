"""How many threads to compute with: all cores on a free machine, one where other programs keep the cores busy.

Threads that wait for a core which another program holds slow a training down: on two busy cores, two threads were five
times slower than one. So the number is measured, now and then, instead of assumed.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch


def use_fastest(call: Callable[[], object], most: int) -> int:
    """Set the number of threads of PyTorch to 1 or to `most`, whichever runs a call faster, and return it."""
    times = {count: _seconds(call, count) for count in sorted({1, most})}
    chosen = min(times, key=times.__getitem__)
    torch.set_num_threads(chosen)
    return chosen


def _seconds(call: Callable[[], object], count: int) -> float:
    """The time of a call with a number of threads, after one that wakes them."""
    torch.set_num_threads(count)
    call()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


class FastestThreads:
    """While its `with` block lasts PyTorch computes with the fastest number of threads, chosen anew now and then.

    Where the cores are very busy the choice itself takes long; then it is made less often.

    Args:
        trial: what is measured, such as a step that changes nothing.
        every: seconds between two choices at least.
        share: of the time, that measuring may take at most.
    """

    def __init__(self, trial: Callable[[], object], every: float = 30.0, share: float = 0.05) -> None:
        self.trial, self.every, self.share, self.due = trial, every, share, 0.0
        self.most = torch.get_num_threads()

    def __enter__(self) -> FastestThreads:
        return self

    def __exit__(self, *error: object) -> None:
        torch.set_num_threads(self.most)

    def adapt(self) -> None:
        """Choose, if it is time to and there is a choice."""
        started = time.perf_counter()
        if self.most > 1 and started >= self.due:
            use_fastest(self.trial, self.most)
            now = time.perf_counter()
            self.due = now + max(self.every, (now - started) / self.share)
