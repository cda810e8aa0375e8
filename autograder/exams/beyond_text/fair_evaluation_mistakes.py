"""Wrong variants of leave_last_out and of ranks; the two summaries' lie in summary_mistakes.py."""

import torch

from autograder.exams.beyond_text.fair_evaluation import fair_evaluation


def by_ends(histories, learn=-2, choose=-2, ask=-1, shortest=3):
    """The parting with other ends of the three inputs; None for a whole history."""
    long = [history for history in histories if len(history) >= shortest]
    train = [history[:learn] if len(history) >= shortest else list(history) for history in histories]
    return train, [(h[:choose], h[-2]) for h in long], [(h[:ask], h[-1]) for h in long]


@fair_evaluation.wrong(
    "the last items are in the training data too. What can a model that has seen the answers prove?",
    function="leave_last_out",
)
def trained_on_everything(histories):
    return by_ends(histories, learn=None)


@fair_evaluation.wrong(
    "the item for validation is in the training data. Which two items of a history must a model not see?",
    function="leave_last_out",
)
def trained_on_validation(histories):
    return by_ends(histories, learn=-1)


@fair_evaluation.wrong(
    "the answer stands in its own question: the target is among the items that come before. Where do those end?",
    function="leave_last_out",
)
def targets_in_their_questions(histories):
    return by_ends(histories, choose=-1, ask=None)


@fair_evaluation.wrong(
    "the question of the test lacks the last but one. What is known when the last item is to be guessed?",
    function="leave_last_out",
)
def test_without_the_last_but_one(histories):
    return by_ends(histories, ask=-2)


@fair_evaluation.wrong(
    "the question of the validation has its target in it. Where do the items before the last but one end?",
    function="leave_last_out",
)
def validation_with_its_target(histories):
    return by_ends(histories, choose=-1)


@fair_evaluation.wrong(
    "validation and test have changed places. Which of the two items is the later one?", function="leave_last_out"
)
def validation_and_test_exchanged(histories):
    train, validation, test = by_ends(histories)
    return train, test, validation


@fair_evaluation.wrong("only one item is left out, for both. How many are?", function="leave_last_out")
def one_left_out(histories):
    long = [history for history in histories if len(history) >= 3]
    train = [history[:-1] if len(history) >= 3 else list(history) for history in histories]
    pairs = [(history[:-1], history[-1]) for history in long]
    return train, pairs, list(pairs)


@fair_evaluation.wrong(
    "histories that are too short are left out of the training data. What does the docstring say of them?",
    function="leave_last_out",
)
def short_ones_left_out(histories):
    return by_ends([history for history in histories if len(history) >= 3])


@fair_evaluation.wrong(
    "short histories are cut too: of one or two items nothing is left. What does the docstring say of them?",
    function="leave_last_out",
)
def short_ones_cut(histories):
    _, validation, test = by_ends(histories)
    return [history[:-2] for history in histories], validation, test


@fair_evaluation.wrong(
    "histories of two items are tested too, with nothing to learn from. What is the shortest that is parted?",
    function="leave_last_out",
)
def two_are_enough(histories):
    return by_ends(histories, shortest=2)


@fair_evaluation.wrong(
    "histories of three items are not tested. What is the shortest that is parted?", function="leave_last_out"
)
def three_are_too_few(histories):
    return by_ends(histories, shortest=4)


@fair_evaluation.wrong(
    "the first items are left out, not the last. Which end of a history is the future?", function="leave_last_out"
)
def first_ones_left_out(histories):
    long = [history for history in histories if len(history) >= 3]
    train = [history[2:] if len(history) >= 3 else list(history) for history in histories]
    return train, [(h[2:], h[1]) for h in long], [(h[1:], h[0]) for h in long]


@fair_evaluation.wrong(
    "whole histories are kept for the test, not the end of each. What does a model know of those people?",
    function="leave_last_out",
)
def whole_histories_kept(histories):
    _, validation, test = by_ends(histories)
    fewer = len(histories) - 2
    return histories[: max(fewer, 0)], validation[-1:], test[-1:]


@fair_evaluation.wrong(
    "the pairs are the wrong way round. What comes first, the items before or the target?", function="leave_last_out"
)
def pairs_turned(histories):
    train, validation, test = by_ends(histories)
    return train, [pair[::-1] for pair in validation], [pair[::-1] for pair in test]


@fair_evaluation.wrong(
    "the histories that were given are changed. What do `pop` and `del` do?", function="leave_last_out"
)
def pops_what_is_given(histories):
    train, validation, test = by_ends([list(history) for history in histories])
    for history in histories:
        if len(history) >= 3:
            del history[-2:]
    return train, validation, test


def counted(scores, targets, seen=None, compare=torch.ge):
    """The rank, with another comparison of each score with the target's."""
    own = scores.gather(1, targets[:, None])
    ahead = compare(scores, own).scatter(1, targets[:, None], False)
    if seen is not None:
        ahead = ahead & ~seen
    return 1 + ahead.sum(dim=1)


@fair_evaluation.wrong(
    "ties count for the target: a model that scores everything alike is always right. Who stands first among equals?",
    function="ranks",
)
def ties_for_the_target(scores, targets, seen=None):
    return counted(scores, targets, seen, torch.gt)


@fair_evaluation.wrong("the lowest score stands first. What does a high one mean?", function="ranks")
def lowest_first(scores, targets, seen=None):
    return counted(scores, targets, seen, torch.le)


@fair_evaluation.wrong("ranks count from 0. Which rank has the best?", function="ranks")
def from_zero(scores, targets, seen=None):
    return counted(scores, targets, seen) - 1


@fair_evaluation.wrong("the target is counted among those ahead of itself. Does it beat itself?", function="ranks")
def ahead_of_itself(scores, targets, seen=None):
    own = scores.gather(1, targets[:, None])
    ahead = scores >= own
    if seen is not None:
        ahead = (ahead & ~seen).scatter(1, targets[:, None], True)
    return 1 + ahead.sum(dim=1)


@fair_evaluation.wrong("`seen` has no effect. Who is out of the race?", function="ranks")
def nobody_out(scores, targets, seen=None):
    return counted(scores, targets)


@fair_evaluation.wrong("`seen` is read upside down. Is True in the race or out of it?", function="ranks")
def seen_upside_down(scores, targets, seen=None):
    return counted(scores, targets, None if seen is None else ~seen)


@fair_evaluation.wrong(
    "a target that has been seen is out of the race, and its rank is wrong. What does the docstring say of the target?",
    function="ranks",
)
def target_thrown_out(scores, targets, seen=None):
    if seen is not None:
        scores = scores.masked_fill(seen, -torch.inf)
    return counted(scores, targets)


@fair_evaluation.wrong(
    "the target is counted by the comparison with itself, and falls out where it has been seen: its rank is one too "
    "good, or 0. What does the docstring say of the target?",
    function="ranks",
)
def one_too_good(scores, targets, seen=None):
    ahead = scores >= scores.gather(1, targets[:, None])
    return (ahead if seen is None else ahead & ~seen).sum(dim=1)


@fair_evaluation.wrong(
    "items that are out of the race get the score 0, which may be the best. How are they really left out?",
    function="ranks",
)
def score_of_zero(scores, targets, seen=None):
    if seen is not None:
        scores = scores.masked_fill(seen.scatter(1, targets[:, None], False), 0.0)
    return counted(scores, targets)


@fair_evaluation.wrong(
    "it is the number of the item at the target's place in the order, not the place of the target. What does argsort "
    "give?",
    function="ranks",
)
def argsort_once(scores, targets, seen=None):
    if seen is not None:
        scores = scores.masked_fill(seen.scatter(1, targets[:, None], False), -torch.inf)
    return scores.argsort(dim=1, descending=True, stable=True).gather(1, targets[:, None])[:, 0] + 1


@fair_evaluation.wrong(
    "among equals the item with the lower number stands first. Where does the target stand?", function="ranks"
)
def ties_by_number(scores, targets, seen=None):
    if seen is not None:
        scores = scores.masked_fill(seen.scatter(1, targets[:, None], False), -torch.inf)
    order = scores.argsort(dim=1, descending=True, stable=True)
    return (order == targets[:, None]).long().argmax(dim=1) + 1


@fair_evaluation.wrong(
    "ties count half, which gives ranks in between. Where does the target stand among equals?", function="ranks"
)
def ties_count_half(scores, targets, seen=None):
    return (counted(scores, targets, seen) + counted(scores, targets, seen, torch.gt)) / 2


@fair_evaluation.wrong("each distinct score counts once. How many items stand before the target?", function="ranks")
def distinct_scores(scores, targets, seen=None):
    found = []
    for row, target in enumerate(targets.tolist()):
        rivals = torch.ones(scores.shape[1], dtype=torch.bool) if seen is None else ~seen[row]
        rivals[target] = False
        better = scores[row][rivals & (scores[row] >= scores[row, target])]
        found.append(1 + len(better.unique()))
    return torch.tensor(found)


@fair_evaluation.wrong("only the first row's target is looked for. Which target has each row?", function="ranks")
def target_of_the_first_row(scores, targets, seen=None):
    return counted(scores, targets[:1].expand_as(targets), seen)


@fair_evaluation.wrong(
    "the scores that were given are changed. Write `masked_fill` without the underscore; what is the difference?",
    function="ranks",
)
def scores_overwritten(scores, targets, seen=None):
    if seen is not None:
        scores.masked_fill_(seen.scatter(1, targets[:, None], False), -torch.inf)
        return counted(scores, targets, seen)
    return counted(scores, targets)
