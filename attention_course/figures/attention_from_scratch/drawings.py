"""Drawings of notebook 01 that explain an idea. Every number in them is written by hand."""

from __future__ import annotations

from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, given_figure, new_figure, show
from attention_course.figures.sketch import PALE, arrow, box, grid, label, sheet

ANIMALS = ("cat", "sparrow", "trout", "bee")


@given_figure
def soft_dictionary() -> None:
    """A look-up that finds one key beside a look-up that mixes them all."""
    figure, axes = sheet(9.2, 3.5)
    soft_widths = (5.0, 1.0, 0.7, 1.6)
    for left, query, widths, answer in ((0, "cat", (5.0, 0, 0, 0), "4"), (4.8, "kitten", soft_widths, "a mix")):
        box(axes, left + 0.55, 1.4, query, width=0.9, colour=ORANGE)
        box(axes, left + 4.0, 1.4, answer, width=0.75, colour=GREEN)
        for row, (animal, legs, width) in enumerate(zip(ANIMALS, "4206", widths, strict=True)):
            y = 2.45 - 0.7 * row
            box(axes, left + 2.05, y, animal, width=0.95, height=0.46, colour=BLUE)
            box(axes, left + 2.83, y, legs, width=0.42, height=0.46, colour=GREEN)
            if width:
                arrow(axes, (left + 1.02, 1.4), (left + 1.56, y), width=width * 0.6, colour=ORANGE)
                arrow(axes, (left + 3.06, y), (left + 3.6, 1.4), width=width * 0.6, colour=GREEN)
        for across, part, colour in ((0.55, "query", ORANGE), (2.05, "key", BLUE), (2.83, "value", GREEN)):
            label(axes, left + across, 2.9, part, size=9, colour=colour)
    label(axes, 0.1, 3.3, "dictionary: one key must match", across="left", weight="bold")
    label(axes, 4.9, 3.3, "attention: every key matches a little", across="left", weight="bold")
    show(
        figure,
        "Two look-ups in a table of animals and their legs. On the left the query cat finds the key cat, and its "
        "value 4 comes out. On the right the query kitten has arrows to all four keys, the thickest to cat; the "
        "values come out mixed in the same proportions.",
    )


@given_figure
def softmax_steps() -> None:
    """Scores, their exponentials, and the shares."""
    figure, axes = new_figure(8.4, 2.5, columns=3)
    steps = (
        ("scores", (-1, 1, 2), ("-1", "1", "2"), BLUE),
        ("exp: all positive", (0.37, 2.72, 7.39), ("0.37", "2.72", "7.39"), ORANGE),
        ("divided by their sum 10.48", (0.035, 0.259, 0.705), ("0.035", "0.259", "0.705"), GREEN),
    )
    for panel, (title, heights, texts, colour) in zip(axes, steps, strict=True):
        bars = panel.bar(("a", "b", "c"), heights, color=colour, width=0.6)
        panel.bar_label(bars, texts, padding=2, fontsize=10)
        panel.axhline(0, color=GREY, lw=0.8)
        panel.set_title(title, fontsize=11)
        panel.set_yticks([])
        panel.spines["left"].set_visible(False)
        panel.margins(y=0.18)
    show(
        figure,
        "Three bar charts of the same three entries. The scores -1, 1, 2 become 0.37, 2.72, 7.39 under exp, and after "
        "division by their sum 10.48 they are the shares 0.035, 0.259, 0.705: positive, in the same order, of sum 1.",
    )


@given_figure
def score_shapes() -> None:
    """Which row meets which column."""
    figure, axes = sheet(8.6, 2.25, bottom=0.25)
    query_row, key_column = PALE[ORANGE], PALE[BLUE]
    plain = PALE[GREY]
    grid(axes, 0.9, 2.0, [[plain] * 4, [query_row] * 4])
    grid(axes, 3.4, 2.32, [[plain, plain, key_column]] * 4)
    grid(axes, 5.9, 2.0, [[plain] * 3, [plain, plain, PALE[GREEN]]])
    label(axes, 0.78, 1.52, "query i", across="right", size=9)
    label(axes, 4.2, 0.88, "key j", size=9)
    label(axes, 2.75, 1.68, "times")
    label(axes, 5.0, 1.68, "gives")
    label(axes, 7.05, 1.52, "score of query i\nand key j", across="left", size=9)
    for x, text in ((1.54, "query  (q, d)"), (3.88, "key, turned  (d, k)"), (6.38, "scores  (q, k)")):
        label(axes, x, 0.45, text, weight="bold")
    show(
        figure,
        "A query matrix of 2 rows and 4 columns times a turned key matrix of 4 rows and 3 columns gives a score "
        "matrix of 2 rows and 3 columns. Row i of the queries and column j of the turned keys meet in the score "
        "at row i, column j.",
    )


@given_figure
def masks() -> None:
    """Who may look at whom: in a causal mask, and in a padded batch."""
    figure, axes = sheet(8.8, 2.9)
    words, shut, free = ("we", "like", "green", "tea"), PALE[GREY], PALE[GREEN]
    open_places = ("1000", "1100", "1110", "1111")
    fills = [[free if place == "1" else shut for place in row] for row in open_places]
    ticks = [["✓" if place == "1" else "" for place in row] for row in open_places]
    grid(axes, 1.3, 2.05, fills, cell=0.42, texts=ticks)
    for place, word in enumerate(words):
        label(axes, 1.2, 1.84 - 0.42 * place, word, across="right")
        label(axes, 1.51 + 0.42 * place, 2.2, word, size=8)
    label(axes, 0.35, 2.65, "causal: row = who looks, column = at whom", across="left", weight="bold")
    rows = (("we", "like", "green", "tea"), ("hello", "", "", ""), ("good", "night", "", ""))
    fills = [[free if word else shut for word in row] for row in rows]
    grid(axes, 5.1, 1.95, fills, cell=0.6, texts=rows)
    label(axes, 4.9, 2.65, "padding: one row for each sequence", across="left", weight="bold")
    for row, length in enumerate((4, 1, 2)):
        label(axes, 7.65, 1.65 - 0.6 * row, f"length {length}", across="left", size=9)
    show(
        figure,
        "Left: a grid of who may look at whom among we, like, green, tea. Each word may look at itself and at the "
        "words before it, so the open squares form a lower triangle. Right: three sequences of lengths 4, 1 and "
        "2 in a table of 4 columns; the real words are open, the padding after them is shut.",
    )


@given_figure
def heads_as_columns() -> None:
    """One wide matrix cut into three narrow ones."""
    figure, axes = sheet(8.8, 1.9, bottom=0.25)
    colours = (PALE[BLUE], PALE[ORANGE], PALE[GREEN])
    numbers = [[str(6 * row + column) for column in range(6)] for row in range(2)]
    grid(axes, 0.5, 1.75, [[colour for colour in colours for _ in "ab"]] * 2, cell=0.42, texts=numbers)
    label(axes, 1.76, 0.45, "x  (t, m) = (2, 6)", weight="bold")
    arrow(axes, (3.3, 1.5), (4.1, 1.5))
    label(axes, 3.7, 1.78, "split", size=9)
    arrow(axes, (4.1, 1.15), (3.3, 1.15))
    label(axes, 3.7, 0.88, "merge", size=9)
    blocks = ((("0", "1"), ("6", "7")), (("2", "3"), ("8", "9")), (("4", "5"), ("10", "11")))
    for head, (colour, texts) in enumerate(zip(colours, blocks, strict=True)):
        grid(axes, 4.5 + 1.4 * head, 1.75, [[colour] * 2] * 2, cell=0.42, texts=texts)
        label(axes, 4.92 + 1.4 * head, 1.98, f"head {head}", size=9)
    label(axes, 6.32, 0.45, "heads  (h, t, m / h) = (3, 2, 2)", weight="bold")
    show(
        figure,
        "A table x of 2 tokens and 6 columns, numbered 0 to 11 in reading order. Head 0 is the first two columns "
        "of both tokens, with the numbers 0, 1, 6, 7; head 1 has 2, 3, 8, 9; head 2 has 4, 5, 10, 11. Merging "
        "puts them back.",
    )


@given_figure
def timeline() -> None:
    """Where attention comes from, paper by paper."""
    figure, axes = sheet(9.6, 1.9)
    events = (
        ("2013", "word2vec", "words become vectors"),
        ("2014", "Bahdanau et al.", "a translator looks back"),
        ("2016", "Cheng et al., Parikh et al.", "a text attends to itself"),
        ("March 2017", "Lin et al.", "a sentence sums itself up"),
        ("June 2017", "Vaswani et al.", "the Transformer"),
    )
    axes.plot((0.2, 9.4), (1.05, 1.05), color=GREY, lw=2)
    for place, (year, who, what) in enumerate(events):
        x = 1.0 + 1.9 * place
        axes.plot(x, 1.05, "o", color=ORANGE, ms=9)
        label(axes, x, 1.45, year, weight="bold", size=11)
        label(axes, x, 0.68, who, size=9)
        label(axes, x, 0.38, what, size=9, colour=GREY)
    show(
        figure,
        "A line of time: 2013 word2vec, words become vectors; 2014 Bahdanau et al., a translator looks back; 2016 "
        "Cheng et al. and Parikh et al., a text attends to itself; March 2017 Lin et al., a sentence sums itself up; "
        "June 2017 Vaswani et al., the Transformer.",
    )
