"""The visible check of the induction score: maps of weights whose numbers tell where they stand."""

from __future__ import annotations

import torch

from attention_course.checks.batched_attention.reading import cause, output_of
from attention_course.checks.masked_language_model.reading import same, seeded, shown
from attention_course.checks.report import CheckError, visible_check

NAME = "induction_score"


@visible_check(points=2)
def induction_score(function) -> None:
    """A head that does it, one that looks at the same token, one that looks back one place; then numbers."""
    t, period = 7, 3
    kinds = {"what came after the same token": 1 - period, "the same token": -period, "the token before": -1}
    weights = torch.zeros(2, 3, t, t)
    for head, step in enumerate(kinds.values()):
        for p in range(t):
            weights[:, head, p, max(p + step, 0)] = 1.0
    result = output_of(function, NAME, (3,), weights, period, hint="One number for each head.")
    if not same(result, [1.0, 0.0, 0.0]):
        found = shown(result)
        why = " From where to where is each weight: which axis looks, how far back from p, and which p is the first?"
        if same(result, [0.0, 1.0, 0.0]):
            why = " Yours finds the second: after A B C the second A looks at B, not at A."
        elif same(result, [0.0, 0.0, 1.0]):
            why = " Yours finds the third. How far back is the period?"
        elif result[0] > 0 and same(result[1:], [0.0, 0.0]):
            why = " Yours finds the first, with another number: over how many positions is the mean?"
        raise CheckError(
            f"{NAME} with a period of 3 and seven tokens, for heads that look only at {', at '.join(kinds)}: [1, 0, "
            f"0]; "
            f"yours gives {found}.{why}"
        )
    _numbers(function)


def _numbers(function) -> None:
    weights, period = seeded(2, 2, 8, 8).softmax(dim=-1), 3
    one_by_one = torch.stack([weights[:, :, p, p - 2] for p in range(2, 8)], dim=-1)
    taken = one_by_one[..., 1:]
    result = output_of(function, NAME, (2,), weights, period)
    if not same(result, taken.mean(dim=(0, 2))):
        suspects = [
            (one_by_one.mean(dim=(0, 2)), "It begins one position too early: which is the first token that repeats?"),
            (taken[..., 1:].mean(dim=(0, 2)), "It begins one position too late: which is the first that repeats?"),
            (taken[..., :-1].mean(dim=(0, 2)), "The last position is left out. Where does a range end?"),
            (taken[..., :3].mean(dim=(0, 2)), "Only one period is looked at. Up to where does the docstring go?"),
            (taken.sum(dim=-1).mean(dim=0), "It is a sum over positions. By what is a mean divided?"),
            (taken.sum(dim=-1).mean(dim=0) / 8, "It is divided by all eight positions; how many look back a period?"),
            (taken.mean(dim=(1, 2)), "There is a number for each text, not for each head. Which axis are the heads?"),
            (taken[0].mean(dim=-1), "Only the first text counts. What is the batch for?"),
            (taken.amax(dim=(0, 2)), "That is the largest weight, not the mean."),
        ]
        why = cause(result, suspects) or "Over which positions, and over which axes, is the mean?"
        raise CheckError(
            f"{NAME} of random weights (2, 2, 8, 8) with a period of 3 should be the mean of the weights from p on p "
            f"- 2 "
            f"for p = 3 to 7 and both texts, {shown(taken.mean(dim=(0, 2)))}; yours is {shown(result)}. {why}"
        )
