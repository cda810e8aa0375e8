"""Boxes, arrows and little grids: what the schematic drawings are made of."""

from __future__ import annotations

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from attention_course.figures.canvas import BLUE, GREY, new_figure

INK = "#202124"
PALE = {BLUE: "#DCEBF5", GREY: "#ECEDEF", "#B45F06": "#F8E7D3", "#00735A": "#D6EFE8"}
"""A light fill for each line colour of the canvas; black text on it stays well above 4.5:1."""


def sheet(width: float, height: float, *, bottom: float = 0.0):
    """An empty drawing area with one unit to the inch, y upwards.

    Args:
        width, height: inches.
        bottom: the y at its lower edge.

    Returns:
        (figure, axes).
    """
    figure, axes = new_figure(width, height)
    axes.set(xlim=(0, width), ylim=(bottom, bottom + height), aspect="equal")
    axes.axis("off")
    return figure, axes


def box(axes, x: float, y: float, text: str, *, width=1.1, height=0.5, colour=BLUE, size=10) -> None:
    """A rounded box centred at (x, y)."""
    corner = (x - width / 2, y - height / 2)
    shape = FancyBboxPatch(corner, width, height, boxstyle="round,pad=0,rounding_size=0.08", fc=PALE[colour], ec=colour)
    axes.add_patch(shape)
    label(axes, x, y, text, size=size)


def arrow(axes, start, end, *, colour=INK, width=1.3, bend=0.0, style="-|>") -> None:
    """An arrow from start to end, both (x, y)."""
    curve = f"arc3,rad={bend}"
    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle=style,
            mutation_scale=11,
            color=colour,
            lw=width,
            connectionstyle=curve,
            shrinkA=0,
            shrinkB=0,
        )
    )


def label(axes, x: float, y: float, text: str, *, colour=INK, size=10, across="center", weight="normal") -> None:
    """Text centred on y; `across` is left, center or right."""
    axes.text(x, y, text, ha=across, va="center", color=colour, fontsize=size, fontweight=weight)


def grid(axes, x: float, y: float, fills, *, cell=0.32, texts=None, edge="white") -> None:
    """Little squares, row by row from the top left corner (x, y).

    Args:
        fills: rows of colours.
        texts: rows of strings to write into the squares.
    """
    for row, colours in enumerate(fills):
        for column, colour in enumerate(colours):
            left, bottom = x + column * cell, y - (row + 1) * cell
            axes.add_patch(Rectangle((left, bottom), cell, cell, fc=colour, ec=edge, lw=1.2))
            if texts:
                label(axes, left + cell / 2, bottom + cell / 2, texts[row][column], size=9)
