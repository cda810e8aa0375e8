"""The answers of earlier exercises, under their names in the notebook: a variant reads as it would there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder.exam.reference import reference


class Earlier:
    """`Earlier(notebook).name` calls the reference answer of that name.

    It is looked up when it is called: the exams can be imported before the notebooks are built.
    """

    def __init__(self, notebook: str):
        self._notebook = notebook

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            return reference(self._notebook, name)(*args, **kwargs)

        return call
