"""What a graded cell leaves behind: outputs of bounded size, and one error that tells the learner why."""

from __future__ import annotations

import contextlib
import difflib
import json
import re
from itertools import dropwhile, takewhile
from typing import Any

from nbformat import NotebookNode, from_dict
from nbgrader import utils

from autograder.exam.verdict import MIME
from autograder.submission.incident import NAMES, Incident, incidents, report
from autograder.submission.learner_text import defined_in
from autograder.submission.unmarked import defining

_OURS = ("ExamError", "CheckError")
"""Errors whose message was written for the learner."""
_MOST_NAMES = 2000
"""Of a notebook, among which one is looked for that resembles a missing one."""


def error_output(name: str, message: str) -> NotebookNode:
    """An error as nbgrader counts it, showing nothing but its sentence."""
    return from_dict({"output_type": "error", "ename": name, "evalue": message, "traceback": [f"{name}: {message}"]})


def well_formed(output: Any) -> NotebookNode | None:
    """An output made afresh from what a kernel sent, which may be anything; None if it is no output.

    It has the fields and types that nbformat asks for; nbformat's `new_output` would check that against its schema,
    which takes as long as a short cell.
    """
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return from_dict({"output_type": kind, "name": name, "text": _text(output.get("text"))})
    if kind == "error":
        lines = output.get("traceback")
        lines = list(map(_text, lines)) if isinstance(lines, list) else []
        name, value = _text(output.get("ename")), _text(output.get("evalue"))
        return from_dict({"output_type": kind, "ename": name, "evalue": value, "traceback": lines})
    if kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
        data = {_text(key): _mime_value(_text(key), value) for key, value in output["data"].items() if key != MIME}
        metadata = _mime_value("json", output.get("metadata"))
        made = {"output_type": kind, "data": data, "metadata": metadata if isinstance(metadata, dict) else {}}
        return from_dict({**made, "execution_count": None} if kind == "execute_result" else made)
    return None


def _text(value: Any) -> str:
    """Text that a file can hold: half of a surrogate pair cannot be written."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _mime_value(mime: str, value: Any) -> Any:
    if mime.endswith("json"):
        with contextlib.suppress(TypeError, ValueError, RecursionError):
            return json.loads(_text(json.dumps(value)))
    return "".join(map(_text, value)) if isinstance(value, list) else _text(value)


def cut_error(output: NotebookNode, limit: int) -> NotebookNode:
    """An error of a bounded size; other outputs as they are."""
    if output.output_type == "error":
        output.ename, output.evalue = output.ename[:200], output.evalue[:limit]
        if sum(map(len, output.traceback)) > limit:
            output.traceback = [f"{output.ename}: {output.evalue[:1000]}"]
    return output


def merge_and_cut(cell: NotebookNode, limit: int) -> bool:
    """Join the pieces of each stream, keep `limit` characters of each, and say whether anything was cut."""
    outputs: list[NotebookNode] = []
    streams: dict[str, NotebookNode] = {}
    for output in cell.outputs:
        if output.output_type != "stream":
            outputs.append(output)
        elif output.name in streams:
            streams[output.name].text += output.text
        else:
            streams[output.name] = output
            outputs.append(output)
    cell.outputs = outputs
    long = [stream for stream in streams.values() if len(stream.text) > limit]
    for stream in long:
        stream.text = stream.text[:limit] + "\n... the rest was not kept"
    return bool(long)


def size_of(outputs: list[NotebookNode]) -> int:
    """Characters of some outputs as a file holds them, but for their marks; they may be nested as deep as JSON goes."""
    size, left = 0, list[Any](outputs)
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left += [*value, *value.values()]
        elif isinstance(value, list):
            left += value
        else:
            size += len(value) if isinstance(value, str) else 1
    return size


def without_results(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs of a graded cell that may stay: nbgrader reads a bare number as partial credit, nan as full marks."""
    return [output for output in outputs if output.output_type != "execute_result"]


def said_of(cell: NotebookNode) -> dict[str, Any]:
    """What nbgrader's own rules make of the outputs of a graded cell, as a verdict: "passed", "concept", "message"."""
    try:
        points, most = utils.determine_grade(cell)
    except (KeyError, ValueError) as error:  # nbgrader itself will stop at it
        return {"passed": False, "concept": "", "message": str(error)}
    if points == most:
        return {"passed": True, "concept": "", "message": ""}
    raised = next((o for o in cell.outputs if o.output_type == "error"), None)
    if raised:
        concept = raised.ename if raised.ename in NAMES else "not written" if _is_stub(raised) else "raises an error"
        return {"passed": False, "concept": concept, "message": f"{raised.ename}: {raised.evalue}".rstrip(": ")}
    if points:
        return {"passed": False, "concept": "partial credit", "message": f"{points:g} of {most:g} points."}
    warned = any(o.output_type == "stream" and o.name == "stderr" for o in cell.outputs)
    message = "a warning was printed while the check ran, which counts as a failure." if warned else "no points."
    return {"passed": False, "concept": "raises an error" if warned else "no points", "message": message}


def _is_stub(error: NotebookNode) -> bool:
    return error.ename == "NotImplementedError" and not error.evalue


def explain(
    notebook: NotebookNode, cell: NotebookNode, exercise: str, verdict: dict[str, Any], *, hidden: bool = False
) -> dict[str, Any]:
    """Leave one error in a failed graded cell, in words for the learner, and return the completed verdict.

    Args:
        hidden: the error comes from the part of the check that learners do not see.
    """
    errors = [output for output in cell.outputs if output.output_type == "error"]
    error = errors[-1]
    unreadable = next((i.name for i in incidents(notebook) if i.name in ("not a notebook", "no notebook")), "")
    if unreadable:
        message, concept = "nothing could be read in what was submitted.", unreadable
    elif error.ename == "NameError" and "name '" in error.evalue:
        message, concept = _missing_name(notebook, cell, error.evalue), "name missing"
        report(notebook, Incident("name missing", cell.metadata.nbgrader.grade_id, message))
    elif error.ename in _OURS:
        message, concept = error.evalue, verdict.get("concept", "visible check")
    elif error.ename == "NotImplementedError" and not error.evalue:  # with a text it is a library's complaint
        message, concept = _unwritten(notebook, cell, exercise), "not written"
    elif error.ename in NAMES:
        message, concept = error.evalue, error.ename
    elif error.ename == "AssertionError" and error.evalue:  # a check's own sentence
        message, concept = f"{exercise}: {error.evalue}", "visible check"
    else:
        check = "a hidden test" if hidden else "the visible check"
        message, concept = f"{exercise} raises {error.ename} in {check}.{_tried(error)}", "raises an error"
    cell.outputs = [o for o in cell.outputs if o.output_type != "error"] + [
        error_output(error.ename if error.ename in _OURS else "NotYet", message)
    ]
    return {"misconception": "", **verdict, "concept": concept, "message": message}


def _tried(error: NotebookNode) -> str:
    """The arguments that a visible check tried, where the first line of its traceback says them."""
    said = re.match(r".{1,200}? stops with an? \w+ for (.{1,300})", "".join(error.traceback[:1]))
    return f" It was tried with {said.group(1).rstrip('.')}." if said else ""


def _unwritten(notebook: NotebookNode, check: NotebookNode, exercise: str) -> str:
    """That an answer is missing, and where one stands that does not count."""
    below = list(dropwhile(lambda cell: cell is not check, notebook.cells))
    written = any(cell.cell_type == "code" and defining(exercise).search(cell.source) for cell in below)
    elsewhere = " A cell below this check defines it: what counts stands above." if written else ""
    return f"{exercise} is still to be written.{elsewhere}"


def _missing_name(notebook: NotebookNode, check: NotebookNode, message: str) -> str:
    """Why a graded name does not exist when it is examined: what the notebook's texts and errors say of that."""
    match = re.search(r"name '(\w+)' is not defined", message)
    if not match:
        return "a name is not defined."
    name = match.group(1)
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and not utils.is_grade(cell)]
    mentions = [cell for cell in code if utils.is_solution(cell) and re.search(rf"\b{name}\b", cell.source)]
    above = list(takewhile(lambda cell: cell is not check, notebook.cells))
    defining_cells = [cell for cell in code if defining(name).search(cell.source)]
    for cell in [*mentions, *defining_cells]:
        error = next((o for o in cell.outputs if o.output_type == "error"), None)
        if error and any(cell is other for other in above):
            return f"`{name}` does not exist, because its cell failed ({error.ename})."
    if any(cell is other for cell in defining_cells for other in above):
        return f"`{name}` is not there when this check runs, though a cell above defines it. Does a line take it away?"
    if defining_cells:
        return f"`{name}` is defined only below this check. Does its cell belong above it?"
    asked_for = {cell.metadata.nbgrader.grade_id for cell in code if utils.is_solution(cell)}
    close = difflib.get_close_matches(name, [n for n in _defined(notebook) if n not in asked_for], n=1, cutoff=0.5)
    if close:
        return f"`{name}` is not defined anywhere in the notebook. It defines `{close[0]}`; was it renamed?"
    return f"`{name}` is not defined anywhere in the notebook."


def _defined(notebook: NotebookNode) -> list[str]:
    """Names of the functions and variables that the notebook's code cells define at the top level."""
    names: dict[str, None] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and len(names) < _MOST_NAMES:
            names.update(dict.fromkeys(defined_in(cell.source)))
    return list(names)
