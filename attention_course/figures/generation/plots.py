"""Plots of notebook 07: word vectors, chosen words, norms and turned dots, rules against the truth, a cache's bill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from attention_course.figures.canvas import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SEQUENTIAL,
    given_figure,
    new_figure,
    show,
)

COLOURS, MARKS = (ORANGE, BLUE, GREEN, GREY, "#000000", "#8C4A9E"), "os^Dv*P"


@given_figure
def word_maps(maps: Mapping[str, Any], words: Mapping[str, str]) -> None:
    """Word vectors in two dimensions, a panel for each table; colour and mark show a label of each word.

    Args:
        maps: by title, (n, 2) places of the words.
        words: each word with its label.
    """
    labels = list(dict.fromkeys(words.values()))
    figure, axes = new_figure(5.0 * len(maps), 4.3, columns=len(maps), squeeze=False)
    of_word = np.array([labels.index(label) for label in words.values()])
    for axis, (title, places) in zip(axes[0], maps.items(), strict=True):
        for number, name in enumerate(labels):
            mine = np.asarray(places)[of_word == number]
            axis.scatter(*mine.T, s=26, color=COLOURS[number], marker=MARKS[number], alpha=0.75, label=name)
        axis.set(title=title, xticks=[], yticks=[])
    axes[0][-1].legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    told = "; ".join(f"{title}: {_clustering(np.asarray(p), of_word):.2f}" for title, p in maps.items())
    show(
        figure,
        f"{len(words)} words on the two main axes of their vectors, marked by {', '.join(labels)}. The share of words "
        f"whose nearest neighbour in this flat picture has the same mark: {told}.",
    )


def _clustering(places: np.ndarray, labels: np.ndarray) -> float:
    apart = np.linalg.norm(places[:, None] - places, axis=-1)
    np.fill_diagonal(apart, np.inf)
    return float((labels[apart.argmin(axis=1)] == labels).mean())


@given_figure
def windows(rows: Sequence[Mapping[str, float]], chance: Mapping[str, float]) -> None:
    """How often a word's nearest neighbour has its class, and its topic, against the window.

    Args:
        rows: one for each window, with "window" and a share for each name of `chance`.
        chance: what any other word as neighbour would give.
    """
    figure, axes = new_figure(7.4, 3.2)
    places = range(len(rows))
    for (name, line), colour, mark in zip(chance.items(), COLOURS, MARKS, strict=False):
        axes.plot(places, [row[name] for row in rows], color=colour, marker=mark, label=f"same {name}")
        axes.axhline(line, color=colour, ls=":", lw=1.2)
    axes.set_xticks(places, [f"{row['window']:g}" for row in rows])
    axes.set(xlabel="window: words to each side", ylabel="share of nearest neighbours", ylim=(0, 1.05))
    axes.plot([], [], color=GREY, ls=":", lw=1.2, label="by chance")
    axes.legend(frameon=False, fontsize=9, loc="center right")
    told = "; ".join(
        f"{name}: "
        + ", ".join(f"{row[name]:.2f} with window {row['window']:g}" for row in rows)
        + f", chance {line:.2f}"
        for name, line in chance.items()
    )
    show(figure, f"The share of words whose nearest neighbour is of the same class or topic. {told}. Dotted: chance.")


@given_figure
def choices(shares: Mapping[str, Any], words: Sequence[str], after: str = "", most: int = 12) -> None:
    """One distribution of the next word under several rules, words in the order of the first one.

    Args:
        shares: by the name of a rule, (s,) probabilities.
        words: the s words.
    """
    tables = {name: np.asarray(table) for name, table in shares.items()}
    first = next(iter(tables.values()))
    order = np.argsort(-first, kind="stable")[:most]
    figure, axes = new_figure(max(4.5, 2.5 * len(tables)), 0.9 + 0.27 * most, columns=len(tables), squeeze=False)
    for number, (axis, (name, table)) in enumerate(zip(axes[0], tables.items(), strict=True)):
        axis.barh(range(most), table[order], color=BLUE if number == 0 else ORANGE, height=0.65)
        axis.set_yticks(range(most), [words[place] for place in order] if number == 0 else [])
        axis.tick_params(axis="y", length=0)
        axis.set(xlim=(0, max(table.max() for table in tables.values()) * 1.1), title=name)
        axis.set_xlabel("probability", fontsize=9)
        axis.invert_yaxis()
    figure.suptitle(after, fontsize=11)
    told = "; ".join(
        f"{name}: {(table > 0).sum()} words open, the first with {table.max():.2f}" for name, table in tables.items()
    )
    show(figure, f"The probabilities of the next word. {after} {told}.")


@given_figure
def norms(vectors: Mapping[str, Sequence[float]]) -> None:
    """A vector as it is and after each norm, as bars.

    Args:
        vectors: by name, the numbers.
    """
    figure, axes = new_figure(2.9 * len(vectors), 2.5, columns=len(vectors), squeeze=False)
    for number, (axis, (name, values)) in enumerate(zip(axes[0], vectors.items(), strict=True)):
        axis.bar(range(len(values)), values, color=GREY if number == 0 else BLUE)
        axis.axhline(np.mean(values), color=ORANGE, ls="--", lw=1.4)
        axis.axhline(0, color="black", lw=0.8)
        axis.set(title=name, xticks=[])
    told = "; ".join(
        f"{name}: mean {np.mean(v):.2f}, root of the mean square {np.sqrt(np.mean(np.square(v))):.2f}"
        for name, v in vectors.items()
    )
    show(figure, f"The numbers of a vector as bars, their mean dashed. {told}.")


@given_figure
def dots_by_position(tables: Mapping[str, Any]) -> None:
    """Dot products of one query and one key at all pairs of positions, a panel for each kind of positions.

    Args:
        tables: by name, (t, t) dot products, query positions down, key positions across.
    """
    figure, axes = new_figure(3.9 * len(tables), 3.5, columns=len(tables), squeeze=False)
    told = []
    for axis, (name, table) in zip(axes[0], tables.items(), strict=True):
        table = np.asarray(table)
        colours = axis.imshow(table, cmap=SEQUENTIAL)
        figure.colorbar(colours, ax=axis, shrink=0.8)
        axis.set(title=name, xlabel="position of the key", ylabel="position of the query")
        for side in (axis.xaxis, axis.yaxis):
            side.set_major_locator(MaxNLocator(integer=True))
        lanes = [np.ptp(np.diagonal(table, offset)) for offset in range(-len(table) + 2, len(table) - 1)]
        told.append(f"{name}: at equal distance the dots differ by up to {max(lanes):.2f}")
    show(figure, f"Dot products of the same query and key at different positions. {'; '.join(told)}.")


@given_figure
def corner(rows: Sequence[Mapping[str, Any]], share: str = "grammatical", near: str = "overlap") -> None:
    """Rules by how much of the truth they keep and how many of their texts are grammatical; the language in the corner.

    Args:
        rows: one for each rule, with "rule" and the two shares, both 1 for the language itself.
    """
    figure, axes = new_figure(10, 4.4, columns=2)
    for axis, low in zip(axes, (0.0, 0.85), strict=True):
        inside = [row for row in rows if min(row[near], row[share]) >= low]
        for row in inside:
            colour, mark = _kind(row["rule"])
            axis.scatter(row[near], row[share], color=colour, marker=mark, s=48, zorder=3)
        named = [row for row in inside if low or min(row[near], row[share]) < 0.85]  # the others in the other panel
        for number, row in enumerate(sorted(named, key=lambda row: (row[share] < 0.9, row[near]))):
            point = row[near], row[share]
            inner = point[0] > (max(low, 0.35) + 1) / 2  # towards the crowd in the corner there is no room for words
            across, place = ("right", (-6, 6)) if number % 2 else ("right" if inner else "left", (-2, -13))
            axis.annotate(row["rule"], point, place, textcoords="offset points", fontsize=8, ha=across)
        axis.scatter(1, 1, marker="*", s=210, color="black", zorder=4)
        axis.annotate("the language", (1, 1), (-6, 7), textcoords="offset points", fontsize=9, ha="right")
        axis.set(xlabel="overlap with the true next word", ylabel="grammatical texts")
        span = 1.0 - low
        axis.set(xlim=(low or 0.35, 1 + 0.03 * span), ylim=(low - 0.03 * span, 1 + 0.1 * span))
    axes[1].set_title("the corner, closer")
    told = "; ".join(f"{row['rule']}: overlap {row[near]:.2f}, grammatical {row[share]:.2f}" for row in rows)
    show(figure, f"Grammatical texts against overlap with the truth; the language itself is at 1 and 1. {told}.")


def _kind(rule: str) -> tuple[str, str]:
    kinds = {"top-k": (GREEN, "^"), "top-p": (BLUE, "s")}
    return next((look for name, look in kinds.items() if rule.startswith(name)), (ORANGE, "o"))


@given_figure
def per_token(costs: Sequence[Any]) -> None:
    """The time of a new token against the length of the text, with and without a cache, and what the cache holds.

    Args:
        costs: with `length`, `without`, `cached` (milliseconds) and `nbytes`.
    """
    figure, axes = new_figure(9.4, 3.5, columns=2)
    lengths = [cost.length for cost in costs]
    for name, colour, mark in (("without", ORANGE, "o"), ("cached", BLUE, "s")):
        label = "everything again" if name == "without" else "with a cache"
        axes[0].loglog(lengths, [getattr(cost, name) for cost in costs], color=colour, marker=mark, label=label)
    axes[0].set(xlabel="tokens before", ylabel="CPU milliseconds for a token")
    axes[0].legend(frameon=False, fontsize=9)
    axes[1].plot(lengths, [cost.nbytes / 1024 for cost in costs], color=GREEN, marker="^")
    axes[1].set(xlabel="tokens before", ylabel="KiB in the cache", ylim=(0, None))
    axes[0].set_xticks(lengths, [f"{length}" for length in lengths])
    axes[0].minorticks_off()
    told = "; ".join(
        f"after {c.length} tokens {c.without:.1f} ms without, {c.cached:.1f} ms with, {c.nbytes / 1024:.0f} KiB held"
        for c in costs
    )
    show(figure, f"What a new token costs: {told}.")
