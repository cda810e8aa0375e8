"""Drawings of notebook 07 made of squares: windows, one step apart, clock hands, masks, groups, a cache."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, given_figure, show
from attention_course.figures.sketch import INK, PALE, arrow, box, grid, label, sheet

SENTENCE = ("a", "young", "sailor", "near", "the", "nuns", "mends", "his", "net", "in", "the", "harbour", ".")


@given_figure
def window(words: Sequence[str] = SENTENCE, center: str = "mends", narrow: int = 1, wide: int = 5) -> None:
    """A sentence, a word in it, and what counts as its surroundings in a narrow and in a wide window."""
    figure, axes = sheet(0.86 * len(words) + 0.2, 1.9)
    middle = list(words).index(center)
    places = [0.53 + 0.86 * number for number in range(len(words))]
    for number, (word, x) in enumerate(zip(words, places, strict=True)):
        near = abs(number - middle)
        colour = ORANGE if near == 0 else GREEN if near <= narrow else BLUE if near <= wide else GREY
        box(axes, x, 1.0, word, width=0.8, height=0.42, colour=colour, size=9)
    for reach, y, colour in ((narrow, 1.5, GREEN), (wide, 0.45, BLUE)):
        left, right = places[max(0, middle - reach)] - 0.4, places[min(len(words) - 1, middle + reach)] + 0.4
        arrow(axes, (left, y), (right, y), colour=colour, style="|-|")
        label(axes, places[middle], y + (0.2 if y > 1 else -0.2), f"window {reach}", colour=colour, size=9)
    around = [word for number, word in enumerate(words) if 0 < abs(number - middle) <= narrow]
    far = [word for number, word in enumerate(words) if narrow < abs(number - middle) <= wide]
    show(
        figure,
        f"The sentence '{' '.join(words)}'. In a window of {narrow} the surroundings of '{center}' are "
        f"{' and '.join(around)}; a window of {wide} adds {', '.join(far)}.",
    )


@given_figure
def one_step_apart(words: Sequence[str] = ("the", "king", "mends", "his", "net", ".")) -> None:
    """What a language model reads, and below it what it must say at each place: the same words, one step later."""
    figure, axes = sheet(1.1 * len(words) + 2.0, 1.9)
    reads, says = ["[CLS]", *words[:-1]], list(words)
    for y, name, row, colour in ((1.45, "it reads", reads, BLUE), (0.45, "it must say", says, ORANGE)):
        label(axes, 0.1, y, name, across="left")
        for number, word in enumerate(row):
            box(axes, 1.9 + 1.1 * number, y, word, width=0.95, height=0.42, colour=colour)
    for number in range(len(words)):
        arrow(axes, (1.9 + 1.1 * number, 1.22), (1.9 + 1.1 * number, 0.68))
    told = ", ".join(f"after {read} it must say {said}" for read, said in zip(reads, says, strict=True))
    show(figure, f"A text twice, one step apart: {told}. The first token, [CLS], is never an answer.")


@given_figure
def clock_hands(positions: Sequence[int] = (0, 1, 2, 3), apart: int = 2) -> None:
    """Two pairs of numbers as clock hands: one turns fast with the position, the other slowly."""
    figure, axes = sheet(9.2, 3.5)
    for row, (speed, name) in enumerate(((1.0, "pair 0\nturns fast"), (0.15, "pair 1\nturns slowly"))):
        y = 2.35 - 1.6 * row
        label(axes, 0.15, y, name, across="left")
        for column, position in enumerate(positions):
            _clock(axes, 2.1 + 1.75 * column, y, 0.4 + speed * position)
    for column, position in enumerate(positions):
        label(axes, 2.1 + 1.75 * column, 3.3, f"position {position}")
    label(axes, 8.3, 1.55, f"{apart} places further:\nalways the same\nturn on", across="center", size=9, colour=GREY)
    show(
        figure,
        f"Two clocks at positions {', '.join(map(str, positions))}. The hand of pair 0 turns by a large angle at each "
        f"step, the hand of pair 1 by a small one. {apart} places further means the same turn on, wherever one begins.",
    )


def _clock(axes, x: float, y: float, angle: float) -> None:
    around = np.linspace(0, 2 * np.pi, 80)
    axes.plot(x + 0.55 * np.cos(around), y + 0.55 * np.sin(around), color=GREY, lw=1)
    arrow(axes, (x, y), (x + 0.52 * np.cos(angle), y + 0.52 * np.sin(angle)), colour=BLUE, width=2)


@given_figure
def caching(steps: int = 4) -> None:
    """What is computed to write four tokens, without a cache and with one."""
    figure, axes = sheet(9.4, 2.9)
    for side, name in enumerate(("without a cache: everything again", "with a cache: the new token alone")):
        left = 0.2 + 4.8 * side
        label(axes, left, 2.7, name, across="left")
        for step in range(steps):
            x = left + 0.02
            fills = [
                [PALE[GREY] if side and place < step + 2 else "#0072B2" for place in range(step + 3)]
            ]  # a prompt of three tokens
            if side and step == 0:
                fills = [["#0072B2"] * 3]
            grid(axes, x, 2.4 - 0.55 * step, fills, cell=0.42)
            label(axes, left + 3.35, 2.2 - 0.55 * step, f"call {step + 1}", size=9, across="left", colour=GREY)
    plain, cached = sum(range(3, 3 + steps)), 3 + steps - 1
    label(axes, 0.2, 0.12, f"{plain} tokens computed", across="left", colour=BLUE)
    label(axes, 5.0, 0.12, f"{cached} tokens computed; grey: keys and values kept", across="left", colour=BLUE)
    show(
        figure,
        f"Writing {steps} tokens after a prompt of three. Without a cache the calls compute 3, 4, 5 and 6 tokens, "
        f"{plain} in all. With one the first call computes 3 and each later one a single token, {cached} in all; the "
        "keys and values of the others are kept.",
    )


@given_figure
def groups() -> None:
    """Which query heads share a head of keys and values: all their own, groups, or one for all."""
    figure, axes = sheet(9.8, 2.4)
    for panel, (kept, name) in enumerate(((8, "8 key-value heads"), (2, "2: grouped"), (1, "1: multi-query"))):
        left = 0.35 + 3.3 * panel
        label(axes, left - 0.2, 2.2, name, across="left")
        share = 8 // kept
        for head in range(8):
            x = left + 0.36 * head
            axes.plot(
                [x, left + 0.36 * (head // share * share + (share - 1) / 2)], [1.5, 0.62], color=GREY, lw=1, zorder=0
            )
            box(axes, x, 1.6, str(head), width=0.3, height=0.32, size=8, colour=ORANGE)
        for head in range(kept):
            box(axes, left + 0.36 * (head * share + (share - 1) / 2), 0.5, str(head), width=0.3, height=0.32, size=8)
    label(
        axes,
        0.15,
        0.08,
        "above: query heads; below: heads of keys and values, which the cache holds",
        across="left",
        size=9,
    )
    show(
        figure,
        "Eight query heads above, heads of keys and values below. On the left each query head has its own. In the "
        "middle query heads 0 to 3 share key-value head 0, and 4 to 7 share head 1. On the right all eight share one.",
    )


@given_figure
def second_piece() -> None:
    """Which keys two new tokens may see after three that are cached: the right mask, and one from the wrong corner."""
    figure, axes = sheet(8.8, 2.3)
    right = np.tril(np.ones((5, 5)))[3:]
    wrong = np.tril(np.ones((2, 5)))
    for side, (mask, name) in enumerate(((right, "right: rows 3 and 4"), (wrong, "wrong: rows 0 and 1"))):
        left = 1.0 + 4.3 * side
        label(axes, left, 2.1, name, across="left")
        fills = [["#0072B2" if seen else PALE[GREY] for seen in row] for row in mask]
        grid(axes, left, 1.55, fills, cell=0.5)
        for column in range(5):
            label(axes, left + 0.25 + 0.5 * column, 1.73, f"{column}", size=9, colour=GREY if column < 3 else INK)
        for row in range(2):
            label(axes, left - 0.15, 1.3 - 0.5 * row, f"{3 + row}", size=9, across="right")
    label(axes, 1.0, 0.25, "keys 0 to 2 come from the cache, 3 and 4 are new; blue: may be seen", across="left", size=9)
    show(
        figure,
        "Masks for two new tokens, numbers 3 and 4, and five keys, three of them cached. Right: token 3 sees keys 0 to "
        "3, token 4 sees 0 to 4. Wrong: the upper left corner of a square mask, where token 3 sees key 0 alone.",
    )


@given_figure
def copying(tokens: Sequence[str] = ("A", "B", "C", "D") * 2) -> None:
    """The two looks by which a model with two layers continues a sequence that repeats."""
    figure, axes = sheet(9.0, 3.0)
    places = [0.7 + 1.08 * number for number in range(len(tokens))]
    for number, (token, x) in enumerate(zip(tokens, places, strict=True)):
        box(axes, x, 1.4, token, width=0.7, height=0.5, colour=ORANGE if number == 4 else BLUE)
    arrow(axes, (places[1], 1.68), (places[0] + 0.1, 1.68), colour=GREEN, width=1.8, bend=0.6)
    label(axes, places[0], 2.35, "1 layer 0: B notes\nthat A stood before it", across="left", colour=GREEN, size=9)
    arrow(axes, (places[4], 1.12), (places[1], 1.12), colour=ORANGE, width=1.8, bend=-0.35)
    label(
        axes,
        places[2],
        0.22,
        "2 layer 1: A looks for a token that noted A, finds B",
        across="left",
        colour=ORANGE,
        size=9,
    )
    label(axes, places[4], 1.95, "3 so it says B", colour=ORANGE, size=9)
    show(
        figure,
        "The sequence A B C D A B C D. First, in layer 0, each token looks at the one before it: B notes that A stood "
        "there. Then, in layer 1, the second A looks for a token that has noted A, finds the first B, and says B.",
    )
