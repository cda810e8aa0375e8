"""Watchers of the trainings of notebook 07: a bar below the cell, and a figure that is drawn anew as it changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from attention_course.figures.canvas import wanted
from attention_course.figures.generation import forming_picture, training_picture
from attention_course.generation.curve import Curve

REFRESH = 0.5


class Live:
    """A progress bar, and below it what `draw` makes of the curve whenever something new was measured."""

    def __init__(self, draw: Callable[[Curve], str] | None = None) -> None:
        self.draw, self.drawn, self.told = draw, 1, 0.0
        self.figure, self.handle = "", None

    def __call__(self, curve: Curve) -> None:
        done = curve.share >= 1
        if not done and time.perf_counter() - self.told < REFRESH:
            return
        self.told = time.perf_counter()
        if self.draw and len(curve.looks) > self.drawn and wanted():
            self.drawn = len(curve.looks)
            self.figure = self.draw(curve)
        self._show(_bar(curve) + self.figure)

    def _show(self, html: str) -> None:
        from IPython.display import HTML, display

        if self.handle is None:
            self.handle = display(HTML(html), display_id=True)
        else:
            self.handle.update(HTML(html))


class LiveLoss(Live):
    """The held-out loss between the lines of simple predictors and the best possible one."""

    def __init__(self, lines: Mapping[str, float], best: float | None = None) -> None:
        super().__init__(lambda curve: training_picture(curve.looks, lines, best))


class LiveForming(Live):
    """The loss of what can be known, and the score of the best head, over one another."""

    def __init__(self) -> None:
        super().__init__(lambda curve: forming_picture({"this model": curve.looks}))


def _bar(curve: Any) -> str:
    words = f"{curve.share:4.0%}, step {len(curve.losses)}"
    if curve.losses:
        words += f"; loss of the last batch {curve.losses[-1]:.2f}"
    return f'<div><progress value="{curve.share:.3f}" max="1" style="width: 22em"></progress> {words}</div>'
