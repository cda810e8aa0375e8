"""Wrong variants of beam_search: when it stops, and what a length counts for."""

import math

from autograder.exams.sequence_to_sequence.search import search


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
