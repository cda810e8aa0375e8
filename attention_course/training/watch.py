"""Watchers of a training run: a bar and a live curve in a notebook, a bar in a terminal."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType

from attention_course.figures.canvas import wanted
from attention_course.figures.masked_language_model import training_picture
from attention_course.training.loop import Progress
from attention_course.training.run import Run

REFRESH = 0.5  # seconds between two changes of the bar


class LiveCurve:
    """Below the cell: a progress bar and the held-out loss, drawn anew whenever it was measured, up to the planned end.

    Args:
        run: what is trained; its `lines` and its `best` are drawn too.
        lines: the names of those to draw, by default all.
    """

    def __init__(self, run: Run, lines: Sequence[str] = ("unigram", "bigram", "bag of words")) -> None:
        self.run, self.lines = run, lines
        self.drawn, self.figure, self.told, self.handle = 0, "", 0.0, None

    def __call__(self, progress: Progress) -> None:
        done = progress.share >= 1
        if not done and time.perf_counter() - self.told < REFRESH:
            return
        self.told = time.perf_counter()
        looks = progress.curve.evaluations
        if len(looks) > max(self.drawn, 1) and wanted():
            self.drawn = len(looks)
            lines = {name: self.run.lines[name] for name in self.lines}
            planned = progress.curve.seconds / max(progress.share, 0.01)
            self.figure = training_picture(looks, lines, self.run.best.loss if self.run.best else None, planned)
        self._show(_bar(progress) + self.figure)

    def _show(self, html: str) -> None:
        from IPython.display import HTML, display

        if self.handle is None:
            self.handle = display(HTML(html), display_id=True)
        else:
            self.handle.update(HTML(html))


def _bar(progress: Progress) -> str:
    """The bar with its words, which also say how long it will take."""
    curve = progress.curve
    left = "done" if progress.share >= 1 else _left(progress)
    words = f"{progress.share:4.0%}, step {len(curve.losses)}, {curve.seconds:.0f} s, {left}"
    if curve.losses:
        words += f"; last batch {curve.losses[-1]:.2f}"
    return f'<div><progress value="{progress.share:.3f}" max="1" style="width: 22em"></progress> {words}</div>'


def _left(progress: Progress) -> str:
    if progress.share < 0.01:
        return "starting"
    return f"about {progress.curve.seconds / progress.share * (1 - progress.share):.0f} s left"


class TerminalBar:
    """A progress bar in a terminal, to be used in a `with` statement."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %")
        self.bar = Progress(*columns, TimeRemainingColumn())
        self.task = self.bar.add_task("training", total=1.0)

    def __enter__(self) -> TerminalBar:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def __call__(self, progress: Progress) -> None:
        looks = progress.curve.evaluations
        held_out = f", held-out loss {looks[-1][2]:.3f}" if looks else ""
        words = f"step {len(progress.curve.losses)}{held_out}"
        self.bar.update(self.task, completed=progress.share, description=words)
