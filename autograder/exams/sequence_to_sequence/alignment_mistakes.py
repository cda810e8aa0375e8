"""Wrong variants of alignment and alignment_error_rate."""

import numpy as np

from autograder.exams.sequence_to_sequence.alignment import alignment

read = alignment.wrong
rate = alignment.wrong


@read("each source word is given its target word. Which of the two has exactly one link?", function="alignment")
def a_link_for_each_source_word(weights):
    return {(int(row), column) for column, row in enumerate(np.asarray(weights).argmax(axis=0))}


@read("target and source have changed places in the pairs. Which place comes first?", function="alignment")
def source_first(weights):
    return {(int(column), row) for row, column in enumerate(np.asarray(weights).argmax(axis=1))}


@read(
    "the pairs are one step late: a word is given the place that the next step looks at. With which row is a word "
    "written?",
    function="alignment",
)
def one_step_late(weights):
    best = np.asarray(weights).argmax(axis=1).tolist()
    return set(enumerate([*best[1:], best[-1]]))


@read(
    "the pairs are one step early: a word is given the place that the step before it looked at. Which row writes it?",
    function="alignment",
)
def one_step_early(weights):
    best = np.asarray(weights).argmax(axis=1).tolist()
    return set(enumerate([best[0], *best[:-1]]))


@read("all places with more than half of the weight are linked. How many links has a word?", function="alignment")
def above_one_half(weights):
    return {(row, column) for row, line in enumerate(weights) for column, weight in enumerate(line) if weight > 0.5}


@read("of two largest weights the last is taken. Which one does the docstring take?", function="alignment")
def the_last_on_a_tie(weights):
    turned = np.asarray(weights)[:, ::-1]
    return {(row, turned.shape[1] - 1 - int(column)) for row, column in enumerate(turned.argmax(axis=1))}


@read("of two largest weights both are taken. Which one does the docstring take?", function="alignment")
def all_on_a_tie(weights):
    weights = np.asarray(weights)
    return {(int(row), int(column)) for row, column in np.argwhere(weights == weights.max(axis=1, keepdims=True))}


@read("the smallest weight is taken. Where does a word look most?", function="alignment")
def the_smallest(weights):
    return set(enumerate(np.asarray(weights).argmin(axis=1).tolist()))


@read("the places count from 1. From which number do rows and columns count here?", function="alignment")
def counted_from_one(weights):
    return {(row + 1, int(np.argmax(line)) + 1) for row, line in enumerate(weights)}


@read("it is a list of places. What is a pair made of, and what are the pairs kept in?", function="alignment")
def a_list_of_places(weights):
    return np.asarray(weights).argmax(axis=1).tolist()


def whole(sure, possible):
    return sure if possible is None else possible


def share(hits, total, empty=0.0):
    return hits / total if total else empty


@rate("possible links are passed over. Which two sets is A compared with?", function="alignment_error_rate")
def without_possible(predicted, sure, possible=None):
    total = len(predicted) + len(sure)
    return 1 - share(2 * len(predicted & sure), total, 1)


@rate(
    "it is one minus the precision. What else does the formula count, besides what was predicted?",
    function="alignment_error_rate",
)
def one_minus_precision(predicted, sure, possible=None):
    return 1 - share(len(predicted & whole(sure, possible)), len(predicted), float(not sure))


@rate(
    "it is one minus the recall. What else does the formula count, besides what is sure?",
    function="alignment_error_rate",
)
def one_minus_recall(predicted, sure, possible=None):
    return 1 - share(len(predicted & sure), len(sure), float(not predicted))


@rate("it is large where all is right. Is it a rate of errors or of hits?", function="alignment_error_rate")
def a_rate_of_hits(predicted, sure, possible=None):
    hits = len(predicted & sure) + len(predicted & whole(sure, possible))
    return share(hits, len(predicted) + len(sure), 0.0)


@rate(
    "the sum below has the possible links in it. Which two sets does the formula count there?",
    function="alignment_error_rate",
)
def divided_by_possible(predicted, sure, possible=None):
    possible = whole(sure, possible)
    hits = len(predicted & sure) + len(predicted & possible)
    return 1 - share(hits, len(predicted) + len(possible), 1)


@rate("hits on sure links count once only. What does A and P add for them?", function="alignment_error_rate")
def sure_hits_once(predicted, sure, possible=None):
    return 1 - share(len(predicted & whole(sure, possible)), len(predicted) + len(sure), 1)


@rate(
    "it is divided by the links of both sets without counting a common one twice. What does |A| + |S| count?",
    function="alignment_error_rate",
)
def divided_by_the_union(predicted, sure, possible=None):
    hits = len(predicted & sure) + len(predicted & whole(sure, possible))
    return 1 - share(hits, len(predicted | sure), 1)


@rate("it is the number of errors. What is it divided by?", function="alignment_error_rate")
def number_of_errors(predicted, sure, possible=None):
    return float(len(predicted - whole(sure, possible)) + len(sure - predicted))


@rate("two empty alignments get 1. Is anything wrong with them?", function="alignment_error_rate")
def one_for_nothing(predicted, sure, possible=None):
    hits = len(predicted & sure) + len(predicted & whole(sure, possible))
    return 1 - share(hits, len(predicted) + len(sure), 0.0)


@rate("where `possible` is left out nothing is possible. What does None mean there?", function="alignment_error_rate")
def nothing_possible(predicted, sure, possible=None):
    hits = len(predicted & sure) + len(predicted & (possible or set()))
    return 1 - share(hits, len(predicted) + len(sure), 1)


@rate(
    "it is 0 wherever one of the two sets is empty. What does the formula give where something is predicted and "
    "nothing is sure?",
    function="alignment_error_rate",
)
def nothing_on_one_side_is_no_error(predicted, sure, possible=None):
    hits = len(predicted & sure) + len(predicted & whole(sure, possible))
    return 1 - share(hits, len(predicted) + len(sure), 1) if predicted and sure else 0.0
