"""Whether one cell of a notebook can rest on what a name means that another cell defines.

Told from the texts alone, and on the safe side: "it can" may be said too often, and costs a few seconds then.
"""

from __future__ import annotations

import ast
import builtins
import symtable
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from nbformat import NotebookNode

from autograder.submission.learner_text import UnreadableError, python_of

BACK_DOORS = frozenset(
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

_PATIENCE = 5.0
"""Seconds in which the cells above a check are to be read; what was read is remembered for the next one."""
MOST_CELLS = 2000
"""Cells that are read, all of which are remembered."""

_BUILT_IN = frozenset(dir(builtins))


@dataclass(frozen=True)
class Names:
    """The names in a cell.

    Args:
        mentioned: all of them, but for those that mean something inside of a function alone.
        bound: given a meaning, or changed in a part.
        handed: to a call that is made for its effect; it may change whatever it is handed.
        imported: bound to a module or to what is in one.
        functions: bound to a function or a class that is written in the cell.
    """

    mentioned: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()
    handed: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()


def rests_on(above: Iterable[NotebookNode], text: str, names: Iterable[str]) -> bool:
    """Whether what the text of a cell meets can depend on some names' meaning.

    Args:
        above: the cells above it: the learner's and the given ones, graded ones left out of account.
        names: what may have another meaning.
    """
    names = set(names)
    try:
        return bool(names) and _rests_on(above, text, names)
    except UnreadableError:
        return True


def _rests_on(above: Iterable[NotebookNode], text: str, names: set[str]) -> bool:
    others = list(_all_read(above))
    modules = frozenset().union(*(other.imported for other in others))  # to call what is in one does not change it
    reached, before = set(_known(_read(text, locked=True)).mentioned), None
    while reached != before:
        before = set(reached)
        for other in others:
            if (other.bound | other.handed - modules) & reached:
                reached |= other.mentioned
    return bool(reached & (names | BACK_DOORS))


def _all_read(cells: Iterable[NotebookNode]) -> Iterator[Names]:
    """The names in the code cells that are not graded.

    Raises:
        UnreadableError: one cannot be read, or they are too many or take too long.
    """
    until = time.monotonic() + _PATIENCE
    for number, cell in enumerate(cells):
        if number > MOST_CELLS or time.monotonic() > until:
            raise UnreadableError("too much to read")
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("grade"):
            yield names_in(cell)


def names_in(cell: NotebookNode) -> Names:
    """The names in a code cell.

    Raises:
        UnreadableError: nobody can tell what it does.
    """
    return _known(_read(cell.source, locked=bool(cell.metadata.get("nbgrader", {}).get("locked"))))


def _known(text: Names | None) -> Names:
    if text is None:
        raise UnreadableError
    return text


@lru_cache(maxsize=2 * MOST_CELLS)
def _read(source: str, *, locked: bool) -> Names | None:
    """Read one cell's text, a learner's; None where nobody can tell what it does.

    A text that awaits outside of a function is of that kind: only IPython can. Remembered, failures too, since a
    notebook's cells are read again for each check below them, and a class's given cells are alike.
    """
    try:
        read = python_of(source)
        if read is None:
            return Names()
        text, tree = read
        scopes = _scopes(symtable.symtable(text, "<cell>", "exec"))
    except Exception:
        return None
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
    functions = {s.get_name() for s in top.get_symbols() if s.is_namespace()}
    return Names(*map(frozenset, (mentioned, bound & mentioned, handed & mentioned, imported, functions)))


def _scopes(table: symtable.SymbolTable) -> list[symtable.SymbolTable]:
    return [table, *(scope for child in table.get_children() for scope in _scopes(child))]


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
