"""The hidden exams: one package per notebook, one module per exercise, each with its wrong and right variants."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType

_PACKAGES = {
    "00_start_here": "start_here",
    "01_attention_from_scratch": "from_scratch",
    "02_worked_example": "worked_example",
    "03_batched_attention": "batched_attention",
    "04_masked_language_model": "masked_language_model",
}


class _Exams(Mapping[str, ModuleType]):
    """Imports a package when asked for it: a graded cell needs the exams of its own notebook only."""

    def __getitem__(self, notebook: str) -> ModuleType:
        return import_module(f"{__name__}.{_PACKAGES[notebook]}")

    def __iter__(self) -> Iterator[str]:
        return iter(_PACKAGES)

    def __len__(self) -> int:
        return len(_PACKAGES)


EXAMS = _Exams()
"""Notebook -> the package that examines it; its EXERCISES are in the order of the notebook."""
