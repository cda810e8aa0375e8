"""Curves of notebook 07: a training beside the best possible loss, an induction head that forms, longer sequences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from attention_course.figures.canvas import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SEQUENTIAL,
    given_figure,
    new_figure,
    picture,
    show,
)

COLOURS, MARKS, STYLES = (ORANGE, BLUE, GREEN, GREY), "os^D", ("-", "--", ":", "-.")
Looks = Sequence[tuple[float, ...]]


def training_picture(looks: Looks, lines: Mapping[str, float], best: float | None) -> str:
    """The same as `training_figure` as HTML, for a display that changes while training goes on."""
    return picture(training_figure(looks, lines, best), training_words(looks, lines, best))


@given_figure
def training(looks: Looks, lines: Mapping[str, float], best: float | None) -> None:
    """How the held-out loss fell, between what counting reaches and the best possible."""
    show(training_figure(looks, lines, best), training_words(looks, lines, best))


def training_figure(looks: Looks, lines: Mapping[str, float], best: float | None) -> Figure:
    """Held-out loss against steps.

    Args:
        looks: rows of (step, held-out loss).
        lines: the losses of simple predictors, by name.
        best: the loss of the best possible predictor on the same text; None where nobody knows it.
    """
    figure, axes = new_figure(7.6, 3.3)
    axes.plot(*np.array(looks).T[:2], "o-", color=ORANGE, ms=4, label="your model")
    for name, value in lines.items():
        axes.axhline(value, color=GREY, ls="--", lw=1)
        axes.annotate(name, (1.01, value), xycoords=("axes fraction", "data"), va="center", color=GREY, fontsize=9)
    if best is not None:
        axes.axhline(best, color=BLUE, ls=":", lw=1.8)
        axes.annotate(
            "best possible", (1.01, best), xycoords=("axes fraction", "data"), va="center", color=BLUE, fontsize=9
        )
    axes.set(xlabel="steps", ylabel="held-out loss (nats a token)", ylim=(0, None))
    return figure


def training_words(looks: Looks, lines: Mapping[str, float], best: float | None) -> str:
    """What there is to see in the figure of a training."""
    told = "".join(f" {name.capitalize()} reaches {value:.2f}." for name, value in lines.items())
    limit = "" if best is None else f" The best possible is {best:.3f}."
    step, loss = looks[-1][:2]
    return f"Held-out loss: {looks[0][1]:.2f} at the start, {loss:.3f} after {step:.0f} steps.{told}{limit}"


def forming_picture(runs: Mapping[str, Looks]) -> str:
    """The same as `forming` as HTML, for a display that changes while training goes on."""
    return picture(forming_figure(runs), forming_words(runs))


@given_figure
def forming(runs: Mapping[str, Looks]) -> None:
    """The loss of what can be known, above the score of the best induction head, over the same steps."""
    show(forming_figure(runs), forming_words(runs))


def forming_figure(runs: Mapping[str, Looks]) -> Figure:
    """Loss and score over the steps, above one another.

    Args:
        runs: by name, rows of (step, loss in the first half, loss in the second half, induction score, ...).
    """
    figure, axes = new_figure(8.2, 4.6, rows=2, sharex=True)
    for (name, looks), colour, style in zip(runs.items(), COLOURS, STYLES, strict=False):
        steps, _, loss, score = np.array(looks).T[:4]
        axes[0].plot(steps, loss, color=colour, ls=style, lw=2, label=name)
        axes[1].plot(steps, score, color=colour, ls=style, lw=2)
    axes[0].set(ylabel="loss, second half", ylim=(0, None))
    axes[1].set(xlabel="steps", ylabel="best induction score", ylim=(0, 1))
    axes[0].legend(frameon=False, fontsize=9, loc="upper right")
    return figure


def forming_words(runs: Mapping[str, Looks]) -> str:
    """What there is to see in the figure of a head that forms."""
    told = []
    for name, looks in runs.items():
        first, last = looks[0], looks[-1]
        told.append(
            f"{name}: loss {first[2]:.2f} at the start, {last[2]:.2f} after {last[0]:.0f} steps, score from "
            f"{first[3]:.2f} to {last[3]:.2f}{_moment(looks)}"
        )
    return f"The loss in the second half and the score of the best head, over the same steps. {'; '.join(told)}."


def _moment(looks: Looks) -> str:
    """Between which two looks the score rose most, where it rose at all."""
    steps, scores = [row[0] for row in looks], [row[3] for row in looks]
    if len(looks) < 3 or max(scores) < 0.3:
        return ""
    place = int(np.argmax(np.diff(scores)))
    return f", the steepest rise between steps {steps[place]:.0f} and {steps[place + 1]:.0f}"


@given_figure
def stripes(maps: Mapping[str, Any], period: int, tokens: Sequence[int]) -> None:
    """Where heads look in a sequence that repeats, a panel for each; the stripe to be seen is framed by its name.

    Args:
        maps: by title, (t, t) weights.
        period: after how many tokens the sequence repeats.
        tokens: the t tokens.
    """
    figure, axes = new_figure(4.3 * len(maps), 4.1, columns=len(maps), squeeze=False)
    told = []
    for axis, (title, weights) in zip(axes[0], maps.items(), strict=True):
        weights = np.asarray(weights)
        axis.imshow(weights, cmap=SEQUENTIAL, vmin=0, vmax=1)
        axis.axhline(period - 0.5, color="white", lw=1)
        axis.set_xticks(range(len(tokens)), [str(token) for token in tokens], fontsize=6)
        axis.set_yticks(range(len(tokens)), [str(token) for token in tokens], fontsize=6)
        axis.set(title=title, xlabel="looked at", ylabel="looking")
        rows = np.arange(period, len(weights))
        before, after = weights[rows, rows - 1].mean(), weights[rows, rows - period + 1].mean()
        told.append(f"{title}: {before:.2f} of the weight on the token before, {after:.2f} on the one after the copy")
    show(figure, f"Attention in a sequence of {period} tokens that repeats, in the second half. {'; '.join(told)}.")


@given_figure
def beyond(shares: Mapping[str, Mapping[int, float]], trained: int, chance: float) -> None:
    """Right tokens in the second half against the number that is repeated, for several kinds of positions.

    Args:
        shares: by name, the share for each number of tokens.
        trained: the most that were repeated in training.
        chance: what guessing gives.
    """
    figure, axes = new_figure(7.8, 3.5)
    for (name, row), colour, mark in zip(shares.items(), COLOURS, MARKS, strict=False):
        axes.plot(list(row), list(row.values()), color=colour, marker=mark, label=name)
    axes.axvline(trained, color=GREY, ls="--", lw=1)
    axes.text(trained + 0.5, 1.06, "longer than any trained", color=GREY, fontsize=9, va="bottom")
    axes.axhline(chance, color=GREY, ls=":", lw=1, label="by chance")
    axes.set(xlabel="tokens that are repeated", ylabel="right in the second half", ylim=(-0.03, 1.05))
    axes.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.0, 0.5))
    told = "; ".join(
        f"{name}: " + ", ".join(f"{share:.2f} with {half}" for half, share in row.items())
        for name, row in shares.items()
    )
    show(figure, f"The share of right tokens in the second half, trained with up to {trained} repeated. {told}.")
