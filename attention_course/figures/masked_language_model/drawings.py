"""Drawings of notebook 04: what happens to a sentence on its way into the model."""

from __future__ import annotations

import numpy as np

from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, given_figure, show
from attention_course.figures.sketch import INK, PALE, arrow, box, grid, label, sheet

SENTENCE = ("the", "sailor", "near", "the", "girls", "mends", "a", "net", ".")


@given_figure
def agreement() -> None:
    """A verb that agrees with its subject, with a noun of the other number between them."""
    figure, axes = sheet(8.4, 1.9)
    for place, word in enumerate(SENTENCE):
        colour = {1: BLUE, 5: BLUE, 4: ORANGE}.get(place, GREY)
        box(axes, 0.6 + 0.9 * place, 0.75, word, width=0.8, height=0.42, colour=colour)
    arrow(axes, (0.6 + 0.9 * 5, 0.98), (0.6 + 0.9, 0.98), colour=BLUE, width=1.8, bend=0.28)
    label(axes, 0.6 + 0.9 * 3, 1.68, "the verb takes its -s from here", colour=BLUE)
    label(axes, 0.6 + 0.9 * 4, 0.3, "nearer, but plural", colour=ORANGE, size=9)
    show(
        figure,
        "The sailor near the girls mends a net. An arrow leads from the verb, mends, back over the girls to its "
        "subject, the sailor: the nearer noun is plural, and the verb pays no attention to it.",
    )


@given_figure
def word_pieces() -> None:
    """How a word is cut: the longest piece that fits, then the longest of what is left."""
    figure, axes = sheet(8.6, 2.5)
    label(axes, 0.2, 2.25, "cut: snowmen", across="left", weight="bold")
    label(axes, 2.6, 2.25, "the vocabulary has:  s   snow   snowman   ##m   ##men   ##e   ##n", across="left")
    tries = (
        (1.6, "snowmen", GREY, "the whole word is not there"),
        (0.95, "snow", GREEN, "the longest beginning that is there"),
        (0.3, "##men", GREEN, "the longest piece of the rest; ##m is shorter"),
    )
    for height, text, colour, why in tries:
        box(axes, 0.95, height, text, width=1.4, height=0.44, colour=colour)
        label(axes, 1.9, height, why, size=9, colour=colour, across="left")
    for height in (0.95, 0.3):
        arrow(axes, (5.5, height), (6.3, 0.63), colour=GREEN)
    label(axes, 7.3, 0.63, "snow  ##men", size=12, weight="bold")
    show(
        figure,
        "The word snowmen is cut into pieces. It is not in the vocabulary as a whole. The longest beginning that is "
        "there is snow; of the rest, the longest piece is ##men. The result is snow, ##men.",
    )


@given_figure
def encoded_pair() -> None:
    """Two sentences as three rows of numbers."""
    tokens = ["[CLS]", "she", "sings", ".", "[SEP]", "they", "listen", ".", "[SEP]", "[PAD]", "[PAD]"]
    segments = [0] * 5 + [1] * 4 + [0] * 2
    figure, axes = sheet(9.0, 2.1)
    rows: dict[str, list] = {"tokens": tokens, "token_type_ids": segments, "attention_mask": [1] * 9 + [0] * 2}
    for row, (name, texts) in enumerate(rows.items()):
        y = 1.75 - 0.62 * row
        label(axes, 1.25, y, name, across="right")
        for place, text in enumerate(texts):
            colour = GREY if place >= 9 else (BLUE if place < 5 else ORANGE)
            box(axes, 1.75 + 0.68 * place, y, str(text), width=0.62, height=0.44, colour=colour, size=9)
    label(axes, 1.75 + 0.68 * 2, 0.15, "first sentence", colour=BLUE, size=9)
    label(axes, 1.75 + 0.68 * 6.5, 0.15, "second sentence", colour=ORANGE, size=9)
    label(axes, 1.75 + 0.68 * 9.5, 0.15, "padding", colour=GREY, size=9)
    show(
        figure,
        "Three rows of numbers for the pair: she sings, they listen. The tokens begin with CLS; a SEP ends each "
        "sentence; padding fills the rest. token_type_ids are 0 up to the first SEP, 1 for the second sentence with "
        "its SEP, and 0 at padding. attention_mask is 1 at tokens and 0 at padding.",
    )


@given_figure
def next_sentence() -> None:
    """The two kinds of pairs."""
    figure, axes = sheet(8.6, 2.5)
    label(axes, 1.45, 2.3, "a document", colour=BLUE)
    label(axes, 7.15, 2.3, "another document", colour=ORANGE)
    left = ("the cook stirs the soup .", "then he bakes a pie .", "he washes a plate .")
    right = ("many pupils read .", "they solve a riddle .", "this teacher draws a map .")
    for row, (one, other) in enumerate(zip(left, right, strict=True)):
        box(axes, 1.45, 1.85 - 0.62 * row, one, width=2.6, height=0.44, size=9)
        box(axes, 7.15, 1.85 - 0.62 * row, other, width=2.6, height=0.44, colour=ORANGE, size=9)
    arrow(axes, (2.8, 1.85), (2.8, 1.3), colour=BLUE, bend=-0.6, width=1.8)
    label(axes, 3.2, 1.34, "heads: the true next one", colour=BLUE, size=9, across="left")
    arrow(axes, (2.8, 1.9), (5.8, 1.25), colour=ORANGE, bend=-0.15, width=1.8)
    label(axes, 4.3, 2.02, "tails: any sentence from elsewhere", colour=ORANGE, size=9)
    label(axes, 4.3, 0.15, "The model sees both sentences and says which side of the coin fell.", size=10)
    show(
        figure,
        "Two documents of three sentences. A coin decides for the first sentence of the left document: heads, and it "
        "is paired with the true next sentence; tails, with a sentence drawn from the other document.",
    )


@given_figure
def corruption() -> None:
    """Of two hundred words thirty are selected; what becomes of them."""
    figure, axes = sheet(8.4, 2.4, bottom=0.3)
    fates = [BLUE] * 24 + [ORANGE] * 3 + [GREEN] * 3 + [PALE[GREY]] * 170
    scattered = np.random.default_rng(4).permutation(200)
    for place, number in enumerate(scattered):
        column, row, colour = place % 25, place // 25, fates[number]
        grid(axes, 0.3 + 0.16 * column, 2.3 - 0.16 * row, [[colour]], cell=0.16)
    label(axes, 2.3, 2.52, "200 words", size=10)
    rows = (
        (BLUE, "80 % of the selected: [MASK]", "the sailor mends a [MASK]"),
        (ORANGE, "10 %: any token of the vocabulary", "the sailor mends a often"),
        (GREEN, "10 %: the word itself", "the sailor mends a net"),
    )
    for row, (colour, share, example) in enumerate(rows):
        y = 2.25 - 0.55 * row
        grid(axes, 4.6, y + 0.1, [[colour]], cell=0.2)
        label(axes, 4.95, y, share, across="left", colour=colour, weight="bold")
        label(axes, 4.95, y - 0.24, example, across="left", size=9)
    label(axes, 2.3, 0.8, "170 are left alone, 30 are selected: 24, 3 and 3", size=9, colour=INK)
    label(axes, 4.2, 0.5, "The label is the original word, net, in all three cases; at the other 170 there is none.")
    show(
        figure,
        "Of 200 words 30 are selected on average. Of these 80 percent, 24 words, become MASK, 10 percent, 3 words, "
        "become any token, and 3 stay as they are. The label is the original word in all three cases.",
    )
