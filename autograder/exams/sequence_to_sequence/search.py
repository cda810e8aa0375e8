"""greedy_search and beam_search: the cases, the right variants."""

import heapq
import itertools
import math

import numpy as np

from attention_course.probes import sequence_to_sequence as probe
from autograder.exam.exercise import Case, Exercise
from autograder.exams.sequence_to_sequence.earlier import NOTEBOOK
from autograder.exams.sequence_to_sequence.search_truth import (
    best,
    drawn,
    greedy_right,
    plain,
    whole_numbers,
)


def cases(rng):
    yield from greedy_cases(rng)
    yield from beam_cases(rng)


def greedy_cases(rng):
    def write(concept, rows, start, end, longest):
        expected = greedy_right(rows, start, end, longest)
        args, calls = (rows, start, end, longest), 4 * longest + 10
        return Case(
            concept, args, {"calls": calls}, expected=expected, function="greedy_search", use=probe.searched,
            read=whole_numbers,
        )  # fmt: skip

    for number in range(4):
        rows = drawn(rng, 60, 5)
        rows[rows.argmax(axis=1) == 2, 2] -= 3
        yield write("a sentence", rows, 1, 2, 6 + number)
    yield write("a sentence that never ends", drawn(rng, 60, 4, end=0, end_share=0.01), 1, 0, 7)
    yield write("a sentence of one id at most", drawn(rng, 60, 4, end=0, end_share=0.01), 1, 0, 1)
    yield write("an end at once", drawn(rng, 60, 4, end=3, end_share=0.9), 1, 3, 5)
    ends = drawn(rng, 40, 4, end=3, end_share=0.01)
    expected = greedy_right(ends, 0, 3, 4)
    row = path(expected, 4) % len(ends)
    ends[row] = np.log([0.1, 0.1, 0.1, 0.7])
    yield write("an end after the last id that fits", ends, 0, 3, 4)
    yield write("an end just in time", ends.copy(), 0, 3, 5)
    yield write("impossible ids", drawn(rng, 60, 5, closed=0.6), 0, 4, 8)


def path(ids, s):
    """The number that a prefix writes, as the table reads it."""
    number = 0
    for id in ids:
        number = number * s + id + 1
    return number


def beam_cases(rng):
    def find(concept, rows, start, end, width, longest, penalty=0.0, **options):
        expected = plain(best(rows, start, end, width, longest, penalty))
        args, calls = (rows, start, end, width, longest), 10 * width * longest + 20
        named = {"calls": calls} | ({"length_penalty": penalty} if penalty else {})
        return Case(
            concept, args, named | options, expected=expected, function="beam_search", use=probe.searched, read=plain
        )

    yield find("a beam of one", drawn(rng, 90, 5), 1, 2, 1, 6)
    for width, longest in ((2, 5), (3, 6), (4, 4)):
        yield find("a beam of several", drawn(rng, 90, 5), 1, 2, width, longest)
        yield find("a length penalty", drawn(rng, 90, 5), 1, 2, width, longest, 1.0)
        yield find("sentences that end late", drawn(rng, 90, 5, end=2, end_share=0.05), 1, 2, width, longest)
    yield find("another length penalty", drawn(rng, 90, 5, end=0, end_share=0.3), 3, 0, 3, 6, 0.6)
    yield find("a penalty that favours the long", drawn(rng, 90, 4, end=0, end_share=0.3), 3, 0, 2, 7, 2.0)
    yield find(
        "another penalty that favours the long", drawn(rng, 90, 4, sharp=0.5, end=1, end_share=0.4), 3, 1, 3, 6, 1.5
    )
    yield find("every sentence there is", drawn(rng, 90, 3), 0, 1, 40, 4)
    yield find("every sentence there is, with a length penalty", drawn(rng, 90, 3), 0, 1, 40, 4, 1.0)
    yield find("fewer sentences than the beam is wide", drawn(rng, 90, 3), 0, 2, 9, 2)
    yield find("one new id at most", drawn(rng, 30, 4), 0, 1, 2, 1)
    yield find("impossible ids", drawn(rng, 90, 6, closed=0.6), 1, 0, 3, 6)
    yield find("impossible ids, with a length penalty", drawn(rng, 90, 6, closed=0.6), 1, 0, 3, 6, 1.0)
    yield find("an end that is impossible", without_end(drawn(rng, 90, 4), 3), 1, 3, 2, 5)
    yield find("fewer possible sentences than the beam is wide", drawn(rng, 90, 5, closed=0.7), 1, 0, 12, 3)
    for width in (1, 2):
        yield find("a long sentence that begins badly", slow_start(rng), 3, 0, width, 6, 1.0)
    yield find("nothing to go on with", ending(rng), 1, 0, 3, 6)
    yield find("nothing to go on with, and a length penalty", ending(rng), 1, 0, 3, 6, 1.0)
    yield trap()
    yield find("more ids than the beam is wide", drawn(rng, 90, 30), 1, 2, 3, 5)
    yield find("start may follow again", drawn(rng, 90, 4, sharp=0.7), 2, 0, 3, 5)
    for number in range(4):
        yield find("many searches", drawn(rng, 90, 4, end=0, end_share=0.1 + 0.1 * number), 1, 0, 3, 6, 0.5 * number)


def without_end(rows, end):
    """The same table with an impossible end."""
    rows[:, end] = -np.inf
    return rows


def ending(rng):
    """After two ids nothing but end is possible."""
    rows = drawn(rng, 90, 4)
    rows[5:] = -np.inf
    rows[5:, 0] = 0.0
    return rows


def slow_start(rng):
    """Ending at once is likely; whoever goes on does so with near certainty, and has the better mean in the end."""
    rows = np.log(rng.dirichlet([1, 1, 1, 1], size=90) * 0.04 + 1e-4)
    rows[np.arange(90), rng.integers(1, 4, size=90)] = math.log(0.95)
    rows[0] = np.log([0.5, 0.24, 0.16, 0.1])
    rows[1:4, 0] = math.log(0.03)
    return rows


def trap():
    """By hand: the best first id leads to two halves, the second best to one whole."""
    table = np.full((60, 4), math.log(0.0025))
    table[:, 0] = math.log(0.99)  # whatever is not named below ends
    table[path([], 4)] = [-math.inf, -math.inf, math.log(0.6), math.log(0.4)]
    table[path([2], 4)] = [-math.inf, -math.inf, math.log(0.55), math.log(0.45)]
    args = table, 1, 0, 2, 4
    expected = plain(best(*args))
    named = {"calls": 200}
    return Case(
        "a beginning that looks best and is not", args, named, expected=expected, function="beam_search",
        use=probe.searched, read=plain,
    )  # fmt: skip


STOPS_LATER = "it stops later, or at max_length, and finds the same"
SURVIVORS = {
    "greedy_search: int(np.argmax(step([start_id, *ids]))) -> np.argmax(step([start_id, "
    "*ids]))": "NumPy's ints are ints",
    "beam_search: step, start_id, end_id, width, max_length, length_penalty=0.0 -> "
    "step, start_id, end_id, width, max_length, length_penalty=0": "0 is 0.0",
    "beam_search: ([], 0.0) -> ([], 0)": "0 is 0.0",
    "beam_search: sorted(finished, key=lambda pair: -pair[1])[:width] -> "
    "sorted(finished, key=lambda pair: -pair[1])": STOPS_LATER,
    "beam_search: finished = sorted(finished, key=lambda pair: -pair[1])[:width] -> (nothing)": STOPS_LATER,
    "beam_search: score(total, max_length) -> max_length": STOPS_LATER,
    "beam_search: -math.inf -> math.inf #3": STOPS_LATER,
    "beam_search: if len(finished) == width and hope <= finished[-1][1]: break -> (nothing)": STOPS_LATER,
    "beam_search: len(finished) -> finished": STOPS_LATER,
    "beam_search: hope <= finished[-1][1] -> hope < finished[-1][1]": STOPS_LATER,
    "beam_search: break -> (nothing)": STOPS_LATER,
}
search = Exercise(NOTEBOOK, "search", cases, functions=("greedy_search", "beam_search"), survivors=SURVIVORS)


@search.right(function="greedy_search")
def until_the_end(step, start_id, end_id, max_length):
    ids = [start_id]
    while len(ids) <= max_length:
        ids.append(step(ids).argmax())
        if ids[-1] == end_id:
            return ids[1:-1]
    return ids[1:]


@search.right(function="greedy_search")
def cut_at_the_end(step, start_id, end_id, max_length):
    ids: list = []
    for _ in range(max_length):
        row = step([start_id, *ids]).tolist()
        ids.append(row.index(max(row)))
        if end_id in ids:
            break
    return list(itertools.takewhile(lambda number: number != end_id, ids))


@search.right(function="greedy_search")
def by_itself(step, start_id, end_id, max_length):
    def rest(prefix, left):
        new = int(np.argsort(step(prefix))[-1]) if left else end_id
        return [] if new == end_id else [new, *rest([*prefix, new], left - 1)]

    return rest([start_id], max_length)


@search.right(function="beam_search")
def never_stopping_early(step, start_id, end_id, width, max_length, length_penalty=0.0):
    live: list = [(0.0, [start_id])]
    done: list = []
    for length in range(1, max_length + 1):
        rows = [(total, ids, np.asarray(step(list(ids)))) for total, ids in live]
        done += [((total + row[end_id]) / length**length_penalty, ids[1:]) for total, ids, row in rows]
        longer = [
            (total + value, [*ids, number])
            for total, ids, row in rows
            for number, value in enumerate(row.tolist())
            if number != end_id and value > -np.inf
        ]
        live = heapq.nlargest(width, longer, key=lambda pair: pair[0])
    done += [(total / max_length**length_penalty, ids[1:]) for total, ids in live]
    done = [pair for pair in done if pair[0] > -np.inf]
    return [(ids, score) for score, ids in sorted(done, key=lambda pair: pair[0], reverse=True)[:width]]


@search.right(function="beam_search")
def by_tables_of_all_scores(step, start_id, end_id, width, max_length, length_penalty=0.0):
    prefixes, totals = [[start_id]], np.zeros(1)
    finished: list = []
    for length in range(1, max_length + 1):
        table = totals[:, None] + np.stack([step(prefix) for prefix in prefixes])
        ends = table[:, end_id] / length**length_penalty
        finished += [(prefix[1:], score) for prefix, score in zip(prefixes, ends, strict=True) if np.isfinite(score)]
        finished.sort(key=lambda pair: pair[1], reverse=True)
        table[:, end_id] = -np.inf
        chosen = np.argsort(-table, axis=None, kind="stable")[:width]
        pairs = [divmod(int(place), table.shape[1]) for place in chosen if np.isfinite(table.flat[place])]
        totals = np.array([table[pair] for pair in pairs])
        prefixes = [[*prefixes[row], new] for row, new in pairs]
        if not prefixes:
            return finished[:width]
        enough = len(finished) >= width
        if enough and totals.max() / max_length**length_penalty < finished[width - 1][1]:
            return finished[:width]
    finished += [(p[1:], total / max_length**length_penalty) for p, total in zip(prefixes, totals, strict=True)]
    return sorted(finished, key=lambda pair: -pair[1])[:width]


@search.right(function="beam_search")
def with_a_small_class(step, start_id, end_id, width, max_length, length_penalty=0.0):
    class Hypothesis:
        def __init__(self, ids, total, ended):
            self.ids, self.total, self.ended = ids, total, ended

        def score(self, longest=0):
            count = longest or len(self.ids) + self.ended
            return self.total / count**length_penalty

        def followers(self):
            for number, value in enumerate(step([start_id, *self.ids])):
                if value != -math.inf:
                    ended = number == end_id
                    yield Hypothesis(self.ids if ended else [*self.ids, number], self.total + float(value), ended)

    live: list = [Hypothesis([], 0.0, False)]
    done: list = []
    for _ in range(max_length):
        new = [follower for one in live for follower in one.followers()]
        done.extend(one for one in new if one.ended)
        live = sorted((one for one in new if not one.ended), key=lambda one: one.total)[-width:]
        done.sort(key=Hypothesis.score, reverse=True)
        hopeful = [one for one in live if len(done) < width or one.score(max_length) > done[width - 1].score()]
        if not hopeful:
            live = []
            break
    whole = sorted([*done, *live], key=Hypothesis.score, reverse=True)
    return [(one.ids, one.score()) for one in whole[:width]]


@search.right(function="beam_search")
def with_a_heap_of_the_finished(step, start_id, end_id, width, max_length, length_penalty=0.0):
    open_ones: dict = {(): 0.0}
    heap: list = []
    count = itertools.count()

    def keep(ids, score):
        if score > -math.inf:
            (heapq.heappushpop if len(heap) == width else heapq.heappush)(heap, (score, next(count), list(ids)))

    for length in range(1, max_length + 1):
        longer: dict = {}
        for ids, total in open_ones.items():
            row = total + step([start_id, *ids])
            keep(ids, row[end_id] / length**length_penalty)
            longer |= {(*ids, new): value for new, value in enumerate(row) if new != end_id and value > -math.inf}
        open_ones = dict(sorted(longer.items(), key=lambda item: item[1], reverse=True)[:width])
    for ids, total in open_ones.items():
        keep(ids, total / max_length**length_penalty)
    return [(ids, score) for score, _, ids in sorted(heap, reverse=True)]
