"""Pictures and maps of notebook 08: digits, patches, what was looked at and what mattered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attention_course.figures.beyond_text.style import given
from attention_course.figures.canvas import BLUE, GREY, ORANGE, SEQUENTIAL, heatmap, new_figure, show


@given
def pictures(images, classes) -> None:
    """A row of pictures with their classes; images (n, 1, height, width)."""
    figure, axes = new_figure(1.0 * len(images) + 0.3, 1.4, columns=len(images), squeeze=False)
    for axis, image, name in zip(axes[0], images, classes, strict=True):
        _image(axis, image[0])
        axis.set_title(str(int(name)), fontsize=10)
    told = ", ".join(str(int(name)) for name in classes)
    show(figure, f"{len(images)} handwritten digits of 8 by 8 pixels, coarse but readable: {told}.")


def _image(axis, image) -> None:
    axis.imshow(np.asarray(image), cmap="gray_r", vmin=0, vmax=1)
    axis.set_xticks([])
    axis.set_yticks([])


@given
def cut_up(image, patches) -> None:
    """A picture with the lines along which it is cut, and its patches in a row as numbers.

    Args:
        image: (height, width). patches: (n, size * size) of it, one channel.
    """
    patches = np.asarray(patches)
    size, (height, width) = round(patches.shape[1] ** 0.5), np.shape(image)
    figure, axes = new_figure(9.8, 2.6, columns=2, width_ratios=(1, 3.4))
    _image(axes[0], image)
    for place in range(size, max(height, width), size):
        for draw in (axes[0].axhline, axes[0].axvline):
            draw(place - 0.5, color=ORANGE, lw=1.5)
    axes[0].set_title("a picture", fontsize=10)
    axes[1].imshow(patches.T, cmap="gray_r", vmin=0, vmax=1, aspect="auto")
    axes[1].set_xticks(range(len(patches)), [str(n) for n in range(1, len(patches) + 1)], fontsize=8)
    axes[1].set_yticks(range(patches.shape[1]))
    for place in range(1, len(patches)):
        axes[1].axvline(place - 0.5, color=ORANGE, lw=1.5)
    axes[1].set(xlabel="patch", ylabel="number")
    axes[1].set_title("its sentence: one column a patch", fontsize=10)
    empty = int((patches.sum(axis=1) == 0).sum())
    show(
        figure,
        f"A picture of {height} by {width} pixels, cut into {len(patches)} patches of {size} by {size}, and the same "
        f"as {len(patches)} columns of {patches.shape[1]} numbers. {empty} of the patches are empty.",
    )


@given
def looked_at(images, rollout, costs, rows: tuple[str, str, str], marks=None) -> None:
    """Pictures, where the class token looked, and what each patch is worth.

    Args:
        images: (n, 1, height, width). rollout, costs: (n, patches) of a square grid.
        rows: names of the three rows.
        marks: (n,) the patch that truly matters, framed; None if nobody knows.
    """
    images, grids = np.asarray(images), [np.asarray(table) for table in (rollout, costs)]
    side = round(grids[0].shape[1] ** 0.5)
    figure, axes = new_figure(1.35 * len(images) + 1.2, 4.3, columns=len(images), rows=3, squeeze=False)
    for column, image in enumerate(images):
        _image(axes[0][column], image[0])
        for row, table in enumerate(grids, 1):
            axes[row][column].imshow(table[column].reshape(side, side), cmap=SEQUENTIAL)
            axes[row][column].set_xticks([])
            axes[row][column].set_yticks([])
        if marks is not None:
            for row, scale in enumerate((image.shape[-1] / side, 1, 1)):
                top, left = divmod(int(marks[column]), side)
                axes[row][column].add_patch(_frame(left * scale - 0.5, top * scale - 0.5, scale))
    for row, name in enumerate(rows):
        axes[row][0].set_ylabel(name, fontsize=9)
    figure.supxlabel("yellow: the largest of its map; each map has a scale of its own", fontsize=9)
    same = float(np.mean(grids[0].argmax(axis=1) == grids[1].argmax(axis=1)))
    hits = (
        ""
        if marks is None
        else f" It is the marked one in {np.mean(grids[0].argmax(axis=1) == np.asarray(marks)):.0%}."
    )
    show(
        figure,
        f"{len(images)} pictures, each with a map of where it was looked and a map of what hiding a patch costs. In "
        f"{same:.0%} of them both have their brightest patch at the same place.{hits}",
    )


def _frame(x: float, y: float, size: float):
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), size, size, fill=False, ec=ORANGE, lw=2)


@given
def heads_by_distance(weights) -> None:
    """The mean weight of each head of a layer by how many places before the next song a song stands.

    Args:
        weights: (heads, distances): column 0 is the last song heard.
    """
    weights = np.asarray(weights)
    figure, axes = new_figure(7.6, 0.9 + 0.45 * len(weights))
    columns = [f"{place + 1} back" for place in range(weights.shape[1])]
    heatmap(axes, weights, [f"head {head + 1}" for head in range(len(weights))], columns, low=0, high=1)
    axes.set_aspect("auto")
    told = ", ".join(
        f"head {n + 1} {row.max():.2f} on the song {row.argmax() + 1} back" for n, row in enumerate(weights)
    )
    show(figure, f"The mean weight of each head by distance from the next song. Largest: {told}.")


@given
def hidden_songs(titles: Sequence[str], lost, weights, recommended: str) -> None:
    """For each song of a list how much was looked at it, and what is lost when others stand in its place."""
    places = np.arange(len(titles))[::-1]
    figure, axes = new_figure(9.4, 0.9 + 0.36 * len(titles), columns=2, sharey=True)
    for axis, values, colour, name in (
        (axes[0], weights, BLUE, "weight of the last place on it"),
        (axes[1], lost, ORANGE, "nats lost without it"),
    ):
        axis.barh(places, values, color=colour)
        axis.axvline(0, color=GREY, lw=1)
        axis.set_xlabel(name)
    axes[0].set_yticks(places, titles)
    axes[0].set_title(f"recommended: {recommended}", fontsize=10)
    looked, mattered = titles[int(np.argmax(weights))], titles[int(np.argmax(lost))]
    show(
        figure,
        f"For the list {', '.join(titles)} the model recommends {recommended}. It looks most at {looked}; hiding "
        f"{mattered} costs the recommendation most, {max(lost):.1f} nats.",
    )
