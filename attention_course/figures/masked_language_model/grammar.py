"""Plots of notebook 04 about grammar: when a model learns it, and which head it needs for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, given_figure, new_figure, show
from attention_course.figures.masked_language_model.plots import Evaluations


@given_figure
def moment(evaluations: Evaluations, lines: Mapping[str, float], shares: Sequence[tuple[int, float]]) -> None:
    """The held-out loss, and under it the share of verbs that agree with their subject, against the same steps.

    Args:
        evaluations: rows of (step, seconds, held-out loss).
        lines: the losses of simple models on the same text, by name.
        shares: rows of (step, share of right forms).
    """
    figure, (above, below) = new_figure(7.6, 4.6, rows=2)
    steps, losses = [row[0] for row in evaluations], [row[2] for row in evaluations]
    asked, right = zip(*shares, strict=True)
    last = max(steps[-1], asked[-1], 1)
    above.plot(steps, losses, "o-", color=ORANGE, ms=4)
    for name, value in lines.items():
        above.axhline(value, color=GREY, ls="--", lw=1)
        above.annotate(name, (1.01, value), xycoords=("axes fraction", "data"), color=GREY, fontsize=9, va="center")
    above.set(ylabel="held-out loss (nats)", ylim=(0, max([*losses, *lines.values()]) * 1.05), xlim=(0, last))
    below.plot(asked, right, color=BLUE)
    below.axhline(0.5, color=GREEN, ls=":", lw=1.5)
    below.annotate("a coin", (1.01, 0.5), xycoords=("axes fraction", "data"), color=GREEN, fontsize=9, va="center")
    below.set(xlabel="step", ylabel="verbs that agree", ylim=(0, 1.05), xlim=(0, last))
    learned = next((step for step, share in shares if share >= 0.9), None)
    told = "never reaches 90 % in this run" if learned is None else f"first reaches 90 % at step {learned}"
    show(
        figure,
        f"Above, the held-out loss falls from {losses[0]:.2f} to {losses[-1]:.2f} in {last} steps. Below, the share of "
        f"verbs that agree with their subject goes from {right[0]:.0%} to {right[-1]:.0%}; it {told}.",
    )


@given_figure
def switched_off(shares, losses, share: float, loss: float) -> None:
    """What is left when one head is switched off, head by head.

    Args:
        shares, losses: (layers, heads), the share of verbs that agree, and the held-out loss, without that head.
        share, loss: those of the whole model.
    """
    shares, losses = np.asarray(shares), np.asarray(losses)
    heads = [(layer, head) for layer in range(shares.shape[0]) for head in range(shares.shape[1])]
    names = [f"layer {layer}, head {head}" for layer, head in heads]
    figure, axes = new_figure(8.4, 0.9 + 0.3 * len(names), columns=2)
    for axis, values, whole, title in (
        (axes[0], shares.ravel(), share, "verbs that agree"),
        (axes[1], losses.ravel(), loss, "held-out loss (nats)"),
    ):
        axis.barh(range(len(names)), values, color=BLUE, height=0.6)
        axis.axvline(whole, color=GREEN, ls=":", lw=2)
        for place, value in enumerate(values):
            axis.text(value, place, f" {value:.2f}", va="center", fontsize=9)
        axis.set(title=title, xlim=(0, 1.2 * max(*values, whole)))
        axis.set_yticks(range(len(names)), names if axis is axes[0] else [])
        axis.tick_params(axis="y", length=0)
        axis.invert_yaxis()
    least, most = np.unravel_index(shares.argmin(), shares.shape), np.unravel_index(losses.argmax(), losses.shape)
    show(
        figure,
        f"Agreement and loss without each head; dotted, the whole model with {share:.0%} and {loss:.2f}. Agreement "
        f"suffers most without layer {least[0]}, head {least[1]}: {shares.min():.0%}. The loss suffers most without "
        f"layer {most[0]}, head {most[1]}: {losses.max():.2f}.",
    )
