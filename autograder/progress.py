"""The progress bar of every long step."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


def progress(console: Console | None = None) -> Progress:
    """The progress bar of every long step: how many of how many, at what rate, time gone, time left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _SecondsEach(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )


class _SecondsEach(ProgressColumn):
    """The rate, as teachers think of it: seconds for each submission."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{1 / speed:.2f} s each" if speed else "", style="progress.data.speed")
