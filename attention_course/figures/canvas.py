"""How every figure looks and is shown: fonts with Chinese glyphs, colours safe for colour-blind readers, alt text."""

from __future__ import annotations

import base64
import html
import io
import os
import textwrap
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import matplotlib
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from attention_course.figures import FIGURES_VARIABLE

HAN_FONT = Path(__file__).parents[1] / "fonts" / "AttentionCourseHan-Regular.otf"
"""A subset of Noto Sans CJK SC (SIL Open Font License) with the characters of the worked example."""

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#B45F06", "#00735A", "#5F6368"
"""Line colours: distinct without colour vision, each above 4.5:1 against white."""

SEQUENTIAL = "cividis"
"""Colour map for magnitudes: perceptually even, the same for readers with and without colour vision."""


P = ParamSpec("P")
T = TypeVar("T")


def wanted() -> bool:
    """Whether the course's own figures are drawn. They take most of a notebook's time, so not where nobody looks."""
    validating = os.environ.get("NBGRADER_EXECUTION") == "validate"  # the button, and `make check`
    return os.environ.get(FIGURES_VARIABLE, "none" if validating else "all") != "none"


def given_figure(draw: Callable[P, T]) -> Callable[P, T | None]:
    """Decorate a function that draws one of the course's figures: where none is wanted, it says so in a line."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> T | None:
        if wanted():
            return draw(*args, **kwargs)
        words = f"[figure, not drawn here: {(draw.__doc__ or draw.__name__).splitlines()[0]}]"
        print(textwrap.fill(words, 76))  # the width of a feedback page
        return None

    return drawn


@lru_cache
def _register_font() -> str:
    font_manager.fontManager.addfont(HAN_FONT)
    return font_manager.FontProperties(fname=HAN_FONT).get_name()


def style() -> dict:
    """The rcParams of every figure; use as `with matplotlib.rc_context(style()):`."""
    return {
        "font.family": ["DejaVu Sans", _register_font()],  # the second serves the glyphs the first lacks
        "font.size": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "figure.dpi": 100,
        "svg.fonttype": "path",
    }


def new_figure(width: float, height: float, columns: int = 1, rows: int = 1, **kwargs):
    """A figure of the course's style and its axes.

    Args:
        width, height: inches.
        columns, rows: of the grid of axes.

    Returns:
        (figure, axes) as matplotlib.pyplot.subplots gives them; the figure belongs to no window, so nothing is
        shown twice and nothing is left open.
    """
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots(rows, columns, **kwargs)
    return figure, axes


def show(figure: Figure | None, alt: str) -> None:
    """Show a figure below the cell, as a picture that says in words what is to be seen.

    Args:
        figure: None shows nothing; a given figure is None where none is wanted.
        alt: what a reader who cannot see the figure needs to know: its finding, not its ink.
    """
    if figure is None:
        return
    from IPython.display import HTML, display

    display(HTML(picture(figure, alt)))


def picture(figure: Figure, alt: str) -> str:
    """The figure as HTML, for a display that changes while something is going on; arguments as in `show`."""
    with matplotlib.rc_context(style()):
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=110)
    data = base64.b64encode(buffer.getvalue()).decode()
    width = int(figure.get_figwidth() * 100)
    return (
        f'<img alt="{html.escape(alt, quote=True)}" width="{width}" style="max-width: 100%; background: white" '
        f'src="data:image/png;base64,{data}">'
    )


def heatmap(axes, matrix, rows, columns, *, title="", low=None, high=None, digits=2) -> AxesImage:
    """Draw a matrix as coloured cells with the numbers written in.

    Args:
        matrix: (len(rows), len(columns)) numbers.
        rows, columns: labels; Chinese ones render.
        low, high: values at the ends of the colour map; default: the matrix's own.
        digits: decimals written into the cells; None writes no numbers.
    """
    with matplotlib.rc_context(style()):
        image = axes.imshow(matrix, cmap=SEQUENTIAL, vmin=low, vmax=high)
        axes.set_xticks(range(len(columns)), columns)
        axes.set_yticks(range(len(rows)), rows)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_title(title)
        if digits is not None:
            for row, values in enumerate(matrix):
                for column, value in enumerate(values):
                    colour = "white" if image.norm(value) < 0.47 else "black"
                    axes.text(column, row, f"{value:.{digits}f}", ha="center", va="center", color=colour, fontsize=10)
    return image
