"""A learner's text as a syntax tree, or nothing: whatever stands in it, reading it ends soon and without an error.

The text is parsed and never run. Parsers have limits of their own for it (`1+1+...` is a tree as deep as it is long),
each with another error; and IPython's reads a cell again for each of its magics.
"""

from __future__ import annotations

import ast
import re
import warnings
from functools import lru_cache

from IPython.core.inputtransformer2 import TransformerManager

LONGEST = 100_000
"""Characters of a cell that is read."""
_MOST_WORK = 50_000
"""Characters that IPython may read to make Python of a cell: those of the cell times those lines that may be magics."""
_MAY_BE_MAGIC = re.compile(r"^[^\S\n]*[/,;].*$|^.*[%!?].*$", re.MULTILINE)


class UnreadableError(Exception):
    """Nobody can tell from a text what it does: it is too long, nested too deeply, or full of magics."""


def python_of(text: str) -> tuple[str, ast.Module] | None:
    """A cell's text as Python, magics as calls of get_ipython(), and its tree; None where it is none and never runs.

    Raises:
        UnreadableError: it may be Python, and is not read.
    """
    if len(text) > LONGEST:
        raise UnreadableError("too long")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape is none of the instructor's business
        try:
            return _parsed(text) or _parsed(_without_magics(text))
        except UnreadableError:
            raise
        except Exception as error:  # RecursionError, MemoryError, ValueError and what else a parser comes upon
            raise UnreadableError(type(error).__name__) from error


def tree_of(text: str) -> ast.Module:
    """The tree of a cell's text, an empty one where there is none to be had."""
    try:
        return (python_of(text) or ("", ast.Module([], [])))[1]
    except UnreadableError:
        return ast.Module([], [])


@lru_cache(maxsize=4000)
def defined_in(text: str) -> tuple[str, ...]:
    """Names of the functions, classes and variables that a cell's text defines at its top level, in order."""
    names: list[str] = []
    for node in tree_of(text).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target] if node.value else []
            names += [name for target in targets for name in _names_in(target)]
    return tuple(names)


def _names_in(target: ast.expr) -> list[str]:
    if isinstance(target, (ast.Tuple, ast.List)):
        return [element.id for element in target.elts if isinstance(element, ast.Name)]
    return [target.id] if isinstance(target, ast.Name) else []


def _parsed(text: str) -> tuple[str, ast.Module] | None:
    try:
        return text, ast.parse(text)
    except SyntaxError:
        return None


def _without_magics(text: str) -> str:
    if len(text) * len(_MAY_BE_MAGIC.findall(text)) > _MOST_WORK:
        raise UnreadableError("too many magics")
    return TransformerManager().transform_cell(text)
