"""Drawings of notebook 08: a kernel, a picture as a sentence, paths of attention, a listener, who sees whom."""

from __future__ import annotations

import numpy as np

from attention_course.figures.beyond_text.style import given
from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, new_figure, show
from attention_course.figures.sketch import PALE, arrow, box, grid, label, sheet


@given
def kernel() -> None:
    """A query among keys: near keys weigh much, far ones little."""
    figure, axes = new_figure(8.0, 3.0)
    keys, values = np.array([0.3, 1.1, 1.7, 2.2, 3.1, 3.6, 4.6]), np.array([1.0, 1.5, 1.2, 0.7, 0.4, 0.9, 1.6])
    query, bandwidth, line = 2.5, 0.6, np.linspace(0, 5, 200)
    weights = np.exp(-((keys - query) ** 2) / (2 * bandwidth**2))
    weights = weights / weights.sum()
    bell = np.exp(-((line - query) ** 2) / (2 * bandwidth**2))
    axes.fill_between(line, -0.6, -0.6 + 0.5 * bell, color=PALE[BLUE], lw=0)
    axes.axvline(query, color=BLUE, lw=1, ls="--")
    axes.scatter(keys, values, s=30 + 900 * weights, color=ORANGE, zorder=3)
    for key, value, weight in zip(keys, values, weights, strict=True):
        axes.text(key, value + 0.24, f"{weight:.2f}", ha="center", fontsize=9)
    axes.plot([query], [weights @ values], "D", color=GREEN, ms=9, zorder=4)
    axes.text(query + 0.1, weights @ values + 0.16, "the mean", color=GREEN, fontsize=10)
    axes.text(query + 0.08, -0.5, "query", color=BLUE, fontsize=10)
    axes.set(xlabel="place (keys)", ylabel="measured (values)", ylim=(-0.6, 2.1), xlim=(0, 5))
    show(
        figure,
        "Seven measured points and a query at 2.5 with a bell around it. The two nearest points have the weights "
        f"{weights[3]:.2f} and {weights[4]:.2f}, the farthest none; the weighted mean of the values stands at the "
        "query.",
    )


@given
def vision_transformer() -> None:
    """A picture is cut into patches; each becomes a vector; a class token in front collects the answer."""
    figure, axes = sheet(9.8, 3.1)
    tones = [["#ECEDEF", "#9AA0A6", "#ECEDEF", "#5F6368"][(r * 3 + c * c) % 4] for r in range(4) for c in range(4)]
    grid(axes, 0.2, 2.2, [tones[4 * row : 4 * row + 4] for row in range(4)], cell=0.32)
    label(axes, 0.84, 0.6, "16 patches", size=9)
    arrow(axes, (1.6, 1.55), (2.05, 1.55))
    for place, text in enumerate(("class", "1", "2", "3", "…", "16")):
        y = 2.75 - 0.47 * place
        box(axes, 2.75, y, text, width=0.95, height=0.38, colour=ORANGE if place == 0 else BLUE, size=9)
        label(axes, 3.65, y, f"+ p{place if text not in ('…', '16') else text}", size=9, across="left")
        arrow(axes, (4.2, y), (4.65, y))
    box(axes, 5.6, 1.57, "layers of attention:\nall look at all", width=1.9, height=2.75, colour=GREY)
    arrow(axes, (6.56, 2.75), (7.05, 2.75), colour=ORANGE, width=1.8)
    box(axes, 7.65, 2.75, "norm", width=1.1, height=0.42, colour=GREY)
    arrow(axes, (8.2, 2.75), (8.5, 2.75), colour=ORANGE, width=1.8)
    box(axes, 9.1, 2.75, "classifier", width=1.1, height=0.42, colour=GREEN)
    label(axes, 7.9, 1.9, "the class token alone is read out", size=9, colour=ORANGE)
    show(
        figure,
        "A picture cut into 16 patches. Each becomes a vector, a class token stands in front, and a position is added "
        "to each of the 17. All go through layers in which all look at all. Of the outcome only the class token's "
        "vector is used: norm, then classifier.",
    )


@given
def paths() -> None:
    """Two layers of attention, and two paths from the class token down to one patch."""
    figure, axes = sheet(8.6, 3.1)
    places = {"class": 1.4, "patch 1": 3.6, "patch 2": 5.8}
    for level, name in enumerate(("what went in", "after layer 1", "after layer 2")):
        y = 0.45 + 1.1 * level
        label(axes, 6.75, y, name, across="left", size=9, colour=GREY)
        for text, x in places.items():
            top = level == 2 and text == "class"
            box(axes, x, y, text, width=1.15, height=0.42, colour=ORANGE if top else BLUE, size=9)
    arrow(axes, (1.4, 2.43), (1.4, 1.78), colour=ORANGE, width=2)
    arrow(axes, (1.5, 1.33), (3.45, 0.68), colour=ORANGE, width=2)
    arrow(axes, (1.6, 2.43), (3.5, 1.78), colour=GREEN, width=2)
    arrow(axes, (3.6, 1.33), (3.6, 0.68), colour=GREEN, width=2)
    label(axes, 0.75, 2.1, "past (½)", size=9, colour=ORANGE)
    label(axes, 2.1, 0.85, "look (½ w)", size=9, colour=ORANGE)
    label(axes, 3.2, 2.2, "look (½ w)", size=9, colour=GREEN)
    label(axes, 4.2, 1.0, "past (½)", size=9, colour=GREEN)
    label(axes, 6.75, 1.0, "w: the weight, mean of the heads", across="left", size=9, colour=GREY)
    show(
        figure,
        "The class token after layer 2 reaches patch 1 on two paths: it goes past attention in layer 2 and looks in "
        "layer 1, or it looks at patch 1 in layer 2, which went past in layer 1. A product of the two matrices adds "
        "both up.",
    )


@given
def listener() -> None:
    """How the next song of a listener comes about."""
    figure, axes = sheet(9.6, 2.7)
    for place, (name, colour) in enumerate((("Ivy", GREY), ("Kite", GREEN), ("Oars", GREY), ("Plum", ORANGE))):
        box(axes, 0.8 + 1.35 * place, 1.3, name, width=1.1, height=0.45, colour=colour)
    box(axes, 6.6, 1.3, "next?", width=1.1, height=0.45, colour=BLUE)
    arrow(axes, (5.45, 1.3), (6.0, 1.3), colour=ORANGE, width=2.0)
    arrow(axes, (2.15, 1.55), (6.4, 1.55), colour=GREEN, width=2.0, bend=-0.28)
    arrow(axes, (8.3, 0.75), (7.0, 1.05), colour=BLUE, width=2.0)
    label(axes, 5.6, 0.85, ".50 the taste's next after Plum", colour=ORANGE, size=9)
    label(axes, 4.3, 2.45, ".25 three back, once more: Kite", colour=GREEN, size=9)
    label(axes, 8.3, 0.55, ".25 popular, with this taste or at all", colour=BLUE, size=9)
    show(
        figure,
        "A listener has heard Ivy, Kite, Oars, Plum. The next song is with probability .5 what follows Plum for this "
        "taste, with .25 the one heard three back, Kite, once more, and with .25 a popular one.",
    )


@given
def who_sees_whom() -> None:
    """Full, window and state: which places a query reaches, and through what."""
    figure, axes = sheet(9.6, 3.0)
    t, cell = 8, 0.24
    for left, name, opened in (
        (0.3, "full: all before", lambda i, j: j <= i),
        (3.4, "window of 3: the nearest", lambda i, j: i - 3 < j <= i),
    ):
        fills = [[PALE[BLUE] if opened(i, j) else "white" for j in range(t)] for i in range(t)]
        grid(axes, left, 2.35, fills, cell=cell, edge="#B0B4B8")
        label(axes, left + t * cell / 2, 2.65, name, size=10)
        label(axes, left + t * cell / 2, 0.2, "keys", size=9)
        axes.text(left - 0.12, 2.35 - t * cell / 2, "queries", fontsize=9, rotation=90, ha="right", va="center")
    box(axes, 7.0, 1.4, "keys and\nvalues\nso far", width=1.1, height=0.9)
    box(axes, 8.85, 1.4, "a state of\nf x v\nnumbers", width=1.1, height=0.9, colour=ORANGE)
    arrow(axes, (7.56, 1.4), (8.28, 1.4))
    label(axes, 7.9, 2.65, "linear: one state for all", size=10)
    arrow(axes, (8.85, 0.5), (8.85, 0.93))
    label(axes, 8.85, 0.35, "query", size=9)
    show(
        figure,
        "Three ways to attend. Full: each query reaches all places before it, a triangle. Window of 3: a band of "
        "three. Linear: all keys and values are added into one state of f x v numbers, and the query reads that.",
    )


@given
def brackets() -> None:
    """The same product with the brackets moved: what lies between has another size."""
    figure, axes = sheet(9.6, 2.5)
    for left, first, between, size in ((0.2, True, "t x t", 1.5), (5.1, False, "f x v", 0.45)):
        shapes = ((0.45, 1.5, "φ(Q)"), (1.5, 0.45, "φ(K)ᵀ"), (0.45, 1.5, "V"))
        x = left + 0.3
        for place, (width, height, name) in enumerate(shapes):
            if place == (0 if first else 1):
                x += 0.0 if first else 0.16
                label(axes, x - 0.12, 1.35, "(", size=30)
            colour = BLUE if place < 2 else GREEN
            axes.add_patch(_rectangle(x, 1.35 - height / 2, width, height, colour))
            label(axes, x + width / 2, 1.35, name, size=9)
            x += width + 0.12
            if place == (1 if first else 2):
                label(axes, x, 1.35, ")", size=30)
                x += 0.2
        axes.add_patch(_rectangle(x + 0.15, 1.35 - size / 2, min(size, 1.1), size, ORANGE))
        label(axes, x + 0.15 + min(size, 1.1) / 2, 1.35, between, size=9)
        label(axes, left + 1.6, 0.25, f"between: {between} numbers", size=9, colour=ORANGE)
    show(
        figure,
        "Twice the product of φ(Q), φ(K) transposed and V. With the brackets around the first two a matrix of t x t "
        "numbers lies between; around the last two one of f x v, whatever t is.",
    )


def _rectangle(x: float, y: float, width: float, height: float, colour: str):
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), width, height, fc=PALE[colour], ec=colour, lw=1.2)
