"""fair_evaluation, the exercise of leave_last_out, ranks, hit_rate and ndcg: the cases, the right variants."""

import math

import numpy as np
import torch

from autograder.exam.exercise import Case, Exercise
from autograder.exams.beyond_text.earlier import NOTEBOOK
from autograder.exams.sequence_to_sequence.inputs import normal, whole


def cases(rng):
    yield from partings(rng)
    yield from races(rng)
    yield from summaries(rng)


def parted(histories):
    """The oracle, item by item."""
    train: list = []
    validation: list = []
    test: list = []
    for history in histories:
        n = len(history)
        train.append([item for place, item in enumerate(history) if n < 3 or place < n - 2])
        for pairs, place in ((validation, n - 2), (test, n - 1)):
            if n >= 3:
                pairs.append((history[:place], history[place]))
    return [train, validation, test]


def partings(rng):
    def part(concept, lengths, items=30):
        histories = [rng.integers(1, items, size=n).tolist() for n in lengths]
        return Case(concept, (histories,), expected=parted(histories), function="leave_last_out")

    yield part("histories of several lengths", [5, 3, 8, 4])
    yield part("a single history", [6])
    yield part("histories of three items", [3, 3])
    yield part("histories that are too short among others", [4, 2, 5, 1, 3])
    yield part("histories that are all too short", [2, 1, 2])
    yield part("histories without any item", [0, 4, 0])
    yield part("items that come again", [6, 5, 7, 3], items=3)
    yield part("no history at all", [])


def placed(scores, targets, seen=None):
    """The oracle: counting, row by row."""
    found = []
    for row, target in enumerate(targets.tolist()):
        own, ahead = scores[row, target].item(), 0
        for item, score in enumerate(scores[row].tolist()):
            out = seen is not None and bool(seen[row, item])
            ahead += item != target and not out and score >= own
        found.append(1 + ahead)
    return torch.tensor(found)


def races(rng):
    def race(concept, scores, targets=None, seen=None):
        targets = whole(rng, scores.shape[1], len(scores)) if targets is None else targets
        args = (scores, targets) if seen is None else (scores, targets, seen)
        return Case(concept, args, expected=placed(*args), function="ranks")

    def drawn(b, n):
        return normal(rng, b, n)

    yield race("different scores", drawn(6, 9))
    yield race("a single row", drawn(1, 7))
    yield race("as many rows as items", drawn(5, 5))
    yield race("a single item", drawn(3, 1))
    yield race("targets that are the best", scores := drawn(4, 6), scores.argmax(dim=1))
    yield race("targets that are the worst", scores := drawn(4, 6), scores.argmin(dim=1))
    yield race("ties", whole(rng, 3, 8, 7).float())
    yield race("scores that are all the same", torch.full((4, 6), 0.5))
    scores = drawn(5, 7)
    scores[:, 0] = -math.inf
    yield race("an item of score -inf", scores, 1 + whole(rng, 6, 5))
    yield race("a target of score -inf", scores.clone(), torch.zeros(5, dtype=torch.int64))
    yield race("scores of integers that lie close together", whole(rng, 4, 6, 8).float() / 4)
    yield race("float64", normal(rng, 4, 6, dtype=torch.float64))
    yield race("negative scores", -10 - drawn(4, 6).abs())

    def out(b, n, share=0.5):
        return torch.from_numpy(rng.random((b, n)) < share)

    def race_of_some(concept, scores, own, share=0.5):
        targets, seen = whole(rng, scores.shape[1], len(scores)), out(len(scores), scores.shape[1], share)
        if own is not None:
            seen = seen.scatter(1, targets[:, None], own)
        return race(concept, scores, targets, seen)

    yield race_of_some("items that are out of the race", drawn(6, 9), False)
    yield race_of_some("a target among those that are out", drawn(6, 9), True)
    yield race_of_some("ties with items that are out", whole(rng, 3, 8, 7).float(), None)
    yield race_of_some("all items out", drawn(4, 5), None, share=2)
    yield race_of_some("no item out", drawn(4, 5), None, share=-1)
    yield race_of_some("as many rows as items, some out", drawn(6, 6), None)
    targets, seen = whole(rng, 6, 4), out(4, 6)
    turned = normal(rng, 6, 4).T, targets, seen.T.contiguous().T
    yield Case("views with strides", turned, expected=placed(*turned), function="ranks")


def share_within(ranks, k):
    return float(np.mean([rank <= k for rank in ranks.tolist()]))


def gain(ranks, k):
    return float(np.mean([1 / math.log2(1 + rank) if rank <= k else 0.0 for rank in ranks.tolist()]))


def summaries(rng):
    for function, oracle in (("hit_rate", share_within), ("ndcg", gain)):

        def summed(concept, ranks, k, function=function, oracle=oracle):
            return Case(concept, (ranks, k), expected=oracle(ranks, k), function=function)

        yield summed("several ranks", torch.tensor([1, 12, 4, 7, 30, 2]), 10)
        yield summed("another k", 1 + whole(rng, 20, 9), 5)
        yield summed("a rank of k", torch.tensor([5, 9, 5, 6]), 5)
        yield summed("k of 1", torch.tensor([1, 2, 1, 3, 8]), 1)
        yield summed("the first rank alone", torch.tensor([1, 1]), 10)
        yield summed("no hit", torch.tensor([11, 40]), 10)
        yield summed("a single rank", 1 + whole(rng, 8, 1), 9)
        yield summed("all within k", 1 + whole(rng, 10, 7), 30)
        yield summed("as many ranks as k", 1 + whole(rng, 8, 4), 4)


_ITEM = "a number in a tensor without axes is as good"

fair_evaluation = Exercise(
    NOTEBOOK,
    "fair_evaluation",
    cases,
    functions=("leave_last_out", "ranks", "hit_rate", "ndcg"),
    survivors={
        "leave_last_out: list(history) -> history": "the docstring asks for no copy",
        "hit_rate: (ranks <= k).double().mean().item() -> (ranks <= k).double().mean()": _ITEM,
        "ndcg: ranks.double() -> ranks": "of whole numbers log2 makes float32",
        "ndcg: torch.where(ranks <= k, gains, 0.0) -> torch.where(ranks <= k, gains, 0)": "0 is 0.0",
        "ndcg: torch.where(ranks <= k, gains, 0.0).mean().item() -> torch.where(ranks <= k, gains, 0.0).mean()": _ITEM,
    },
)


@fair_evaluation.right(function="leave_last_out")
def by_comprehensions(histories):
    long = [history for history in histories if len(history) > 2]
    train = [history[:-2] if len(history) >= 3 else history[:] for history in histories]
    return train, [(h[:-2], h[-2]) for h in long], [(h[:-1], h[-1]) for h in long]


@fair_evaluation.right(function="leave_last_out")
def by_unpacking(histories):
    train, validation, test = [], [], []
    for history in histories:
        try:
            *past, second, last = history
            if not past:
                raise ValueError
        except ValueError:
            train.append(history)
        else:
            train.append(past)
            validation.append([past, second])
            test.append([[*past, second], last])
    return [train, validation, test]


@fair_evaluation.right(function="leave_last_out")
def by_popping(histories):
    found: tuple[list, list, list] = ([], [], [])
    for history in histories:
        rest = list(history)
        if len(rest) >= 3:
            last = rest.pop()
            found[2].append((list(rest), last))
            found[1].append((rest[:-1], rest[-1]))
            rest.pop()
        found[0].append(rest)
    return found


@fair_evaluation.right(function="ranks")
def among_rivals(scores, targets, seen=None):
    rows = torch.arange(len(targets))
    own = scores[rows, targets]
    rivals = torch.ones_like(scores, dtype=torch.bool) if seen is None else ~seen
    rivals[rows, targets] = False
    return 1 + ((scores >= own[:, None]) & rivals).sum(dim=1)


@fair_evaluation.right(function="ranks")
def row_by_row(scores, targets, seen=None):
    found = []
    for row, target in enumerate(targets):
        others = torch.arange(scores.shape[1]) != target
        if seen is not None:
            others = others & ~seen[row]
        found.append(1 + int((scores[row][others] >= scores[row, target]).sum()))
    return torch.tensor(found, dtype=torch.int64)


@fair_evaluation.right(function="ranks")
def by_sorting(scores, targets, seen=None):
    """The target last among its equals; who is out of the race stands behind all."""
    found = []
    for row in range(len(scores)):
        target = int(targets[row])
        open_ones = [
            item for item in range(scores.shape[1]) if item == target or seen is None or not bool(seen[row, item])
        ]
        open_ones.sort(key=lambda item: (-float(scores[row, item]), item == target))
        found.append(open_ones.index(target) + 1)
    return torch.tensor(found)


@fair_evaluation.right(function="hit_rate")
def by_counting_hits(ranks, k):
    return int((ranks <= k).sum()) / len(ranks)


@fair_evaluation.right(function="hit_rate")
def with_a_tensor(ranks, k):
    return torch.where(ranks > k, 0.0, 1.0).mean()


@fair_evaluation.right(function="hit_rate")
def over_a_list(ranks, k):
    return sum(1 for rank in ranks.tolist() if rank < k + 1) / ranks.numel()


@fair_evaluation.right(function="ndcg")
def by_selected_ranks(ranks, k):
    return (1 / torch.log2(ranks[ranks <= k] + 1)).sum().item() / len(ranks)


@fair_evaluation.right(function="ndcg")
def over_a_list_of_gains(ranks, k):
    return sum(math.log(2) / math.log(1 + rank) for rank in ranks.tolist() if rank <= k) / len(ranks)


@fair_evaluation.right(function="ndcg")
def from_a_table(ranks, k):
    gains = torch.zeros(max(int(ranks.max()), k) + 1)
    gains[1 : k + 1] = 1 / torch.log2(torch.arange(2, k + 2))
    return gains[ranks].mean()
