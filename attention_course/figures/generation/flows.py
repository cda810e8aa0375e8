"""Drawings of notebook 07 with arrows: a layer of the decoder, and its gated part."""

from __future__ import annotations

from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, given_figure, show
from attention_course.figures.sketch import arrow, box, label, sheet


@given_figure
def decoder_layer() -> None:
    """A layer of today's decoder: the norms stand before the parts, the sums run straight through."""
    figure, axes = sheet(9.6, 2.3)
    label(axes, 0.25, 1.65, "x")
    for start, end in (((0.45, 1.65), (4.27, 1.65)), ((4.53, 1.65), (8.77, 1.65)), ((9.03, 1.65), (9.5, 1.65))):
        arrow(axes, start, end, colour=BLUE, width=2.2)
    for x, text, colour, rows in (
        (1.0, "attention\nrotary, grouped", ORANGE, 4.4),
        (5.3, "SwiGLU", GREEN, 8.9),
    ):
        box(axes, x + 0.45, 0.6, "RMS norm", width=1.0, height=0.45, colour=GREY)
        box(axes, x + 2.05, 0.6, text, width=1.5, height=0.6, colour=colour)
        arrow(axes, (x + 0.2, 1.6), (x + 0.35, 0.84))
        arrow(axes, (x + 0.97, 0.6), (x + 1.28, 0.6))
        arrow(axes, (x + 2.82, 0.6), (rows, 1.5))
        label(axes, rows, 1.65, "+", size=15)
    label(axes, 4.75, 1.9, "y", size=10)
    show(
        figure,
        "A layer of the decoder. x runs straight through to two sums. To the first is added attention, with rotary "
        "positions and grouped queries, of the RMS norm of x; that is y. To the second, SwiGLU of the RMS norm of y.",
    )


@given_figure
def swiglu() -> None:
    """SwiGLU: one projection says how far the other one passes."""
    figure, axes = sheet(9.2, 2.1)
    label(axes, 0.4, 1.05, "x (.., m)")
    for y, name in ((1.6, "gate"), (0.5, "up")):
        box(axes, 2.1, y, name, width=1.1, height=0.46)
        arrow(axes, (0.95, 1.05), (1.53, y))
    box(axes, 3.9, 1.6, "silu", width=1.0, height=0.46, colour=ORANGE)
    arrow(axes, (2.66, 1.6), (3.38, 1.6))
    arrow(axes, (4.42, 1.6), (5.35, 1.18))
    arrow(axes, (2.66, 0.5), (5.35, 0.92))
    label(axes, 5.5, 1.05, "×", size=16)
    box(axes, 7.1, 1.05, "down", width=1.1, height=0.46)
    arrow(axes, (5.68, 1.05), (6.53, 1.05))
    arrow(axes, (7.66, 1.05), (8.5, 1.05))
    label(axes, 4.6, 0.35, "(.., hidden)", size=9, colour=GREY)
    label(axes, 8.85, 1.05, "(.., m)", size=9, colour=GREY)
    show(
        figure,
        "SwiGLU: x goes through two projections, gate and up. The gate goes through silu and multiplies the other, "
        "number by number; the product goes through a third projection, down, back to the width of x.",
    )
