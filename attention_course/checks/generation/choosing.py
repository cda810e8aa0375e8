"""Visible checks of temperature, top-k and top-p: distributions of four tokens."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from attention_course.checks.batched_attention.reading import output_of, refuses
from attention_course.checks.masked_language_model.reading import same, shown
from attention_course.checks.report import CheckError, visible_check

SHARES = [0.1, 0.4, 0.2, 0.3]
TIED = [0.2, 0.3, 0.2, 0.3]


def logits_of(*rows: list[float]) -> Tensor:
    """Logits with these probabilities, and not their logarithms themselves."""
    logits = torch.tensor(rows).log() + 2
    return logits[0] if len(rows) == 1 else logits


@visible_check(points=4)
def choosing(temperature, k, p) -> None:
    """Which tokens stay open, that they keep their logits, ties, and what is refused."""
    _temperature(temperature)
    _top_k(k)
    _top_p(p)


def _open(result: Tensor) -> list:
    """The tokens of each row that are not shut out."""
    kept = ~result.isneginf()
    return [row.nonzero().flatten().tolist() for row in kept.view(-1, kept.shape[-1])]


def stays(function, name: str, case: str, given: Tensor, number: float, wanted: list, why: Mapping, otherwise: str):
    """Make sure that these tokens stay, with their logits."""
    result = output_of(function, name, tuple(given.shape), given.clone(), number, hint=f"That was for {case}.")
    got = _open(result)
    rows = wanted if isinstance(wanted[0], list) else [wanted]
    if got != rows:
        said = got[0] if len(got) == 1 else got
        question = why.get(tuple(got[0]) if len(got) == 1 else None, otherwise)
        if len(got[0]) == given.shape[-1] and (result == 0).any() and not (given == 0).any():
            question = "What is shut out gets -inf; a logit of 0 is no closed door, exp(0) = 1."
        if not result.isneginf().any() and same(result.sum(dim=-1), torch.ones(result.shape[:-1])):
            question = (
                "Your rows sum to 1, as probabilities do. Logits should come out, and -inf where a token is shut out."
            )
        raise CheckError(f"{name}, {case}: tokens {wanted} should stay open, yours leaves {said}. {question}")
    kept = ~result.isneginf()
    if number != 0 and not same(result[kept], given[kept]):
        raise CheckError(
            f"{name}, {case}: the right tokens stay, but with {shown(result[kept])} for their logits "
            f"{shown(given[kept])}. What stays keeps its logit."
        )


def _temperature(function) -> None:
    name, given = "with_temperature", torch.tensor([[1.0, 3.0, 2.0], [4.0, 0.0, 4.0]])
    for heat in (0.5, 2.0):
        hint = f"That was for [1, 3, 2] and [4, 0, 4] at a temperature of {heat:g}."
        result = output_of(function, name, (2, 3), given.clone(), heat, hint=hint)
        if not same(result, given / heat):
            why = ""
            if same(result, given * heat):
                why = " Does a high temperature flatten or sharpen?"
            elif same(result.exp().sum(dim=-1), torch.ones(2)) or same(result.sum(dim=-1), torch.ones(2)):
                why = " These are probabilities or their logarithms; logits should come out."
            right = shown(given[0] / heat)
            raise CheckError(
                f"{name} of [1, 3, 2] at {heat:g} should give {right}, yours gives {shown(result[0])}.{why}"
            )
    case = "[1, 3, 2] and [4, 0, 4] at a temperature of 0"
    wanted = [[1], [0]]
    try:
        hint = f"That was for {case}. Which token is left as it falls towards 0?"
        result = output_of(function, name, (2, 3), given.clone(), 0, hint=hint)
    except ValueError as error:
        raise CheckError(f"{name}, {case}: it raises a ValueError ({error}). 0 is allowed.") from None
    if result.isposinf().any():
        raise CheckError(f"{name}, {case}: it divides by 0. Which token is left as the temperature falls towards 0?")
    stays(
        function,
        name,
        case,
        given,
        0,
        wanted,
        {},
        "The first of the largest alone, in each row. What do the others get?",
    )
    refuses(name, "for a temperature below 0", function, given.clone(), -0.5)


def _top_k(function) -> None:
    name, given = "top_k", logits_of(SHARES)
    case = f"the probabilities {SHARES} and k = 2"
    why = {
        (0, 1): "These stand first in the vocabulary. Are they the most probable, or were ranks taken for tokens?",
        (0, 2): "These are the least probable ones.",
        (1, 2, 3): "One too many: ranks begin at 0. Which is the first that goes?",
        (1,): "One too few: ranks begin at 0. Which is the last that stays?",
    }
    stays(
        function, name, case, given, 2, [1, 3], why, "Which token stands at which rank, and which rank has each token?"
    )
    case = f"the probabilities {TIED} and k = "
    otherwise = "Exactly k stay; of equally probable ones those with the lower index."
    stays(function, name, f"{case}1", logits_of(TIED), 1, [1], {}, otherwise)
    stays(function, name, f"{case}3", logits_of(TIED), 3, [0, 1, 3], {}, otherwise)
    rows = logits_of(SHARES, TIED)
    stays(
        function,
        name,
        "two rows and k = 1",
        rows,
        1,
        [[1], [1]],
        {},
        "Each row has an order of its own. Along which axis?",
    )
    stays(function, name, "four tokens and k = 9", given, 9, [0, 1, 2, 3], {}, "All stay where k is larger.")
    refuses(name, "for a k below 1", function, given.clone(), 0)


def _top_p(function) -> None:
    name, given = "top_p", logits_of(SHARES)
    case = f"the probabilities {SHARES} and p = "
    why = {
        (1,): "It holds .4, which is not yet .6. Does the token that crosses the line stay, and are masses added up?",
        (): "Nothing is left. Which token always stays?",
        (1, 2, 3): ".4 and .3 reach .6 already. Which mass must be below p, that before a token or with it?",
        (0, 1): "Are these the ranks? Which token stands at which rank, and which rank has each token?",
        (0, 1, 2): "Were the tokens taken in the order of the vocabulary?",
        (0, 2, 3): "Does the sum begin at the most probable token?",
    }
    question = "In which order are the masses added up, and how does the order come back to the vocabulary?"
    stays(function, name, f"{case}0.6", given, 0.6, [1, 3], why, question)
    stays(function, name, f"{case}0.3", given, 0.3, [1], {(): why[()]}, "The first token alone reaches it.")
    stays(function, name, f"{case}0.75", given, 0.75, [1, 2, 3], {}, "The third crosses the line, and stays.")
    shuffled = logits_of([0.3, 0.1, 0.4, 0.2])
    stays(function, name, "the probabilities [.3, .1, .4, .2] and p = 0.6", shuffled, 0.6, [0, 2], {}, question)
    even, otherwise = torch.zeros(4) + 1, "Of equally probable tokens those with the lower index stay."
    exact = {(0, 1, 2): "Two reach .5 exactly. Is a third needed?", (0,): "One holds .25. When is .5 reached?"}
    stays(function, name, "four tokens of .25 and p = 0.5", even, 0.5, [0, 1], exact, otherwise)
    stays(
        function,
        name,
        f"{case}1",
        given,
        1.0,
        [0, 1, 2, 3],
        {(1,): "No sum exceeds 1. What is then crossed?"},
        "All stay.",
    )
    stays(function, name, f"{case}0", given, 0.0, [1], {(): why[()]}, "The most probable one alone stays.")
    case = "two rows, the second [.97, .01, .01, .01], and p = 0.6"
    rows = logits_of(SHARES, [0.97, 0.01, 0.01, 0.01])
    question = "Each row has masses of its own. Along which axis are they made and added up?"
    stays(function, name, case, rows, 0.6, [[1, 3], [0]], {}, question)
    refuses(name, "for a p below 0", function, given.clone(), -0.1)
