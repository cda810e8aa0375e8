"""encode_pair(first, second, vocabulary, max_length) -> the three rows that BERT reads: cases, right variants."""

import itertools

from attention_course.probes.masked_language_model import texts
from autograder.exam.exercise import Case, Exercise
from autograder.exams.masked_language_model.earlier import NOTEBOOK

_WORDS = [
    "the",
    "sailor",
    "near",
    "girls",
    "mends",
    "a",
    "net",
    "then",
    "she",
    "steers",
    "boat",
    "##s",
    "un",
    "##kind",
    ".",
    "[MASK]",
]
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
_ROWS = ("input_ids", "token_type_ids", "attention_mask")


def right_rows(first, second, vocabulary, max_length):
    """The oracle: how many pieces are left of each, in closed form."""
    room = max_length - 3
    kept_second = min(len(second), max(room // 2, room - len(first)))
    kept_first = min(len(first), room - kept_second)
    pad, unknown, cls, sep = (vocabulary[mark] for mark in _SPECIAL)
    numbers = [[vocabulary.get(piece, unknown) for piece in pieces] for pieces in (first, second)]
    rows = [
        [cls, *numbers[0][:kept_first], sep, *numbers[1][:kept_second], sep],
        [0] * (kept_first + 2) + [1] * (kept_second + 1),
        [1] * (kept_first + kept_second + 3),
    ]
    fill = (pad, 0, 0)
    return {name: row + [blank] * (max_length - len(row)) for name, row, blank in zip(_ROWS, rows, fill, strict=True)}


def cases(rng):
    def numbered(zero="[PAD]"):
        """A vocabulary under any numbers, one of them 0."""
        others = [word for word in (*_SPECIAL, *_WORDS) if word != zero]
        return {zero: 0} | dict(zip(rng.permutation(others).tolist(), itertools.count(1), strict=False))

    def pieces(count, absent=False):
        chosen = rng.choice(_WORDS, count).tolist()
        if absent:
            chosen[int(rng.integers(count))] = "whale"
        return chosen

    def pair(concept, first, second, max_length, zero="[PAD]", use=None, **absent):
        vocabulary = numbered(zero)
        given = (pieces(first, **absent) if first else [], pieces(second, **absent) if second else [])
        expected = right_rows(*given, vocabulary, max_length)
        if use:
            expected = {name: ["list", ["int"]] for name in _ROWS}
        return Case(concept, (*given, vocabulary, max_length), expected=expected, use=use)

    yield pair("a pair with room to spare", 3, 2, 12)
    yield pair("the kinds of what comes back", 3, 2, 12, use=texts.kinds_of_rows)
    yield pair("pieces that the vocabulary lacks", 3, 4, 11, absent=True)
    for zero in (*_SPECIAL, "sailor"):
        yield pair(f"number zero for {'a word' if zero == 'sailor' else zero}", 4, 3, 12, zero)
    given = (["sailor", "the", "sailor"], ["sailor"])
    vocabulary = numbered("sailor")
    yield Case("a word of number zero", (*given, vocabulary, 9), expected=right_rows(*given, vocabulary, 9))
    yield pair("a pair that just fits", 4, 2, 9)
    yield pair("a pair with one place too many", 4, 2, 10)
    yield pair("a first that is longer by one than fits", 4, 2, 8)
    yield pair("a long first", 9, 2, 9)
    yield pair("a long second", 2, 9, 9)
    yield pair("two that are equally long and too long by one", 4, 4, 10)
    yield pair("two that are equally long and too long by two", 4, 4, 9)
    yield pair("a first that is cut until both are cut", 7, 4, 9)
    yield pair("a second that is cut until both are cut", 4, 7, 9)
    yield pair("a second that is cut until both are cut, an odd number of places", 4, 7, 10)
    yield pair("a first longer by one, both cut", 5, 4, 8)
    yield pair("no room for any piece", 3, 2, 3)
    yield pair("room for a single piece", 3, 3, 4)
    yield pair("room for a single piece and a longer second", 1, 3, 4)
    yield pair("an empty first", 0, 3, 8)
    yield pair("an empty second", 3, 0, 8)
    yield pair("two empty sentences", 0, 0, 5)
    yield pair("an empty first and a long second", 0, 9, 7)
    yield pair("a long first and an empty second", 9, 0, 7)
    yield pair("two empty sentences that just fit", 0, 0, 3)
    same = pieces(3)
    yield Case("twice the same", (same, list(same), vocabulary, 8), expected=right_rows(same, same, vocabulary, 8))
    for _ in range(8):
        first, second, length = (int(n) for n in rng.integers((0, 0, 3), (12, 12, 20)))
        yield pair("any lengths", first, second, length)


encode_pair = Exercise(NOTEBOOK, "encode_pair", cases)


@encode_pair.right
def by_counting_down(first, second, vocabulary, max_length):
    n, k = len(first), len(second)
    while n + k > max_length - 3:
        if n > k:
            n -= 1
        else:
            k -= 1
    unknown = vocabulary["[UNK]"]
    ids = [vocabulary["[CLS]"]]
    for piece in first[:n]:
        ids.append(vocabulary.get(piece, unknown))
    ids.append(vocabulary["[SEP]"])
    for piece in second[:k]:
        ids.append(vocabulary.get(piece, unknown))
    ids.append(vocabulary["[SEP]"])
    segments = [0] * (n + 2) + [1] * (k + 1)
    mask = [1] * len(ids)
    while len(ids) < max_length:
        ids.append(vocabulary["[PAD]"])
        segments.append(0)
        mask.append(0)
    return {"input_ids": ids, "token_type_ids": segments, "attention_mask": mask}


@encode_pair.right
def in_closed_form(first, second, vocabulary, max_length):
    return right_rows(first, second, vocabulary, max_length)


@encode_pair.right
def rows_filled_in(first, second, vocabulary, max_length):
    first, second = first[:], second[:]
    while len(first + second) > max_length - 3:
        longer = max(second, first, key=len)  # of equals the one that is named first
        del longer[-1]
    ids = [vocabulary["[PAD]"]] * max_length
    segments, mask = [0] * max_length, [0] * max_length
    tokens = ["[CLS]", *first, "[SEP]", *second, "[SEP]"]
    for place, token in enumerate(tokens):
        ids[place] = vocabulary.get(token, vocabulary["[UNK]"])
        segments[place] = int(place > len(first) + 1)
        mask[place] = 1
    return {"attention_mask": mask, "token_type_ids": segments, "input_ids": ids}


@encode_pair.right
def by_numpy(first, second, vocabulary, max_length):
    import numpy as np

    first, second = list(first), list(second)
    while len(first) + len(second) + 3 > max_length:
        if len(second) >= len(first):
            second = second[:-1]
        else:
            first = first[:-1]
    tokens = np.full(max_length, "[PAD]", dtype=object)
    ends = np.cumsum([len(first) + 2, len(second) + 1])
    tokens[: ends[1]] = ["[CLS]", *first, "[SEP]", *second, "[SEP]"]
    place = np.arange(max_length)
    return {
        "attention_mask": (place < ends[1]).astype(int).tolist(),
        "token_type_ids": ((place >= ends[0]) & (place < ends[1])).astype(int).tolist(),
        "input_ids": [vocabulary.get(token, vocabulary["[UNK]"]) for token in tokens],
    }


@encode_pair.right
def by_triples(first, second, vocabulary, max_length):
    kept = [list(first), list(second)]
    for _ in range(max(0, len(first) + len(second) + 3 - max_length)):
        kept[0 if len(kept[0]) > len(kept[1]) else 1].pop()
    triples = [("[CLS]", 0, 1), *((piece, 0, 1) for piece in kept[0]), ("[SEP]", 0, 1)]
    triples += [(piece, 1, 1) for piece in kept[1]] + [("[SEP]", 1, 1)]
    triples += [("[PAD]", 0, 0)] * (max_length - len(triples))
    tokens, segments, mask = map(list, zip(*triples, strict=True))
    known = {token: vocabulary.get(token, vocabulary["[UNK]"]) for token in tokens}
    return {"input_ids": [*map(known.get, tokens)], "token_type_ids": segments, "attention_mask": mask}
