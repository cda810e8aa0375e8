"""Plots of notebook 05: labels against accuracy with the limit, confusion, intervals and spreads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, given_figure, heatmap, new_figure, picture, show

STYLES = ((BLUE, "o", "-"), (GREEN, "s", "--"), (ORANGE, "^", "-."), (GREY, "D", ":"))


@given_figure
def accuracy_against_labels(
    results: Mapping[str, Mapping[int, Sequence[float]]], limit: float, title: str = ""
) -> None:
    """How good each reader is with how many labels: means with their spread, and the limit as a line.

    Args:
        results: for each reader, for each number of labels, the accuracies with several label sets.
        limit: of the perfect reader.
    """
    figure, axes = new_figure(7.4, 4.0)
    for (name, points), (colour, marker, line) in zip(results.items(), STYLES, strict=False):
        counts = sorted(points)
        means, spreads = ([f(points[count]) for count in counts] for f in (np.mean, np.std))
        axes.errorbar(counts, means, spreads, color=colour, marker=marker, ls=line, capsize=4, label=name)
    axes.axhline(limit, color=GREEN, ls=":", lw=2)
    counts = sorted({count for points in results.values() for count in points})
    axes.text(counts[0], limit, "the best possible", color=GREEN, fontsize=9, va="bottom")
    axes.set(xscale="log", xlabel="labelled sentences", ylabel="accuracy", title=title, ylim=(0, 1.08))
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.minorticks_off()
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    told = "; ".join(
        f"{name} {np.mean(points[min(points)]):.2f} with {min(points)} labels, {np.mean(points[max(points)]):.2f} with "
        f"{max(points)}"
        for name, points in results.items()
    )
    show(figure, f"Accuracy against the number of labels. The best possible is {limit:.2f}. {told}.")


@given_figure
def confusion(matrix, names: Sequence[str], title: str = "") -> None:
    """Counts of truth against prediction, rows coloured by their shares; `matrix` as confusion_matrix gives it."""
    matrix = np.asarray(matrix)
    figure, axes = new_figure(1.9 + 0.8 * len(names), 1.2 + 0.62 * len(names))
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    heatmap(axes, shares, names, names, title=title, low=0, high=1, digits=None)
    for (row, column), count in np.ndenumerate(matrix):
        colour = "white" if shares[row, column] < 0.47 else "black"
        axes.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=10)
    axes.set(xlabel="predicted", ylabel="truth")
    right = np.trace(matrix) / max(1, matrix.sum())
    off = matrix - np.diag(np.diag(matrix))
    row, column = np.unravel_index(off.argmax(), off.shape)
    show(
        figure,
        f"Counts of truth, in rows, against prediction, in columns. {right:.0%} lie on the diagonal. The most frequent "
        f"mistake takes {names[row]} for {names[column]}, {off[row, column]} times.",
    )


@given_figure
def scores_side_by_side(
    table: Mapping[str, Mapping[str, float]], title: str = "", limits: Mapping[str, float] | None = None
) -> None:
    """Several scores of several readers as bars, with the best possible of each as a line.

    Args:
        table: for each reader, for each score, a number from 0 to 1.
        limits: for each score the best possible.
    """
    names = list(next(iter(table.values())))
    figure, axes = new_figure(7.6, 3.6)
    width = 0.8 / len(table)
    for number, ((reader, scores), (colour, _, _)) in enumerate(zip(table.items(), STYLES, strict=False)):
        places = np.arange(len(names)) + (number - (len(table) - 1) / 2) * width
        axes.bar(places, [scores[name] for name in names], 0.92 * width, color=colour, label=reader)
        for place, name in zip(places, names, strict=True):
            _above_a_bar(axes, place, scores[name], (limits or {}).get(name))
    for place, name in enumerate(names):
        if limits and name in limits:
            told = "" if place else "the best possible"
            axes.plot([place - 0.45, place + 0.45], [limits[name]] * 2, color=GREEN, ls=":", lw=2, label=told)
    axes.set(ylim=(0, 1.12), title=title)
    axes.set_xticks(range(len(names)), names)
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    listed = lambda scores: ", ".join(f"{' '.join(k.split())} {v:.2f}" for k, v in scores.items())  # noqa: E731
    told = "; ".join(f"{reader}: {listed(scores)}" for reader, scores in table.items())
    best = f" The best possible: {listed(limits)}." if limits else ""
    show(figure, f"Scores of {len(table)} readers. {told}.{best}")


def _above_a_bar(axes, place: float, score: float, limit: float | None) -> None:
    """A score above its bar, or inside where the line of the best possible would run through it."""
    crossed = limit is not None and -0.02 < limit - score < 0.07
    y, colour = (score - 0.06, "white") if crossed else (score + 0.01, "black")
    axes.text(place, y, f"{score:.2f}".lstrip("0"), ha="center", fontsize=8, color=colour)


@given_figure
def how_sure(accuracies: Sequence[float], intervals: Sequence[tuple[float, float]], limit: float) -> None:
    """An interval for each label set, and how far the label sets lie apart."""
    figure, axes = new_figure(7.4, 0.9 + 0.36 * len(accuracies))
    for row, (accuracy, (low, high)) in enumerate(zip(accuracies, intervals, strict=True)):
        axes.plot([low, high], [row, row], color=BLUE, lw=3)
        axes.plot(accuracy, row, "o", color=ORANGE)
    axes.axvline(limit, color=GREEN, ls=":", lw=2)
    axes.text(
        limit, 1.02, "the best possible", color=GREEN, fontsize=9, ha="right", transform=axes.get_xaxis_transform()
    )
    axes.set_yticks(range(len(accuracies)), [f"label set {row + 1}" for row in range(len(accuracies))])
    axes.invert_yaxis()
    axes.set(xlabel="accuracy; the bar is the interval over test sentences")
    widths = [high - low for low, high in intervals]
    show(
        figure,
        f"For each of {len(accuracies)} label sets the accuracy with its bootstrap interval. An interval is "
        f"{np.mean(widths):.2f} wide on average; the accuracies lie {max(accuracies) - min(accuracies):.2f} apart.",
    )


@given_figure
def similarities(matrix, names: Sequence[str], title: str = "") -> None:
    """Cosines between texts as a map."""
    matrix = np.asarray(matrix)
    figure, axes = new_figure(4.2 + 0.5 * len(names), 1.0 + 0.5 * len(names))
    rows, columns = zip(*((f"{name}  {n}", str(n)) for n, name in enumerate(names, start=1)), strict=True)
    heatmap(axes, matrix, rows, columns, title=title, low=-0.1, high=1)
    off = matrix - 2 * np.eye(len(matrix))
    one, other = np.unravel_index(off.argmax(), off.shape)
    show(
        figure,
        f"Cosines between {len(names)} texts. Nearest to each other are: {names[one]} and {names[other]}, "
        f"{matrix[one, other]:.2f}.",
    )


@given_figure
def loss_curve(losses: Sequence[tuple[int, float]]) -> None:
    """The loss of pre-training against its steps."""
    show(_losses(losses), _loss_words(losses))


def loss_picture(losses: Sequence[tuple[int, float]]) -> str:
    """The same as HTML, for a display that changes."""
    return picture(_losses(losses), _loss_words(losses))


def _losses(losses: Sequence[tuple[int, float]]) -> Figure:
    figure, axes = new_figure(6.4, 2.8)
    steps, values = zip(*losses, strict=True)
    axes.plot(steps, values, color=BLUE, lw=2)
    axes.set(xlabel="step", ylabel="loss per hidden piece, nats", ylim=(0, None), xlim=(0, None))
    return figure


def _loss_words(losses: Sequence[tuple[int, float]]) -> str:
    return (
        f"The loss of pre-training falls from {losses[0][1]:.2f} to {losses[-1][1]:.2f} nats in {losses[-1][0]} steps."
    )
