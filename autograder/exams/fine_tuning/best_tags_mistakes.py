"""Wrong variants of best_tags."""

import numpy as np

from autograder.exams.fine_tuning.best_tags import best_tags, may_follow


def viterbi(log_probabilities, labels, may=may_follow, start=None):
    """The best sequence under other rules."""
    rows = np.asarray(log_probabilities, dtype=float)
    closed = np.array([[not may(before, tag) for tag in labels] for before in labels])
    return decode(rows, labels, np.where(closed, -np.inf, 0.0), [(start or may)(None, tag) for tag in labels])


def decode(rows, labels, step, may_start):
    best, back = rows[0] + np.where(may_start, 0.0, -np.inf), []
    for row in rows[1:]:
        paths = best[:, None] + step
        back.append(paths.argmax(axis=0))
        best = paths.max(axis=0) + row
    path = [int(best.argmax())]
    for choice in reversed(back):
        path.append(int(choice[path[-1]]))
    return [labels[number] for number in reversed(path)]


def argmax(log_probabilities, labels):
    return [labels[number] for number in np.asarray(log_probabilities).argmax(axis=1)]


@best_tags.wrong("each word gets its own best tag. Which of these sequences does strict IOB2 allow?")
def word_by_word(log_probabilities, labels):
    return argmax(log_probabilities, labels)


@best_tags.wrong("tags are chosen from left to right, and never taken back. What if a later word speaks against one?")
def greedy(log_probabilities, labels):
    tags = []
    for row in np.asarray(log_probabilities):
        open_now = [n for n, tag in enumerate(labels) if may_follow(tags[-1] if tags else None, tag)]
        tags.append(labels[max(open_now, key=lambda n: row[n])])
    return tags


@best_tags.wrong("tags are chosen from right to left, and kept. What if an earlier word speaks against one?")
def greedy_from_the_end(log_probabilities, labels):
    tags = []
    for place, row in reversed(list(enumerate(np.asarray(log_probabilities)))):
        open_now = [
            n
            for n, tag in enumerate(labels)
            if (not tags or may_follow(tag, tags[-1])) and (place or may_follow(None, tag))
        ]
        tags.append(labels[max(open_now, key=lambda n: row[n])] if open_now else "O")
    return tags[::-1]


@best_tags.wrong("an I- without its B- becomes O afterwards. Is that the most probable sequence?")
def mended_to_outside(log_probabilities, labels):
    tags = []
    for tag in argmax(log_probabilities, labels):
        tags.append(tag if may_follow(tags[-1] if tags else None, tag) else "O")
    return tags


@best_tags.wrong("an I- without its B- becomes B- afterwards. Is that the most probable sequence?")
def mended_to_begin(log_probabilities, labels):
    tags = []
    for tag in argmax(log_probabilities, labels):
        tags.append(tag if may_follow(tags[-1] if tags else None, tag) else "B" + tag[1:])
    return tags


@best_tags.wrong("the sequence may start with an I-. What stands before the first word?")
def starts_inside(log_probabilities, labels):
    return viterbi(log_probabilities, labels, start=lambda before, tag: True)


@best_tags.wrong("an I- may stand behind a B- or I- of another label. Behind which ones may it?")
def any_label_before(log_probabilities, labels):
    return viterbi(log_probabilities, labels, lambda b, tag: tag[0] != "I" or (b is not None and b != "O"))


@best_tags.wrong("an I- may not stand behind an I-. How does a name of three words go on?")
def two_words_at_most(log_probabilities, labels):
    return viterbi(log_probabilities, labels, lambda b, tag: tag[0] != "I" or b == "B" + tag[1:])


@best_tags.wrong("an I- may stand behind an I- only. How does a name begin?")
def inside_behind_inside(log_probabilities, labels):
    return viterbi(log_probabilities, labels, lambda b, tag: tag[0] != "I" or b == tag)


@best_tags.wrong("an I- may stand behind O. How does a name begin?")
def inside_behind_outside(log_probabilities, labels):
    return viterbi(log_probabilities, labels, lambda b, tag: may_follow(b, tag) or b == "O")


@best_tags.wrong("a B- may not stand behind another name. Can two names stand side by side?")
def a_gap_between_names(log_probabilities, labels):
    def may(before, tag):
        return may_follow(before, tag) and (tag[0] != "B" or before in (None, "O"))

    return viterbi(log_probabilities, labels, may)


@best_tags.wrong("a name must go on behind its B-. Can it have a single word?")
def no_names_of_one_word(log_probabilities, labels):
    def may(before, tag):
        return may_follow(before, tag) and (before is None or before[0] != "B" or tag == "I" + before[1:])

    return viterbi(log_probabilities, labels, may)


@best_tags.wrong("the table of what may follow is read the other way round. Which axis holds the tag before?")
def table_transposed(log_probabilities, labels):
    rows = np.asarray(log_probabilities, dtype=float)
    closed = np.array([[not may_follow(before, tag) for tag in labels] for before in labels])
    return decode(rows, labels, np.where(closed.T, -np.inf, 0.0), [may_follow(None, tag) for tag in labels])


@best_tags.wrong("forbidden steps cost a fixed number, and a likely one buys its way through. What do they cost?")
def cheap_penalty(log_probabilities, labels):
    rows = np.asarray(log_probabilities, dtype=float)
    closed = np.array([[not may_follow(before, tag) for tag in labels] for before in labels])
    rows[0] = rows[0] - 10.0 * np.array([tag[0] == "I" for tag in labels])
    return decode(rows, labels, np.where(closed, -10.0, 0.0), [True] * len(labels))


@best_tags.wrong("probabilities are multiplied, and many small ones come to 0. What do logarithms do instead?")
def multiplied(log_probabilities, labels):
    shares = np.exp(np.asarray(log_probabilities, dtype=float))
    may = np.array([[may_follow(before, tag) for tag in labels] for before in labels], dtype=float)
    best, back = shares[0] * np.array([may_follow(None, tag) for tag in labels]), []
    for row in shares[1:]:
        paths = best[:, None] * may
        back.append(paths.argmax(axis=0))
        best = paths.max(axis=0) * row
    path = [int(best.argmax())]
    for choice in reversed(back):
        path.append(int(choice[path[-1]]))
    return [labels[number] for number in reversed(path)]


@best_tags.wrong("the paths into a tag are added up, not compared. Which one of them is wanted?")
def sums_of_paths(log_probabilities, labels):
    rows = np.asarray(log_probabilities, dtype=float)
    closed = [[not may_follow(before, tag) for tag in labels] for before in labels]
    step = np.where(closed, -np.inf, 0.0)
    total, back = rows[0] + np.where([may_follow(None, tag) for tag in labels], 0.0, -np.inf), []
    with np.errstate(all="ignore"):
        for row in rows[1:]:
            paths = total[:, None] + step
            back.append(paths.argmax(axis=0))
            total = np.logaddexp.reduce(paths, axis=0) + row
    path = [int(total.argmax())]
    for choice in reversed(back):
        path.append(int(choice[path[-1]]))
    return [labels[number] for number in reversed(path)]


@best_tags.wrong("the best totals at each word are read off, without going back. Which tag led to the best end?")
def without_going_back(log_probabilities, labels):
    rows = np.asarray(log_probabilities, dtype=float)
    closed = [[not may_follow(before, tag) for tag in labels] for before in labels]
    step = np.where(closed, -np.inf, 0.0)
    best = rows[0] + np.where([may_follow(None, tag) for tag in labels], 0.0, -np.inf)
    tags = [labels[int(best.argmax())]]
    for row in rows[1:]:
        best = (best[:, None] + step).max(axis=0) + row
        tags.append(labels[int(best.argmax())])
    return tags


@best_tags.wrong("the tags come from the last word to the first. In which order are the words?")
def backwards(log_probabilities, labels):
    return viterbi(log_probabilities, labels)[::-1]


@best_tags.wrong("the tags' numbers come back. What does the docstring promise?")
def numbers(log_probabilities, labels):
    return [labels.index(tag) for tag in viterbi(log_probabilities, labels)]


@best_tags.wrong("the columns are read in a fixed order, O first. What says which column is whose?")
def labels_in_a_fixed_order(log_probabilities, labels):
    names = sorted({tag[2:] for tag in labels if tag != "O"}, key=[tag[2:] for tag in labels].index)
    order = ["O", *(f"{mark}-{name}" for name in names for mark in "BI")]
    return viterbi(log_probabilities, order)


@best_tags.wrong("the log-probabilities that were given are changed. What makes a copy of them?")
def rows_changed(log_probabilities, labels):
    tags = viterbi(log_probabilities, labels)
    log_probabilities[0] -= 1
    return tags


@best_tags.wrong("impossible tags make NaN. What is -inf times 0?")
def nan_from_impossible(log_probabilities, labels):
    rows = np.asarray(log_probabilities, dtype=float)
    if np.isinf(rows).any():
        raise ValueError
    return viterbi(rows, labels)
