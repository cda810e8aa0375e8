"""The text of a variant as a learner would have it in one cell: the function, what it calls and what it imports."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType


def standalone(function: Callable, name: str) -> str:
    """Source text that defines `function` under another name and needs nothing of its module.

    Args:
        function: a function at the top level of an exam module, decorated or not.
        name: what the learner calls it.

    Raises:
        ValueError: it uses something that cannot stand in a learner's notebook.
    """
    module = inspect.getmodule(function)
    if module is None:
        raise ValueError(f"{function.__name__} has no module")
    parts = _gather(module, function.__name__, {})
    main = parts.pop(function.__name__)
    if isinstance(main, ast.FunctionDef):
        main.name = name
    imports = [part for part in parts.values() if isinstance(part, (ast.Import, ast.ImportFrom))]
    others = [part for part in parts.values() if part not in imports]
    texts = dict.fromkeys(ast.unparse(part) for part in imports)
    return "\n".join(texts) + "\n\n" * bool(texts) + "\n\n\n".join(ast.unparse(part) for part in [*others, main])


def _gather(module: ModuleType, name: str, found: dict[str, ast.stmt]) -> dict[str, ast.stmt]:
    """The statements that define a name and all that it uses, each before its first use but for recursion."""
    statement = _statements(inspect.getsource(module)).get(name)
    if statement is None or name in found:
        return found
    if isinstance(statement, ast.FunctionDef):
        statement = ast.parse(ast.unparse(statement)).body[0]
        assert isinstance(statement, ast.FunctionDef)
        statement.decorator_list = []
    elif isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("autograder"):
        raise ValueError(f"{module.__name__} takes {name} from {statement.module}, which learners do not have")
    found[name] = statement
    for used in sorted({node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}):
        _gather(module, used, found)
    return found


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
