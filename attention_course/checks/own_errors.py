"""An error in the learner's own code, as the learner needs it: which case was tried, and the learner's own lines."""

from __future__ import annotations

import contextlib
import inspect
import linecache
import re
import sysconfig
import textwrap
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import numpy as np

_PACKAGE = Path(__file__).parents[1]
_LIBRARIES = tuple(
    {str(_PACKAGE), *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))}
)
_MADE_BY_PYTHON = ("<frozen ", "<__array_function__", "<string>", "<attrs ")

FRAMES = 3
"""How many of the learner's frames are shown: the first one called, and the last two before the error."""

WIDTH = 110
"""Characters of a line, and three times as many of a library's message."""

_OF_ARRAYS = "|".join(name for name in dir(np.ndarray) if not name.startswith("_") and not hasattr(list, name))

ADVICE = (
    ("truth value of an (array|empty)|Boolean value of Tensor", "An array has no one truth value. Did a row come "
     "where one number was meant? Whether there is an array is asked by `is not None`; two are joined by `&` or `|`."),
    ("bitwise_(and|or|xor)\\S* not (implemented|supported)", "`&` and `|` bind more tightly than `<` and `==`: does "
     "each comparison stand in brackets?"),
    ("ufunc 'bitwise_(and|or|xor)' not supported", "`&` and `|` bind more tightly than `<` and `==`: does each "
     "comparison stand in brackets?"),
    ("list indices must be .*, not NoneType", "None is no place in a list. Which index was None, and should the list "
     "be asked there at all?"),
    ("list indices must be .*, not float", "A place in a list is an int: `//` divides to one, `int()` makes one."),
    ("list indices must be .*, not (dict|str|set)", "A list is asked by the number of a place. Which of the two should "
     "be a dict?"),
    (f"list indices must be .*, not|'list' object has no attribute '({_OF_ARRAYS})'|'list' and 'list'", "A list knows "
     "neither axes nor arithmetic; `np.asarray` makes an array of it."),
    ("only integer (scalar arrays|tensors of a single element) can be converted to", "An array came where one whole "
     "number is asked for. A list takes one place at a time; `np.asarray` makes an array of it, which takes many."),
    ("shape mismatch: indexing (arrays|tensors)|[Bb]oolean index did not match|shape of the mask", "What picks places "
     "together has one length, and a mask the length of what it picks from. Was one of them cut or filtered, and the "
     "other not?"),
    ("unhashable type: '(list|numpy.ndarray|set)'", "A set holds what cannot change: a tuple such as `(i, j)`."),
    ("could not be broadcast|must match the size of tensor|not broadcastable", "Shapes are compared from the right; "
     "only an axis of length 1 stretches. Write the two shapes below each other: is an axis missing, or one of "
     "the two cut?"),
    ("matmul: Input operand|mat1 and mat2 shapes|batch2 tensor to be", "In `a @ b` the last axis of a meets the last "
     "but one of b. In a batch `.T` turns all axes round; which two should change places?"),
    ("exceeds dimension size|equal to batch_size", "More is read along an axis than it holds. Is it the axis you mean? "
     "PyTorch's recurrent parts take the words along the first axis, unless `batch_first=True` says otherwise."),
    ("mask shape should match|shape of the [23]D attn_mask", "A mask for PyTorch's attention is (t, t), the same for "
     "all, or (b * h, t, t), one for each head of each row. Which shape has yours?"),
    ("modified by an inplace operation", "Something was written into a tensor that the gradient still needs. Methods "
     "that end in an underscore, `+=` and `x[...] =` do so; their other forms make a new tensor."),
)  # fmt: skip
"""Words of NumPy's, PyTorch's and Python's, and what they mean to somebody who has not met them before."""


def with_own_lines(error: BaseException, function: Callable, args: tuple, kwargs: dict, **words: str) -> None:
    """Cut an error's traceback to the learner's frames, and let IPython print those below the case that was tried.

    The error stays what it is: its class, its message and its cause. Where the learner has no frame in it, as when
    the arguments do not fit, the traceback ends where it was caught.

    Args:
        error: what the learner's function raised.
        function, args, kwargs: the call.
        words: `case`, what is special about the arguments, and `warning`, the last one before the error.
    """
    own = own_frames(error.__traceback__)
    told = [what_stopped(error, function, args, kwargs, words.get("case", "")), *_places(own)]
    if words.get("warning"):
        told.append("a warning came before it: " + textwrap.shorten(words["warning"], 2 * WIDTH))
    told.append(_last_line(error))
    told += [textwrap.fill(advice, WIDTH) for words, advice in ADVICE if re.search(words, str(error))][:1]
    lines = [line for text in told for line in text.splitlines()]
    error.__traceback__ = _chain(own)
    with contextlib.suppress(AttributeError, TypeError):  # a class with slots: IPython then prints a traceback
        error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]


def own_frames(trace: TracebackType | None) -> list[TracebackType]:
    """The links of a traceback that lie in a notebook's cells or in a file of the learner's."""
    links = []
    while trace is not None:
        if not _is_library(trace.tb_frame):
            links.append(trace)
        trace = trace.tb_next
    return links


def _is_library(frame: FrameType) -> bool:
    name = frame.f_code.co_filename
    return name.startswith((*_LIBRARIES, *_MADE_BY_PYTHON)) or frame.f_globals.get("__name__", "") == __name__


def _chain(links: list[TracebackType]) -> TracebackType | None:
    chained = None
    for link in reversed(links):
        chained = TracebackType(chained, link.tb_frame, link.tb_lasti, link.tb_lineno)
    return chained


def what_stopped(error: BaseException, function: Callable, args: tuple, kwargs: dict, case: str) -> str:
    """One sentence: the function, the error, and the arguments that were tried."""
    kind = type(error).__name__
    happened = "was interrupted" if kind == "KeyboardInterrupt" else f"stops with {_article(kind)} {kind}"
    tried = ", ".join(described(function, args, kwargs))
    told = f"{_name(function)} {happened}" + (f" for {tried}" if tried else "") + (f": {case}" if case else "")
    return textwrap.fill(told, WIDTH)


def _article(word: str) -> str:
    return "an" if word[:1] in "AEIOU" else "a"


def _name(function: Callable) -> str:
    code = getattr(function, "__code__", None)
    name = getattr(function, "__qualname__", "") or type(function).__qualname__
    name = name.rpartition("<locals>.")[2]
    return "your function" if code is not None and name == "<lambda>" else name


def described(function: Callable, args: tuple, kwargs: dict) -> list[str]:
    """The arguments of a call by name, arrays and tensors by their shapes; what is None is left out."""
    given: Iterable[tuple[str, Any]]
    try:
        bound = inspect.signature(function).bind(*args, **kwargs).arguments
        given = [pair for name, value in bound.items() for pair in _flat(name, value)]
    except (TypeError, ValueError):  # they do not fit, or a built-in function tells no names
        given = [*(("", value) for value in args), *kwargs.items()]
    return [f"{name} {_shape_or_value(value)}".strip() for name, value in given if value is not None]


def _flat(name: str, value: Any) -> list[tuple[str, Any]]:
    if name == "args" and isinstance(value, tuple):
        return [("", part) for part in value]
    return list(value.items()) if name == "kwargs" and isinstance(value, dict) else [(name, value)]


def _shape_or_value(value: Any) -> str:
    shape, kind = getattr(value, "shape", None), str(getattr(value, "dtype", "")).removeprefix("torch.")
    if shape is not None and kind:
        return f"{tuple(shape)}" + ("" if kind in ("float64", "float32") else f" of {kind}")
    if isinstance(value, (bool, int, float, str, np.generic)):
        return f"= {value!r}"
    if isinstance(value, (list, tuple, dict, set)):
        text = repr(value)
        return f"= {text}" if len(text) <= 40 else f"a {type(value).__name__} of {len(value)}"
    return f"of the class {type(value).__name__}"


def _places(links: list[TracebackType]) -> list[str]:
    """The learner's frames, each with its place and its line; of many the first and the last."""
    left_out = len(links) - FRAMES
    if left_out > 0:
        between = f"  ... {left_out} more call{'s' if left_out > 1 else ''}"
        return [_place(links[0]), between, *map(_place, links[1 - FRAMES :])]
    return [*map(_place, links)]


def _place(link: TracebackType) -> str:
    code = link.tb_frame.f_code
    line = linecache.getline(code.co_filename, link.tb_lineno).strip()
    place = f"  {_cell(code.co_filename)}, line {link.tb_lineno}, in {code.co_qualname.rpartition('<locals>.')[2]}"
    return place + (f"\n----> {textwrap.shorten(line, WIDTH)}" if line else "")


def _cell(filename: str) -> str:
    """`cell In[7]` for a cell, the notebook for a function of an earlier one, else the file's name."""
    from IPython import get_ipython

    shell = get_ipython()
    found = shell.compile.format_code_name(filename) if shell is not None else None
    if found:
        return " ".join(found)
    return f"notebook {filename.strip('<>')}" if filename.startswith("<") else Path(filename).name


def _last_line(error: BaseException) -> str:
    last = "".join(traceback.format_exception_only(error)).strip()
    return textwrap.fill(textwrap.shorten(last, 3 * WIDTH, placeholder=" ..."), WIDTH)
