"""Visible checks of word vectors and of the loss of a text: small cases, worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from numbers import Real

import torch
from torch import Tensor

from attention_course.checks.masked_language_model.reading import same, tensor_of
from attention_course.checks.report import CheckError, called, visible_check

L2, L3, L4 = log(2), log(3), log(4)
SURE = log(4 / 3)
"""What a probability of 3/4 costs."""


def unchanged(name: str, before: Sequence[Tensor], after: Sequence[Tensor]) -> None:
    """Make sure that nothing that was given has been written into."""
    if not all(torch.equal(a, b) for a, b in zip(before, after, strict=True)):
        raise CheckError(f"{name} changed a tensor it was given. Write `x = x / 2`, not `x /= 2`.")


def number(function, name: str, *args) -> Tensor:
    """A scalar tensor that a function returns; what it was given must stay as it was."""
    before = [arg.detach().clone() for arg in args if isinstance(arg, Tensor)]
    value = tensor_of(called(function, *args), (), name, "One number for the whole batch.")
    unchanged(name, before, [arg.detach() for arg in args if isinstance(arg, Tensor)])
    return value


def why(value: Tensor, suspects: Mapping[float, str], otherwise: str) -> str:
    """The sentence that belongs to a wrong number."""
    return next((sentence for wrong, sentence in suspects.items() if same(value, wrong)), otherwise)


@visible_check(points=4)
def word_vectors(loss, similar, analogy) -> None:
    """The loss of two pairs by hand, large dots; neighbours with ties; an analogy of six words."""
    _loss(loss)
    _neighbours(similar)
    _analogies(analogy)


def _loss(function) -> None:
    name = "skip_gram_loss"
    nothing = torch.zeros(1, 2), torch.zeros(1, 2), torch.zeros(1, 2, 2)
    value = number(function, name, *nothing)
    if not same(value, 3 * L2):
        suspects = {
            L2: "Is it averaged over the three, or are the negatives left out?",
            2 * L2: "Is one of the three left out, or are the negatives averaged?",
            -3 * L2: "A loss gets smaller as things get better: where is the minus?",
            0.0: "The sigmoid of 0 is 1/2, and not 0. Where is the logarithm of the sigmoid?",
            log(3): "It looks like a softmax over the three. What stands around each dot by itself?",
        }
        question = why(value, suspects, "Which terms has the formula?")
        raise CheckError(
            f"{name} of a pair with two negatives whose dots are all 0: three sigmoids of 1/2, so 3 log 2 = "
            f"{3 * L2:.4f}; yours is {value.item():.4f}. {question}"
        )
    center, context = torch.tensor([[1.0, 0], [1, 0]]), torch.tensor([[L3, 5], [0, 5]])
    negatives = torch.tensor([[[log(7), 7], [0, 3]], [[0, 1], [0, 2]]])
    value = number(function, name, center, context, negatives)
    wanted = (SURE + log(8) + 4 * L2) / 2
    if not same(value, wanted):
        suspects = {
            2 * wanted: "It is added up over the pairs. By what is a mean divided?",
            (SURE + log(8 / 7) + 4 * L2) / 2: "The negatives are pulled near. Which sign has their dot in the sigmoid?",
            (L4 + log(8 / 7) + 4 * L2) / 2: "Near and far have changed signs. Whose dot shall be large?",
        }
        question = why(value, suspects, "Which two vectors are multiplied each time, and are they used as they are?")
        raise CheckError(
            f"{name} of two pairs: the first has the dot log 3 with its context (sigmoid 3/4), log 7 and 0 with its "
            f"negatives (1 - sigmoid 1/8 and 1/2); the second's dots are all 0. It costs {wanted:.4f}, yours is "
            f"{value.item():.4f}. {question}"
        )
    far = torch.full((1, 1), 40.0, requires_grad=True)
    value = number(function, name, far, torch.full((1, 1), -40.0), torch.full((1, 1, 1), 50.0))
    if not same(value, 3600.0):
        raise CheckError(
            f"{name} for the dots -1600 (its context) and 2000 (a negative) costs 3600, yours is {value.item():.4f}. "
            "The sigmoid of such numbers is 0 or 1 in float32; which function gives its logarithm in one step?"
        )
    _finite_slope(name, value, far)


def _finite_slope(name: str, value: Tensor, leaf: Tensor) -> None:
    if not value.requires_grad:
        raise CheckError(f"{name}: no gradient can flow back from the loss. Is there a `.item()` or a `.detach()`?")
    value.backward()
    if leaf.grad is None or not leaf.grad.isfinite().all():
        raise CheckError(f"{name}: the value is right for large numbers, its gradient is not finite.")


TABLE = [[0.5, 0.0], [1.0, 1.0], [0.0, 5.0], [-1.0, -1.0], [2.0, 2.0]]


def rows_of(function, name: str, case: str, wanted: list[int], suspects: Mapping[tuple, str], otherwise: str, *args):
    """Compare a list of row numbers with the right one."""
    before = [arg.clone() for arg in args if isinstance(arg, Tensor)]
    result = called(function, *args, case=case)
    if result is None:
        raise CheckError(f"{name} returned None. Is there a `return` on the last line?")
    if not isinstance(result, list):
        raise CheckError(f"{name} should return a list; it returned {type(result).__name__}. `.tolist()` makes one.")
    unchanged(name, before, [arg for arg in args if isinstance(arg, Tensor)])
    got = [row.tolist() if hasattr(row, "tolist") else row for row in result]
    if got != wanted:
        flat = all(isinstance(row, Real) for row in got)
        question = suspects.get(tuple(got), otherwise) if flat else "Row numbers should stand in it, each by itself."
        raise CheckError(f"{name}, {case}: it should give {wanted}, yours gives {got}. {question}")


def _neighbours(function) -> None:
    name, table, vector = "most_similar", torch.tensor(TABLE), torch.tensor([1.0, 1.0])
    rows = f"the table {TABLE} and the vector [1, 1], whose cosines are .71, 1, .71, -1, 1"
    suspects: dict[tuple, str] = {
        (2, 4, 1, 0): "These are dot products: long rows win. What does a cosine divide by?",
        (3, 0, 2, 1): "The worst comes first.",
        (3, 2, 0, 1): "The worst comes first.",
        (4, 1, 2, 0): "Of equal ones the lower number comes first.",
        (0, 1, 4, 2): "By what does a cosine divide: by the length of a row, or its square?",
        (1, 0, 4, 3): "These are distances. Which rows point the same way, however long they are?",
        (4, 0, 2, 3): "The best one is missing. Only what `exclude` says is left out.",
        (1, 4, 3, 0): "Which sign has the cosine of rows that point the other way?",
        (1, 3, 4, 0): "Which sign has the cosine of rows that point the other way?",
    }
    otherwise = "Is the list sorted by cosine, equal ones by their number, and cut after `count`?"
    rows_of(function, name, f"{rows}, count 4", [1, 4, 0, 2], suspects, otherwise, vector, table, 4)
    otherwise = "What is left out, and is the list cut before or after that?"
    rows_of(function, name, f"{rows}, count 2, exclude [1]", [4, 0], {}, otherwise, vector, table, 2, [1])
    rows_of(function, name, f"{rows}, count 9", [1, 4, 0, 2, 3], {}, "There are only five.", vector, table, 9)


def _analogies(function) -> None:
    table = torch.tensor([[1.0, 0, 0], [1, 0, 1], [0, 2, 0], [0, 3, 3], [0, 0, 4], [5, 5, 0]])
    case = f"a = 0, b = 1, c = 2, count 2, with the table {table.int().tolist()}"
    suspects: dict[tuple, str] = {
        (3, 2): "A word of the question is among the answers: which three are left out?",
        (3, 5): "Are the rows brought to length 1 before they are added, and are all three of them used?",
        (5, 3): "From a to b: which one of the three has the minus?",
        (3,): "Too few: is the list cut before the three are left out?",
    }
    otherwise = "Is it b - a + c, of rows that are brought to length 1 first?"
    rows_of(function, "analogy", case, [3, 4], suspects, otherwise, 0, 1, 2, table, 2)
    case, otherwise = (
        case.replace("count 2", "count 9"),
        "Only three are left without a, b and c; all those and no others.",
    )
    rows_of(function, "analogy", case, [3, 4, 5], {}, otherwise, 0, 1, 2, table, 9)


@visible_check(points=2)
def next_token_loss(function) -> None:
    """Two pairs by hand, padding on either side, nothing to score."""
    name = "next_token_loss"
    logits = torch.tensor([[[0.0, L3], [0, 0], [2, 0]]])
    value = number(function, name, logits, torch.tensor([[0, 1, 0]]))
    if not same(value, (SURE + L2) / 2):
        last = log(1 + torch.e**-2)
        suspects = {
            (L4 + L2 + last) / 3: "Each row is asked for the token that was just read. About which one does it speak?",
            (L2 + last + 2) / 2: "It is shifted the other way. Does row i speak about token i + 1 or i - 1?",
            SURE: "Only one of the two pairs counts. Is token 0 left out?",
            L4: "It is shifted twice. How many steps lie between a row and its answer?",
            SURE + L2: "That is the sum of both. By what is a mean divided?",
            (SURE + L2) / 3: "Three tokens make two pairs. By what do you divide?",
            (8 / 3) ** 0.5: "What is e to the loss?",
            (SURE + L2) / 2 / L2: "These are bits. Which logarithm is natural?",
            -(SURE + L2) / 2: "A likely text should cost little: where is the minus?",
        }
        question = why(value, suspects, "Which row speaks about which token, and does F.cross_entropy get logits?")
        raise CheckError(
            f"{name} of the ids [0, 1, 0] whose answers have the probabilities 3/4 (row 0, token 1) and 1/2 (row 1, "
            f"token 2): (log 4/3 + log 2) / 2 = {(SURE + L2) / 2:.4f}, yours is {value.item():.4f}. {question}"
        )
    _padded(function, name)
    _nothing(function, name)


def _padded(function, name: str) -> None:
    logits = torch.zeros(2, 4, 2)
    logits[..., 1] = L3
    ids = torch.tensor([[1, 1, 0, 1], [0, 1, 1, 0]])
    mask = torch.tensor([[1, 1, 1, 0], [0, 0, 1, 1]])
    wanted = (SURE + L4 + L4) / 3
    value = number(function, name, logits, ids, mask)
    if same(value, wanted):
        value = number(function, name, logits, ids, mask.bool())
    if not same(value, wanted):
        suspects = {
            (4 * SURE + 2 * L4) / 6: "Padding is scored as well. Which pairs count?",
            (2 * SURE + 2 * L4) / 4: (
                "A pair with padding in it is scored: in front, where the first real token is predicted from padding, "
                "or "
                "behind. Which two must be real?"
            ),
            (3 * SURE + 2 * L4) / 5: "One real token of the two is enough for you. Must both be real?",
            (SURE + 2 * L4) / 6: "It is divided by all six pairs; how many of them count?",
            (SURE + 2 * L4) / 5: "It is divided by the number of real tokens; how many pairs do they make?",
            ((SURE + L4) / 2 + L4) / 2: "It is a mean of texts. Which things have the same weight?",
        }
        question = why(value, suspects, "Which pairs count, and is token 0 one like any other?")
        raise CheckError(
            f"{name} with the mask {mask.tolist()}: three pairs count, two of the first text and one of the second, "
            f"with "
            f"the probabilities 3/4, 1/4 and 1/4. That is {wanted:.4f}, yours is {value.item():.4f}. {question}"
        )


def _nothing(function, name: str) -> None:
    for case, t, mask in (("a mask of zeros", 2, torch.zeros(1, 2)), ("texts of one token", 1, None)):
        given = torch.zeros(1, t, 3, requires_grad=True)
        extra = () if mask is None else (mask.long(),)
        value = number(function, name, given, torch.zeros(1, t, dtype=torch.int64), *extra)
        if value.isnan() or value.item() != 0:
            raise CheckError(f"{name} with {case} is 0; yours is {value.item()}. By what do you divide then?")
        if not value.requires_grad:
            raise CheckError(f"{name} with {case}: also a loss of 0 must be made from the logits, for backward.")
        value.backward()
        if given.grad is None or not given.grad.isfinite().all():
            raise CheckError(f"{name} with {case}: the loss is 0, its gradient is not finite.")
