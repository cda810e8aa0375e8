"""Wrong variants of beam_search: what is kept, and what comes back; with those of the other modules."""

import math

from autograder.exams.sequence_to_sequence import greedy_mistakes  # noqa: F401  registers its variants
from autograder.exams.sequence_to_sequence.beam_mistakes import beam, searched
from autograder.exams.sequence_to_sequence.search import search

__all__ = ["search"]


@beam(
    "the scores are probabilities. Which of the two is asked for, a probability or its logarithm?",
    function="beam_search",
)
def probabilities(step, start_id, end_id, width, max_length, length_penalty=0.0):
    found = searched(step, start_id, end_id, width, max_length, length_penalty)
    return [(ids, math.exp(score)) for ids, score in found]


@beam("the list begins with the worst. Which one comes first?", function="beam_search")
def worst_first(step, start_id, end_id, width, max_length, length_penalty=0.0):
    return searched(step, start_id, end_id, width, max_length, length_penalty)[::-1]


@beam("the least probable ones stay open. Is a log-probability near 0 large or small?", function="beam_search")
def keeps_the_worst(step, start_id, end_id, width, max_length, length_penalty=0.0):
    def prune(longer, width):
        return sorted(longer, key=lambda pair: pair[1])[:width]

    return searched(step, start_id, end_id, width, max_length, length_penalty, prune=prune)


@beam("only one stays open: this is greedy search with a list around it. How many may stay?", function="beam_search")
def one_stays_open(step, start_id, end_id, width, max_length, length_penalty=0.0):
    def prune(longer, width):
        return sorted(longer, key=lambda pair: -pair[1])[:1]

    return searched(step, start_id, end_id, width, max_length, length_penalty, prune=prune)


@beam("one more than `width` stays open. How many may stay?", function="beam_search")
def one_too_many_open(step, start_id, end_id, width, max_length, length_penalty=0.0):
    def prune(longer, width):
        return sorted(longer, key=lambda pair: -pair[1])[: width + 1]

    return searched(step, start_id, end_id, width, max_length, length_penalty, prune=prune)


@beam(
    "each hypothesis keeps its own best continuation only. Do they compete with each other, or "
    "may one of them have two "
    "children in the beam?",
    function="beam_search",
)
def one_child_each(step, start_id, end_id, width, max_length, length_penalty=0.0):
    def prune(longer, width):
        best: dict = {}
        for ids, total in longer:
            parent = tuple(ids[:-1])
            if len(ids) > 1 and (parent not in best or total > best[parent][1]):
                best[parent] = (ids, total)
        return list(best.values()) or sorted(longer, key=lambda pair: -pair[1])[:width]

    return searched(step, start_id, end_id, width, max_length, length_penalty, prune=prune)


@beam("sentences still open at max_length are left out. How do they count?", function="beam_search")
def open_ones_left_out(step, start_id, end_id, width, max_length, length_penalty=0.0):
    return searched(step, start_id, end_id, width, max_length, length_penalty, leftover=False)


@beam("open ones count only if no sentence has ended. How do they count at max_length?", function="beam_search")
def open_ones_only_in_need(step, start_id, end_id, width, max_length, length_penalty=0.0):
    return searched(step, start_id, end_id, width, max_length, length_penalty, fewest=True)


@beam(
    "at max_length the open ones are tried with end once more. How many new ids do they have then?",
    function="beam_search",
)
def ended_beyond_the_length(step, start_id, end_id, width, max_length, length_penalty=0.0):
    found = searched(step, start_id, end_id, width, max_length + 1, length_penalty)
    return [(ids, score) for ids, score in found if len(ids) <= max_length]


@beam(
    "end competes for a place in the beam: a finished sentence stands there instead of an open one. Whose place does "
    "it take in the docstring?",
    function="beam_search",
)
def end_takes_a_place(step, start_id, end_id, width, max_length, length_penalty=0.0):
    open_ones: list = [([], 0.0)]
    finished: list = []
    for _ in range(max_length):
        longer = [
            ([*ids, new], total + gain)
            for ids, total in open_ones
            for new, gain in enumerate(step([start_id, *ids]))
            if gain > -math.inf
        ]
        chosen = sorted(longer, key=lambda pair: -pair[1])[:width]
        finished += [(ids[:-1], total / len(ids) ** length_penalty) for ids, total in chosen if ids[-1] == end_id]
        open_ones = [pair for pair in chosen if pair[0][-1] != end_id]
    finished += [(ids, total / max_length**length_penalty) for ids, total in open_ones]
    return sorted(finished, key=lambda pair: -pair[1])[:width]


@beam(
    "the beam shrinks by one with each finished sentence. Whose place does a finished one take?", function="beam_search"
)
def shrinking_beam(step, start_id, end_id, width, max_length, length_penalty=0.0):
    open_ones: list = [([], 0.0)]
    finished: list = []
    for length in range(1, max_length + 1):
        longer = []
        for ids, total in open_ones:
            for new, gain in enumerate(step([start_id, *ids])):
                if gain > -math.inf and new == end_id:
                    finished.append((ids, (total + gain) / length**length_penalty))
                elif gain > -math.inf:
                    longer.append(([*ids, new], total + gain))
        open_ones = sorted(longer, key=lambda pair: -pair[1])[: max(0, width - len(finished))]
        if not open_ones:
            break
    finished += [(ids, total / max_length**length_penalty) for ids, total in open_ones]
    return sorted(finished, key=lambda pair: -pair[1])[:width]


@beam("a score is the log-probability of the last id alone. What is summed?", function="beam_search")
def last_step_only(step, start_id, end_id, width, max_length, length_penalty=0.0):
    open_ones: list = [([], 0.0)]
    finished: list = []
    for length in range(1, max_length + 1):
        rows = [(ids, step([start_id, *ids])) for ids, _ in open_ones]
        finished += [(ids, row[end_id] / length**length_penalty) for ids, row in rows if row[end_id] > -math.inf]
        longer = [([*ids, new], gain) for ids, row in rows for new, gain in enumerate(row) if new != end_id]
        open_ones = sorted((p for p in longer if p[1] > -math.inf), key=lambda pair: -pair[1])[:width]
    finished += [(ids, total / max_length**length_penalty) for ids, total in open_ones]
    return sorted(finished, key=lambda pair: -pair[1])[:width]


@beam("the log-probability of end is left out of the sum. Is end not written as well?", function="beam_search")
def end_costs_nothing(step, start_id, end_id, width, max_length, length_penalty=0.0):
    open_ones: list = [([], 0.0)]
    finished: list = []
    for length in range(1, max_length + 1):
        rows = [(ids, total, step([start_id, *ids])) for ids, total in open_ones]
        finished += [(ids, total / length**length_penalty) for ids, total, row in rows if row[end_id] > -math.inf]
        longer = [([*i, n], t + g) for i, t, r in rows for n, g in enumerate(r) if n != end_id and g > -math.inf]
        open_ones = sorted(longer, key=lambda pair: -pair[1])[:width]
    finished += [(ids, total / max_length**length_penalty) for ids, total in open_ones]
    return sorted(finished, key=lambda pair: -pair[1])[:width]


@beam("end is among the ids. Which ids come without it?", function="beam_search")
def ids_with_end(step, start_id, end_id, width, max_length, length_penalty=0.0):
    found = searched(step, start_id, end_id, width, max_length, length_penalty)
    return [([*ids, end_id] if len(ids) < max_length else ids, score) for ids, score in found]


@beam("start is among the ids. Which ids come without it?", function="beam_search")
def ids_with_start(step, start_id, end_id, width, max_length, length_penalty=0.0):
    found = searched(step, start_id, end_id, width, max_length, length_penalty)
    return [([start_id, *ids], score) for ids, score in found]


@beam("only the best one is returned. How many are asked for?", function="beam_search")
def the_best_alone(step, start_id, end_id, width, max_length, length_penalty=0.0):
    return searched(step, start_id, end_id, width, max_length, length_penalty)[:1]


@beam("all finished ones are returned. How many are asked for at most?", function="beam_search")
def everything_found(step, start_id, end_id, width, max_length, length_penalty=0.0):
    return searched(
        step, start_id, end_id, 10**6, max_length, length_penalty, prune=lambda longer, _: _best(longer, width)
    )


def _best(longer, width):
    return sorted(longer, key=lambda pair: -pair[1])[:width]


@beam("score and ids have changed places. Which one comes first in a pair?", function="beam_search")
def scores_first(step, start_id, end_id, width, max_length, length_penalty=0.0):
    return [(score, ids) for ids, score in searched(step, start_id, end_id, width, max_length, length_penalty)]


@beam(
    "the list is ordered by log-probability, not by score. What makes one the best?",
    function="beam_search",
)
def ordered_by_log_probability(step, start_id, end_id, width, max_length, length_penalty=0.0):
    found = searched(step, start_id, end_id, width, max_length)
    return [(ids, total / min(len(ids) + 1, max_length) ** length_penalty) for ids, total in found]


@beam("impossible sentences are in the list, with a score of -inf. Which are never returned?", function="beam_search")
def impossible_ones_too(step, start_id, end_id, width, max_length, length_penalty=0.0):
    open_ones: list = [([], 0.0)]
    finished: list = []
    for length in range(1, max_length + 1):
        rows = [(ids, total, step([start_id, *ids])) for ids, total in open_ones]
        finished += [(ids, (total + row[end_id]) / length**length_penalty) for ids, total, row in rows]
        longer = [([*i, n], t + g) for i, t, r in rows for n, g in enumerate(r) if n != end_id]
        open_ones = sorted(longer, key=lambda pair: -pair[1])[:width]
    finished += [(ids, total / max_length**length_penalty) for ids, total in open_ones]
    return sorted(finished, key=lambda pair: -pair[1])[:width]
