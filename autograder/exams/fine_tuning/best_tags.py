"""best_tags(log_probabilities, labels) -> the most probable allowed sequence: cases, right variants.

Random log-probabilities have no ties, and the best sequence leads by more than rounding.
"""

from itertools import pairwise, product

import numpy as np
import torch

from autograder.exam.exercise import Case, Exercise
from autograder.exams.fine_tuning.earlier import NOTEBOOK

BIO = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
MIXED = ["I-LOC", "O", "B-PER", "I-PER", "B-LOC"]
ONE = ["O", "B-X", "I-X"]


def may_follow(before, tag):
    """Whether strict IOB2 allows a tag behind another, None at the start."""
    return not tag.startswith("I-") or before in (f"B-{tag[2:]}", tag)


def by_trying_all(rows, labels):
    """The oracle of short sentences: every sequence there is."""
    rows = np.asarray(rows, dtype=float).tolist()
    column = {tag: number for number, tag in enumerate(labels)}
    allowed = (
        path
        for path in product(labels, repeat=len(rows))
        if may_follow(None, path[0]) and all(may_follow(before, tag) for before, tag in pairwise(path))
    )
    return list(max(allowed, key=lambda path: sum(row[column[tag]] for row, tag in zip(rows, path, strict=True))))


def step_by_step(rows, labels):
    """The oracle of long sentences: the best sequence up to each tag, written out."""
    best = {tag: (rows[0][n], [tag]) for n, tag in enumerate(labels) if may_follow(None, tag)}
    for row in rows[1:]:
        found = {}
        for number, tag in enumerate(labels):
            before = [(total, path) for last, (total, path) in best.items() if may_follow(last, tag)]
            if before:
                total, path = max(before, key=lambda entry: entry[0])
                found[tag] = (total + row[number], [*path, tag])
        best = found
    return max(best.values(), key=lambda entry: entry[0])[1]


def drawn(rng, t, labels, spread=2.0, inside=0.0):
    """Log-probabilities of a model that is unsure; `inside` makes I- likelier."""
    scores = spread * rng.normal(size=(t, len(labels))) + inside * np.array([tag.startswith("I-") for tag in labels])
    return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))


def cases(rng):
    def short(concept, rows, labels=BIO):
        return Case(concept, (rows, list(labels)), expected=by_trying_all(rows, labels))

    def long(concept, rows, labels=BIO):
        return Case(concept, (rows, list(labels)), expected=step_by_step(np.asarray(rows).tolist(), labels))

    yield short("one word", drawn(rng, 1, BIO))
    yield short("one word that looks like the inside of a name", drawn(rng, 1, ONE, 0.5, inside=3), ONE)
    yield short("two words", drawn(rng, 2, BIO))
    for inside in (0.0, 1.0, 2.0, 3.0):
        yield short("a short sentence", drawn(rng, 5, BIO, inside=inside))
        yield short("another order of the labels", drawn(rng, 4, MIXED, inside=inside), MIXED)
        yield long("a sentence", drawn(rng, 14, BIO, inside=inside))
    yield short("one label", drawn(rng, 6, ONE, 0.7, inside=1), ONE)
    yield short("as many words as labels", drawn(rng, 3, ONE, inside=1), ONE)
    yield short("a name that begins late", np.log(_shares([[7, 1, 2], [4, 1, 5], [1, 1, 8]])), ONE)
    yield short("a name to which everything points", np.log(_shares([[45, 40, 15], [5, 5, 90], [5, 5, 90]])), ONE)
    two = ["O", "B-A", "I-A", "B-B", "I-B"]
    yield short("labels that disagree", np.log(_shares([[1, 45, 1, 40, 1], [1, 1, 30, 1, 55], [1, 1, 1, 1, 40]])), two)
    yield short("two names side by side", np.log(_shares([[1, 80, 9, 5, 5], [1, 70, 9, 5, 5], [8, 8, 60, 9, 9]])))
    dashes = ["O", "B-W-A", "I-W-A", "B-W", "I-W", "B-A", "I-A"]
    yield short("labels with dashes", drawn(rng, 4, dashes, inside=2), dashes)
    yield from _impossible(rng, short)
    yield long("a long sentence", drawn(rng, 60, BIO, inside=1))
    yield long("a sentence whose probabilities are very small", drawn(rng, 40, BIO, inside=1) - 40)
    yield long("scores in the thousands", 3000 * drawn(rng, 12, BIO, inside=1))
    yield long("a tensor", torch.from_numpy(drawn(rng, 9, BIO, inside=1)).float())
    yield long("views with strides", drawn(rng, 8, BIO, inside=1)[::-1].T.copy().T)


def _impossible(rng, short):
    """Tags of probability 0."""
    rows = drawn(rng, 5, BIO, inside=1)
    rows[1, [0, 1, 3]] = -np.inf
    yield short("tags that are impossible", rows)
    rows = drawn(rng, 4, ONE)
    rows[2] = [-np.inf, -np.inf, 0]
    rows[1] = [-0.01, -50, -60]
    yield short("a word that must be inside of a name", rows, ONE)
    rows = np.full((4, 5), -np.inf)
    rows[[0, 1, 2, 3], [3, 4, 0, 1]] = 0
    yield short("one possible sequence alone", rows)


def _shares(rows):
    rows = np.array(rows, dtype=float)
    return rows / rows.sum(axis=1, keepdims=True)


_START = "np.where([tag.startswith('I-') for tag in labels], -np.inf"
_SHIFT = "the same number more for every allowed sequence"

best_tags = Exercise(
    NOTEBOOK,
    "best_tags",
    cases,
    survivors={
        "best_tags: np.asarray(log_probabilities, dtype=float) -> np.asarray(log_probabilities)": "already floats",
        **{f"best_tags: {_START}, 0.0) -> {_START}, {number})": _SHIFT for number in ("-1.0", "0", "1.0")},
        **{
            f"best_tags: np.where(closed, -np.inf, 0.0) -> np.where(closed, -np.inf, {number})": _SHIFT
            for number in ("-1.0", "0", "1.0")
        },
    },
)


@best_tags.right
def paths_written_out(log_probabilities, labels):
    best = {None: (0.0, [])}
    for row in np.asarray(log_probabilities).tolist():
        found = {}
        for tag, score in zip(labels, row, strict=True):
            open_before = [
                entry for before, entry in best.items() if tag[:2] != "I-" or before in ("B-" + tag[2:], tag)
            ]
            if open_before:
                total, path = max(open_before, key=lambda entry: entry[0])
                found[tag] = (total + score, [*path, tag])
        best = found
    return max(best.values(), key=lambda entry: entry[0])[1]


@best_tags.right
def with_a_tag_for_the_start(log_probabilities, labels):
    rows, names = np.array(log_probabilities, dtype=np.float64), ["", *labels]
    step = np.zeros((len(names), len(labels)))
    for i, before in enumerate(names):
        for j, tag in enumerate(labels):
            if tag.startswith("I-") and before not in (tag, "B" + tag[1:]):
                step[i, j] = -np.inf
    total, back = rows[0] + step[0], np.zeros(rows.shape, dtype=int)
    for t in range(1, len(rows)):
        candidates = total[:, np.newaxis] + step[1:]
        back[t] = np.argmax(candidates, axis=0)
        total = np.max(candidates, axis=0) + rows[t]
    path = [int(np.argmax(total))]
    for t in range(len(rows) - 1, 0, -1):
        path.insert(0, int(back[t, path[0]]))
    return [labels[number] for number in path]


@best_tags.right
def by_torch_from_the_end(log_probabilities, labels):
    rows = torch.as_tensor(np.array(log_probabilities)).double()
    closed = torch.tensor([[t[0] == "I" and b[1:] != t[1:] for t in labels] for b in labels])
    ahead, choices = torch.zeros(len(labels), dtype=torch.float64), []
    for row in reversed(rows[1:]):
        options = (row + ahead).expand(len(labels), -1).masked_fill(closed, -torch.inf)
        ahead, choice = options.max(dim=1)
        choices.append(choice)
    start = torch.tensor([tag[0] == "I" for tag in labels])
    path = [int((rows[0] + ahead).masked_fill(start, -torch.inf).argmax())]
    for choice in reversed(choices):
        path.append(int(choice[path[-1]]))
    return [labels[number] for number in path]


@best_tags.right
def by_recursion(log_probabilities, labels):
    rows = np.asarray(log_probabilities).tolist()
    known = {}

    def best(place, tag):
        if (place, tag) not in known:
            score = rows[place][labels.index(tag)]
            if place == 0:
                known[place, tag] = (-np.inf if tag.startswith("I-") else score, (tag,))
            else:
                before = [b for b in labels if not tag.startswith("I-") or b[2:] == tag[2:]]
                total, path = max(
                    (best(place - 1, b) for b in before), key=lambda entry: entry[0], default=(-np.inf, ())
                )
                known[place, tag] = (total + score, (*path, tag))
        return known[place, tag]

    return list(max((best(len(rows) - 1, tag) for tag in labels), key=lambda entry: entry[0])[1])
