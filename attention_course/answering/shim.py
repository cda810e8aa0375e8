"""What runs in the learner's kernel while an exam is held elsewhere: it looks up names and calls answers when asked.

Nothing here is trusted by the exam, and nothing worth hiding comes by: arguments arrive, results leave. The grader runs
`serve(globals())` as a cell; it returns when the exam is over.
"""

from __future__ import annotations

import marshal
import os
import socket
from collections.abc import Callable
from functools import lru_cache, partial
from importlib import import_module
from typing import Any

from attention_course.answering import quiet, wire
from attention_course.neutral import neutral

DESCRIPTOR = "ATTENTION_COURSE_ANSWERS_FD"
"""Environment variable that holds the number of the kernel's end of the connection."""

PROBES = "attention_course.probes."
"""Where everything lives that an exam may do with an answer besides calling it."""


_number = os.environ.get(DESCRIPTOR, "")
"""As it was when the kernel was made: a learner's cell may clear the environment."""


def connect(number: int) -> None:
    """Tell where the kernel's end is, in a kernel that was forked after this module had been imported."""
    global _number
    _number = str(number)


@lru_cache(maxsize=1)
def _connection() -> socket.socket:
    return socket.socket(fileno=int(_number or os.environ[DESCRIPTOR]))


def serve(namespace: dict[str, Any], connection: socket.socket | None = None) -> None:
    """Answer questions until the exam says that it is over, or is gone.

    Each question is `[number, word, ...]`, each reply `[number, ...]`: see `_look` and `_call`.
    """
    connection = _connection() if connection is None else connection
    with neutral():  # also what arrives is made under these settings
        _serve(namespace, connection)


def _serve(namespace: dict[str, Any], connection: socket.socket) -> None:
    while True:
        try:
            number, word, *rest = wire.receive(connection, views=True)
        except wire.ClosedError:
            return
        if word == "over":
            return
        reply = _look(namespace, *rest) if word == "look" else _call(namespace, *rest)
        wire.send(connection, _packed(number, reply))


def _packed(number: int, reply: list) -> bytes:
    """The message, or one that says that the answer is too large to be sent."""
    try:
        return wire.pack([number, *reply], views=False)
    except Exception:  # whatever a learner's object does when it is read
        return wire.pack([number, "unsendable"])


def _look(namespace: dict[str, Any], names: list[str]) -> list:
    """[[kind, value] for each name]: kind is "missing", "class", "function" (all that can be called) or "value"."""
    return [[_described(namespace, name) for name in names]]


def _described(namespace: dict[str, Any], name: str) -> list:
    if name not in namespace:
        return ["missing", None]
    value = namespace[name]
    if callable(value):
        return ["class" if isinstance(value, type) else "function", None]
    try:
        wire.pack(value)
    except Exception:
        return ["unsendable", None]
    return ["value", value]


def _call(namespace: dict[str, Any], names: list[str], use: list[str] | None, args: list, kwargs: dict) -> list:
    """["result", result, arguments] or ["error", error, line, arguments]; arguments are None where none changed."""
    before = wire.pack([args, kwargs])
    result, error, line = quiet.call(_caller(namespace, names, use), tuple(args), kwargs)
    arguments = None if _same(before, [args, kwargs]) else [args, kwargs]
    return ["error", error, line, arguments] if error else ["result", result, arguments]


def _caller(namespace: dict[str, Any], names: list[str], use: list[str] | None) -> Callable:
    """What is called: the first of the names, or a probe with all of them as its first arguments."""
    answers = [namespace.get(name, _absent(name)) for name in names]
    if use is None:
        return answers[0]
    module, probe = use
    if not module.startswith(PROBES):
        raise ValueError(f"{module} is not in {PROBES}")
    return partial(getattr(import_module(module), probe), *answers)


def _absent(name: str) -> Callable:
    def absent(*args: Any, **kwargs: Any) -> None:
        raise NameError(f"name {name!r} is not defined")

    return absent


def _same(before: bytes, arguments: list) -> bool:
    try:
        return wire.pack(arguments) == before
    except Exception:
        return False


def stand_in(namespace: dict[str, Any], cells: list[bytes], names: list[str]) -> None:
    """Define names as a notebook of their own defines them: by its given and exercise cells, run in order.

    The learner's helpers and earlier answers are out of their sight, so a right version stays right whatever else
    the learner's notebook defines.

    Args:
        cells: code as the grader has compiled it (`autograder.submission.twins.sealed`); there is no text of it here.
    """
    other: dict[str, Any] = {"__name__": "__main__"}
    with quiet.silence():
        for cell in cells:
            exec(marshal.loads(cell), other)
    namespace.update({name: other[name] for name in names})


def run_again(sources: list[str]) -> None:
    """Run cells that another kernel has run already, in one go: nobody looks at what they show, error or not."""
    from IPython import get_ipython  # the examiner, which imports this module, has no need of it

    shell = get_ipython()
    for source in sources:
        shell.run_cell(source, store_history=False, silent=True)
