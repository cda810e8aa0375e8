"""The hidden exams: one package a notebook, one module an exercise, each with its wrong and right variants.

The package of notebook NN_name is called name; nothing else says which exams there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from autograder.exam.reference import source_notebooks


class _Exams(Mapping[str, ModuleType]):
    """Imports a package when asked for it: a graded cell needs the exams of its own notebook only."""

    def __getitem__(self, notebook: str) -> ModuleType:
        if notebook not in self:
            raise KeyError(notebook)
        return import_module(f"{__name__}.{_package(notebook)}")

    def __contains__(self, notebook: object) -> bool:
        return isinstance(notebook, str) and _package(notebook) in _packages()

    def __iter__(self) -> Iterator[str]:
        return (notebook for notebook in source_notebooks() if notebook in self)

    def __len__(self) -> int:
        return len(list(iter(self)))


def _package(notebook: str) -> str:
    """The name of a notebook without its number; "" where it has none."""
    match = re.fullmatch(r"\d+_(\w+)", notebook)
    return match[1] if match else ""


def _packages() -> set[str]:
    return {module.name for module in iter_modules(__path__) if module.ispkg}


EXAMS = _Exams()
"""Notebook -> the package that examines it; its EXERCISES are in the order of the notebook."""
