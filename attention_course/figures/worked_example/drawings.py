"""Drawings that explain an idea of notebook 02 before its formula."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from attention_course.figures import canvas
from attention_course.figures.worked_example.style import COLOURS, ENGLISH, below, draw_tokens, glossed, styled


@styled
def plane(embeddings, tokens: list[str]) -> Figure:
    """The four token vectors as arrows from the origin."""
    figure, axes = canvas.new_figure(4.4, 4)
    draw_tokens(axes, embeddings, tokens)
    for (x, y), colour in zip(embeddings, COLOURS, strict=True):
        if x or y:
            axes.annotate("", (x, y), (0, 0), arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 2})
    axes.set_title("Four tokens, two numbers each")
    return figure


@styled
def score_table(embeddings, tokens: list[str], row: int, column: int) -> Figure:
    """An empty score matrix with E on its left and its transpose above; one entry with the work shown."""
    count, depth = embeddings.shape
    figure, axes = canvas.new_figure(7.2, 4.6)
    answer = f"{embeddings[row] @ embeddings[column]:g}"
    for i in range(count):
        axes.text(-depth - 1.05, i, glossed(tokens[i]), ha="right", va="center")
        axes.text(i, -depth - 1.0, glossed(tokens[i], "\n"), ha="center", va="bottom")
        for j in range(depth):
            _cell(axes, j - depth - 0.4, i, f"{embeddings[i, j]:g}", marked=i == row)
            _cell(axes, i, j - depth - 0.4, f"{embeddings[i, j]:g}", marked=i == column)
        for j in range(count):
            marked = (i, j) == (row, column)
            _cell(axes, j, i, answer if marked else "?", marked)
    work = " + ".join(f"{a:g}·{b:g}" for a, b in zip(embeddings[row], embeddings[column], strict=True))
    axes.text(
        count - 0.2,
        row,
        f"{glossed(tokens[row])} meets\n{glossed(tokens[column])}:\n{work} = {answer}",
        va="center",
        color=canvas.ORANGE,
    )
    axes.set(xlim=(-depth - 3.0, count + 2.2), ylim=(count - 0.4, -depth - 2.0), aspect="equal")
    axes.axis("off")
    return figure


@styled
def softmax_steps() -> Figure:
    """Three made-up scores on their way to weights; the numbers are worked out by hand."""
    figure, panels = canvas.new_figure(9, 2.8, columns=3)
    steps = {
        "scores": ("0", "1", "2"),
        "e to the power of the score": ("1", "2.718", "7.389"),
        "shares of the sum": ("0.090", "0.245", "0.665"),
    }
    for axes, (title, numbers) in zip(panels, steps.items(), strict=True):
        heights = [float(number) for number in numbers]
        axes.bar_label(axes.bar(["a", "b", "c"], heights, color=canvas.BLUE), numbers, padding=2)
        axes.set(title=title, ylim=(0, max(heights) * 1.2), yticks=[])
        axes.spines["left"].set_visible(False)
    figure.supxlabel("Each panel has a scale of its own: compare bars within it.", fontsize=10, color=canvas.GREY)
    return figure


@styled
def two_ways(tokens: list[str], order: list[int]) -> Figure:
    """Shuffle, then attend; or attend, then shuffle: does it come to the same?"""
    figure, axes = canvas.new_figure(8, 3)
    shuffled = [tokens[place] for place in order]
    boxes = {
        (0, 1): "  ".join(tokens) + "\n" + " ".join(ENGLISH[token] for token in tokens),
        (1, 1): "outputs of\n" + "  ".join(tokens),
        (0, 0): "  ".join(shuffled) + "\n" + " ".join(ENGLISH[token] for token in shuffled),
        (1, 0): "outputs of\n" + "  ".join(shuffled) + "\nthe same?",
    }
    for place, text in boxes.items():
        axes.text(
            *place, text, ha="center", va="center", bbox={"boxstyle": "round,pad=0.5", "fc": "#F1F3F4", "ec": "#5F6368"}
        )
    for start, end, label in (
        ((0.2, 1), (0.8, 1), "attend"),
        ((0.22, 0), (0.8, 0), "attend"),
        ((0, 0.8), (0, 0.2), "shuffle"),
        ((1, 0.7), (1, 0.32), "shuffle"),
    ):
        axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": canvas.BLUE, "lw": 2})
        x, y = np.add(start, end) / 2
        axes.text(x + 0.02, y + 0.06, label, color=canvas.BLUE, ha="left" if start[0] == end[0] else "center")
    axes.set(xlim=(-0.35, 1.35), ylim=(-0.35, 1.3))
    axes.axis("off")
    return figure


@styled
def alignment_arrows(query_words: list[str], key_words: list[str], pairs: list[tuple[str, str]]) -> Figure:
    """The strongest look of each query word, as an arrow from the lower line to the upper one."""
    figure, axes = canvas.new_figure(1.3 * max(len(query_words), len(key_words)) + 0.6, 2.9)
    for words, height, side in ((key_words, 1, "bottom"), (query_words, 0, "top")):
        for place, word in zip(np.linspace(0, 1, len(words)), below(words), strict=True):
            axes.text(place, height, word, ha="center", va=side, fontsize=15)
    for start, (_, key_word) in zip(np.linspace(0, 1, len(query_words)), pairs, strict=True):
        end = np.linspace(0, 1, len(key_words))[key_words.index(key_word)]
        arrow = {"arrowstyle": "-|>", "color": canvas.BLUE, "lw": 2}
        axes.annotate("", (end, 0.97), (start, 0.03), arrowprops=arrow)
    axes.set(title="each word's strongest look", xlim=(-0.15, 1.15), ylim=(-0.4, 1.2))
    axes.axis("off")
    return figure


def _cell(axes, x: float, y: float, text: str, marked: bool) -> None:
    axes.add_patch(
        Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor="#FCE3C4" if marked else "white", edgecolor=canvas.GREY)
    )
    axes.text(x, y, text, ha="center", va="center", color="black" if text != "?" or marked else "#9AA0A6")
