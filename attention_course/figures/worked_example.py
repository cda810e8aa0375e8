"""The figures of notebook 02. Each function returns a figure; `canvas.show` puts it below the cell."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps

import matplotlib
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from attention_course.checks.report import CheckError
from attention_course.figures import canvas

COLOURS = [canvas.BLUE, canvas.ORANGE, canvas.GREEN, canvas.GREY]
"""One per token, in order; every mark also carries the token's name, so that no reading rests on colour."""

ENGLISH = {"我": "I", "喜欢": "like", "吃": "eat", "苹果": "apple"}


def _styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Texts take their font when they are made, so the whole drawing happens in the course's style."""

    @wraps(draw)
    def styled(*args, **kwargs) -> Figure:
        with matplotlib.rc_context(canvas.style()):
            return draw(*args, **kwargs)

    return styled


def needed(value, shape: tuple[int, ...], name: str) -> np.ndarray:
    """The learner's value as an array, or a sentence about what to finish first.

    Raises:
        CheckError: it is no array of numbers of that shape.
    """
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.shape != shape or not np.isfinite(array).all():
        raise CheckError(f"this picture needs your `{name}`: finish that exercise above, then run this cell again.")
    return array


def in_words(matrix, tokens: list[str], name: str = "weights") -> str:
    """A matrix of weights as a sentence per row, for the alternative text of a figure."""
    matrix = needed(matrix, (len(tokens), len(tokens)), name)
    rows = (", ".join(f"{t} {w:.2f}" for t, w in zip(tokens, row, strict=True)) for row in matrix)
    return "; ".join(f"row {token}: {row}" for token, row in zip(tokens, rows, strict=True)) + "."


@_styled
def plane(embeddings, tokens: list[str]) -> Figure:
    """The four token vectors as arrows from the origin."""
    figure, axes = canvas.new_figure(4.4, 4)
    _draw_tokens(axes, embeddings, tokens, english=True)
    for (x, y), colour in zip(embeddings, COLOURS, strict=True):
        if x or y:
            axes.annotate("", (x, y), (0, 0), arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 2})
    axes.set_title("Four tokens, two numbers each")
    return figure


@_styled
def score_table(embeddings, tokens: list[str], row: int, column: int) -> Figure:
    """An empty score matrix with E on its left and its transpose above; one entry with the work shown."""
    count, depth = embeddings.shape
    figure, axes = canvas.new_figure(7.2, 4.6)
    answer = f"{embeddings[row] @ embeddings[column]:g}"
    for i in range(count):
        axes.text(-depth - 1.05, i, tokens[i], ha="right", va="center")
        axes.text(i, -depth - 1.0, tokens[i], ha="center", va="bottom")
        for j in range(depth):
            _cell(axes, j - depth - 0.4, i, f"{embeddings[i, j]:g}", marked=i == row)
            _cell(axes, i, j - depth - 0.4, f"{embeddings[i, j]:g}", marked=i == column)
        for j in range(count):
            marked = (i, j) == (row, column)
            _cell(axes, j, i, answer if marked else "?", marked)
    work = " + ".join(f"{a:g}·{b:g}" for a, b in zip(embeddings[row], embeddings[column], strict=True))
    axes.text(
        count - 0.2, row, f"{tokens[row]} meets {tokens[column]}:\n{work} = {answer}", va="center", color=canvas.ORANGE
    )
    axes.set(xlim=(-depth - 1.8, count + 2.2), ylim=(count - 0.4, -depth - 1.6), aspect="equal")
    axes.axis("off")
    return figure


@_styled
def softmax_steps() -> Figure:
    """Three made-up scores on their way to weights; the numbers are worked out by hand."""
    figure, panels = canvas.new_figure(8, 2.6, columns=3)
    steps = {
        "scores": (0, 1, 2),
        "e to the power of the score": (1, 2.718, 7.389),
        "shares of the sum": (0.09, 0.245, 0.665),
    }
    for axes, (title, heights) in zip(panels, steps.items(), strict=True):
        bars = axes.bar(["a", "b", "c"], heights, color=canvas.BLUE)
        axes.bar_label(bars, [f"{height:g}" for height in heights], padding=2)
        axes.set(title=title, ylim=(0, max(heights) * 1.2), yticks=[])
        axes.spines["left"].set_visible(False)
    return figure


@_styled
def weights_map(weights, tokens: list[str], title: str, name: str = "weights") -> Figure:
    """A weight matrix as a heat map: a row per query, a column per key."""
    weights = needed(weights, (len(tokens), len(tokens)), name)
    figure, axes = canvas.new_figure(4.6, 4)
    canvas.heatmap(axes, weights, tokens, tokens, title=title, low=0)
    axes.set(xlabel="looks at (key)", ylabel="who looks (query)")
    return figure


@_styled
def outputs_in_plane(embeddings, output, tokens: list[str]) -> Figure:
    """Where each token's output lies: arrows from the embedding to the output, inside the hull of the embeddings."""
    output = needed(output, np.shape(embeddings), "output")
    figure, axes = canvas.new_figure(5, 4.4)
    axes.fill([0, 1, 1, 0], [0, 0, 1, 1], color="#F1F3F4", zorder=0)
    _draw_tokens(axes, embeddings, tokens)
    for before, after, colour in zip(embeddings, output, COLOURS, strict=True):
        axes.annotate("", after, before, arrowprops={"arrowstyle": "-|>", "color": colour, "shrinkA": 5, "lw": 1.6})
        axes.plot(*after, "s", color=colour)
    axes.set_title("From each token (dot) to its output (square)")
    return figure


@_styled
def before_and_after(weights, scaled_weights, tokens: list[str]) -> Figure:
    """The weights of every row, unscaled and scaled, side by side."""
    shape = (len(tokens), len(tokens))
    before, after = needed(weights, shape, "weights"), needed(scaled_weights, shape, "scaled_weights")
    figure, panels = canvas.new_figure(9, 2.9, columns=len(tokens), sharey=True)
    places = np.arange(len(tokens))
    for axes, token, old, new in zip(panels, tokens, before, after, strict=True):
        axes.bar(places - 0.2, old, 0.4, color=canvas.BLUE, label="unscaled")
        axes.bar(places + 0.2, new, 0.4, color="#E8A33D", edgecolor="black", linewidth=0.6, hatch="//", label="scaled")
        axes.axhline(1 / len(tokens), color=canvas.GREY, linestyle=":")
        axes.set(title=f"{token} looks at", xticks=places, xticklabels=tokens)
    panels[0].set_ylabel("weight")
    panels[0].legend(frameon=False, fontsize=9)
    return figure


@_styled
def entropy_bars(before, after, tokens: list[str]) -> Figure:
    """Each row's entropy, unscaled and scaled, under the largest one possible."""
    shape = (len(tokens),)
    old, new = needed(before, shape, "row_entropy"), needed(after, shape, "row_entropy")
    figure, axes = canvas.new_figure(6.4, 3.2)
    places = np.arange(len(tokens))
    axes.bar_label(axes.bar(places - 0.2, old, 0.4, color=canvas.BLUE, label="unscaled"), fmt="%.3f", fontsize=9)
    scaled = axes.bar(
        places + 0.2, new, 0.4, color="#E8A33D", edgecolor="black", linewidth=0.6, hatch="//", label="scaled"
    )
    axes.bar_label(scaled, fmt="%.3f", fontsize=9)
    top = np.log(len(tokens))
    axes.axhline(top, color=canvas.GREY, linestyle=":")
    axes.text(-0.42, top + 0.035, "log 4 = 1.386, four equal weights", color=canvas.GREY, fontsize=9)
    axes.set(xticks=places, xticklabels=tokens, ylabel="entropy (nats)", ylim=(1.0, 1.5))
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


@_styled
def by_hand_and_by_code(scaled_weights, code_weights, tokens: list[str]) -> Figure:
    """The learner's hand-made weights beside those of the learner's own code."""
    shape = (len(tokens), len(tokens))
    hand, code = needed(scaled_weights, shape, "scaled_weights"), needed(code_weights, shape, "attention")
    figure, (left, right) = canvas.new_figure(8.2, 3.9, columns=2)
    canvas.heatmap(left, hand, tokens, tokens, title="by hand", low=0, high=0.6, digits=4)
    gap = np.abs(hand - code).max()
    canvas.heatmap(
        right, code, tokens, tokens, title=f"by code (largest difference {gap:.5f})", low=0, high=0.6, digits=4
    )
    return figure


@_styled
def published_matrices(published, marked: Collection[tuple[int, int]] = ()) -> Figure:
    """The published scores and weights as printed; `marked` entries of the scores get a frame."""
    figure, (left, right) = canvas.new_figure(8.2, 3.9, columns=2)
    tokens = published.tokens
    canvas.heatmap(left, published.scores, tokens, tokens, title="published “scores”", digits=0)
    canvas.heatmap(right, published.weights, tokens, tokens, title="published “weights”", digits=4)
    for row, column in marked:
        frame = Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, fill=False, edgecolor="#D93025", linewidth=3)
        left.add_patch(frame)
    return figure


@_styled
def territories(nearest: Callable, embeddings, tokens: list[str], output) -> Figure:
    """Which token the learner's own `nearest_tokens` names at each place of the plane, for both measures."""
    output = needed(output, np.shape(embeddings), "output")
    side = np.linspace(-1.3, 1.3, 130)  # an even count, so that no point lies on an axis, where everything ties
    points = np.stack([grid.ravel() for grid in np.meshgrid(side, side)], axis=-1)
    figure, panels = canvas.new_figure(9, 4.4, columns=2)
    light = ListedColormap(["#A6C8E4", "#F2C48D", "#9FD3C2", "#D5D7DA"])
    for axes, measure in zip(panels, ("dot", "cosine"), strict=True):
        named = np.array([tokens.index(token) for token in nearest(points, embeddings, tokens, measure)])
        axes.imshow(
            named.reshape(130, 130), origin="lower", extent=(-1.3, 1.3, -1.3, 1.3), cmap=light, vmin=-0.5, vmax=3.5
        )
        for index in np.unique(named):
            x, y = np.clip(1.35 * points[named == index].mean(axis=0), -1.1, 1.1)  # outwards, clear of the outputs
            axes.text(x, y, tokens[index], fontsize=17, ha="center", va="center", color=COLOURS[index], alpha=0.9)
        axes.plot(*output.T, "s", color="black", markersize=5)
        axes.set(title=f'measure="{measure}"', xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    return figure


@_styled
def two_ways(tokens: list[str], order: list[int]) -> Figure:
    """Shuffle, then attend; or attend, then shuffle: does it come to the same?"""
    figure, axes = canvas.new_figure(8, 3)
    shuffled = [tokens[place] for place in order]
    boxes = {
        (0, 1): "  ".join(tokens),
        (1, 1): "outputs of\n" + "  ".join(tokens),
        (0, 0): "  ".join(shuffled),
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


@_styled
def alignment_map(query_words: list[str], key_words: list[str], weights) -> Figure:
    """Weights between two languages as a heat map."""
    figure, axes = canvas.new_figure(4.6, 3.6)
    canvas.heatmap(axes, weights, query_words, key_words, title="attention weights", low=0, high=1)
    axes.set(xlabel="looks at (English key)", ylabel="who looks (Chinese query)")
    return figure


@_styled
def alignment_arrows(query_words: list[str], key_words: list[str], pairs: list[tuple[str, str]]) -> Figure:
    """The strongest look of each query word, as an arrow from the lower line to the upper one."""
    figure, axes = canvas.new_figure(1.3 * max(len(query_words), len(key_words)) + 0.6, 2.6)
    for words, height, side in ((key_words, 1, "bottom"), (query_words, 0, "top")):
        for place, word in zip(np.linspace(0, 1, len(words)), words, strict=True):
            axes.text(place, height, word, ha="center", va=side, fontsize=15)
    for start, (_, key_word) in zip(np.linspace(0, 1, len(query_words)), pairs, strict=True):
        end = np.linspace(0, 1, len(key_words))[key_words.index(key_word)]
        arrow = {"arrowstyle": "-|>", "color": canvas.BLUE, "lw": 2}
        axes.annotate("", (end, 0.97), (start, 0.03), arrowprops=arrow)
    axes.set(title="each word's strongest look", xlim=(-0.15, 1.15), ylim=(-0.2, 1.2))
    axes.axis("off")
    return figure


def _draw_tokens(axes, embeddings, tokens: list[str], english: bool = False) -> None:
    for (x, y), token, colour in zip(embeddings, tokens, COLOURS, strict=True):
        axes.plot(x, y, "o", color=colour, markersize=8)
        label = f"{token} ({ENGLISH[token]})" if english else token
        axes.annotate(
            label, (x, y), (0, 9 if y else -9), textcoords="offset points", ha="center", va="bottom" if y else "top",
            color=colour, fontsize=13,
        )  # fmt: skip
    axes.set(xlim=(-0.3, 1.35), ylim=(-0.3, 1.35), xticks=[0, 1], yticks=[0, 1], aspect="equal")
    axes.set(xlabel="first number", ylabel="second number")


def _cell(axes, x: float, y: float, text: str, marked: bool) -> None:
    axes.add_patch(
        Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor="#FCE3C4" if marked else "white", edgecolor=canvas.GREY)
    )
    axes.text(x, y, text, ha="center", va="center", color="black" if text != "?" or marked else "#9AA0A6")
