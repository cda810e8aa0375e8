"""Drawings of notebook 03 that explain an idea. Every number in them is written by hand."""

from __future__ import annotations

from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, given_figure, new_figure, show
from attention_course.figures.sketch import PALE, arrow, box, grid, label, sheet


@given_figure
def loops_and_batches() -> None:
    """Four small products one after the other, or one product of stacks."""
    figure, axes = sheet(9.2, 3.2, bottom=0.1)
    label(axes, 0.2, 3.05, "a loop: one call for each matrix", across="left", weight="bold")
    for turn in range(4):
        y = 2.72 - 0.66 * turn
        label(axes, 0.2, y - 0.24, f"{turn + 1}.", across="left", size=9)
        _little_product(axes, 0.6, y)
    label(axes, 4.6, 3.05, "a batch: one call for the stack", across="left", weight="bold")
    for layer in range(3, -1, -1):
        _little_product(axes, 4.9 + 0.09 * layer, 1.75 + 0.12 * layer, scale=1.5, signs=layer == 0)
    for x, text in ((5.4, "query\n(b, h, q, d)"), (6.85, "key, turned\n(b, h, d, k)"), (8.2, "scores\n(b, h, q, k)")):
        label(axes, x, 0.5, text, size=9)
    show(
        figure,
        "Left: four small matrix products, query times turned key gives scores, one under the other, numbered 1 to 4. "
        "Right: the same matrices stacked behind each other, and one product of the stacks: (b, h, q, d) times "
        "(b, h, d, k) gives (b, h, q, k).",
    )


def _little_product(axes, x: float, y: float, scale: float = 1.0, signs: bool = True) -> None:
    cell = 0.2 * scale
    grid(axes, x, y, [[PALE[ORANGE]] * 3] * 2, cell=cell, edge=GREY)
    grid(axes, x + 1.05 * scale, y + cell / 2, [[PALE[BLUE]] * 2] * 3, cell=cell, edge=GREY)
    grid(axes, x + 1.95 * scale, y, [[PALE[GREEN]] * 2] * 2, cell=cell, edge=GREY)
    if signs:
        label(axes, x + 0.88 * scale, y - cell, "@", size=10)
        label(axes, x + 1.72 * scale, y - cell, "=", size=10)


@given_figure
def two_memories() -> None:
    """A CPU and a GPU, each with a memory of its own."""
    figure, axes = sheet(9.2, 2.3, bottom=0.1)
    for x, name, colour, text in (
        (1.9, "cpu", BLUE, "a few cores, good at everything"),
        (7.3, "cuda", GREEN, "thousands of small units, good at products"),
    ):
        box(axes, x, 1.2, "", width=3.4, height=1.5, colour=colour)
        label(axes, x, 1.72, f'memory of device "{name}"', weight="bold")
        label(axes, x, 0.25, text, size=9)
    box(axes, 1.9, 1.05, "x", width=0.9, height=0.5, colour=GREY)
    box(axes, 7.3, 1.05, "a copy of x", width=1.3, height=0.5, colour=GREY)
    arrow(axes, (3.7, 1.3), (5.5, 1.3), colour=ORANGE, width=2)
    label(axes, 4.6, 1.52, 'x.to("cuda")')
    arrow(axes, (5.5, 0.85), (3.7, 0.85), width=1.3)
    label(axes, 4.6, 0.62, '.to("cpu")', size=9)
    show(
        figure,
        "Two boxes, the memory of the CPU and that of a GPU. A tensor x lies in the first; the arrow x.to('cuda') "
        "makes a copy in the second, the arrow .to('cpu') leads back. A CPU has a few cores that are good at "
        "everything, a GPU thousands of small units that are good at products.",
    )


@given_figure
def number_formats() -> None:
    """The bits of three formats."""
    figure, axes = sheet(9.2, 2.3, bottom=0.05)
    formats = (
        ("float32", 8, 23, "up to 3.4e38, 7 digits"),
        ("bfloat16", 8, 7, "up to 3.4e38, 2 to 3 digits"),
        ("float16", 5, 10, "up to 65504, 3 to 4 digits"),
    )
    for row, (name, exponent, fraction, text) in enumerate(formats):
        y = 1.95 - 0.6 * row
        fills = [PALE[GREY]] + ["#F2C48D"] * exponent + ["#A9CFE8"] * fraction
        grid(axes, 1.2, y, [fills], cell=0.17)
        label(axes, 1.05, y - 0.09, name, across="right", weight="bold")
        label(axes, 6.85, y - 0.09, text, across="left", size=9)
    label(axes, 1.2, 0.25, "one square is one bit: sign (grey), size (orange), digits (blue)", across="left", size=9)
    show(
        figure,
        "The bits of three number formats. float32: 1 sign bit, 8 for the size, 23 for the digits. bfloat16: 1, 8 "
        "and 7, so it reaches as far as float32 with fewer digits. float16: 1, 5 and 10, so it has more digits and "
        "ends at 65504.",
    )


@given_figure
def combined_masks() -> None:
    """A row of real tokens and a triangle make one table for each text."""
    figure, axes = sheet(9.2, 2.6, bottom=0.1)
    shut, free = PALE[GREY], PALE[GREEN]
    lower = [[free if column <= row else shut for column in range(4)] for row in range(4)]
    for place, (length, text) in enumerate(((4, "text 0: four tokens"), (2, "text 1: two tokens"))):
        left = 0.3 + 4.6 * place
        real = [free if column < length else shut for column in range(4)]
        grid(axes, left, 1.5, [real], cell=0.27)
        grid(axes, left + 1.5, 1.9, lower, cell=0.27)
        both = [[fill if column < length else shut for column, fill in enumerate(row)] for row in lower]
        grid(axes, left + 3.0, 1.9, both, cell=0.27)
        label(axes, left + 1.29, 1.36, "&")
        label(axes, left + 2.79, 1.36, "=")
        label(axes, left, 2.35, text, across="left", weight="bold")
        for x, name in ((0.54, "padding"), (2.04, "causal"), (3.54, "both")):
            label(axes, left + x, 0.55, name, size=9)
    label(axes, 0.3, 0.22, "green: MAY attend. Rows are queries, columns are keys.", across="left", size=9)
    show(
        figure,
        "Two texts of a batch padded to four tokens. For text 0, whose four tokens are all real, padding and the "
        "causal triangle together leave the triangle. For text 1, with two real tokens, only the first two columns "
        "of the triangle stay open.",
    )


@given_figure
def two_conventions() -> None:
    """The same mask, as we write it and as some library modules want it."""
    figure, axes = sheet(9.2, 2.5, bottom=0.1)
    sides = (
        (0.6, GREEN, "True = MAY attend", "this course,\nF.scaled_dot_product_attention", ("True", "True", "False")),
        (
            5.4,
            ORANGE,
            "True = may NOT attend",
            "nn.MultiheadAttention,\nnn.TransformerEncoderLayer",
            ("False", "False", "True"),
        ),
    )
    for left, colour, title, who, values in sides:
        label(axes, left, 2.35, title, across="left", weight="bold", size=12, colour=colour)
        fills = [[PALE[colour] if value == "True" else "white" for value in values]]
        grid(axes, left, 1.75, fills, cell=0.8, texts=[values], edge=GREY)
        for place, word in enumerate(("good", "night", "[PAD]")):
            label(axes, left + 0.4 + 0.8 * place, 1.93, word, size=9)
        label(axes, left, 0.5, who, across="left", size=9)
    arrow(axes, (3.3, 1.35), (5.1, 1.35), width=2)
    arrow(axes, (5.1, 1.35), (3.3, 1.35), width=2)
    label(axes, 4.2, 1.62, "~mask", weight="bold")
    show(
        figure,
        "One mask for the tokens good, night and padding, in two conventions. Left, in this course and in "
        "F.scaled_dot_product_attention, True means may attend: True, True, False. Right, in nn.MultiheadAttention "
        "and nn.TransformerEncoderLayer, True means may not attend: False, False, True. The operator ~ translates "
        "both ways.",
    )


@given_figure
def module_contents() -> None:
    """What a module holds, and who does what with it."""
    figure, axes = sheet(9.2, 2.3)
    columns = ((3.6, "learned by\nthe optimizer"), (5.6, "moved by\n.to(device)"), (7.8, "saved in\nstate_dict()"))
    for x, text in columns:
        label(axes, x, 2.0, text, size=9)
    rows = (
        (1.4, "parameter", BLUE, ("yes", "yes", "yes")),
        (0.85, "buffer", GREEN, ("no", "yes", "yes; persistent=False: no")),
        (0.3, "plain tensor", GREY, ("no", "no: left behind", "no")),
    )
    for y, name, colour, answers in rows:
        box(axes, 1.3, y, name, width=1.6, height=0.42, colour=colour)
        for (x, _), answer in zip(columns, answers, strict=True):
            label(axes, x, y, answer)
    show(
        figure,
        "A table of what a module may hold. A parameter is learned by the optimizer, moved by .to and saved in the "
        "state dict. A buffer is not learned, is moved, and is saved unless persistent is False. A plain tensor is "
        "neither learned nor moved nor saved: it is left behind.",
    )


@given_figure
def layer_norm_steps() -> None:
    """One token: as it comes, centred, and divided by its deviation."""
    figure, axes = new_figure(8.8, 2.6, columns=3, sharey=True)
    steps = (
        ("a token: mean 4", (1, 3, 3, 9), ("1", "3", "3", "9"), BLUE),
        ("minus its mean: variance 9", (-3, -1, -1, 5), ("-3", "-1", "-1", "5"), ORANGE),
        ("divided by 3", (-1, -1 / 3, -1 / 3, 5 / 3), ("-1", "-0.33", "-0.33", "1.67"), GREEN),
    )
    for panel, (title, heights, texts, colour) in zip(axes, steps, strict=True):
        bars = panel.bar(range(4), heights, color=colour, width=0.6)
        panel.bar_label(bars, texts, padding=2, fontsize=10)
        panel.axhline(0, color=GREY, lw=0.8)
        panel.set_title(title, fontsize=11)
        panel.set(xticks=[], yticks=[], ylim=(-5, 11))
        panel.spines[["left", "bottom"]].set_visible(False)
    show(
        figure,
        "Three bar charts of one token of four numbers. As it comes: 1, 3, 3, 9, with mean 4. After subtracting the "
        "mean: -3, -1, -1, 5, with variance 9. After dividing by 3, its root: -1, -0.33, -0.33, 1.67.",
    )


@given_figure
def slopes() -> None:
    """Powers become straight lines when both axes are logarithmic."""
    figure, axes = new_figure(8.8, 3.0, columns=2)
    lengths = (1, 2, 4, 8, 16)
    for panel, title in zip(axes, ("plain axes", "both axes logarithmic"), strict=True):
        panel.plot(lengths, [length**2 for length in lengths], "o-", color=ORANGE, label="t²: slope 2")
        panel.plot(lengths, lengths, "s--", color=BLUE, label="t: slope 1")
        panel.set_title(title, fontsize=11)
        panel.set(xlabel="length t", ylabel="cost")
        panel.set_xticks(lengths, [str(length) for length in lengths])
    axes[1].set(xscale="log", yscale="log")
    axes[1].set_xticks(lengths, [str(length) for length in lengths])
    axes[1].minorticks_off()
    axes[1].legend(frameon=False)
    show(
        figure,
        "The costs t and t squared against the length t. On plain axes the square is a curve that hides the other. "
        "With both axes logarithmic both are straight lines: t has slope 1, t squared has slope 2.",
    )
