"""Drawings of notebook 03 with arrows: what flows where."""

from __future__ import annotations

from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, given_figure, show
from attention_course.figures.sketch import PALE, arrow, box, grid, label, sheet


@given_figure
def attention_flow() -> None:
    """Attention as in notebook 01, with the four stations that are new."""
    figure, axes = sheet(10.5, 2.9)
    for y, name in ((2.3, "query"), (1.5, "key"), (0.5, "value")):
        box(axes, 0.6, y, name, width=0.9, height=0.42)
    stations = (
        (1.95, "to\nfloat32", ORANGE),
        (3.2, "scores\n(b, h, q, k)", BLUE),
        (4.5, "close\nplaces", BLUE),
        (5.55, "softmax", BLUE),
        (6.75, "closed\nplaces: 0", ORANGE),
        (7.95, "dropout", ORANGE),
    )
    for x, text, colour in stations:
        box(axes, x, 1.9, text, width=1.1 if x == 3.2 else 0.9, height=0.62, colour=colour)
    box(axes, 8.6, 0.5, "@ value", width=0.9, height=0.5)
    box(axes, 9.85, 0.5, "back to the\nquery's dtype", width=1.1, height=0.62, colour=ORANGE)
    for start, end in (
        ((1.05, 2.3), (1.5, 2.0)),
        ((1.05, 1.5), (1.5, 1.8)),
        ((2.4, 1.9), (2.65, 1.9)),
        ((3.75, 1.9), (4.05, 1.9)),
        ((4.95, 1.9), (5.1, 1.9)),
        ((6.0, 1.9), (6.3, 1.9)),
        ((7.2, 1.9), (7.5, 1.9)),
        ((8.15, 1.59), (8.5, 0.76)),
        ((1.05, 0.5), (1.5, 0.5)),
        ((2.4, 0.5), (8.15, 0.5)),
        ((9.05, 0.5), (9.3, 0.5)),
    ):
        arrow(axes, start, end)
    box(axes, 1.95, 0.5, "to\nfloat32", width=0.9, height=0.62, colour=ORANGE)
    label(axes, 5.5, 2.72, "mask, True: MAY attend", size=9, colour=BLUE)
    arrow(axes, (5.0, 2.62), (4.5, 2.24), colour=BLUE)
    arrow(axes, (6.1, 2.62), (6.75, 2.24), colour=BLUE)
    show(
        figure,
        "The way through attention: query, key and value become float32, then scores of shape (b, h, q, k), closed by "
        "the mask, softmax, "
        "zeros at closed places, dropout, the product with the value, and at last back to the dtype of the query. New "
        "compared with notebook 01 are the two conversions, the zeros and the dropout.",
    )


@given_figure
def head_shapes() -> None:
    """How the axes of a batch are cut, swapped, and put back."""
    figure, axes = sheet(9.4, 2.3)
    top = ((0.9, "(b, t, m)"), (3.2, "(b, t, m)"), (5.6, "(b, t, h, m/h)"), (8.1, "(b, h, t, m/h)"))
    for x, text in top:
        box(axes, x, 1.85, text, width=1.5, height=0.46)
    for (left, _), (right, _), name in zip(top[:-1], top[1:], ("project", "unflatten", "transpose"), strict=True):
        arrow(axes, (left + 0.77, 1.85), (right - 0.77, 1.85))
        label(axes, (left + right) / 2, 2.12, name, size=9)
    box(axes, 8.1, 1.12, "attention in each head", width=1.9, height=0.46, colour=ORANGE)
    arrow(axes, (8.1, 1.6), (8.1, 1.37))
    arrow(axes, (8.1, 0.88), (8.1, 0.65))
    for x, text in top:
        box(axes, x, 0.4, text, width=1.5, height=0.46, colour=GREEN)
    for (left, _), (right, _), name in zip(top[:-1], top[1:], ("project", "flatten", "transpose"), strict=True):
        arrow(axes, (right - 0.77, 0.4), (left + 0.77, 0.4))
        label(axes, (left + right) / 2, 0.67, name, size=9)
    show(
        figure,
        "The shapes through multi-head attention. (b, t, m) is projected, unflattened to (b, t, h, m/h) and transposed "
        "to (b, h, t, m/h). Every head attends. Then the way back: transpose, flatten to (b, t, m), project.",
    )


@given_figure
def packed_weights() -> None:
    """Three matrices in one, and where each third goes."""
    figure, axes = sheet(9.2, 2.7)
    label(axes, 1.9, 2.55, "nn.MultiheadAttention", weight="bold")
    label(axes, 5.6, 2.55, "your MultiHeadAttention", across="left", weight="bold")
    colours = (PALE[ORANGE], PALE[BLUE], PALE[GREEN])
    grid(axes, 2.0, 2.3, [[colour] * 2 for colour in colours for _ in range(2)], cell=0.25)
    label(axes, 1.85, 1.55, "in_proj_weight (3m, m)\nin_proj_bias (3m,)", across="right", size=9)
    grid(axes, 2.0, 0.62, [[PALE[GREY]] * 2] * 2, cell=0.25)
    label(axes, 1.85, 0.37, "out_proj.weight (m, m)\nout_proj.bias (m,)", across="right", size=9)
    for start, end, colour, name in (
        (2.05, 2.3, colours[0], "query.weight"),
        (1.55, 1.72, colours[1], "key.weight"),
        (1.05, 1.14, colours[2], "value.weight"),
        (0.37, 0.56, PALE[GREY], "output.weight"),
    ):
        grid(axes, 5.6, end, [[colour] * 2] * 2, cell=0.25)
        label(axes, 6.25, end - 0.25, f"{name}  (m, m), and its bias (m,)", across="left", size=9)
        arrow(axes, (2.6, start), (5.5, end - 0.25))
    label(axes, 4.3, 2.22, "copy", size=9)
    show(
        figure,
        "Left, PyTorch's module: in_proj_weight is three square matrices on top of each other, and out_proj.weight "
        "one more. Arrows copy the first third into query.weight, the second into key.weight, the last into "
        "value.weight, and out_proj.weight into output.weight; the biases go the same way.",
    )


@given_figure
def encoder_block() -> None:
    """Two parts, each with a way past it and a norm after the sum."""
    figure, axes = sheet(9.6, 2.2, bottom=0.1)
    y = 0.8
    box(axes, 0.55, y, "x", width=0.6, height=0.5, colour=GREY)
    for left, part in ((1.95, "attention"), (6.15, "feed-forward")):
        box(axes, left, y, part, width=1.3, height=0.6, colour=ORANGE if part == "attention" else BLUE)
        box(axes, left + 1.3, y, "+", width=0.4, height=0.4, colour=GREY)
        box(axes, left + 2.2, y, "norm", width=0.8, height=0.5, colour=GREEN)
        arrow(axes, (left + 0.65, y), (left + 1.1, y))
        label(axes, left + 0.88, y + 0.43, "dropout", size=8, colour=ORANGE)
        arrow(axes, (left + 1.5, y), (left + 1.8, y))
        start = left - 0.88
        axes.plot((start, start, left + 1.3), (y, y + 0.85, y + 0.85), color=GREY, lw=1.6)
        arrow(axes, (left + 1.3, y + 0.85), (left + 1.3, y + 0.2), colour=GREY, width=1.6)
    arrow(axes, (0.85, y), (1.3, y))
    arrow(axes, (4.55, y), (5.5, y))
    label(axes, 5.0, y - 0.22, "y", size=10)
    arrow(axes, (8.75, y), (9.2, y))
    label(axes, 8.85, y - 0.22, "output", size=10, across="left")
    label(axes, 1.95, y - 0.5, "tokens look at each other", size=9)
    label(axes, 6.15, y - 0.5, "m to hidden, GELU, back to m", size=9)
    show(
        figure,
        "An encoder block from left to right: x goes through attention and dropout; a grey line carries x past it; the "
        "two are added and normalised, which gives y. The same again with the feed-forward part in place of attention.",
    )


@given_figure
def chunk_walk() -> None:
    """One tile of the weights at a time."""
    figure, axes = sheet(9.2, 3.1, bottom=0.1)
    plain, done, now = "#F6F7F8", "#B9BEC4", "#E8A552"
    for left, title, tiles in (
        (0.9, "all at once", None),
        (5.3, "in chunks", {(1, 2): now} | {(0, c): done for c in range(4)} | {(1, 0): done, (1, 1): done}),
    ):
        for row in range(4):
            for column in range(4):
                fill = now if tiles is None else tiles.get((row, column), plain)
                grid(axes, left + 0.5 * column, 2.45 - 0.5 * row, [[fill] * 2] * 2, cell=0.25)
        label(axes, left + 1.0, 2.95, title, weight="bold")
        label(axes, left + 1.0, 2.62, "keys", size=9)
        label(axes, left - 0.1, 1.45, "queries", size=9, across="right")
    label(axes, 1.9, 0.25, "64 numbers in memory", size=9)
    label(axes, 6.3, 0.25, "4 numbers in memory", size=9)
    for y, colour, text in (
        (2.2, now, "in memory now"),
        (1.85, done, "used and forgotten"),
        (1.5, plain, "still to come"),
    ):
        grid(axes, 7.6, y, [[colour]], cell=0.22, edge=GREY)
        label(axes, 7.95, y - 0.11, text, across="left", size=9)
    show(
        figure,
        "Two tables of weights, 8 queries by 8 keys. Left, all at once: all 64 numbers are in memory. Right, in "
        "chunks: a tile of 2 by 2 walks along each band of queries; only its 4 numbers are in memory, those before "
        "it are used and forgotten, those after it still to come.",
    )


@given_figure
def online_softmax() -> None:
    """Three scores, one at a time: what is kept after each."""
    figure, axes = sheet(9.2, 2.75, bottom=0.1)
    columns = (
        (3.0, "score log 2, value 21", ("log 2", "1", "21")),
        (5.35, "score log 8, value 0", ("log 8", "0.25 · 1 + 1 = 1.25", "0.25 · 21 + 0 = 5.25")),
        (7.85, "score log 4, value 7", ("log 8", "1.25 + 0.5 = 1.75", "5.25 + 0.5 · 7 = 8.75")),
    )
    for y, name in ((1.85, "top"), (1.3, "total"), (0.75, "mixed")):
        label(axes, 1.45, y, name, across="right", weight="bold")
    for place, (x, title, cells) in enumerate(columns):
        label(axes, x, 2.5, title, size=10, colour=BLUE)
        width = 1.2 if place == 0 else 2.2
        for y, text in zip((1.85, 1.3, 0.75), cells, strict=True):
            box(axes, x, y, text, width=width, height=0.42, colour=ORANGE if place == 1 else GREY)
    label(axes, 5.35, 2.2, "a larger top: shrink by 0.25", size=9, colour=ORANGE)
    label(axes, 7.85, 2.2, "top stays", size=9)
    label(axes, 7.85, 0.32, "output: 8.75 / 1.75 = 5", weight="bold")
    show(
        figure,
        "A table of top, total and mixed after each of three scores. After log 2 with value 21: top log 2, total 1, "
        "mixed 21. After log 8 with value 0 the top is larger, so what was there shrinks by 0.25: top log 8, total "
        "1.25, mixed 5.25. After log 4 with value 7: top log 8, total 1.75, mixed 8.75. The output is 8.75 by 1.75, "
        "which is 5.",
    )
