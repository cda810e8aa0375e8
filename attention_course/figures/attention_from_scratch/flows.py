"""Drawings of notebook 01 with arrows: what flows where, forwards and backwards."""

from __future__ import annotations

import math

from matplotlib.patches import Circle

from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, given_figure, show
from attention_course.figures.sketch import INK, arrow, box, label, sheet


@given_figure
def attention_flow() -> None:
    """Scores, mask, softmax, average."""
    figure, axes = sheet(9.2, 2.7)
    parts = ((2.2, "query  (q, d)", ORANGE), (1.35, "key  (k, d)", BLUE), (0.5, "value  (k, v)", GREEN))
    for y, text, colour in parts:
        box(axes, 0.8, y, text, width=1.35, height=0.46, colour=colour)
    stations = ((2.75, "scores\n(q, k)", GREY), (4.35, "mask", GREY), (5.75, "softmax\nper row", GREY))
    for x, text, colour in stations:
        box(axes, x, 1.78, text, width=1.05, height=0.66, colour=colour)
    box(axes, 7.15, 1.78, "weights\n(q, k)", width=1.05, height=0.66, colour=GREY)
    box(axes, 8.45, 0.5, "output\n(q, v)", width=1.1, height=0.66, colour=GREEN)
    arrow(axes, (1.48, 2.2), (2.22, 1.9))
    arrow(axes, (1.48, 1.35), (2.22, 1.66))
    for left, right in ((3.28, 3.82), (4.88, 5.22), (6.28, 6.62)):
        arrow(axes, (left, 1.78), (right, 1.78))
    arrow(axes, (7.15, 1.45), (7.88, 0.62))
    arrow(axes, (1.48, 0.5), (7.88, 0.5))
    label(axes, 4.6, 0.3, "rows of value, averaged with the weights", size=9)
    show(
        figure,
        "Query and key meet in the scores. The mask closes some of them, softmax turns each row into weights, and the "
        "weights average the rows of value into the output. Only the value reaches the output directly.",
    )


@given_figure
def bottleneck() -> None:
    """A translator that remembers one vector beside one that looks back."""
    figure, axes = sheet(9.2, 2.8, bottom=0.2)
    words = ("we", "like", "green", "tea")
    for left, title in ((0, "before: one vector holds it all"), (4.8, "2014: look back at every word")):
        label(axes, left + 0.1, 2.8, title, across="left", weight="bold")
        for place, word in enumerate(words):
            x = left + 0.5 + 0.78 * place
            box(axes, x, 0.85, f"h{place + 1}", width=0.52, height=0.42)
            label(axes, x, 0.4, word, size=9)
            if place:
                arrow(axes, (x - 0.52, 0.85), (x - 0.26, 0.85))
        box(axes, left + 3.75, 2.05, "s", width=0.52, height=0.42, colour=ORANGE)
        label(axes, left + 3.75, 2.42, "translator's state", size=9)
    arrow(axes, (3.1, 1.0), (3.55, 1.84), width=2.2)
    for place, width in enumerate((0.7, 1.0, 3.2, 1.4)):
        arrow(axes, (5.3 + 0.78 * place, 1.06), (8.32, 1.92 - 0.03 * place), width=width, colour=GREEN)
    show(
        figure,
        "Left: a recurrent network reads we, like, green, tea into states h1 to h4; only the last state reaches the "
        "translator's state s. Right: s has an arrow from every state, thickest from h3, the word green.",
    )


@given_figure
def multi_head_flow() -> None:
    """Project, split, attend in each head, merge, project."""
    figure, axes = sheet(9.6, 2.6)
    box(axes, 0.55, 1.3, "x\n(t, m)", width=0.85, height=0.66, colour=GREY)
    parts = ((2.1, "x @ w_query", ORANGE), (1.3, "x @ w_key", BLUE), (0.5, "x @ w_value", GREEN))
    for y, name, colour in parts:
        box(axes, 2.15, y, name, width=1.3, height=0.46, colour=colour)
        arrow(axes, (0.98, 1.3), (1.48, y))
        arrow(axes, (2.82, y), (3.3, y), colour=colour)
    box(axes, 3.65, 1.3, "split", width=0.7, height=2.1, colour=GREY)
    for middle, head in ((1.85, 0), (0.75, 1)):
        for offset, name, colour in ((0.26, "q", ORANGE), (0, "k", BLUE), (-0.26, "v", GREEN)):
            arrow(axes, (4.02, middle + offset), (4.6, middle + offset), colour=colour)
            label(axes, 4.31, middle + offset + 0.09, f"{name}{head}", size=8, colour=colour)
        box(axes, 5.5, middle, f"head {head}: attention\nof its own columns", width=1.75, height=0.86, colour=GREY)
        arrow(axes, (6.4, middle), (7.0, middle))
    box(axes, 7.35, 1.3, "merge", width=0.7, height=2.1, colour=GREY)
    box(axes, 8.75, 1.3, "@ w_output\n(t, m)", width=1.15, height=0.66, colour=GREY)
    arrow(axes, (7.72, 1.3), (8.15, 1.3))
    show(
        figure,
        "x is multiplied by three matrices to make queries, keys and values. All three are split into two heads, so "
        "that each head gets a query, a key and a value of its own columns and runs attention with them. The results "
        "are merged and multiplied by w_output. Input and output have the same shape.",
    )


@given_figure
def clocks() -> None:
    """Each pair of columns is the hand of a clock; later pairs turn more slowly."""
    figure, axes = sheet(8.6, 4.9, bottom=0.25)
    speeds = ((1.0, "columns 0, 1"), (0.1, "columns 2, 3"), (0.01, "columns 4, 5"), (0.001, "columns 6, 7"))
    for column, (speed, name) in enumerate(speeds):
        x = 2.3 + 1.7 * column
        label(axes, x, 5.0, name, size=9)
        for row, position in enumerate((0, 1, 2, 10, 100)):
            y, angle = 4.37 - 0.92 * row, position * speed
            axes.add_patch(Circle((x, y), 0.36, fc="white", ec=GREY))
            arrow(axes, (x, y), (x + 0.34 * math.sin(angle), y + 0.34 * math.cos(angle)), colour=BLUE, width=1.8)
            if column == 0:
                label(axes, 1.3, y, f"position {position}", across="right")
    show(
        figure,
        "Four columns of clocks for the positions 0, 1, 2, 10 and 100. All hands point up at position 0. The first "
        "clock turns by 1 radian for each position, the second ten times more slowly, the third a hundred, the "
        "last a thousand times. Its hand has hardly moved at position 10 and stands a little to the right at 100.",
    )


@given_figure
def gradient_flow() -> None:
    """The forward arrows, and under each the gradient that comes back along it."""
    figure, axes = sheet(9.4, 3.2)
    places = {
        "query": (0.75, 2.6),
        "key": (0.75, 1.5),
        "value": (0.75, 0.4),
        "scores": (3.3, 2.05),
        "weights": (5.6, 2.05),
        "output": (8.2, 1.2),
    }
    for name, (x, y) in places.items():
        box(axes, x, y, name, width=1.15, height=0.5, colour=GREY)
    for start, end, (x, y) in (
        ("query", "scores", (2.12, 2.86)),
        ("key", "scores", (2.12, 1.28)),
        ("scores", "weights", (4.45, 1.6)),
        ("weights", "output", (7.1, 2.25)),
        ("value", "output", (4.6, 0.36)),
    ):
        _there_and_back(axes, places[start], places[end])
        label(axes, x, y, f"grad_{start}", colour=ORANGE, size=10)
    arrow(axes, (8.2, 0.42), (8.2, 0.92), colour=ORANGE)
    label(axes, 8.2, 0.2, "grad_output comes in here", colour=ORANGE, size=9)
    label(axes, 4.45, 2.28, "softmax", size=9)
    arrow(axes, (4.0, 3.05), (4.6, 3.05), colour=INK)
    label(axes, 4.7, 3.05, "forward", across="left", size=9)
    arrow(axes, (6.5, 3.05), (5.9, 3.05), colour=ORANGE)
    label(axes, 6.6, 3.05, "gradient", across="left", size=9, colour=ORANGE)
    show(
        figure,
        "Forward: query and key make the scores, softmax makes the weights, weights and value make the output. "
        "Backward, against each arrow: grad_output comes in at the output and splits into grad_value and "
        "grad_weights; grad_weights passes the softmax and becomes grad_scores; grad_scores splits into "
        "grad_query and grad_key.",
    )


def _there_and_back(axes, start, end) -> None:
    (x0, y0), (x1, y1) = start, end
    left, right = x0 + 0.62, x1 - 0.62
    y1 += 0.13 * ((y0 > y1) - (y0 < y1))  # arrows from above and from below keep apart
    arrow(axes, (left, y0 + 0.08), (right, y1 + 0.07), colour=INK)
    arrow(axes, (right, y1 - 0.07), (left, y0 - 0.1), colour=ORANGE)
