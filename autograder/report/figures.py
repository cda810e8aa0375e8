"""The report's figures, each as a PNG data URI with an alt text that says its finding in words."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from attention_course.figures.canvas import BLUE, GREY, ORANGE, SEQUENTIAL, new_figure, style
from autograder.report.summary import (
    BROKEN,
    BY_HAND,
    FULL,
    KNOWN,
    OUTCOMES,
    UNKNOWN,
    UNWRITTEN,
    AssignmentSummary,
    ExerciseSummary,
)
from autograder.report.words import number, percent, signed

WIDTH = 5.4
"""Inches: two figures stand side by side on paper, and one is readable on a phone."""

COLOURS = {FULL: BLUE, KNOWN: ORANGE, UNKNOWN: "#E9B872", BROKEN: GREY, UNWRITTEN: "#DADCE0", BY_HAND: "#B8E0D2"}
"""Per outcome; neighbours in a bar differ in lightness, so that they are told apart on grey paper too."""

_BINS = 12
_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Picture:
    """A figure ready for an img element. `width` is in CSS pixels."""

    uri: str
    alt: str
    width: int


def picture(figure: Figure, alt: str) -> Picture:
    buffer = io.BytesIO()
    with matplotlib.rc_context(style()):
        figure.savefig(buffer, format="png", dpi=180)
    data = base64.b64encode(buffer.getvalue()).decode()
    return Picture(f"data:image/png;base64,{data}", alt, int(figure.get_figwidth() * 100))


def bar_width(maximum: float) -> int:
    """How many points one bar of a histogram spans: 1, 2, 5, 10, ... so that there are at most about twelve."""
    return next(step * 10**power for power in range(10) for step in _STEPS if maximum / (step * 10**power) <= _BINS)


def histogram(totals: Sequence[float], maximum: float, label: str) -> Picture:
    """How the totals are spread, with mean and median.

    Args:
        totals: at least one.
        maximum: the most that can be earned.
        label: of the horizontal axis.
    """
    width = bar_width(max(maximum, *totals))
    bars = [math.floor(total / width) for total in totals]
    first, last = min(0, *bars), max(math.ceil((maximum + 1) / width) - 1, *bars)
    counts = [bars.count(bar) for bar in range(first, last + 1)]
    centres = [bar * width + (width - 1) / 2 for bar in range(first, last + 1)]
    mean, median = float(np.mean(totals)), float(np.median(totals))
    figure, axes = new_figure(WIDTH, 3.1)
    axes.bar(centres, counts, width=0.88 * width, color=BLUE, alpha=0.85)
    axes.axvline(mean, color=ORANGE, linewidth=2, label=f"mean {number(mean)}")
    axes.axvline(median, color="black", linewidth=2, linestyle=(0, (2, 1.5)), label=f"median {number(median)}")
    axes.set_xticks(centres, [number(bar * width) for bar in range(first, last + 1)])
    axes.tick_params(axis="x", length=0)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set(xlabel=label, ylabel="students", ylim=(0, max(counts) * 1.08))
    figure.legend(loc="outside upper left", frameon=False, ncols=2)
    alt = (
        f"Histogram of {len(totals)} totals: from {number(min(totals))} to {number(max(totals))} of "
        f"{number(maximum)} points, mean {number(mean)}, median {number(median)}."
    )
    return picture(figure, alt)


def outcomes(exercises: Sequence[ExerciseSummary]) -> Picture:
    """What became of each exercise: one bar per exercise, divided by outcome."""
    figure, axes = new_figure(WIDTH, _height(exercises) + 0.5)
    left = np.zeros(len(exercises))
    narrow = 0.035 * max(exercise.students for exercise in exercises)  # no room for a number
    for kind in OUTCOMES:
        counts = np.array([exercise.counts[kind] for exercise in exercises])
        if counts.any():
            bars = axes.barh(range(len(exercises)), counts, left=left, color=COLOURS[kind], label=kind, height=0.72)
            ink = "white" if kind in (FULL, KNOWN, BROKEN) else "black"
            labels = [str(count) if count > narrow else "" for count in counts]
            axes.bar_label(bars, labels, label_type="center", color=ink)
        left += counts
    _name_rows(axes, exercises)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("submissions")
    figure.legend(loc="outside upper left", frameon=False, ncols=2, fontsize=10, handlelength=1.2)
    rows = (
        f"{exercise.name}: "
        + ", ".join(f"{exercise.counts[kind]} {kind}" for kind in OUTCOMES if exercise.counts[kind])
        for exercise in exercises
    )
    return picture(figure, "What became of each exercise. " + "; ".join(rows) + ".")


def full_shares(exercises: Sequence[ExerciseSummary]) -> Picture:
    """The share of submissions with full points per exercise, with its 95 % interval."""
    figure, axes = new_figure(WIDTH, _height(exercises))
    known = [(row, e, e.full_range) for row, e in enumerate(exercises) if e.full_range is not None]
    for row, exercise, (low, high) in known:
        axes.plot([100 * low, 100 * high], [row, row], color=GREY, linewidth=2, solid_capstyle="round")
        axes.plot(100 * exercise.full / exercise.students, row, "o", color=BLUE, markersize=8)
    _name_rows(axes, exercises)
    axes.set(xlim=(-3, 103), xlabel="full points, % of submissions")
    axes.grid(axis="x", color="#E8EAED")
    axes.set_axisbelow(True)
    rows = (
        f"{e.name} {percent(e.full / e.students)} ({percent(low)} to {percent(high)})" for _, e, (low, high) in known
    )
    return picture(figure, "Share of submissions with full points, and its 95 % interval: " + "; ".join(rows) + ".")


def discriminations(exercises: Sequence[ExerciseSummary]) -> Picture:
    """The discrimination index per exercise, with its 95 % interval and the region that is called good."""
    figure, axes = new_figure(WIDTH, _height(exercises))
    axes.axvspan(0.3, 1.05, color="#E6F1F8", linewidth=0)
    axes.axvline(0, color="black", linewidth=0.8)
    for row, exercise in enumerate(exercises):
        if exercise.discrimination is None:
            axes.text(0.04, row, "no value", color=GREY, fontsize=9, va="center")
            continue
        if exercise.discrimination_range:
            axes.plot(exercise.discrimination_range, [row, row], color=GREY, linewidth=2, solid_capstyle="round")
        axes.plot(exercise.discrimination, row, "D", color=ORANGE, markersize=7)
    _name_rows(axes, exercises)
    low = min([-0.25, *(e.discrimination_range[0] - 0.05 for e in exercises if e.discrimination_range)])
    low = min([low, *(e.discrimination - 0.05 for e in exercises if e.discrimination is not None)])
    axes.set(xlim=(low, 1.05), xlabel="discrimination (shaded: good)")
    rows = (f"{e.name} {signed(e.discrimination)}" for e in exercises)
    return picture(figure, "Discrimination per exercise: " + "; ".join(rows) + ". Above 0.3 is good.")


def class_map(assignment: AssignmentSummary) -> Picture:
    """A large class at a glance: one thin row per submission, the lowest total on top, one column per exercise."""
    exercises = assignment.exercises
    submissions = sorted(assignment.submissions, key=lambda s: (s.total, s.student))
    shares = np.full((len(submissions), len(exercises)), np.nan)
    for row, submission in enumerate(submissions):
        for column, exercise in enumerate(exercises):
            result = submission.results.get(exercise.name)
            if result is not None and result.maximum:
                shares[row, column] = min(max(result.points / result.maximum, 0), 1)
    figure, axes = new_figure(WIDTH, 4.6)
    image = axes.imshow(shares, cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    axes.set_xticks(range(len(exercises)), [_plain(e.name) for e in exercises], rotation=45, ha="right")
    axes.set_ylabel("submissions, lowest total on top")
    axes.spines[:].set_visible(False)
    figure.colorbar(image, label="share of the points", shrink=0.6)
    alt = f"All {len(submissions)} submissions by exercise, coloured by the share of the points, lowest total on top."
    return picture(figure, alt)


def _height(exercises: Sequence[ExerciseSummary]) -> float:
    return 0.9 + 0.34 * len(exercises)


def _name_rows(axes, exercises: Sequence[ExerciseSummary]) -> None:
    """Exercises as rows, the first on top."""
    axes.set_yticks(range(len(exercises)), [_plain(exercise.name) for exercise in exercises])
    axes.set_ylim(len(exercises) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _plain(name: str) -> str:
    """A name in which a dollar sign is not the beginning of a formula."""
    return name.replace("$", r"\$")
