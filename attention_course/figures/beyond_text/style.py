"""What the figures of notebook 08 share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import matplotlib

from attention_course.figures import canvas

P = ParamSpec("P")
T = TypeVar("T")

COLOURS = (canvas.ORANGE, canvas.BLUE, canvas.GREEN, canvas.GREY, "#7B3294", "#1A1A1A")
MARKS, LINES = "os^DvX", ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))


def styled(draw: Callable[P, T]) -> Callable[P, T]:
    """Draw in the course's style: a text takes its font when it is made."""

    @wraps(draw)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> T:
        with matplotlib.rc_context(canvas.style()):
            return draw(*args, **kwargs)

    return in_style


def given(draw: Callable[P, None]) -> Callable[P, None]:
    """One of the course's figures, in its style, drawn where somebody looks."""
    return canvas.given_figure(styled(draw))
