"""Plots of numbers: the learner's own ones, the published ones, and what the learner's code makes of them."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from attention_course.figures import canvas
from attention_course.figures.worked_example.own_values import needed
from attention_course.figures.worked_example.style import COLOURS, below, beside, draw_tokens, glossed, styled


@styled
def weights_map(weights, tokens: list[str], title: str, name: str = "weights") -> Figure:
    """A weight matrix as a heat map: a row per query, a column per key."""
    weights = needed(weights, (len(tokens), len(tokens)), name)
    figure, axes = canvas.new_figure(5.2, 4.4)
    canvas.heatmap(axes, weights, beside(tokens), below(tokens), title=title, low=0)
    _label(axes)
    return figure


@styled
def outputs_in_plane(embeddings, output, tokens: list[str]) -> Figure:
    """Where each token's output lies: arrows from the embedding to the output, inside the hull of the embeddings."""
    output = needed(output, np.shape(embeddings), "output")
    figure, axes = canvas.new_figure(5, 4.4)
    axes.fill([0, 1, 1, 0], [0, 0, 1, 1], color="#F1F3F4", zorder=0)
    draw_tokens(axes, embeddings, tokens)
    for before, after, colour in zip(embeddings, output, COLOURS, strict=True):
        axes.annotate("", after, before, arrowprops={"arrowstyle": "-|>", "color": colour, "shrinkA": 5, "lw": 1.6})
        axes.plot(*after, "s", color=colour)
    axes.set_title("From each token (dot) to its output (square)")
    return figure


@styled
def before_and_after(weights, scaled_weights, tokens: list[str]) -> Figure:
    """The weights of every row, unscaled and scaled, side by side."""
    shape = (len(tokens), len(tokens))
    before, after = needed(weights, shape, "weights"), needed(scaled_weights, shape, "scaled_weights")
    figure, panels = canvas.new_figure(9.6, 3.1, columns=len(tokens), sharey=True)
    places = np.arange(len(tokens))
    for axes, token, old, new in zip(panels, tokens, before, after, strict=True):
        axes.bar(places - 0.2, old, 0.4, color=canvas.BLUE, label="unscaled")
        axes.bar(places + 0.2, new, 0.4, color="#E8A33D", edgecolor="black", linewidth=0.6, hatch="//", label="scaled")
        axes.axhline(1 / len(tokens), color=canvas.GREY, linestyle=":")
        axes.set(title=f"{glossed(token)} looks at", xticks=places, xticklabels=below(tokens))
    panels[0].set_ylabel("weight")
    panels[0].legend(frameon=False, fontsize=9)
    return figure


@styled
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
    axes.set(xticks=places, xticklabels=below(tokens), ylabel="entropy (nats)", ylim=(1.0, 1.5))
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


@styled
def by_hand_and_by_code(scaled_weights, code_weights, tokens: list[str]) -> Figure:
    """The learner's hand-made weights beside those of the learner's own code."""
    shape = (len(tokens), len(tokens))
    hand = needed(scaled_weights, shape, "scaled_weights")
    code = needed(code_weights, shape, "attention", "in notebook 01")
    figure, (left, right) = canvas.new_figure(9.2, 4.1, columns=2)
    canvas.heatmap(left, hand, beside(tokens), below(tokens), title="by hand", low=0, high=0.6, digits=4)
    gap = np.abs(hand - code).max()
    canvas.heatmap(
        right,
        code,
        beside(tokens),
        below(tokens),
        title=f"by code (off by at most {gap:.5f})",
        low=0,
        high=0.6,
        digits=4,
    )
    _label(left, right)
    return figure


@styled
def published_matrices(published, marked: Collection[tuple[int, int]] = ()) -> Figure:
    """The published scores and weights as printed; `marked` entries of the scores get a frame."""
    figure, (left, right) = canvas.new_figure(9.2, 4.1, columns=2)
    tokens = published.tokens
    canvas.heatmap(left, published.scores, beside(tokens), below(tokens), title="published “scores”", digits=0)
    canvas.heatmap(right, published.weights, beside(tokens), below(tokens), title="published “weights”", digits=4)
    _label(left, right)
    for row, column in marked:
        frame = Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, fill=False, edgecolor="#D93025", linewidth=3)
        left.add_patch(frame)
    return figure


@styled
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
            x, y = np.clip(1.35 * points[named == index].mean(axis=0), -0.85, 0.95)  # outwards, clear of the outputs
            axes.text(
                x, y, glossed(tokens[index]), fontsize=13, ha="center", va="center", color=COLOURS[index], alpha=0.9
            )
        axes.plot(*output.T, "s", color="black", markersize=5)
        axes.set(title=f'measure="{measure}"')
        axes.set_xticks([-1, 0, 1], ["-1", "0", "1"])
        axes.set_yticks([-1, 0, 1], ["-1", "0", "1"])
    return figure


@styled
def alignment_map(query_words: list[str], key_words: list[str], weights) -> Figure:
    """Weights between two languages as a heat map."""
    figure, axes = canvas.new_figure(5, 3.7)
    canvas.heatmap(axes, weights, beside(query_words), key_words, title="attention weights", low=0, high=1)
    axes.set(xlabel="looks at (English key)", ylabel="who looks (Chinese query)")
    return figure


def _label(*panels) -> None:
    for axes in panels:
        axes.set(xlabel="looks at (key)", ylabel="who looks (query)")
