"""A bar below the cell: while a body is pre-trained, with its loss curve, and while many models are fitted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from attention_course.figures.canvas import wanted
from attention_course.figures.fine_tuning import loss_picture

T = TypeVar("T")


def counted(items: Sequence[T]) -> Iterator[T]:
    """The items in turn, below the cell a bar of how many are done."""
    from IPython.display import HTML, display

    handle = display(HTML(_bar(0, len(items), f"0 of {len(items)}")), display_id=True)
    for number, item in enumerate(items, start=1):
        yield item
        if handle is not None:  # None outside of a notebook
            handle.update(HTML(_bar(number, len(items), f"{number} of {len(items)}")))


def _bar(done: int, of: int, words: str) -> str:
    share = done / max(of, 1)
    return f'<div><progress value="{share:.3f}" max="1" style="width: 22em"></progress> {words}</div>'


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
        bar = _bar(step, steps, f"step {step} of {steps}, loss {loss:.2f}")
        if self.handle is None:
            self.handle = display(HTML(bar + self.figure), display_id=True)
        else:
            self.handle.update(HTML(bar + self.figure))
