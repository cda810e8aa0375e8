"""What an exam gets in the place of a learner's function, class or value."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from attention_course.answering.arrays import is_tensor
from attention_course.answering.shim import PROBES
from attention_course.answering.unpack import Opaque
from autograder.exam.outcome import AnswerElsewhere, Outcome
from autograder.examiner.conversation import Conversation, LostKernelError, known_error


class RemoteAnswer(AnswerElsewhere):
    """A function or class in the learner's kernel. Exams reach it through `Case.call`, plain tests by calling it.

    Args:
        name: what it is called there.
        right_version: makes a right version of it in this process.
    """

    def __init__(
        self,
        name: str,
        conversation: Conversation,
        *,
        is_class: bool = False,
        right_version: Callable[[str], Any] | None = None,
    ):
        self.__name__, self._conversation, self._is_class = name, conversation, is_class
        self._right_version = right_version

    def __deepcopy__(self, memo: dict) -> RemoteAnswer:
        return self  # the copy of a case asks the same kernel

    def here(self) -> Any:
        if self._right_version is None:
            raise TypeError(f"there is no right version of {self.__name__} in this process")
        return self._right_version(self.__name__)

    def outcome(
        self, use: Callable | None, args: tuple, kwargs: dict, beside: tuple = (), *, measured: bool = False
    ) -> Outcome:
        """What a call does there and, if it is measured, what memory the process there takes for it.

        Raises:
            LostKernelError: nothing comes back.
            TypeError: the exam asks for what no other process can do: a probe that is not public, a bare class.
        """
        if self._is_class and use is None:
            raise TypeError(f"{self.__name__} is a class: an exam can meet it through a probe only (Case.use)")
        if not all(isinstance(other, RemoteAnswer) for other in beside):
            raise TypeError(f"what a case uses beside {self.__name__} must be the learner's as well")
        names = [self.__name__, *(other.__name__ for other in beside)]
        question, memory = ("call", names, _address(use), list(args), kwargs), None
        if measured:
            reply, memory = self._conversation.ask_for_memory(*question)
        else:
            reply = self._conversation.ask(*question)
        if len(reply) == 3 and reply[0] == "result":
            return Outcome(reply[1], _arguments(reply[2], args, kwargs), memory=memory)
        if len(reply) == 4 and reply[0] == "error":
            line = self._conversation.known_line(reply[2])
            return Outcome(None, _arguments(reply[3], args, kwargs), known_error(reply[1]), line)
        if reply == ["unsendable"]:
            return Outcome(Opaque(), [*args, kwargs])
        raise LostKernelError("no answer")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """As a plain hidden test calls it: the result comes back, or an error of the same built-in kind is raised."""
        outcome = self.outcome(None, args, kwargs)
        *after, after_by_name = outcome.arguments
        _write_back(zip(args, after, strict=True))
        _write_back((kwargs[key], after_by_name.get(key)) for key in kwargs)
        if outcome.error:
            raise _error(outcome.error, f"raised by {self.__name__}")
        return outcome.result


def look_up(
    conversation: Conversation, names: Iterable[str], right_version: Callable[[str], Any] | None = None
) -> dict[str, Any]:
    """The learner's names: functions and classes as remote answers, values as they are; missing ones are left out.

    Args:
        right_version: makes a right version of a name in this process.

    Raises:
        LostKernelError: the kernel does not say.
    """
    names = list(names)
    reply = conversation.ask("look", names)
    described = reply[0] if len(reply) == 1 else None
    if type(described) is not list or len(described) != len(names):
        raise LostKernelError("no answer")
    found: dict[str, Any] = {}
    for name, one in zip(names, described, strict=True):
        if type(one) is not list or len(one) != 2:
            raise LostKernelError("no answer")
        kind, value = one
        if kind in ("function", "class"):
            found[name] = RemoteAnswer(name, conversation, is_class=kind == "class", right_version=right_version)
        elif kind != "missing":
            found[name] = value if kind == "value" else Opaque()
    return found


class StdinNotImplementedError(RuntimeError):
    """The answer called input(); the name is that of the kernel's own error."""


def _error(name: str, message: str) -> Exception:
    if name == "StdinNotImplementedError":
        return StdinNotImplementedError(message)
    kind = getattr(builtins, name, RuntimeError)
    try:
        return kind(message) if issubclass(kind, Exception) else RuntimeError(message)
    except TypeError:  # a few want more than a message
        return RuntimeError(message)


def _address(use: Callable | None) -> list[str] | None:
    """Where the kernel finds a probe."""
    if use is None:
        return None
    module, name = getattr(use, "__module__", ""), getattr(use, "__qualname__", "")
    if not module.startswith(PROBES) or not name.isidentifier():
        raise TypeError(f"a case uses {module}.{name}, which no kernel has; move it to a module of {PROBES[:-1]}")
    return [module, name]


def _arguments(reported: Any, args: tuple, kwargs: dict) -> list:
    """The arguments as a call left them; the kernel sends them only where they have changed."""
    if reported is None:
        return [*args, kwargs]
    if type(reported) is not list or len(reported) != 2:
        raise LostKernelError("no answer")
    by_place, by_name = reported
    if type(by_place) is not list or len(by_place) != len(args) or type(by_name) is not dict:
        raise LostKernelError("no answer")
    return [*by_place, by_name]


def _write_back(pairs: Iterable[tuple[Any, Any]]) -> None:
    """Let a plain test see what a call did to its arguments."""
    for mine, theirs in pairs:
        if mine is theirs:
            continue
        if isinstance(mine, np.ndarray) and isinstance(theirs, np.ndarray) and mine.shape == theirs.shape:
            np.copyto(mine, theirs, casting="unsafe")
        elif is_tensor(mine) and is_tensor(theirs) and mine.shape == theirs.shape:
            mine.copy_(theirs)
        elif type(mine) is type(theirs) and isinstance(mine, list):
            mine[:] = theirs
        elif type(mine) is type(theirs) and isinstance(mine, (dict, set)):
            mine.clear()
            mine.update(theirs)
