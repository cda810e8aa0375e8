"""A watcher of a training: a bar, the curves, and the attention map of one sentence, drawn anew as they change."""

from __future__ import annotations

import time

from attention_course.figures.canvas import wanted
from attention_course.figures.sequence_to_sequence import training_picture
from attention_course.translation.grammar import Pair
from attention_course.translation.learning import Curve

REFRESH = 0.5


class LiveTraining:
    """Below the cell: a progress bar, and the figure of the training.

    Args:
        pair: the sentence whose map is drawn.
    """

    def __init__(self, pair: Pair) -> None:
        self.pair, self.drawn, self.told, self.started = pair, 0, 0.0, 0.0
        self.figure, self.handle = "", None

    def __call__(self, curve: Curve) -> None:
        self.started = self.started or time.perf_counter()
        done = curve.share >= 1
        if not done and time.perf_counter() - self.told < REFRESH:
            return
        self.told = time.perf_counter()
        if len(curve.exact) > self.drawn and wanted():
            self.drawn = len(curve.exact)
            self.figure = training_picture(curve, self.pair.source, self.pair.target, self.pair.links)
        self._show(self._bar(curve) + self.figure)

    def _bar(self, curve: Curve) -> str:
        words = f"{curve.share:4.0%}, step {len(curve.losses)}, {self._left(curve.share)}"
        if curve.losses:
            words += f"; loss of the last batch {curve.losses[-1]:.2f}"
        return f'<div><progress value="{curve.share:.3f}" max="1" style="width: 22em"></progress> {words}</div>'

    def _left(self, share: float) -> str:
        if share >= 1:
            return "done"
        if share < 0.01:
            return "starting"
        return f"about {(time.perf_counter() - self.started) / share * (1 - share):.0f} s left"

    def _show(self, html: str) -> None:
        from IPython.display import HTML, display

        if self.handle is None:
            self.handle = display(HTML(html), display_id=True)
        else:
            self.handle.update(HTML(html))
