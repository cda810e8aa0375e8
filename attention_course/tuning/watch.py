"""A bar below the cell while a body is pre-trained, with its loss curve."""

from __future__ import annotations

from attention_course.figures.canvas import wanted
from attention_course.figures.fine_tuning import loss_picture


class LiveLoss:
    """Called as watch(step, steps, loss); one display that changes. The curve is drawn at every tenth call."""

    def __init__(self) -> None:
        self.losses: list[tuple[int, float]] = []
        self.figure, self.handle = "", None

    def __call__(self, step: int, steps: int, loss: float) -> None:
        from IPython.display import HTML, display

        self.losses.append((step, loss))
        done = step >= steps - steps // 40
        if wanted() and len(self.losses) > 1 and (done or len(self.losses) % 10 == 0):
            self.figure = loss_picture(self.losses)
        words = f"step {step} of {steps}, loss {loss:.2f}"
        bar = f'<div><progress value="{step / steps:.3f}" max="1" style="width: 22em"></progress> {words}</div>'
        if self.handle is None:
            self.handle = display(HTML(bar + self.figure), display_id=True)
        else:
            self.handle.update(HTML(bar + self.figure))
