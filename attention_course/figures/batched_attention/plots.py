"""Plots of notebook 03: what the learner's own code did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, given_figure, new_figure, show

STYLES = ((ORANGE, "o-"), (BLUE, "s--"), (GREEN, "^:"), (GREY, "d-."))
"""One for each method; a notebook compares three, the benchmark on a GPU four."""


@given_figure
def reversing(with_positions: Sequence[float], without: Sequence[float]) -> None:
    """How a model learns to say digits backwards.

    Args:
        with_positions, without: the share of right digits at each step.
    """
    figure, axes = new_figure(7.2, 3.2)
    axes.plot(with_positions, color=BLUE, label="with positions")
    axes.plot(without, color=ORANGE, ls="--", label="without")
    axes.axhline(0.1, color=GREY, ls=":")
    axes.text(len(without), 0.09, "guessing one of ten", va="top", ha="right", color=GREY, fontsize=9)
    axes.set(xlabel="step", ylabel="share of right digits", ylim=(0, 1.04))
    axes.legend(frameon=False, loc="center right")
    ends = [np.mean(curve[-20:]) for curve in (with_positions, without)]
    show(
        figure,
        "The share of digits that are right, step by step. With positions it ends at "
        f"{ends[0]:.2f}, without at {ends[1]:.2f}.",
    )


@given_figure
def costs(
    lengths: Sequence[int],
    seconds: Mapping[str, Sequence[float]],
    memory: Mapping[str, Sequence[float]],
    exponent: Callable[..., float],
) -> None:
    """Show time and peak memory against length, on logarithmic axes.

    Args:
        lengths: numbers of tokens.
        seconds, memory: for each method its median times, and its peaks in bytes, at these lengths.
        exponent: finds the growth exponent of a curve, called with (lengths, costs).
    """
    powers = {name: (exponent(lengths, seconds[name]), exponent(lengths, memory[name])) for name in seconds}
    show(cost_figure(lengths, seconds, memory, powers), cost_words(lengths, seconds, memory))


def cost_figure(
    lengths: Sequence[int],
    seconds: Mapping[str, Sequence[float]],
    memory: Mapping[str, Sequence[float]],
    powers: Mapping[str, tuple[float, float]],
) -> Figure:
    """The figure of `costs`, for a notebook or a file; `powers` are the exponents of time and of memory."""
    figure, axes = new_figure(9.4, 3.9, columns=2)
    panels = ((seconds, 1e3, "milliseconds", "time"), (memory, 1e-6, "megabytes at the peak", "memory"))
    for place, (panel, (curves, unit, ylabel, name)) in enumerate(zip(axes, panels, strict=True)):
        for (method, values), (colour, style) in zip(curves.items(), STYLES, strict=False):
            text = f"{method}: t^{powers[method][place]:.2f}"
            panel.plot(lengths, np.multiply(values, unit), style, color=colour, label=text)
        panel.set(xscale="log", yscale="log", xlabel="tokens t", ylabel=ylabel)
        panel.set_title(name, fontsize=11)
        panel.set_xticks(lengths, [str(length) for length in lengths])
        panel.minorticks_off()
        panel.margins(x=0.09)  # the last tick's label is wide
        panel.legend(frameon=False, fontsize=9)
    return figure


def cost_words(
    lengths: Sequence[int], seconds: Mapping[str, Sequence[float]], memory: Mapping[str, Sequence[float]]
) -> str:
    """What the figure of `costs` shows, in a sentence for each method."""
    sentences = (
        f"{name}: from {seconds[name][0] * 1e3:.1f} to {seconds[name][-1] * 1e3:.0f} milliseconds and from "
        f"{memory[name][0] / 1e6:.1f} to {memory[name][-1] / 1e6:.0f} megabytes."
        for name in seconds
    )
    span = f"from {lengths[0]} to {lengths[-1]} tokens"
    return f"Time and peak memory against the number of tokens, both axes logarithmic, {span}. " + " ".join(sentences)
