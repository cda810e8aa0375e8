"""The text of a variant as a learner would have it in one cell: function or class, what it uses and what it imports."""

from __future__ import annotations

import ast
import inspect
import symtable
import textwrap
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any


def standalone(function: Callable, name: str) -> str:
    """Source text that defines a function or a class under another name and needs nothing of its module.

    Args:
        function: a function or a class at the top level of an exam module, decorated or not.
        name: what the learner calls it.

    Raises:
        ValueError: it uses something that cannot stand in a learner's notebook.
    """
    module = inspect.getmodule(function)
    if module is None:
        raise ValueError(f"{function.__name__} has no module")
    if getattr(function, "__closure__", None):
        main, parts = _wrapper(function)
    else:
        parts = _gather(module, function.__name__, {})
        main = parts.pop(function.__name__)
    if not isinstance(main, (ast.FunctionDef, ast.ClassDef)):
        return ast.unparse(main)
    for node in ast.walk(main):  # a recursion
        if isinstance(node, ast.Name) and node.id == main.name:
            node.id = name
    main.name = name
    imports = [part for part in parts.values() if isinstance(part, (ast.Import, ast.ImportFrom))]
    others = [part for part in parts.values() if part not in imports]
    if isinstance(main, ast.ClassDef):  # what a class is derived from has to stand before it
        return "\n\n\n".join(["\n".join(map(ast.unparse, imports)), *map(ast.unparse, [*others, main])]).lstrip()
    main.body = [*imports, *others, *main.body]  # inside, where they cover no name of the notebook
    return ast.unparse(main)


def _wrapper(function: Any) -> tuple[ast.stmt, dict[str, ast.stmt]]:
    """A function that a decorator has put around another, or around a class: its text, and all that both use."""
    code = function.__code__
    main = ast.parse(textwrap.dedent(inspect.getsource(code))).body[0]
    parts: dict[str, ast.stmt] = {}
    inside = {n: cell.cell_contents for n, cell in zip(code.co_freevars, function.__closure__ or (), strict=True)}
    for node in ast.walk(main):
        if isinstance(node, ast.Name) and node.id in inside:
            node.id = inside[node.id].__name__
    for other in inside.values():
        _gather(inspect.getmodule(other) or inspect, other.__name__, parts)
    for used in sorted(_globals(ast.unparse(main)) - set(parts)):
        _gather(import_module(function.__globals__["__name__"]), used, parts)
    return main, parts


def _gather(module: ModuleType, name: str, found: dict[str, ast.stmt]) -> dict[str, ast.stmt]:
    """Add to `found` the statements that define a name and all that it uses, what is used before what uses it."""
    statement = _statements(inspect.getsource(module)).get(name)
    if statement is None or name in found:
        return found
    source = (isinstance(statement, ast.ImportFrom) and statement.module) or ""
    if source.endswith(".earlier"):  # the learner's notebook has it under this name
        return found
    if source.startswith("autograder.exams."):
        return _gather(import_module(source), name, found)
    if source.startswith("autograder"):
        raise ValueError(f"{module.__name__} takes {name} from {source}, which learners do not have")
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        statement = ast.parse(ast.unparse(statement)).body[0]
        assert isinstance(statement, (ast.FunctionDef, ast.ClassDef))
        kept = [d for d in statement.decorator_list if ast.unparse(d).startswith("dataclass")]
        statement.decorator_list = kept  # the others register a variant
    found[name] = statement  # already, for functions that call each other
    for used in sorted(_globals(ast.unparse(statement))):
        _gather(module, used, found)
    found[name] = found.pop(name)
    return found


def _globals(source: str) -> set[str]:
    """The names that a statement takes from its module: neither its parameters nor what it assigns itself."""
    tables = [symtable.symtable(source, "<variant>", "exec")]
    names = set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        names |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and s.is_global()}
        if table.get_type() == "module":
            names |= {s.get_name() for s in table.get_symbols() if s.is_referenced()}
    return names


@lru_cache
def _statements(source: str) -> dict[str, ast.stmt]:
    """The top-level statements of a module by the names they define."""
    statements: dict[str, ast.stmt] = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            statements[statement.name] = statement
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            for alias in statement.names:
                statements[(alias.asname or alias.name).split(".")[0]] = statement
        elif isinstance(statement, ast.Assign):
            statements |= {target.id: statement for target in statement.targets if isinstance(target, ast.Name)}
    return statements
