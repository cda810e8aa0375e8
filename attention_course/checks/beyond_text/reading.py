"""Call a learner's function in a case that has a name: shared by the checks of notebook 08."""

from __future__ import annotations

from torch import Tensor

from attention_course.checks.batched_attention.reading import output_of

__all__ = ["given", "rounded"]


def given(function, name: str, shape: tuple[int, ...], *args, case: str, question: str = "", **named) -> Tensor:
    """The tensor that comes back, of this shape and without NaN; the case is told with whatever is wrong.

    Raises:
        CheckError: it is something else, or an input was changed.
    """
    hint = f"The case: {case}. {question}".rstrip()
    return output_of(function, name, shape, *args, case=case, hint=hint, **named)


def rounded(tensor: Tensor) -> list:
    """Nested lists of numbers for a message."""
    return tensor.detach().double().round(decimals=4).tolist()
