"""What the figures of notebook 02 share: a style, a colour for each token, and the four points of the plane."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import matplotlib
from matplotlib.figure import Figure

from attention_course.figures import canvas

COLOURS = [canvas.BLUE, canvas.ORANGE, canvas.GREEN, canvas.GREY]
"""One per token, in order; every mark also carries the token's name, so that no reading rests on colour."""

ENGLISH = {
    "我": "I", "喜欢": "like", "吃": "eat", "苹果": "apple",
    "爱": "love", "你": "you", "鱼": "fish", "的": "that", "猫": "cat",
}  # fmt: skip


def glossed(token: str, between: str = " ") -> str:
    """The token with its meaning in brackets, for those who read no Chinese; other words as they are."""
    return f"{token}{between}({ENGLISH[token]})" if token in ENGLISH else token


def below(tokens: list[str]) -> list[str]:
    """Labels for an axis: each token with its meaning below it."""
    return [glossed(token, "\n") for token in tokens]


def beside(tokens: list[str]) -> list[str]:
    """Labels for an axis: each token with its meaning beside it."""
    return [glossed(token) for token in tokens]


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure | None]:
    """A given figure; texts take their font when they are made, so the whole drawing happens in the course's style."""

    @canvas.given_figure
    @wraps(draw)
    def styled(*args, **kwargs) -> Figure:
        with matplotlib.rc_context(canvas.style()):
            return draw(*args, **kwargs)

    return styled


def draw_tokens(axes, embeddings, tokens: list[str]) -> None:
    """A named dot for each token, in a square frame."""
    for (x, y), token, colour in zip(embeddings, tokens, COLOURS, strict=True):
        axes.plot(x, y, "o", color=colour, markersize=8)
        offset, side = (9, "bottom") if y else (-9, "top")
        where = {"textcoords": "offset points", "ha": "center", "va": side}
        axes.annotate(glossed(token), (x, y), (0, offset), color=colour, fontsize=13, **where)
    axes.set(xlim=(-0.4, 1.45), ylim=(-0.3, 1.35), xticks=[0, 1], yticks=[0, 1], aspect="equal")
    axes.set(xlabel="first number", ylabel="second number")
