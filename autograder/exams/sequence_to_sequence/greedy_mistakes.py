"""Wrong variants of greedy_search."""

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
