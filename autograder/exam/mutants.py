"""Small changes to a reference answer. An exam that passes one of them would pass a learner with the same slip."""

from __future__ import annotations

import ast
import contextlib
import inspect
import signal
import textwrap
from collections.abc import Iterator
from typing import Any

from autograder.exam.exercise import Exercise
from autograder.exam.reference import exercise_sources, reference_namespace

_SWAPS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
    ast.FloorDiv: (ast.Div, ast.Mod),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_PAIRS = "sin cos,max min,argmax argmin,sum mean,all any,tril triu,tanh sinh,ones zeros,exp expm1,log log1p,floor ceil"
_COUSINS = {a: b for pair in _PAIRS.split(",") for a, b in (pair.split(), pair.split()[::-1])}
_EITHER_ORDER = {"swapaxes", "transpose", "maximum", "minimum", "promote_types"}
"""Functions of two arguments, or of two axes, whose order does not matter."""

_ORDER_MATTERS = (ast.Sub, ast.Div, ast.MatMult, ast.Pow, ast.Mod, ast.FloorDiv)


class TimeUpError(BaseException):
    """A mutant ran too long. It is no Exception, so that no exam takes it for the outcome of a call."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeUpError in the body after so many seconds; in the main thread of a POSIX system only."""

    def stop(signum: int, frame: object) -> None:
        raise TimeUpError

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Every text that differs from the source in one place, as (description, text).

    A description reads "function: before -> after", or "class.method: before -> after", with a number where that is
    not the first such place; it holds no line number, so that it outlives an edit of the docstring. Docstrings and
    messages of errors stay as they are.
    """
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    counts: dict[str, int] = {}
    for name, function in _functions(tree):
        for parent, container, key in _places(function):
            original = container[key]
            shown = parent if _is_number(original) else None  # a bare number says too little
            before = _line(shown or original)
            for changed in list(_changes(original)):
                container[key] = changed
                text, after = ast.unparse(tree), _line(shown or changed)
                container[key] = original
                if text not in seen:
                    seen.add(text)
                    what = f"{name}: {before} -> {after}"
                    counts[what] = counts.get(what, 0) + 1
                    yield what + (f" #{counts[what]}" if counts[what] > 1 else ""), text


def examine(exercise: Exercise, seed: int = 0, seconds: float = 5) -> dict[str, bool]:
    """Judge every mutant of an exercise's reference: {description: whether it survives}."""
    source, namespace = reference_source(exercise)
    survives = {}
    for description, text in mutants(source):
        mutant = dict(namespace)
        exec(compile(text, "<mutant>", "exec"), mutant)
        answer = {name: mutant[name] for name in exercise.functions} or mutant[exercise.reference.__name__]
        try:
            with time_limit(seconds):
                survives[description] = exercise.first_failure(answer, seed, exercise.nothing_given) is None
        except TimeUpError:
            survives[description] = False
    return survives


def reference_source(exercise: Exercise) -> tuple[str, dict[str, Any]]:
    """The text of a reference and the names it may use."""
    if exercise.own_reference is None:
        return exercise_sources(exercise.notebook)[exercise.name], reference_namespace(exercise.notebook)
    return textwrap.dedent(inspect.getsource(exercise.own_reference)), exercise.own_reference.__globals__


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The functions of a text and the methods of its classes, by name."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{part.name}", part) for part in node.body if isinstance(part, ast.FunctionDef))


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant))


def _line(node: Any) -> str:
    return " ".join(ast.unparse(node).split()) if not isinstance(node, ast.Pass) else "(nothing)"


def _places(node: ast.AST) -> Iterator[tuple[ast.AST, Any, Any]]:
    """(parent, container, key) of every part of a function where a change counts, outermost first."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "exc", "func", "ctx"):
            if field == "func" and isinstance(value, ast.Attribute):
                yield from _places(value)
            continue
        items = enumerate(value) if isinstance(value, list) else [(field, value)]
        container = value if isinstance(value, list) else vars(node)
        for key, item in items:
            if isinstance(item, ast.AST) and not _is_docstring(item):
                yield node, container, key
                yield from _places(item)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """What could stand in a node's place by a slip."""
    match node:
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield from (ast.Constant(other) for other in (value + 1, value - 1, 0))
        case ast.Constant(value=str() as value):
            yield ast.Constant(value + "x")
        case ast.BinOp(left=left, op=op, right=right):
            yield from (ast.BinOp(left, swap(), right) for swap in _SWAPS.get(type(op), ()))
            yield from (left, right)
            if isinstance(op, _ORDER_MATTERS):
                yield ast.BinOp(right, op, left)
        case ast.BoolOp(op=op, values=values):
            yield from (ast.BoolOp(swap(), values) for swap in _SWAPS[type(op)])
            yield from values
        case ast.UnaryOp(operand=operand) | ast.Attribute(value=operand, attr="T"):
            yield operand
        case ast.Subscript(value=value, ctx=ast.Load()):
            yield value
        case ast.Compare(left=left, ops=[op], comparators=comparators):
            yield from (ast.Compare(left, [swap()], comparators) for swap in _SWAPS.get(type(op), ()))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield from (ast.IfExp(test, orelse, body), body, orelse)
        case ast.Tuple(elts=elements, ctx=ast.Load()) if len(elements) > 1:
            yield ast.Tuple(elements[::-1], ast.Load())
        case ast.If(test=test, body=body, orelse=orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.AugAssign(target=target, op=op, value=value):
            yield from (ast.AugAssign(target, swap(), value) for swap in _SWAPS.get(type(op), ()))
        case ast.Call():
            yield from _changed_calls(node)
    if isinstance(node, ast.stmt):
        yield ast.Pass()


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _changed_calls(call: ast.Call) -> Iterator[ast.AST]:
    function, args, keywords = call.func, call.args, call.keywords
    yield from (arg for arg in args if not isinstance(arg, ast.Starred))  # the wrapper is dropped
    cousin = _COUSINS.get(_name(function))
    if isinstance(function, ast.Attribute):
        yield function.value
        if cousin:
            yield ast.Call(ast.Attribute(function.value, cousin, ast.Load()), args, keywords)
    elif cousin:
        yield ast.Call(ast.Name(cousin, ast.Load()), args, keywords)
    yield from (ast.Call(function, args, keywords[:i] + keywords[i + 1 :]) for i in range(len(keywords)))
    yield from (ast.Call(function, args[:i] + args[i + 1 :], keywords) for i in range(len(args)))
    if _name(function) in _EITHER_ORDER:
        return
    for i in range(len(args) - 1):
        yield ast.Call(function, [*args[:i], args[i + 1], args[i], *args[i + 2 :]], keywords)
