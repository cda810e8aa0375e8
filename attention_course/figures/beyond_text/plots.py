"""Plots of notebook 08: curves that were computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from attention_course.figures.beyond_text.style import COLOURS, LINES, MARKS, given, styled
from attention_course.figures.canvas import BLUE, GREEN, GREY, ORANGE, new_figure, picture, show

if TYPE_CHECKING:
    from attention_course.beyond_text.long import Cost


@given
def fits(keys, values, grid, truth, curves: Mapping[str, Sequence[float]]) -> None:
    """Measured points, the true curve, and what several bandwidths make of them.

    Args:
        curves: by name, the answers at the places of `grid`.
    """
    figure, axes = new_figure(10.5, 2.9, columns=len(curves), sharey=True, squeeze=False)
    wrong = {}
    for axis, (name, answers) in zip(axes[0], curves.items(), strict=True):
        axis.scatter(keys, values, s=9, color=GREY, alpha=0.6, label="measured")
        axis.plot(grid, truth, color=GREEN, lw=1.6, ls="--", label="true")
        axis.plot(grid, answers, color=ORANGE, lw=2, label="answer")
        axis.set(title=name, xlabel="place")
        wrong[name] = float(np.mean((np.asarray(answers) - np.asarray(truth)) ** 2))
    axes[0][0].set_ylabel("value")
    axes[0][0].legend(frameon=False, fontsize=9)
    told = ", ".join(f"{name}: {error:.3f}" for name, error in wrong.items())
    show(
        figure,
        "The same noisy points answered with several bandwidths. A small one follows the noise, a large one is too "
        f"flat. Mean squared error to the true curve: {told}.",
    )


@given
def bandwidth_errors(bandwidths: Sequence[float], errors: Mapping[str, Sequence[float]], learned=None) -> None:
    """Errors against the bandwidth; `learned` is a bandwidth that a gradient found."""
    figure, axes = new_figure(8.2, 3.4)
    for (name, values), colour, mark in zip(errors.items(), COLOURS, MARKS, strict=False):
        axes.semilogx(bandwidths, values, color=colour, marker=mark, ms=4, label=name)
        best = int(np.argmin(values))
        axes.plot(bandwidths[best], values[best], mark, ms=11, mfc="none", mec=colour, mew=2)
    if learned is not None:
        axes.axvline(learned, color=GREY, ls=":", lw=1.5)
        axes.text(
            learned * 1.05, max(max(v) for v in errors.values()) * 0.9, "found by gradient", fontsize=9, color=GREY
        )
    axes.set(xlabel="bandwidth", ylabel="mean squared error", ylim=(-0.04, None))
    axes.legend(frameon=False, fontsize=9)
    told = "; ".join(f"{name}: least at {bandwidths[int(np.argmin(v))]:.2f}" for name, v in errors.items())
    found = "" if learned is None else f" A gradient found {learned:.2f}."
    show(figure, f"Errors against the bandwidth, on a logarithmic axis. {told}.{found}")


@given
def set_sizes(
    sizes: Sequence[int], shares: Mapping[str, Sequence[float]], trained: tuple[int, int], chance: float
) -> None:
    """Right answers against the size of a set, for several ways of pooling."""
    figure, axes = new_figure(7.6, 3.2)
    for (name, row), colour, mark, line in zip(shares.items(), COLOURS, MARKS, LINES, strict=False):
        axes.semilogx(sizes, row, color=colour, marker=mark, ls=line, label=name, ms=7)
    axes.axvspan(*trained, color="#ECEDEF", lw=0)
    axes.axhline(chance, color=GREY, lw=1)
    axes.text(sizes[0], chance + 0.02, "chance", color=GREY, fontsize=9)
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.set(xlabel="elements in a set (grey: sizes trained)", ylabel="right answers", ylim=(0, 1.05))
    axes.legend(frameon=False, fontsize=9)
    told = "; ".join(
        f"{name}: " + ", ".join(f"{s:.2f} at {n}" for n, s in zip(sizes, row, strict=True))
        for name, row in shares.items()
    )
    show(figure, f"Right answers against the size of the set. {told}. Chance is {chance:.2f}.")


@styled
def training_picture(curve, name: str, best: float | None) -> str:
    """The figure of a training as HTML that changes while it goes on."""
    return picture(training_figure(curve, name, best), training_words(curve, name, best))


@styled
def training_figure(curve, name: str, best: float | None) -> Figure:
    """The losses and, if it was looked at, a share, against steps; `best` is the best share that is possible."""
    figure, axes = new_figure(7.6, 2.8)
    smooth = max(1, len(curve.losses) // 60)
    losses = np.array(curve.losses[: len(curve.losses) // smooth * smooth]).reshape(-1, smooth).mean(axis=1)
    if len(losses):
        axes.plot(
            np.arange(len(losses)) * smooth,
            losses / max(losses),
            color=GREY,
            lw=1,
            label=f"loss (1 = {max(losses):.1f})",
        )
    if curve.shares:
        axes.plot(*zip(*curve.shares, strict=True), "o-", color=ORANGE, ms=4, label=name)
    if best is not None:
        axes.axhline(best, color=BLUE, ls="--", lw=1.2, label=f"best possible: {best:.2f}")
    axes.set(xlabel="steps", ylabel="share", ylim=(0, 1.05))
    axes.legend(frameon=False, fontsize=9)
    return figure


def training_words(curve, name: str, best: float | None) -> str:
    """What there is to see in the figure of a training."""
    told = f"; the loss is {curve.losses[-1]:.2f}" if curve.losses else ""
    if curve.shares:
        step, share = curve.shares[-1]
        told = f", {name} {share:.2f} after {step} steps{told}"
    limit = "" if best is None else f" The best possible is {best:.2f}."
    return f"Training, step by step{told}.{limit}"


@given
def two_rankings(rows: Mapping[str, tuple[float, float]], names: tuple[str, str], measure: str) -> None:
    """The same recommenders measured twice: lines that cross are pairs that change places.

    Args:
        rows: by name, what the two ways of measuring say.
        names: of the two ways.
    """
    figure, axes = new_figure(7.6, 3.6)
    for (name, pair), colour, mark, line in zip(rows.items(), COLOURS, MARKS, LINES, strict=False):
        axes.plot((0, 1), pair, color=colour, marker=mark, ls=line, ms=7, label=name)
        axes.text(-0.04, pair[0], f"{pair[0]:.2f}", ha="right", va="center", fontsize=9, color=colour)
        axes.text(1.04, pair[1], f"{pair[1]:.2f}", ha="left", va="center", fontsize=9, color=colour)
    axes.set_xticks((0, 1), names)
    axes.set(xlim=(-0.25, 1.25), ylim=(0, 1), ylabel=measure)
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    told = "; ".join(f"{name}: {one:.2f} and {other:.2f}" for name, (one, other) in rows.items())
    pairs = [(a, b) for a in rows for b in rows if rows[a][0] > rows[b][0] and rows[a][1] < rows[b][1]]
    change = ", ".join(f"{a} and {b} change places" for a, b in pairs) or "no two change places"
    show(figure, f"{measure}, {names[0]} and {names[1]}. {told}. Between the two {change}.")


@given
def costs_by_length(
    lengths: Sequence[int], costs: Mapping[str, Sequence[Cost]], exponents: Mapping[str, float]
) -> None:
    """Time and memory against the length, on logarithmic axes; `exponents` of the time stand in the legend."""
    figure, axes = new_figure(10.5, 3.7, columns=2)
    for (name, row), colour, mark, line in zip(costs.items(), COLOURS, MARKS, LINES, strict=False):
        style = {"color": colour, "marker": mark, "ls": line, "ms": 5}
        axes[0].loglog(lengths, [1e3 * c.seconds for c in row], label=f"{name}: t^{exponents[name]:.1f}", **style)
        axes[1].loglog(lengths, [c.bytes / 1e6 for c in row], **style)
    for axis, unit in zip(axes, ("CPU milliseconds, one thread", "megabytes at the peak"), strict=True):
        axis.set_xticks(lengths, [str(length) for length in lengths])
        axis.minorticks_off()
        axis.set(xlabel="places in the sequence", ylabel=unit)
    axes[0].legend(frameon=False, fontsize=8)
    told = "; ".join(
        f"{name}: {1e3 * row[-1].seconds:.0f} ms and {row[-1].bytes / 1e6:.0f} MB at {lengths[-1]}, time like t to the "
        f"{exponents[name]:.1f}"
        for name, row in costs.items()
    )
    show(figure, f"Time and memory against the length, both on logarithmic axes. {told}.")


@given
def needle(pairs: Sequence[int], shares: Mapping[str, Sequence[float]]) -> None:
    """How often the needle is found, against how many pairs there are; a shorter row ends where it was not measured."""
    figure, axes = new_figure(9.4, 3.9)
    for (name, row), colour, mark, line in zip(shares.items(), COLOURS, MARKS, LINES, strict=False):
        axes.semilogx(pairs[: len(row)], row, color=colour, marker=mark, ls=line, ms=7, lw=2, label=name)
    axes.set_xticks(pairs, [str(count) for count in pairs])
    axes.minorticks_off()
    axes.set(xlabel="pairs in the haystack", ylabel="needle found", ylim=(-0.03, 1.05))
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    told = "; ".join(
        f"{name}: " + ", ".join(f"{s:.2f} of {n}" for n, s in zip(pairs, row, strict=False))
        for name, row in shares.items()
    )
    show(figure, f"The share of needles found against the number of pairs. {told}.")
