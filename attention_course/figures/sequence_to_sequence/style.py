"""What the figures of notebook 06 share: texts in the course's style, so that Chinese words have their glyphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

import matplotlib

from attention_course.figures import canvas
from attention_course.language.chinese import GLOSSES

P = ParamSpec("P")
T = TypeVar("T")


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


def glossed(words: Sequence[str], between: str = "\n") -> list[str]:
    """Chinese words with their meaning; other words as they are."""
    return [f"{word}{between}{GLOSSES[word]}" if word in GLOSSES else word for word in words]
