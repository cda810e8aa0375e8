"""One call of an answer with everything it prints, shows and warns about dropped; an error is a result like another."""

from __future__ import annotations

import builtins
import contextlib
import io
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from attention_course.answering.settings import usual

_CELL = re.compile(r"ipykernel_|^<(?!frozen|__array)")
"""File names that cells have: ipykernel's, and <...> for text given to exec."""


class Called(NamedTuple):
    """What a call returned, or the built-in name of its exception and the line of the answer that raised it."""

    result: Any
    error: str = ""
    line: str = ""


def call(answer: Callable, args: tuple, kwargs: dict) -> Called:
    """Call an answer. An interrupt passes through: it is the grader's time limit."""
    with silence(), usual():
        try:
            return Called(_snapshot(answer(*args, **kwargs)))
        except (Exception, SystemExit) as error:
            return Called(None, _builtin_name(error), _line_of(error))


class _Nowhere(io.TextIOBase):
    """A stream that forgets: a learner's print inside a hidden exam must neither leak inputs nor fill the memory."""

    def write(self, text: str) -> int:
        return len(text)


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Drop what the body prints, displays and warns about."""
    with (
        contextlib.redirect_stdout(_Nowhere()),
        contextlib.redirect_stderr(_Nowhere()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        _unplugged(),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _unplugged() -> Iterator[None]:
    """In a kernel, `display(...)` does not pass through stdout, and `exit()` would stop the kernel, not the call."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        yield
        return
    publish, ask_exit = shell.display_pub.publish, getattr(shell, "ask_exit", None)
    shell.display_pub.publish, shell.ask_exit = _ignore, sys.exit
    try:
        yield
    finally:
        shell.display_pub.publish, shell.ask_exit = publish, ask_exit


def _ignore(*args: Any, **kwargs: Any) -> None:
    pass


def _snapshot(result: Any) -> Any:
    """The result as it is now: a function that fills one buffer again on every call is right each time."""
    if isinstance(result, np.ndarray):
        return result.copy()
    if hasattr(result, "detach") and hasattr(result, "clone"):  # a tensor
        return result.detach().clone()
    return type(result)(map(_snapshot, result)) if type(result) in (list, tuple) else result


def _builtin_name(error: BaseException) -> str:
    """The built-in exception that this one is: a learner's own class could carry a hidden input in its name."""
    if type(error).__name__ == "StdinNotImplementedError":  # input() in a kernel; not the mark of an unwritten answer
        return "StdinNotImplementedError"
    return next(kind.__name__ for kind in type(error).__mro__ if getattr(builtins, kind.__name__, None) is kind)


def _line_of(error: BaseException) -> str:
    """The deepest line of the notebook's own code in the traceback: a cell's, never a library's or ours."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _CELL.search(f.filename)]
    return (frames[-1].line or "").strip()[:120] if frames else ""
