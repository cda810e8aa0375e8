"""Plots of notebook 06: what the learner's functions computed, and how well translators translate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, heatmap, new_figure, picture, show
from attention_course.figures.sequence_to_sequence.style import given, glossed, styled

COLOURS, MARKS = (ORANGE, BLUE, GREEN, GREY), "os^D"
Curves = Mapping[str, Mapping[tuple[int, int], float]]


@given
def alignment_map(weights, source: Sequence[str], target: Sequence[str], links=frozenset(), title: str = "") -> None:
    """Where each target word looked; the true links are framed.

    Args:
        weights: (target, source).
        links: pairs (target, source).
    """
    show(_map(weights, source, target, links, title), _map_words(weights, source, target, links))


def _map(weights, source, target, links, title) -> Figure:
    figure, axes = new_figure(1.6 + 0.62 * len(source), 1.1 + 0.42 * len(target))
    _draw_map(axes, weights, source, target, links)
    axes.set_title(title)
    return figure


def _draw_map(axes, weights, source, target, links) -> None:
    heatmap(axes, np.asarray(weights), glossed(target, "  "), source, low=0, high=1, digits=None)
    axes.set_aspect("auto")
    axes.tick_params(axis="x", labelrotation=50)
    for row, column in links:
        frame = {"fill": False, "ec": "white", "lw": 1.6}
        axes.add_patch(_rectangle((column - 0.44, row - 0.44), 0.88, 0.88, **frame))


def _rectangle(*args, **kwargs):
    from matplotlib.patches import Rectangle

    return Rectangle(*args, **kwargs)


def _map_words(weights, source, target, links) -> str:
    weights = np.asarray(weights)
    best = [(word, source[int(row.argmax())]) for word, row in zip(glossed(target, " "), weights, strict=True)]
    told = ", ".join(f"{word} at {looked}" for word, looked in best)
    hits = sum((row, int(line.argmax())) in links for row, line in enumerate(weights))
    truth = f" {hits} of {len(weights)} of these are true links." if links else ""
    return f"A map of attention: each target word looks most at one source word: {told}.{truth}"


@styled
def training_picture(curve, source: Sequence[str], target: Sequence[str], links) -> str:
    """Exact translations against steps, and the latest map of one sentence, as HTML that changes with the training."""
    figure = training_figure(curve, source, target, links)
    return picture(figure, training_words(curve))


@styled
def training_figure(curve, source: Sequence[str], target: Sequence[str], links) -> Figure:
    """The figure of a training: the losses and the exact translations, and the attention map of one sentence."""
    figure, axes = new_figure(10, 3.6, columns=2 if curve.maps else 1, squeeze=False)
    left = axes[0][0]
    smooth = max(1, len(curve.losses) // 60)
    losses = np.array(curve.losses[: len(curve.losses) // smooth * smooth]).reshape(-1, smooth).mean(axis=1)
    if len(losses):
        left.plot(
            np.arange(len(losses)) * smooth,
            losses / max(losses),
            color=GREY,
            lw=1,
            label=f"loss, as a share of {max(losses):.1f} nats",
        )
    left.plot(*zip(*curve.exact, strict=True), "o-", color=ORANGE, ms=4, label="translated exactly")
    left.set(xlabel="steps", ylim=(0, 1.05))
    left.legend(frameon=False, fontsize=9)
    if curve.maps:
        step, weights = curve.maps[-1]
        _draw_map(axes[0][1], weights, source, target, links)
        axes[0][1].set_title(f"where it looks after {step} steps", fontsize=10)
    return figure


def training_words(curve) -> str:
    """What there is to see in the figure of a training."""
    step, share = curve.exact[-1]
    maps = " Beside it the attention map of one sentence, true links framed." if curve.maps else ""
    loss = f"; the loss is {curve.losses[-1]:.2f}" if curve.losses else ""
    told = f"after {step} steps {share:.0%} of the sentences checked are translated exactly"
    return f"Training, step by step: {told}{loss}.{maps}"


@given
def sharpening(maps: Sequence[tuple[int, np.ndarray]], source, target, links) -> None:
    """The attention map of one sentence at four moments of the training."""
    chosen = [maps[place] for place in np.unique(np.linspace(0, len(maps) - 1, 4).round().astype(int))]
    figure, axes = new_figure(3.0 * len(chosen) + 1.2, 0.9 + 0.36 * len(target), columns=len(chosen), squeeze=False)
    for number, (axis, (step, weights)) in enumerate(zip(axes[0], chosen, strict=True)):
        _draw_map(axis, weights, source, target, links)
        axis.set_title(f"step {step}", fontsize=10)
        if number:
            axis.set_yticks([])
    sharp = [float(np.asarray(weights).max(axis=1).mean()) for _, weights in chosen]
    told = ", ".join(f"{share:.2f} at step {step}" for share, (step, _) in zip(sharp, chosen, strict=True))
    show(
        figure,
        "The attention map of one sentence sharpens while it learns: the largest weight of a row "
        f"is {told} on average.",
    )


@given
def by_length(curves: Curves, limit: int = 20) -> None:
    """Exact translations against the length of the source, for several translators.

    Args:
        curves: by name, the share for each group (shortest, longest) of lengths.
        limit: the longest source that was trained.
    """
    figure, axes = new_figure(8.6, 3.8)
    for (name, shares), colour, mark in zip(curves.items(), COLOURS, MARKS, strict=False):
        middles = [(low + high) / 2 for low, high in shares]
        axes.plot(middles, list(shares.values()), color=colour, marker=mark, ms=6, label=name)
    axes.axvline(limit + 0.5, color=GREY, ls="--", lw=1)
    axes.text(limit + 0.8, 1.06, "longer than any trained", color=GREY, fontsize=9, va="bottom")
    axes.set(xlabel="words in the source", ylabel="translated exactly", ylim=(-0.03, 1.05))
    axes.legend(frameon=False, fontsize=9)
    told = "; ".join(
        f"{name}: " + ", ".join(f"{share:.2f} for {low} to {high} words" for (low, high), share in shares.items())
        for name, shares in curves.items()
    )
    show(
        figure,
        f"The share of sentences translated exactly against their length. {told}. Training had at most {limit} words.",
    )


@given
def fading(shares: Mapping[str, Sequence[float]]) -> None:
    """How much of a gradient is left after so many steps back, on a logarithmic axis."""
    figure, axes = new_figure(7.6, 3.0)
    for (name, values), colour, mark in zip(shares.items(), COLOURS, MARKS, strict=False):
        axes.semilogy(values, color=colour, marker=mark, markevery=8, label=name)
    axes.set(xlabel="steps back", ylabel="share of the gradient left")
    axes.legend(frameon=False, fontsize=9)
    told = "; ".join(f"{name}: {values[-1]:.1e} after {len(values) - 1} steps" for name, values in shares.items())
    show(figure, f"How much of a gradient arrives so many steps back. {told}.")


@given
def widths(rows: Sequence[Mapping[str, float]], names: Mapping[str, str], title: str) -> None:
    """Shares against the width of the beam.

    Args:
        rows: one for each width, with "width" and the shares.
        names: which shares, and what they are called.
    """
    figure, axes = new_figure(7.6, 3.2)
    places = range(len(rows))
    for (key, name), colour, mark in zip(names.items(), COLOURS, MARKS, strict=False):
        axes.plot(places, [row[key] for row in rows], color=colour, marker=mark, label=name)
    axes.set_xticks(places, [f"{row['width']:g}" for row in rows])
    axes.set(xlabel="width of the beam", ylabel="share of the sentences", ylim=(-0.03, 1.05), title=title)
    axes.legend(frameon=False, fontsize=9)
    told = "; ".join(
        f"{n}: " + ", ".join(f"{r[k]:.2f} at width {r['width']:g}" for r in rows) for k, n in names.items()
    )
    show(figure, f"{title}, against the width of the beam. {told}.")
