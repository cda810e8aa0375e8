"""The figure of notebook 00."""

from __future__ import annotations

from itertools import pairwise

from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, given_figure, show
from attention_course.figures.sketch import arrow, box, label, sheet


@given_figure
def life_of_an_answer() -> None:
    """From the exercise cell to the points."""
    figure, axes = sheet(9.2, 1.65, bottom=0.65)
    stations = (
        (1.1, "exercise cell", "you write here", BLUE),
        (3.45, "check cell", "locked: a few visible cases", GREY),
        (5.8, "Validate", "from an empty kernel", ORANGE),
        (8.1, "grading", "many cases, fresh numbers", GREEN),
    )
    for x, name, what, colour in stations:
        box(axes, x, 1.35, name, width=1.55, height=0.6, colour=colour, size=11)
        label(axes, x, 0.85, what, size=9)
    for (left, *_), (right, *_) in pairwise(stations):
        arrow(axes, (left + 0.82, 1.35), (right - 0.82, 1.35))
    arrow(axes, (3.2, 1.7), (1.35, 1.7), bend=0.35, colour=ORANGE)
    label(axes, 2.3, 2.12, "a hint, and you try again", size=9, colour=ORANGE)
    show(
        figure,
        "Four boxes in a row. You write in the exercise cell; the locked check cell below tries a few visible "
        "cases and sends you back with a hint; Validate runs all from an empty kernel; grading tries many cases "
        "with fresh numbers.",
    )
