"""Plots of notebook 04: what the learner's functions computed, and how well the model predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from attention_course.figures.canvas import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SEQUENTIAL,
    given_figure,
    heatmap,
    new_figure,
    picture,
    show,
)

Evaluations = Sequence[tuple[int, float, float]]


@given_figure
def schedule(shares: Sequence[float]) -> None:
    """The learner's triangle.

    Args:
        shares: of the full learning rate, for each of a number of steps.
    """
    figure, axes = new_figure(7.2, 2.6)
    axes.plot(shares, color=BLUE)
    axes.set(xlabel="step", ylabel="share of the learning rate", ylim=(0, 1.08))
    top = int(np.argmax(shares))
    show(
        figure,
        f"The share of the learning rate over {len(shares) - 1} steps: a triangle that rises to 1 at step {top} and "
        "falls to 0 at the end.",
    )


@given_figure
def ladder(losses: Mapping[str, float], optimum: float) -> None:
    """How far each predictor is from the best possible one.

    Args:
        losses: in nats per hidden word, by name, on the same text.
        optimum: the loss of the best possible predictor on that text.
    """
    names = sorted(losses, key=losses.__getitem__, reverse=True)
    values = [losses[name] for name in names]
    figure, axes = new_figure(7.6, 0.9 + 0.42 * len(names))
    colours = [ORANGE if name.startswith("your") else BLUE for name in names]
    axes.barh(range(len(names)), values, color=colours, height=0.6)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0)
    for place, value in enumerate(values):
        axes.text(value, place, f" {value:.2f}", va="center")
    _limit(axes, optimum, vertical=True)
    axes.set(xlabel="loss in nats per hidden word (less is better)", xlim=(0, max(values) * 1.12))
    axes.invert_yaxis()
    told = "; ".join(f"{name} {value:.2f}" for name, value in zip(names, values, strict=True))
    show(figure, f"Loss per hidden word: {told}. No predictor can get below {optimum:.2f}, the dotted line.")


@given_figure
def training(evaluations: Evaluations, lines: Mapping[str, float], optimum: float | None) -> None:
    """How the held-out loss fell, between what simple models reach and the optimum."""
    show(training_figure(evaluations, lines, optimum), training_words(evaluations, lines, optimum))


def training_picture(
    evaluations: Evaluations, lines: Mapping[str, float], optimum: float | None, until: float = 0.0
) -> str:
    """The same as HTML, for a display that changes while training goes on."""
    return picture(training_figure(evaluations, lines, optimum, until), training_words(evaluations, lines, optimum))


def training_figure(
    evaluations: Evaluations, lines: Mapping[str, float], optimum: float | None, until: float = 0.0
) -> Figure:
    """The figure of `training`, for a notebook or a file.

    Args:
        evaluations: rows of (step, seconds, held-out loss).
        lines: the losses of simple models on the same text, by name.
        optimum: the loss of the best possible predictor on it; None where nobody knows it.
        until: the end of the time axis in seconds, if the run is to take longer than the evaluations say.
    """
    figure, axes = new_figure(7.6, 3.4)
    seconds, losses = [row[1] for row in evaluations], [row[2] for row in evaluations]
    axes.plot(seconds, losses, "o-", color=ORANGE, ms=4, label="your model")
    right = max(seconds[-1], until, 1.0)
    for name, value in lines.items():  # named outside the axes, where no curve passes
        axes.axhline(value, color=GREY, ls="--", lw=1)
        axes.annotate(name, (1.01, value), xycoords=("axes fraction", "data"), va="center", color=GREY, fontsize=9)
    if optimum is not None:
        _limit(axes, optimum, vertical=False)
    axes.set(xlabel="seconds of training", ylabel="held-out loss (nats)", xlim=(0, right * 1.02))
    axes.set_ylim(0, max([*losses, *lines.values()]) * 1.05)
    return figure


def training_words(evaluations: Evaluations, lines: Mapping[str, float], optimum: float | None) -> str:
    """What there is to see in the figure of `training`."""
    _, seconds, loss = evaluations[-1]
    told = "".join(f" {name} reaches {value:.2f}." for name, value in lines.items())
    limit = "" if optimum is None else f" The best possible is {optimum:.2f}."
    course = f"{evaluations[0][2]:.2f} at the start, {loss:.2f} after {seconds:.0f} s"
    return f"Held-out loss against training time: {course}.{told}{limit}"


@given_figure
def guesses(tables: Mapping[str, Sequence[tuple[str, float]]], title: str) -> None:
    """The most probable words for one gap, according to one or several predictors.

    Args:
        tables: for each predictor its best words with their probabilities, best first.
        title: the sentence with its gap.
    """
    figure, axes = new_figure(3.9 * len(tables), 0.9 + 0.3 * max(map(len, tables.values())), columns=len(tables))
    for axis, (name, rows), colour in zip(np.atleast_1d(axes), tables.items(), (BLUE, ORANGE, GREEN), strict=False):
        words, shares = [row[0] for row in rows], [row[1] for row in rows]
        axis.barh(range(len(rows)), shares, color=colour, height=0.62)
        axis.set_yticks(range(len(rows)), words)
        axis.tick_params(axis="y", length=0)
        for place, share in enumerate(shares):
            axis.text(share, place, f" {share:.2f}", va="center", fontsize=9)
        axis.set(xlim=(0, 1.15), title=name)
        axis.set_xticks([0, 0.5, 1])
        axis.invert_yaxis()
    figure.suptitle(title, fontsize=11)
    told = "; ".join(
        f"{name}: " + ", ".join(f"{word} {share:.2f}" for word, share in rows[:3]) for name, rows in tables.items()
    )
    show(figure, f"Probabilities of words for the gap in: {title} {told}.")


@given_figure
def head_table(scores, title: str, others=None, other_title: str = "") -> None:
    """A number for each head of each layer.

    Args:
        scores: (layers, heads) numbers from 0 to 1.
        others: the same of something to compare with.
    """
    tables = [(np.asarray(scores), title)] + ([] if others is None else [(np.asarray(others), other_title)])
    layers, heads = tables[0][0].shape
    figure, axes = new_figure(4.4 * len(tables), 1.1 + 0.55 * layers, columns=len(tables))
    for axis, (table, name) in zip(np.atleast_1d(axes), tables, strict=True):
        rows, columns = [f"layer {layer}" for layer in range(layers)], [f"head {head}" for head in range(heads)]
        heatmap(axis, table, rows, columns, low=0, high=1, title=name)
        axis.title.set_size(10)
    layer, head = np.unravel_index(tables[0][0].argmax(), tables[0][0].shape)
    also = "" if others is None else f" For {other_title} that head has {tables[1][0][layer, head]:.2f}."
    show(figure, f"{title}, for each head: most in layer {layer}, head {head}, with {tables[0][0].max():.2f}.{also}")


@given_figure
def head_maps(maps, tokens: Sequence[str], *, mark: int | None = None) -> None:
    """The attention weights of all heads of a layer, beside each other.

    Args:
        maps: (heads, t, t) weights.
        tokens: t labels.
        mark: a query whose row is framed.
    """
    maps = np.asarray(maps)
    columns = min(len(maps), 2)
    lines = -(-len(maps) // columns)
    figure, axes = new_figure(
        1.2 + columns * 0.16 * (4 + len(tokens)), lines * 0.16 * (6 + len(tokens)), columns=columns, rows=lines
    )
    for head, axis in enumerate(np.atleast_1d(axes).flat):
        axis.set_axis_off()
        if head < len(maps):
            axis.set_axis_on()
            image = axis.imshow(maps[head], cmap=SEQUENTIAL, vmin=0, vmax=1)
            axis.set_xticks(range(len(tokens)), tokens, rotation=90, fontsize=8)
            axis.set_yticks(range(len(tokens)), tokens if head % columns == 0 else [], fontsize=8)
            axis.tick_params(length=0)
            axis.set_title(f"head {head}", fontsize=10)
            if mark is not None:
                axis.axhspan(mark - 0.5, mark + 0.5, fill=False, ec="white", lw=1.5)
    figure.colorbar(image, ax=axes, shrink=0.6, label="weight")
    show(figure, f"Attention weights of {len(maps)} heads, one map each. {_told(maps, tokens, mark)}")


def _told(maps: np.ndarray, tokens: Sequence[str], mark: int | None) -> str:
    """In words, whom the marked query asks most in each head."""
    if mark is None:
        return "Bright squares are large weights."
    asks = [f"in head {head} it asks {tokens[row[mark].argmax()]}" for head, row in enumerate(maps)]
    return f"The framed row is {tokens[mark]}: {', '.join(asks)} most."


def _limit(axes: Axes, optimum: float, *, vertical: bool) -> None:
    """The line that nobody can cross."""
    draw = axes.axvline if vertical else axes.axhline
    draw(optimum, color=GREEN, ls=":", lw=2)
    place = (optimum, 1.0) if vertical else (0.01, optimum)
    transform = axes.get_xaxis_transform() if vertical else axes.get_yaxis_transform()
    axes.text(*place, "the best possible", color=GREEN, fontsize=9, va="bottom", transform=transform)
