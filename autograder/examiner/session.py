"""The graded cells of one submission, run in this process with the learner's names bound to answers elsewhere."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import socket
import time
import traceback
from collections.abc import Collection
from contextlib import closing, nullcontext
from dataclasses import asdict
from functools import lru_cache, partial
from typing import Any

from attention_course.answering import quiet, wire
from attention_course.checks import CheckError
from autograder.exam.exercise import SEED_VARIABLE
from autograder.exam.reference import answer_names, reference
from autograder.exam.verdict import ExamBrokenError, collected
from autograder.examiner.answers import look_up
from autograder.examiner.carry import carried, right_version
from autograder.examiner.conversation import Conversation, LostKernelError
from autograder.kernels.peak import Peak

_CELL = "<graded cell>"
_LONGEST = 1000
"""Characters of what an assertion says."""


class Session:
    """One notebook's examination.

    Args:
        notebook: its name, number included.
        own_lines: the lines of the learner's own cells.
    """

    def __init__(self, notebook: str, own_lines: Collection[str] = ()):
        self._notebook, self.own_lines = notebook, own_lines
        self._answer_names = answer_names(notebook)
        self._namespace: dict[str, Any] = {"__name__": "__main__"}
        self._given: list[str] = []

    def examine(self, request: dict[str, Any], conversation: Conversation) -> dict[str, Any]:
        """Run one graded cell.

        Args:
            request: "given": the locked cells above it; "cell": its text; "exercise": its name;
                "hidden": whether learners do not see that text.

        Returns:
            "error": {"ename", "evalue"} or None; "verdict": of the exam in it, {} if there is none; "printed";
            "broken": why the exam itself failed, or ""; "lost": the incident's name if the kernel was lost on the
            way, or ""; "carry": what `carry` returns, None while all is well.
        """
        reply: dict[str, Any] = {"error": None, "verdict": {}, "printed": "", "broken": "", "lost": "", "carry": None}
        answers: dict[str, Any] = {}
        try:
            answers = self._bind(request, conversation)
            self._run(request, reply)
        except LostKernelError as lost:
            reply["lost"] = lost.name
        except ExamBrokenError as error:
            reply["broken"] = str(error)
        if reply["error"] or reply["lost"] or reply["broken"]:
            reply["carry"] = self.carry(request["exercise"], answers)
        return reply

    def carry(self, exercise: str, answers: dict[str, Any]) -> dict[str, Any]:
        """What is to be put into a failed answer's place ("sources", "names"), and the sentence about it."""
        sources, names = right_version(self._notebook, exercise, answers)
        return {"sources": sources, "names": names, "sentence": carried(self._notebook, exercise)}

    def _bind(self, request: dict[str, Any], conversation: Conversation) -> dict[str, Any]:
        """Bind the learner's names that the cell or a given cell mentions, and run the given cells that are new."""
        new = request["given"][len(self._given) :]
        mentioned = set().union(*map(names_in, [*request["given"], request["cell"]]))
        names = sorted(mentioned & self._answer_names)
        answers = look_up(conversation, names, partial(reference, self._notebook))
        for name in self._answer_names:
            self._namespace.pop(name, None)
        self._namespace.update(answers)
        for text in new:
            self._given.append(text)
            with quiet.silence(), contextlib.suppress(Exception):  # a figure of the learner's result may fail
                exec(compile(text, "<given>", "exec", dont_inherit=True), self._namespace)
        self._namespace.update(answers)
        return answers

    def _run(self, request: dict[str, Any], reply: dict[str, Any]) -> None:
        printed = io.StringIO()
        with collected() as verdicts, quiet.silence(), contextlib.redirect_stdout(printed):
            try:
                exec(compile(request["cell"], _CELL, "exec", dont_inherit=True), self._namespace)
            except ExamBrokenError:
                raise
            except (Exception, SystemExit) as error:
                said = "" if request.get("hidden", True) else _asserted(error)
                reply["error"] = {"ename": type(error).__name__, "evalue": said or _message(error)}
        if verdicts:
            reply["verdict"] = asdict(verdicts[-1])
        reply["printed"] = printed.getvalue()


@lru_cache(maxsize=1000)
def names_in(text: str) -> set[str]:
    """Names that a cell's code reads."""
    try:
        tree = ast.parse(text)
    except SyntaxError:  # a cell magic; nothing of it runs here
        return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _asserted(error: BaseException) -> str:
    """What a graded cell's own assertion says; "" where the error comes from elsewhere."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    own = isinstance(error, AssertionError) and frames and frames[-1].f_code.co_filename == _CELL
    return str(error)[:_LONGEST] if own else ""


def _message(error: BaseException) -> str:
    """What may be repeated of an error: our own sentences, and which name is missing."""
    return str(error) if isinstance(error, (CheckError, NameError)) else ""


def hold(control: socket.socket) -> None:
    """Examine whatever the grader asks for, until it closes the connection.

    A request is one byte, which carries, if the cell is to be run, the descriptor of the kernel's connection and those
    that tell its memory, then a message. Without any the question is only what to put into the answer's place.
    """
    opening = wire.receive(control)
    os.environ[SEED_VARIABLE] = str(opening["seed"])
    session = Session(opening["notebook"], set(opening["lines"]))
    while True:
        mark, descriptors, _, _ = socket.recv_fds(control, 1, 3)
        if not mark:
            return
        request = wire.receive(control)
        if not descriptors:
            wire.send(control, wire.pack(session.carry(request["exercise"], {})))
            continue
        peak = Peak(descriptors[1:], request["born"]) if descriptors[1:] else None
        with socket.socket(fileno=descriptors[0]) as connection, closing(peak) if peak else nullcontext():
            until = time.monotonic() + request["seconds"]
            conversation = Conversation(connection, until, session.own_lines, peak)
            reply = session.examine(request, conversation)
            wire.send(control, wire.pack(reply))  # before the kernel goes on: whoever runs it finds the reply there
            conversation.say_it_is_over()
