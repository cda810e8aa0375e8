"""The reference answers, taken from the one place where they are written: the exercise cells of the solutions."""

from __future__ import annotations

import ast
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder import ROOT

SOURCE_VARIABLE = "ATTENTION_COURSE_SOURCE"
"""Environment variable that names another source directory than ROOT/solutions (an instructor's edited copy)."""


def _source() -> Path:
    return Path(os.environ.get(SOURCE_VARIABLE, ROOT / "solutions"))


def source_notebooks() -> list[str]:
    """The names of the assignments in the source directory, in order."""
    return sorted(path.stem for path in _source().glob("*/*.ipynb") if path.stem == path.parent.name)


def source_notebook(notebook: str) -> Path:
    """Path of the nbgrader source notebook of an assignment, which has the assignment's name."""
    return _source() / notebook / f"{notebook}.ipynb"


def exercise_sources(notebook: str) -> dict[str, str]:
    """The text of each exercise cell of a notebook, by exercise name, in order."""
    return {name: text for name, text in _cells(notebook) if name}


def given_sources(notebook: str) -> list[str]:
    """The text of each given cell of a notebook, in order."""
    return [text for name, text in _cells(notebook) if not name]


@lru_cache
def reference_namespace(notebook: str) -> dict[str, Any]:
    """Run the locked and the exercise cells of the source notebook, and return the names they define."""
    namespace: dict[str, Any] = {"__name__": f"reference_{notebook}"}
    for name, text in _cells(notebook):
        code = compile(
            text, f"<reference {name or 'given'}>", "exec", dont_inherit=True
        )  # our own future imports are not theirs
        exec(code, namespace)
    return namespace


def sources_up_to(notebook: str, exercise: str) -> list[str]:
    """The text of the given and exercise cells from the top of a notebook down to an exercise, it included.

    A right version rests on nothing further down; what is not examined yet is not among them.
    """
    texts = []
    for name, text in _cells(notebook):
        texts.append(text)
        if name == exercise:
            return texts
    raise KeyError(f"{notebook} has no exercise {exercise!r}")


def answer_names(notebook: str) -> set[str]:
    """The names that a notebook's exercise cells define: those that its checks meet as the learner's."""
    return set().union(*map(_defined_by, exercise_sources(notebook).values()))


@lru_cache
def _defined_by(text: str) -> set[str]:
    return _defined(ast.parse(text).body)


def _defined(statements: list[ast.stmt]) -> set[str]:
    """Names that statements bind in their own scope, not inside of the functions and classes among them."""
    names: set[str] = set()
    todo: list[ast.AST] = list(statements)
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
            continue
        if isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        if not isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            todo.extend(ast.iter_child_nodes(node))
    return names


def reference(notebook: str, name: str) -> Any:
    """One reference answer: a function, a class or a value."""
    return reference_namespace(notebook)[name]


def _cells(notebook: str) -> list[tuple[str | None, str]]:
    """(exercise name or None for a given cell, text) of every cell that answers rest on."""
    path = source_notebook(notebook)
    if not path.exists():
        raise FileNotFoundError(f"no source notebook at {path}; run `python -m autograder build` first")
    return _cells_of(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def _cells_of(content: str) -> list[tuple[str | None, str]]:
    cells = []
    for cell in json.loads(content)["cells"]:
        marks = cell["metadata"].get("nbgrader")
        if cell["cell_type"] == "code" and marks and (marks["solution"] or not marks["grade"]):
            text = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
            cells.append((marks["grade_id"] if marks["solution"] else None, text))
    return cells
