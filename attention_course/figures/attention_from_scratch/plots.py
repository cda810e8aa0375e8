"""Plots of notebook 01: they draw what the learner's own functions computed."""

from __future__ import annotations

from itertools import cycle

import numpy as np

from attention_course.figures.canvas import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SEQUENTIAL,
    given_figure,
    heatmap,
    new_figure,
    show,
)


@given_figure
def weights(matrix, rows, columns) -> None:
    """A weight matrix with its numbers, and in words whom each row asks most.

    Args:
        matrix: (len(rows), len(columns)) weights from 0 to 1.
        rows: what asks, one label per query.
        columns: what is asked, one label per key.
    """
    matrix = np.asarray(matrix)
    figure, axes = new_figure(2.1 + 0.8 * len(columns), 0.9 + 0.62 * len(rows))
    heatmap(axes, matrix, rows, columns, low=0, high=1)
    axes.set(xlabel="key", ylabel="query")
    sentences = []
    for row, shares in zip(rows, matrix, strict=True):
        most = [column for column, share in zip(columns, shares, strict=True) if np.isclose(share, shares.max())]
        sentences.append(f"the {row} asks {' and '.join(most)} most ({shares.max():.2f})")
    show(figure, f"Attention weights: {'; '.join(sentences)}.")


@given_figure
def entropy_against_depth(depths, unscaled, scaled, highest: float) -> None:
    """How spread out the weights are, with and without division by the square root of the depth.

    Args:
        depths: depths d that were tried.
        unscaled, scaled: mean entropy of the weights at each depth, in nats.
        highest: the entropy of equal shares.
    """
    figure, axes = new_figure(7.2, 3.4)
    axes.axhline(highest, color=GREY, ls=":")
    axes.text(depths[0], highest, "equal shares", va="bottom", color=GREY, fontsize=9)
    axes.plot(depths, scaled, "o-", color=BLUE, label="divided by sqrt(d)")
    axes.plot(depths, unscaled, "s--", color=ORANGE, label="not divided")
    axes.set_xscale("log", base=2)
    axes.set_xticks(depths, [str(depth) for depth in depths])
    axes.set(xlabel="depth d", ylabel="entropy of the weights (nats)", ylim=(0, highest * 1.12))
    axes.legend(frameon=False, loc="center right")
    ends = f"from {unscaled[0]:.2f} nats at d = {depths[0]} to {unscaled[-1]:.2f} at d = {depths[-1]}"
    show(
        figure,
        f"Entropy of attention weights against depth. Without the division it falls {ends}: one key takes nearly all. "
        f"With it, it stays between {min(scaled):.2f} and {max(scaled):.2f}.",
    )


@given_figure
def score_growth(stretches, dot, additive, bound: float) -> None:
    """How the two kinds of scores answer to a longer query.

    Args:
        stretches: factors by which the query was multiplied.
        dot, additive: the score at each factor.
        bound: the sum of |v|, which no additive score exceeds.
    """
    figure, axes = new_figure(7.2, 3.2)
    axes.plot(stretches, dot, color=BLUE, label="scaled dot product")
    axes.plot(stretches, additive, color=ORANGE, ls="--", label="additive")
    axes.axhline(bound, color=GREY, ls=":")
    axes.text(stretches[0], bound, "sum of |v|", va="bottom", color=GREY, fontsize=9)
    axes.set(xlabel="the query, stretched by this factor", ylabel="score")
    axes.legend(frameon=False, loc="upper left")
    show(
        figure,
        "Score against the factor by which the query is stretched. The dot product grows along a straight line; the "
        "additive score bends and stays below the sum of the absolute values of v.",
    )


@given_figure
def head_maps(maps, tokens, titles) -> None:
    """The weights of several heads beside each other.

    Args:
        maps: (h, t, t) weights.
        tokens: t labels.
        titles: h titles.
    """
    figure, axes = new_figure(4.6 * len(titles), 3.8, columns=len(titles))
    for panel, matrix, title in zip(axes, maps, titles, strict=True):
        heatmap(panel, matrix, tokens, tokens, title=title, low=0, high=1)
    show(
        figure,
        "Weights of two heads over the same five words. Head 0 looks at the same word: both occurrences of `the` "
        "share their weights half and half. Head 1 looks one word to the left; the first word has none and looks "
        "everywhere alike.",
    )


@given_figure
def position_table(table, similarity) -> None:
    """The table of positions, and how alike the positions are.

    Args:
        table: (t, d) positional encoding.
        similarity: (t, t) dot products of its rows.
    """
    figure, axes = new_figure(9.2, 3.7, columns=2, width_ratios=(1.25, 1))
    for panel, matrix, title in zip(axes, (table, similarity), ("the table", "dot products of its rows"), strict=True):
        image = panel.imshow(matrix, cmap=SEQUENTIAL, aspect="auto", interpolation="nearest")
        panel.set_title(title, loc="left", fontsize=11)
        figure.colorbar(image, ax=panel, shrink=0.85)
    axes[0].set(xlabel="column", ylabel="position")
    axes[1].set(xlabel="position", ylabel="position")
    show(
        figure,
        "Left: the table of positions; the first columns change from row to row, the last hardly change at all. Right: "
        "the dot products of its rows, largest on the diagonal and equal along every line parallel to it, so that they "
        "depend on the distance of two positions alone.",
    )


@given_figure
def learning(answers, shares, names, target: float) -> None:
    """A query that learns: its answer and its weights, step by step.

    Args:
        answers: the look-up's answer at each step.
        shares: (steps, k) its weights at each step.
        names: k labels of the keys.
        target: the answer that is wanted.
    """
    figure, axes = new_figure(9.2, 3.3, columns=2)
    axes[0].plot(answers, color=BLUE)
    axes[0].axhline(target, color=GREY, ls=":")
    axes[0].set(xlabel="step", ylabel="legs of a bat", ylim=(0, max(answers) * 1.1))
    styles = cycle(((BLUE, "--"), (GREEN, "-."), (GREY, ":"), (ORANGE, "-")))
    for name, course, (colour, dash) in zip(names, np.transpose(shares), styles, strict=False):
        axes[1].plot(course, color=colour, ls=dash, lw=2, label=name)
    axes[1].set(xlabel="step", ylabel="weight", ylim=(0, 1))
    axes[1].legend(frameon=False, fontsize=9)
    shifts = zip(names, shares[0], shares[-1], strict=True)
    show(
        figure,
        f"Left: the look-up's answer for a bat goes from {answers[0]:.1f} legs to {answers[-1]:.1f}. Right: the "
        "weights of the animals on the way, "
        + ", ".join(f"{name} from {first:.2f} to {last:.2f}" for name, first, last in shifts)
        + ".",
    )
