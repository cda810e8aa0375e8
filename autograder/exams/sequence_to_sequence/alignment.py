"""alignment(weights) and alignment_error_rate(predicted, sure, possible=None): the cases, the right variants."""

import numpy as np

from autograder.exam.exercise import Case, Exercise
from autograder.exams.sequence_to_sequence.earlier import NOTEBOOK


def cases(rng):
    yield from maps(rng)
    yield from rates(rng)


def read_out(weights):
    """The oracle: for each row the places of its largest weight, and of them the first."""
    return {(row, int(np.flatnonzero(line == line.max())[0])) for row, line in enumerate(np.asarray(weights))}


def maps(rng):
    def weights(target, source):
        scores = np.exp(3 * rng.normal(size=(target, source)))
        return scores / scores.sum(axis=1, keepdims=True)

    def find(concept, given):
        return Case(concept, (given,), expected=read_out(given), function="alignment")

    yield find("more target words than source words", weights(7, 4))
    yield find("more source words than target words", weights(3, 6))
    yield find("as many words on both sides", weights(5, 5))
    yield find("a single target word", weights(1, 5))
    yield find("a single source word", weights(4, 1))
    yield find("lists", weights(4, 5).tolist())
    yield find("words that look nowhere in particular", np.full((3, 4), 0.25) + 0.02 * (rng.random((3, 4)) < 0.4))
    tied = np.zeros((4, 5))
    for row in tied:
        row[rng.permutation(5)[:2]] = 0.5
    yield find("two largest weights", tied)
    yield find("several words that look at one", np.eye(5)[rng.integers(5, size=6) // 2])
    yield find("float32", weights(4, 6).astype(np.float32))
    yield find("whole numbers", rng.permutation(24).reshape(4, 6))


def links(rng, count, target=6, source=7):
    places = rng.permutation(target * source)[:count].tolist()
    return {divmod(place, source) for place in places}


def rate_right(predicted, sure, possible):
    """The oracle, by counting the links one at a time."""
    possible = sure if possible is None else possible
    hits = sum((link in sure) + (link in possible) for link in predicted)
    return 1 - hits / (len(predicted) + len(sure)) if predicted or sure else 0.0


def rates(rng):
    def rate(concept, *args, **named):
        expected = rate_right(args[0], args[1], args[2] if len(args) > 2 else named.get("possible"))
        return Case(concept, args, named, expected=expected, function="alignment_error_rate")

    for number in range(3):
        sure, wrong = links(rng, 6), links(rng, 5)
        some = set(sorted(sure)[: 3 + number])
        yield rate("links of which some are right", some | wrong, sure)
        more = sure | links(rng, 6)
        yield rate("links held for possible besides", some | set(sorted(more)[:5]) | wrong, sure, more)
        yield rate("possible links given by name", some | wrong, sure, possible=more)
    sure = links(rng, 6)
    yield rate("an alignment without an error", set(sure), sure)
    yield rate(
        "all right, and some of it only possible", sure | {(9, 9), (9, 8)}, sure, sure | {(9, 9), (9, 8), (9, 7)}
    )
    yield rate("no link right", {(9, 9), (8, 8)}, sure)
    yield rate("nothing predicted", set(), sure)
    yield rate("nothing sure", {(1, 2), (2, 2)}, set())
    yield rate("nothing sure, something possible", {(1, 2), (2, 2), (3, 1)}, set(), {(1, 2)})
    yield rate("nothing at all", set(), set())
    yield rate("nothing at all, but something possible", set(), set(), {(0, 0)})
    yield rate("few predicted, all right", set(sorted(sure)[:2]), sure)
    yield rate("many predicted", links(rng, 20), sure)


alignment = Exercise(
    NOTEBOOK,
    "alignment",
    cases,
    functions=("alignment", "alignment_error_rate"),
    survivors={
        "alignment: int(np.argmax(line)) -> np.argmax(line)": "NumPy's ints are ints",
        "alignment_error_rate: return 0.0 -> return 0": "0 is 0.0",
    },
)


@alignment.right(function="alignment")
def by_argmax_of_all_rows(weights):
    return set(enumerate(np.asarray(weights).argmax(axis=1).tolist()))


@alignment.right(function="alignment")
def by_loops(weights):
    found = set()
    for row in range(len(weights)):
        best = 0
        for place in range(1, len(weights[row])):
            if weights[row][place] > weights[row][best]:
                best = place
        found.add((row, best))
    return found


@alignment.right(function="alignment")
def by_max_of_a_list(weights):
    return {(row, list(line).index(max(line))) for row, line in enumerate(weights)}


@alignment.right(function="alignment_error_rate")
def by_counting(predicted, sure, possible=None):
    if possible is None:
        possible = sure
    total = len(predicted) + len(sure)
    hits = sum(link in sure for link in predicted) + sum(link in possible for link in predicted)
    return 0 if total == 0 else (total - hits) / total


@alignment.right(function="alignment_error_rate")
def by_intersections(predicted, sure, possible=None):
    both = predicted.intersection(sure), predicted.intersection(sure if possible is None else possible)
    try:
        return 1.0 - (len(both[0]) + len(both[1])) / (len(predicted) + len(sure))
    except ZeroDivisionError:
        return 0.0


@alignment.right(function="alignment_error_rate")
def by_what_is_missing(predicted, sure, possible=None):
    possible = possible if possible is not None else sure
    errors = len(predicted - possible) + len(sure - predicted)
    return errors / max(1, len(predicted) + len(sure))
