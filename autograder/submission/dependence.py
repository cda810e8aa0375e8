"""Whether one cell of a notebook can rest on what a name means that another cell defines.

Told from the texts alone, and on the safe side: "it can" may be said too often, and costs a few seconds then.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

_BACK_DOORS = frozenset(
    [
        "__builtins__",
        "__import__",
        "__main__",
        "eval",
        "exec",
        "gc",
        "get_ipython",
        "getattr",
        "globals",
        "inspect",
        "locals",
        "setattr",
        "sys",
        "vars",
    ]
)
"""Whoever mentions one of these may reach any name."""

_LONGEST = 100_000
"""Characters of a cell that is read."""

_BUILT_IN = frozenset(dir(builtins))


@dataclass(frozen=True)
class _Text:
    """The names in a cell.

    Args:
        mentioned: all of them, but for those that mean something inside of a function alone.
        bound: given a meaning, or changed in a part.
        handed: to a call that is made for its effect; it may change whatever it is handed.
        imported: bound to a module or to what is in one.
    """

    mentioned: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()
    handed: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()


def rests_on(above: Iterable[NotebookNode], text: str, names: Iterable[str]) -> bool:
    """Whether what the text of a cell meets can depend on some names' meaning.

    Args:
        above: the cells above it: the learner's and the given ones, graded ones left out of account.
        names: what may have another meaning.
    """
    names = set(names)
    try:
        return bool(names) and _rests_on(above, text, names)
    except _UnreadableError:
        return True


def _rests_on(above: Iterable[NotebookNode], text: str, names: set[str]) -> bool:
    others = [
        _read(cell.source, locked=bool(cell.metadata.get("nbgrader", {}).get("locked")))
        for cell in above
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("grade")
    ]
    modules = frozenset().union(*(other.imported for other in others))  # to call what is in one does not change it
    reached, before = set(_read(text, locked=True).mentioned), None
    while reached != before:
        before = set(reached)
        for other in others:
            if (other.bound | other.handed - modules) & reached:
                reached |= other.mentioned
    return bool(reached & (names | _BACK_DOORS))


class _UnreadableError(Exception):
    """Nobody can tell from the text of a cell what it does."""


@lru_cache(maxsize=256)
def _read(source: str, *, locked: bool) -> _Text:
    """Read one cell's text. It is a learner's: it is parsed and never run, and nothing that it holds is an error here.

    Remembered, since a notebook's cells are read again for each check below them, and a class's given cells are alike.

    Raises:
        _UnreadableError: it is too long, or nested too deeply, or awaits outside of a function, which only IPython can.
    """
    if len(source) > _LONGEST:
        raise _UnreadableError
    try:
        text = TransformerManager().transform_cell(source)  # magics become calls of get_ipython()
        tree = ast.parse(text)
    except SyntaxError:
        return _Text()  # it never runs
    except Exception as error:
        raise _UnreadableError from error
    try:
        scopes = _scopes(symtable.symtable(text, "<cell>", "exec"))
    except Exception as error:
        raise _UnreadableError from error
    top = scopes[0]
    mentioned = {s.get_name() for scope in scopes for s in scope.get_symbols() if scope is top or s.is_global()}
    imported = {s.get_name() for s in top.get_symbols() if s.is_imported()}
    bound = imported | {s.get_name() for s in top.get_symbols() if s.is_assigned()}
    bound |= {s.get_name() for scope in scopes[1:] for s in scope.get_symbols() if s.is_declared_global()}
    handed: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, (ast.Store, ast.Del)):
            bound |= _names(node)
        elif isinstance(node, ast.Expr) and not locked:
            handed |= _names(node) - _BUILT_IN
    return _Text(*map(frozenset, (mentioned, bound & mentioned, handed & mentioned, imported)))


def _scopes(table: symtable.SymbolTable) -> list[symtable.SymbolTable]:
    return [table, *(scope for child in table.get_children() for scope in _scopes(child))]


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
