"""What a learner's cell may use up, and what became of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from nbformat import NotebookNode


@dataclass(frozen=True)
class Limits:
    """What a cell may use up.

    Args:
        cpu_seconds: of the kernel and all that it started: a loaded machine gives no other verdict than an idle one.
        wall_seconds: against cells that wait for ever.
        printed: characters of output kept.
        shown: characters of figures and tables kept.
        until: on `time.monotonic()`'s clock, when the notebook as a whole has taken too long, and no further cell runs.
        examined_until: the same for exams. What was answered before is examined still.
    """

    cpu_seconds: float
    wall_seconds: float
    printed: int = 100_000
    shown: int = 8_000_000
    until: float = math.inf
    examined_until: float = math.inf


@dataclass
class Ran:
    """What became of a cell.

    `problem` is "" or an incident's name: "time limit", "kernel died", "no answer", "too much output". `alive` says
    whether the kernel has its state still. `late` says that the time of the notebook as a whole had run out, and
    `begun` whether the cell was run at all.
    """

    outputs: list[NotebookNode] = field(default_factory=list)
    execution_count: int | None = None
    problem: str = ""
    alive: bool = True
    asked_to_exit: bool = False
    shown_too_much: bool = False
    late: bool = False
    begun: bool = True

    @property
    def error(self) -> NotebookNode | None:
        """The last error among the outputs."""
        return next((output for output in reversed(self.outputs) if output.output_type == "error"), None)
