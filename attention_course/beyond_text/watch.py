"""A watcher of a training: a bar and the curves, drawn anew as they change."""

from __future__ import annotations

import time
from typing import Any

from attention_course.beyond_text.learning import Curve
from attention_course.figures.beyond_text import training_picture
from attention_course.figures.canvas import wanted

REFRESH = 0.5


class LiveTraining:
    """Below the cell: a progress bar, and the figure of the training.

    Args:
        name: what the share is that the training writes down.
        best: the best share that is possible, where it is known.
    """

    def __init__(self, name: str, best: float | None = None) -> None:
        self.name, self.best, self.drawn, self.told = name, best, 0, 0.0
        self.figure = ""
        self.handle: Any = None

    def __call__(self, curve: Curve) -> None:
        if curve.share < 1 and time.perf_counter() - self.told < REFRESH:
            return
        self.told = time.perf_counter()
        if len(curve.shares) > self.drawn and wanted():
            self.drawn = len(curve.shares)
            self.figure = training_picture(curve, self.name, self.best)
        self._show(self._bar(curve) + self.figure)

    def _bar(self, curve: Curve) -> str:
        words = f"{curve.share:4.0%}, step {len(curve.losses)}"
        if curve.losses:
            words += f"; loss of the last batch {curve.losses[-1]:.2f}"
        return f'<div><progress value="{curve.share:.3f}" max="1" style="width: 22em"></progress> {words}</div>'

    def _show(self, html: str) -> None:
        from IPython.display import HTML, display

        if self.handle is None:
            self.handle = display(HTML(html), display_id=True)
        else:
            self.handle.update(HTML(html))
