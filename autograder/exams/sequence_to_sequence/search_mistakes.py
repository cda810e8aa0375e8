"""Wrong variants of greedy_search and beam_search."""

import math

import numpy as np

from autograder.exams.sequence_to_sequence.search import search

greedy = search.wrong


def walk(step, start_id, end_id, max_length, choose=np.argmax, seen=lambda ids: ids):
    """New ids, end included."""
    ids: list = []
    for _ in range(max_length):
        ids.append(int(choose(step(seen([start_id, *ids])))))
        if ids[-1] == end_id:
            break
    return ids


@greedy("end is among the ids. Which ids come without it?", function="greedy_search")
def with_end(step, start_id, end_id, max_length):
    return walk(step, start_id, end_id, max_length)


@greedy("start is among the ids. Which ids come without it?", function="greedy_search")
def with_start(step, start_id, end_id, max_length):
    ids = walk(step, start_id, end_id, max_length)
    return [start_id, *(ids[:-1] if ids[-1] == end_id else ids)]


@greedy(
    "a sentence that never ends lacks its last id. Is one step too few taken, or an id cut off that is not end?",
    function="greedy_search",
)
def last_one_cut_off(step, start_id, end_id, max_length):
    return walk(step, start_id, end_id, max_length)[:-1]


@greedy("it goes on for one id too many. How many new ids are allowed?", function="greedy_search")
def one_id_too_many(step, start_id, end_id, max_length):
    ids = walk(step, start_id, end_id, max_length + 1)
    return ids[:-1] if ids[-1] == end_id else ids


@greedy("it goes on behind end to the full length. What stops it?", function="greedy_search")
def never_stops(step, start_id, end_id, max_length):
    ids: list = []
    for _ in range(max_length):
        ids.append(int(np.argmax(step([start_id, *ids]))))
    return [number for number in ids if number != end_id]


@greedy("it takes the least probable id. Is a log-probability near 0 large or small?", function="greedy_search")
def least_probable(step, start_id, end_id, max_length):
    ids = walk(step, start_id, end_id, max_length, choose=np.argmin)
    return ids[:-1] if ids[-1] == end_id else ids


@greedy("step is asked with start alone, whatever was written. What is a prefix?", function="greedy_search")
def prefix_stands_still(step, start_id, end_id, max_length):
    ids = walk(step, start_id, end_id, max_length, seen=lambda ids: ids[:1])
    return ids[:-1] if ids[-1] == end_id else ids


@greedy("step is asked with start and the last id alone. What is a prefix?", function="greedy_search")
def prefix_of_two(step, start_id, end_id, max_length):
    ids = walk(step, start_id, end_id, max_length, seen=lambda ids: ids[:1] + ids[1:][-1:])
    return ids[:-1] if ids[-1] == end_id else ids


def searched(
    step,
    start_id,
    end_id,
    width,
    max_length,
    length_penalty=0.0,
    *,
    score=lambda total, length, penalty: total / length**penalty,
    prune=lambda longer, width: sorted(longer, key=lambda pair: -pair[1])[:width],
    stop=lambda finished, longer, width: False,
    leftover=True,
    fewest=False,
):
    """A search with a place for each slip; as it is, it is right."""
    open_ones: list = [([], 0.0)]
    finished: list = []
    ended = False
    for length in range(1, max_length + 1):
        longer = []
        for ids, total in open_ones:
            for new, gain in enumerate(step([start_id, *ids])):
                if gain == -math.inf:
                    continue
                if new == end_id:
                    finished.append((ids, score(total + gain, length, length_penalty)))
                else:
                    longer.append(([*ids, new], total + gain))
        open_ones = prune(longer, width)
        finished.sort(key=lambda pair: -pair[1])
        ended = stop(finished, open_ones, width)
        if ended:
            break
    if leftover and not ended and not (fewest and finished):
        finished += [(ids, score(total, max_length, length_penalty)) for ids, total in open_ones]
    return sorted(finished, key=lambda pair: -pair[1])[:width]


beam = search.wrong


@beam("it stops when the first sentence has ended. May an open one still become better?", function="beam_search")
def stops_at_the_first(step, start_id, end_id, width, max_length, length_penalty=0.0):
    def stop(finished, longer, width):
        return bool(finished)

    return searched(step, start_id, end_id, width, max_length, length_penalty, stop=stop)


@beam(
    "it stops as soon as `width` sentences are finished. May an open one still beat the worst of them?",
    function="beam_search",
)
def stops_when_the_beam_is_full(step, start_id, end_id, width, max_length, length_penalty=0.0):
    def stop(finished, longer, width):
        return len(finished) >= width

    return searched(step, start_id, end_id, width, max_length, length_penalty, stop=stop)


@beam(
    "it compares an open one's score at its present length with the finished. With a length penalty a longer one can "
    "still win; at which length would its score be best?",
    function="beam_search",
)
def bound_at_the_present_length(step, start_id, end_id, width, max_length, length_penalty=0.0):
    def stop(finished, longer, width):
        if len(finished) < width or not longer:
            return False
        ids, total = longer[0]
        return total / len(ids) ** length_penalty < finished[width - 1][1]

    return searched(step, start_id, end_id, width, max_length, length_penalty, stop=stop)


@beam(
    "it stops when no open one can beat the best finished one. Of how many sentences is a list asked for?",
    function="beam_search",
)
def bound_by_the_best(step, start_id, end_id, width, max_length, length_penalty=0.0):
    def stop(finished, longer, width):
        if not finished or not longer:
            return False
        return longer[0][1] / max_length**length_penalty < finished[0][1]

    return searched(step, start_id, end_id, width, max_length, length_penalty, stop=stop)


@beam("end is not counted in the length. What does n count?", function="beam_search")
def length_without_end(step, start_id, end_id, width, max_length, length_penalty=0.0):
    def score(total, length, penalty):
        return total / max(1, length - 1) ** penalty

    open_ones: list = [([], 0.0)]
    finished: list = []
    for length in range(1, max_length + 1):
        rows = [(ids, total, step([start_id, *ids])) for ids, total in open_ones]
        finished += [(i, score(t + r[end_id], length, length_penalty)) for i, t, r in rows if r[end_id] > -math.inf]
        longer = [([*i, n], t + g) for i, t, r in rows for n, g in enumerate(r) if n != end_id and g > -math.inf]
        open_ones = sorted(longer, key=lambda pair: -pair[1])[:width]
    finished += [(ids, total / max_length**length_penalty) for ids, total in open_ones]
    return sorted(finished, key=lambda pair: -pair[1])[:width]


@beam("start is counted in the length. What does n count?", function="beam_search")
def length_with_start(step, start_id, end_id, width, max_length, length_penalty=0.0):
    def score(total, length, penalty):
        return total / (length + 1) ** penalty

    return searched(step, start_id, end_id, width, max_length, length_penalty, score=score)


@beam("the length penalty has no effect. What is the log-probability divided by?", function="beam_search")
def no_penalty(step, start_id, end_id, width, max_length, length_penalty=0.0):
    return searched(step, start_id, end_id, width, max_length)


@beam("the log-probability is multiplied by the length. Which sentences does that favour?", function="beam_search")
def multiplied_by_the_length(step, start_id, end_id, width, max_length, length_penalty=0.0):
    def score(total, length, penalty):
        return total * length**penalty

    return searched(step, start_id, end_id, width, max_length, length_penalty, score=score)


@beam("it is divided by length_penalty * n. Is the penalty a factor or an exponent?", function="beam_search")
def penalty_as_a_factor(step, start_id, end_id, width, max_length, length_penalty=0.0):
    def score(total, length, penalty):
        return total / (length * penalty if penalty else 1)

    return searched(step, start_id, end_id, width, max_length, length_penalty, score=score)


@beam("the length is divided by whatever the penalty is. What is n ** 0?", function="beam_search")
def always_a_mean(step, start_id, end_id, width, max_length, length_penalty=0.0):
    return searched(step, start_id, end_id, width, max_length, 1.0)


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
