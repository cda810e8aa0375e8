"""Visible check of a fair evaluation: what is left out, who stands where, and what that is worth, by hand."""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor

from attention_course.checks.batched_attention.reading import cause, output_of
from attention_course.checks.masked_language_model.reading import parts_of, whole
from attention_course.checks.report import CheckError, called, visible_check

HISTORIES = [[1, 2, 3, 4, 5], [6, 7, 8], [9, 1], [2]]


@visible_check(points=3)
def fair_evaluation(parting, ranking, hits, gains) -> None:
    """Four histories; a row of four scores, ties, items out of the race; five ranks."""
    _parting(parting)
    _ranking(ranking)
    _summary(hits, "hit_rate", HITS)
    _summary(gains, "ndcg", GAINS)


def _parting(function) -> None:
    name, given = "leave_last_out", copy.deepcopy(HISTORIES)
    found = parts_of(called(function, given), ("train", "validation", "test"), name)
    if given != HISTORIES:
        raise CheckError(
            f"{name} changed the lists it was given. `pop` and `del` do that; `history[:-1]` makes a new one."
        )
    try:
        train = [list(history) for history in found[0]]
        pairs = [[(list(before), item) for before, item in part] for part in found[1:]]
    except (TypeError, ValueError):
        raise CheckError(
            f"{name}: train is a list of lists, validation and test are lists of pairs (items before, item); yours are "
            f"{found!r}."
        ) from None
    wanted = [[1, 2, 3], [6], [9, 1], [2]]
    if train != wanted:
        why = "Without the last two of each; a history of fewer than 3 items stays whole."
        if train == HISTORIES:
            why = "The last two of each are what the model is to be asked for: it must not learn from them."
        elif train == [[1, 2, 3], [6]]:
            why = "The short histories are missing; much can be learned from them all the same."
        elif train == [[1, 2, 3, 4], [6, 7], [9, 1], [2]]:
            why = "The last but one of each is for validation: it must not be learned from either."
        raise CheckError(f"{name} of {HISTORIES}: train is {wanted}, yours is {train}. {why}")
    for part, got, right, question in (
        ("validation", pairs[0], [([1, 2, 3], 4), ([6], 7)], "The last but one is asked for, after those before it."),
        ("test", pairs[1], [([1, 2, 3, 4], 5), ([6, 7], 8)], "The last is asked for, after all before it, the 4 too."),
    ):
        if got != right:
            if pairs == [([([1, 2, 3, 4], 5), ([6, 7], 8)]), ([([1, 2, 3], 4), ([6], 7)])]:
                question = "Validation and test have changed places."
            elif any(item in before for before, item in got):
                question = "The target is among the items before it: the answer stands in the question."
            raise CheckError(f"{name} of {HISTORIES}: {part} is {right}, yours is {got}. {question}")


def _placed(function, case: str, args: tuple, wanted: list[int], causes, question: str = "") -> None:
    name = "ranks"
    got = whole(output_of(function, name, (len(wanted),), *args, case=case), name)
    if got.tolist() != wanted:
        told = cause(got, [(torch.tensor(numbers), sentence) for numbers, sentence in causes]) or question
        raise CheckError(f"{name}, {case}: {wanted}, yours {got.tolist()}. {told}".rstrip())


def _ranking(function) -> None:
    scores = torch.tensor([[5.0, 3, 2, 4], [1, 2, 3, 4], [-3, -1, -4, -2]])
    targets = torch.tensor([0, 2, 3])
    causes = [
        ([0, 1, 1], "Ranks begin at 1."),
        ([2, 3, 3], "They are one too high: is the target counted among those ahead of itself?"),
        ([4, 3, 3], "The lowest score stands first; the best should."),
        ([1, 2, 3], "It is the number of an item, not a place: what does argsort give?"),
    ]
    case = "the scores 5 3 2 4, 1 2 3 4 and -3 -1 -4 -2, targets 0, 2, 3"
    _placed(function, case, (scores, targets), [1, 2, 2], causes, "How many are at least as good?")
    ties = torch.tensor([[5.0, 3, 3, 1], [2, 2, 2, 2]])
    causes = [([2, 1], "Ties count for the target: a model that scores everything alike would be always right.")]
    causes += [([2, 2], "Among equals yours sorts by number; the target stands behind all of them.")]
    case = "the scores 5 3 3 1 and 2 2 2 2, target 1 in both"
    _placed(function, case, (ties, torch.tensor([1, 1])), [3, 4], causes, "A tie counts against the target.")
    _out_of_the_race(function)


def _out_of_the_race(function) -> None:
    scores = torch.tensor([[-1.0, -2, -3, -4, -5], [5, 4, 3, 2, 1]])
    seen = torch.tensor([[True, False, True, False, True], [True, False, True, True, False]])
    case = "the scores -1 -2 -3 -4 -5 and 5 4 3 2 1, target 3 in both, 0 2 4 and 0 2 3 seen"
    causes = [
        ([4, 4], "`seen` has no effect: an item that is out of the race stands ahead of nobody."),
        ([3, 3], "`seen` is read upside down: True is out of the race."),
        ([5, 2], "Items that are out get a score that is still better than some. How are they really left out?"),
        ([2, 5], "The second target has been seen itself, and falls behind. The target is never out."),
        ([2, 1], "The second target has been seen itself, and is not counted. The target is never out."),
    ]
    args = scores, torch.tensor([3, 3]), seen
    _placed(function, case, args, [2, 2], causes, "Who is still in the race, and who of them is at least as good?")


RANKS = torch.tensor([1, 2, 3, 7, 4, 2, 9, 2])

OVER_ALL = "The mean is over all eight, and a miss counts 0."

HITS = (
    (
        3,
        5 / 8,
        [
            (4 / 8, "A rank of k is among the first k."),
            (6 / 8, "A rank of k + 1 is not among the first k."),
            (3 / 8, "That is the share of misses."),
            (5 / 3, "It is divided by k; it is the share of how many?"),
            (1 / 8, "Only a rank of k itself is counted."),
            (5, OVER_ALL),
            (1, OVER_ALL),
        ],
    ),
    (1, 1 / 8, [(0.0, "A rank of 1 is among the first 1."), (1.0, OVER_ALL)]),
)

THIRD, HALF = 1 / math.log2(3), 1 / math.log2(4)
"""The gains of the ranks 2 and 3."""

GAINS = (
    (
        1,
        1 / 8,
        [
            (1 / 8 / math.log(2), "The logarithm has the base 2, so that rank 1 gains 1."),
            (1 / 8 / math.log10(2), "The logarithm has the base 2, so that rank 1 gains 1."),
            (THIRD / 8, "Rank 1 gains 1 / log2(1 + 1); ranks begin at 1."),
            (1.0, OVER_ALL),
            (0.0, "A rank of k gains too."),
            ((1 + 3 * THIRD) / 8, "A rank of k + 1 gains nothing."),
            ((1 / torch.log2(1 + RANKS.double())).mean().item(), "Ranks beyond k gain nothing."),
        ],
    ),
    (
        3,
        (1 + 3 * THIRD + HALF) / 8,
        [
            ((1 + 3 / 2 + 1 / 3) / 8, "That is the reciprocal rank; the discount is a logarithm."),
            ((1 + 3 * THIRD + HALF) / 8 / (1 + THIRD + HALF), "The ideal is 1: there is one right item, not k."),
            (5 / 8, "All hits gain the same. Which rank gains most?"),
            ((1 + 3 / THIRD + 1 / HALF) / 8, "That is the logarithm; the gain is 1 over it."),
        ],
    ),
)


def _summary(function, name: str, cases) -> None:
    for k, wanted, causes in cases:
        got = called(function, RANKS.clone(), k)
        if isinstance(got, Tensor) and got.dim() == 0:
            got = got.item()
        if isinstance(got, bool) or not isinstance(got, (int, float)):
            raise CheckError(f"{name} should return a float; it returned {type(got).__name__}. Is there a mean?")
        if not math.isclose(got, wanted, rel_tol=1e-5, abs_tol=1e-7):
            told = next((text for number, text in causes if math.isclose(got, number, rel_tol=1e-5, abs_tol=1e-7)), "")
            raise CheckError(
                f"{name} of the ranks {RANKS.tolist()} at k = {k} is {wanted:.4f}, yours {got:.4f}. "
                f"{told or 'What does each of the eight add, and by what is the sum divided?'}"
            )
