"""Visible check of the evaluation."""

from __future__ import annotations

import math

import numpy as np
import torch

from attention_course.checks.masked_language_model.learning import ZERO_IS_A_TOKEN
from attention_course.checks.masked_language_model.reading import number_of, seeded
from attention_course.checks.report import CheckError, visible_check


@visible_check(points=2)
def evaluation(perplexity, masked_accuracy) -> None:
    """A weighted mean, then its exponential; right and wrong guesses, none at all."""
    for losses, counts, expected in (
        ([math.log(8.0)], [3], 8.0),
        ([0.0, math.log(16.0)], [3, 1], 2.0),
        (np.array([1.0, 99.0]), np.array([5, 0]), math.e),
    ):
        before = [float(loss) for loss in losses]
        got = number_of(perplexity, "perplexity", losses, counts)
        if before != [float(loss) for loss in losses]:
            raise CheckError("perplexity changed the losses it was given; `x *= 2` writes into them.")
        if not math.isclose(got, expected, rel_tol=1e-6):
            raise CheckError(
                f"perplexity({list(losses)}, {list(counts)}) should be {expected:.4f}, yours is {got:.4f}. Mean loss "
                "of all positions first, each with the same weight; then exp."
            )
    labels = torch.tensor([[0, -100, 2], [1, -100, 3]])
    logits = seeded(2, 3, 4)
    for row, column, token in ((0, 0, 0), (0, 1, 1), (0, 2, 2), (1, 0, 3), (1, 1, 1), (1, 2, 3)):
        logits[row, column, token] = 50.0
    got = number_of(masked_accuracy, "masked_accuracy", logits, labels)
    if not math.isclose(got, 0.75, rel_tol=1e-6):
        told = ZERO_IS_A_TOKEN if math.isclose(got, 2 / 3, rel_tol=1e-6) else ""
        raise CheckError(f"masked_accuracy: 3 of the 4 selected tokens are right here, 0.75; yours is {got:.4f}.{told}")
    _accuracy_of_other_shapes(masked_accuracy)
    if number_of(masked_accuracy, "masked_accuracy", logits, torch.full((2, 3), -100)) != 0.0:
        raise CheckError("masked_accuracy: with no selected token it is 0.0.")


def _accuracy_of_other_shapes(function) -> None:
    """Texts with unequal numbers of selected tokens, scores far below 0, other numbers of axes, strides."""
    labels = torch.tensor([[1, 1, 1, 2], [0, -100, -100, -100]])
    logits = torch.full((2, 4, 3), -50.0)
    for row, column, token in ((0, 0, 1), (0, 1, 1), (0, 2, 1), (0, 3, 0), (1, 0, 1)):
        logits[row, column, token] = 1.0
    for shape in ((2, 4), (8,), (2, 2, 2)):
        scores = logits.reshape(*shape, 3).movedim(-1, 0).contiguous().movedim(0, -1)
        strided = labels.reshape(shape).movedim(-1, 0).contiguous().movedim(0, -1)
        try:
            got = number_of(function, "masked_accuracy", scores, strided)
        except (RuntimeError, IndexError) as error:
            raise CheckError(
                f"masked_accuracy: logits may have any shape (..., s) and any strides; with {tuple(scores.shape)} "
                f"yours raises {type(error).__name__}: {str(error).splitlines()[0]}"
            ) from None
        if not torch.equal(strided, labels.reshape(shape)):
            raise CheckError("masked_accuracy changed the labels it was given.")
        if not math.isclose(got, 0.6, rel_tol=1e-6):
            raise CheckError(
                f"masked_accuracy: 3 of 4 selected tokens are right in one text and 0 of 1 in the other, 3 of 5 or "
                f"0.6; yours is {got:.4f}, with logits of shape {tuple(scores.shape)}. Each token has the same weight, "
                "and the guess is the highest score on the last axis."
            )
