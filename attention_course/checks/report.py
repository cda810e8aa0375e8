"""How a check speaks: one error class whose rendering is its message, and one line when all is well."""

from __future__ import annotations

import contextlib
import copy
import linecache
import sys
import traceback
import warnings
from collections import deque
from collections.abc import Callable
from functools import wraps

import numpy as np
from numpy.typing import NDArray

from attention_course.checks.own_errors import with_own_lines


class CheckError(AssertionError):
    """A check failed. The message is for the learner; the stack of our own frames would only bury it."""

    def _render_traceback_(self) -> list[str]:
        # IPython prints what this returns instead of a traceback
        return [f"{type(self).__name__}: {self}"]


POINTS: dict[str, dict[str, int]] = {}
"""The points of each exercise by notebook, as its checks declare them; a test holds them against the lesson."""

_HOLDING: set[tuple[str, str]] = set()
"""(notebook, exercise) of the checks that held when they last ran in this kernel."""


def visible_check(
    points: int, *, then: str = "", own: int | None = None
) -> Callable[[Callable[..., str | None]], Callable[..., None]]:
    """Decorate the check of an exercise: when it holds, it says so and counts the points in this kernel.

    Args:
        points: of the exercise, as in the lesson.
        then: a last sentence for the learner, where the check returns none of its own.
        own: how many of what it is given, from the front, are this exercise's answers; the others, an earlier one's,
            may be lent. None: all that can be called, and the first.
    """

    def decorate(check: Callable[..., str | None]) -> Callable[..., None]:
        notebook, name = check.__module__.split(".")[2], check.__name__
        POINTS.setdefault(notebook, {})[name] = points

        @wraps(check)
        def checked(*answers) -> None:
            __tracebackhide__ = True
            _HOLDING.discard((notebook, name))
            _refuse_what_is_lent(name, answers[:own])
            note = check(*answers) or then
            _HOLDING.add((notebook, name))
            held = sum(worth for exercise, worth in POINTS[notebook].items() if (notebook, exercise) in _HOLDING)
            plural = "point" if points == 1 else "points"
            passed(name, then=f"{points} {plural}; {held} of {sum(POINTS[notebook].values())} so far. {note}".strip())

        return checked

    return decorate


def _refuse_what_is_lent(name: str, answers: tuple) -> None:
    """The answers are an exercise's functions, or its value and then values of earlier exercises."""
    for place, answer in enumerate(answers):
        if getattr(answer, "lent", False) and (place == 0 or callable(answer)):
            raise LentError(f"{name} is lent: it earns no points, and there is nothing to check. Go on below.")


class LentError(CheckError):
    """The answer is one that the course has lent. The grader knows this class by its name: it gives no points then."""


def passed(name: str, *, then: str = "") -> None:
    """Print the one line a learner sees when the visible check of an exercise holds."""
    print(f"{name}: the visible checks hold." + (f" {then}" if then else ""))


def called(function, *args, case: str = "", **kwargs):
    """Call the learner's function, turning an unwritten stub into a friendly sentence.

    Warnings are kept quiet: a right answer may divide 0 by 0 on its way, and nbgrader gives no points to a graded
    cell that writes to stderr. The last one is told beside an error, since it often knows the cause.

    Args:
        function: the learner's.
        args, kwargs: what it is called with.
        case: what is special about them, for the sentence above an error: "a batch of two".

    Raises:
        CheckError: the function, or one that it calls, is still a stub.
        Exception: what the function raised; its traceback shows the learner's lines only, below the case.
    """
    __tracebackhide__ = True
    warned: deque[str] = deque(maxlen=1)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), _pytorch_warns_each_time():
            warnings.simplefilter("always")
            warnings.showwarning = lambda message, *_args, **_kwargs: warned.append(str(message))
            return function(*args, **kwargs)
    except CheckError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        stub = _stub(error)
        if not stub:
            with_own_lines(error, function, args, kwargs, case=case, warning="".join(warned))
            raise
    raise CheckError(f"{stub} is still to be written: replace `raise NotImplementedError()` by your code.") from None


def _stub(error: BaseException) -> str:
    """The unwritten function that raised the error, or "".

    PyTorch raises NotImplementedError too, with a text, of an operation that a device or a type lacks.
    """
    if not isinstance(error, NotImplementedError) or error.__traceback__ is None:
        return ""
    # the deepest frame is the stub itself, perhaps of an earlier exercise; of a method, name its class too
    frame, number = list(traceback.walk_tb(error.__traceback__))[-1]
    line = linecache.getline(frame.f_code.co_filename, number).strip()
    if error.args and not line.startswith("raise NotImplementedError"):
        return ""
    method = frame.f_code.co_qualname.rpartition("<locals>.")[2]
    return method if "." in method else frame.f_code.co_name


@contextlib.contextmanager
def _pytorch_warns_each_time():
    """Most of its warnings come once in a process: a check that runs a second time would not hear them."""
    torch = sys.modules.get("torch")
    before = torch is None or torch.is_warn_always_enabled()
    try:
        if torch is not None:
            torch.set_warn_always(True)
        yield
    finally:
        if torch is not None:
            torch.set_warn_always(before)


def result_of(function, name: str, *args, case: str = "", **kwargs):
    """Call the function and make sure that it left its inputs alone.

    Raises:
        CheckError: the function is a stub, or it changed an array or a list it was given.
    """
    __tracebackhide__ = True
    before = copy.deepcopy(args)
    result = called(function, *args, case=case, **kwargs)
    for old, new in zip(before, args, strict=True):
        if isinstance(old, (np.ndarray, list)) and not np.array_equal(old, new):
            kind = "array" if isinstance(old, np.ndarray) else "list"
            raise CheckError(f"{name} changed the {kind} it was given. Work on a copy: `x = x - 1`, not `x -= 1`.")
    return result


def expect_value_error(function, advice: str, *args, returned: str = "", **kwargs) -> None:
    """Make sure that what makes no sense is refused.

    Args:
        function: the learner's.
        advice: what the sentence begins with: "f should raise a ValueError when ...".
        args, kwargs: what makes no sense.
        returned: what to look at where the function returns something.

    Raises:
        CheckError: the function returned something, or raised another error.
    """
    try:
        called(function, *args, **kwargs)
    except ValueError:
        return
    except CheckError:
        raise
    except Exception as error:
        raise CheckError(f"{advice}; yours raises {type(error).__name__}: {error}.") from None
    raise CheckError(f"{advice}; yours returns something. {returned}".rstrip())


def as_numbers(result, name: str) -> NDArray:
    """The result as a numeric array, or a sentence about what it is instead.

    Raises:
        CheckError: the result is None or cannot be read as an array of numbers.
    """
    if result is None:
        raise CheckError(f"{name} returned None. Is there a `return` on the last line?")
    try:
        array = np.asarray(result)
    except Exception:  # a ragged list, or an object whose own conversion raises
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise CheckError(f"{name} should return an array of numbers; it returned {type(result).__name__}.")
    return array


def expect_shape(array: NDArray, shape: tuple[int, ...], name: str, hint: str = "") -> None:
    """Compare shapes and say both.

    Raises:
        CheckError: the shapes differ.
    """
    if array.shape != shape:
        raise CheckError(f"{name} should have shape {shape}, yours has {array.shape}. {hint}".rstrip())
