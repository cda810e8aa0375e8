"""Brings a function that the learner wrote in an earlier notebook into a later one."""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import json
import linecache
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SECONDS = 10.0
"""How long an earlier notebook may take: definitions take no time, an endless loop must not stop this notebook."""

_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)


def own_function(
    notebook: str,
    name: str,
    fallback: Callable | None,
    probe: tuple = (),
    *,
    returns: tuple[str, ...] = (),
    trial: Callable[[Any], Any] | None = None,
    folder: Path | None = None,
) -> Callable | None:
    """Return the learner's own function from an earlier notebook, or the fallback, and print one line: which, and why.

    The imports, functions and assignments in that notebook's given and exercise cells are run in a namespace of
    their own; its other cells and statements are not. What they print is not shown, and nothing is raised.

    Args:
        notebook: e.g. "01_attention_from_scratch"; looked for in the folder of that name beside this
            notebook's folder, then in this notebook's folder.
        name: the function's name.
        fallback: what to use instead; None if there is nothing.
        probe: arguments for one trial call. Where there is a fallback, both must give the same numbers, so that a
            mistake in the earlier notebook is not paid for again in this one.
        returns: where the function returns several things, their names; the trial call must return as many.
        trial: instead of a call with `probe`, for a class say: trial(kind) gives numbers that both must agree on.
        folder: this notebook's folder; by default the current one.
    """
    path = _find(notebook, Path.cwd() if folder is None else folder)
    whose = "one lent by the course" if trial else "the library's"
    if path is None:
        return _instead(fallback, f"no notebook {notebook} was found next to this one", name, whose)
    function, problem = _in_time(lambda: _try_out(path, name, fallback, probe, returns, trial))
    if problem is not None:
        return _instead(fallback, f"in your notebook {notebook}, {name} {problem}", name, whose)
    print(f"{name}: using your {name} of notebook {notebook.partition('_')[0]}.")
    return function


def own_class(
    notebook: str, name: str, problem_with: Callable[[dict[str, Any]], str | None], *, folder: Path | None = None
) -> dict[str, Any] | None:
    """Return what the learner's earlier notebook defines if a class in it is right, else None; print one line: which.

    Args:
        notebook, folder: as for `own_function`.
        name: the class.
        problem_with: gets all the names that the notebook defines, and says what is the matter with the class, None if
            nothing is; whatever it raises counts as a matter too.
    """
    path = _find(notebook, Path.cwd() if folder is None else folder)
    if path is None:
        print(f"{name}: no notebook {notebook} was found next to this one; one that the course lends is used here.")
        return None
    names, problem = _in_time(lambda: _examined(path, name, problem_with))
    if problem is not None:
        print(f"{name}: in your notebook {notebook}, {name} {problem}; one that the course lends is used here.")
        return None
    print(f"{name}: using your {name} of notebook {notebook.partition('_')[0]}.")
    return names


def _examined(path: Path, name: str, problem_with: Callable[[dict[str, Any]], str | None]) -> tuple:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        names = definitions(path)
        if not callable(names.get(name)):
            return None, "is not there or does not run"
        try:
            problem = problem_with(names)
        except NotImplementedError:
            return None, "is still to be written"
    return (None, problem) if problem else (names, None)


def _find(notebook: str, folder: Path) -> Path | None:
    places = (folder.parent / notebook, folder, folder / notebook)
    return next((path for path in (place / f"{notebook}.ipynb" for place in places) if path.is_file()), None)


def _instead(fallback: Callable | None, reason: str, name: str, whose: str) -> Callable | None:
    consequence = "so the cells that compare with it are left out" if fallback is None else f"{whose} is used here"
    print(f"{name}: {reason}; {consequence}.")
    return fallback


def _in_time(work: Callable[[], tuple]) -> tuple[Any, str | None]:
    """(function, None) or (None, what is the matter with it). A thread, because any platform can abandon one."""
    results: list[tuple] = []

    def run() -> None:
        try:
            results.append(work())
        except (Exception, SystemExit) as error:  # whatever a learner's half-finished notebook does
            results.append((None, f"stops with {type(error).__name__}"))

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(SECONDS)
    return results[0] if results else (None, f"does not finish within {SECONDS:.0f} seconds")


def _try_out(
    path: Path,
    name: str,
    fallback: Callable | None,
    probe: tuple,
    returns: tuple[str, ...],
    trial: Callable[[Any], Any] | None,
) -> tuple[Callable | None, str | None]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        function = definitions(path).get(name)
        if not callable(function):
            return None, "is not there or does not run"
        try:
            tried = trial or (lambda tested: tested(*copy.deepcopy(probe)))
            result = tried(function) if probe or trial else None
        except NotImplementedError:
            return None, "is still to be written"
        if (probe or trial) and fallback is not None and not _same_numbers(result, tried(fallback)):
            return None, "does not give the library's numbers yet"
        if returns and not (isinstance(result, (tuple, list)) and len(result) == len(returns)):
            return None, f"must return ({', '.join(returns)})"
    return function, None


def definitions(path: Path) -> dict[str, Any]:
    """The names that a notebook's given and exercise cells define; what cannot run is passed over."""
    namespace: dict[str, Any] = {"__name__": path.stem}
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"], 1):
        marks = cell.get("metadata", {}).get("nbgrader") or {}
        if cell.get("cell_type") != "code" or marks.get("grade") or not (marks.get("solution") or marks.get("locked")):
            continue
        name, statements = f"<{path.stem}, cell {number}>", _statements("".join(cell["source"]))
        for statement in statements:
            if isinstance(statement, _DEFINITIONS):
                with contextlib.suppress(Exception, SystemExit):
                    exec(compile(ast.Module([statement], []), name, "exec", dont_inherit=True), namespace)
        if statements:
            _keep_source(name, "".join(cell["source"]))
    return namespace


def _keep_source(name: str, text: str) -> None:
    """Let tracebacks, and `function??`, show the lines of a function that came from another notebook."""
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)


def _statements(text: str) -> list[ast.stmt]:
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return ast.parse(TransformerManager().transform_cell(text)).body  # lines with % or ! become Python calls
    except SyntaxError:
        return []


def _same_numbers(mine: Any, theirs: Any) -> bool:
    try:
        return np.shape(mine) == np.shape(theirs) and bool(np.allclose(mine, theirs, rtol=1e-6, atol=1e-8))
    except (TypeError, ValueError):
        return False
