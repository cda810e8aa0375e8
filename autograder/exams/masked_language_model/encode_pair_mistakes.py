"""Wrong variants of encode_pair."""

from autograder.exams.masked_language_model.encode_pair import encode_pair, right_rows


def fit(first, second, room):
    """Copies of the two, cut as they should be."""
    first, second = list(first), list(second)
    while len(first) + len(second) > room:
        (first if len(first) > len(second) else second).pop()
    return first, second


def rows(first, second, vocabulary, max_length):
    """The three rows of two sentences that fit; shared by variants whose slip is in the cutting."""
    return right_rows(first, second, vocabulary, max(max_length, len(first) + len(second) + 3))


@encode_pair.wrong("nothing is cut, and the rows grow longer than `max_length`. What should become of long sentences?")
def nothing_cut(first, second, vocabulary, max_length):
    return rows(first, second, vocabulary, max_length)


@encode_pair.wrong("only the second is cut, and then the first. Which of the two loses a piece?")
def second_cut_first(first, second, vocabulary, max_length):
    second = second[: max(0, max_length - 3 - len(first))]
    return rows(first[: max_length - 3 - len(second)], second, vocabulary, max_length)


@encode_pair.wrong("only the first is cut, and then the second. Which of the two loses a piece?")
def first_cut_first(first, second, vocabulary, max_length):
    first = first[: max(0, max_length - 3 - len(second))]
    return rows(first, second[: max_length - 3 - len(first)], vocabulary, max_length)


@encode_pair.wrong("of two that are equally long, the first loses a piece. Which one should?")
def ties_cut_the_first(first, second, vocabulary, max_length):
    first, second = list(first), list(second)
    while len(first) + len(second) + 3 > max_length:
        (second if len(second) > len(first) else first).pop()
    return rows(first, second, vocabulary, max_length)


@encode_pair.wrong("the shorter of the two loses pieces. Which one should?")
def shorter_is_cut(first, second, vocabulary, max_length):
    first, second = list(first), list(second)
    while len(first) + len(second) + 3 > max_length:
        (second if second and (not first or len(second) < len(first)) else first).pop()
    return rows(first, second, vocabulary, max_length)


@encode_pair.wrong("both lose a piece in turn, however long they are. Which one is the longer after each cut?")
def cut_in_turn(first, second, vocabulary, max_length):
    first, second, turn = list(first), list(second), 0
    while len(first) + len(second) + 3 > max_length:
        turn += 1
        chosen = (second, first)[(turn + 1) % 2]
        (chosen or first or second).pop()
    return rows(first, second, vocabulary, max_length)


@encode_pair.wrong("each sentence is cut to half of the room, also where the other leaves room. When is a piece cut?")
def halves(first, second, vocabulary, max_length):
    room = max_length - 3
    return rows(first[: (room + 1) // 2], second[: room // 2], vocabulary, max_length)


@encode_pair.wrong("whichever is longer at the start is cut alone. What if the other becomes the longer one?")
def longer_at_the_start(first, second, vocabulary, max_length):
    over = max(0, len(first) + len(second) + 3 - max_length)
    if len(first) > len(second):
        cut = min(over, len(first))
        return rows(first[: len(first) - cut], second[: len(second) - (over - cut)], vocabulary, max_length)
    cut = min(over, len(second))
    return rows(first[: len(first) - (over - cut)], second[: len(second) - cut], vocabulary, max_length)


@encode_pair.wrong("the sentences lose their beginnings. Which piece goes first?")
def beginnings_lost(first, second, vocabulary, max_length):
    kept = fit(first, second, max_length - 3)
    return rows(*(list(whole)[len(whole) - len(k) :] for whole, k in zip((first, second), kept, strict=True)),
                vocabulary, max_length)  # fmt: skip


@encode_pair.wrong("the finished row is cut off, and with it the last [SEP]. What should be shortened before?")
def row_cut_off(first, second, vocabulary, max_length):
    return {name: row[:max_length] for name, row in rows(first, second, vocabulary, max_length).items()}


@encode_pair.wrong("one special token is left out of the count. How many of them are there?")
def two_special_tokens_counted(first, second, vocabulary, max_length):
    return rows(*fit(first, second, max_length - 2), vocabulary, max_length)


@encode_pair.wrong("it cuts although the pair fits. How many places do the special tokens need?")
def four_special_tokens_counted(first, second, vocabulary, max_length):
    return rows(*fit(first, second, max(0, max_length - 4)), vocabulary, max_length)


@encode_pair.wrong("`max_length` is taken for the pieces alone. Which tokens does it count?")
def length_of_the_pieces(first, second, vocabulary, max_length):
    return right_rows(first, second, vocabulary, max_length + 3)


@encode_pair.wrong("the rows are not padded. How long should each of them be?")
def not_padded(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    return {name: row[: sum(made["attention_mask"])] for name, row in made.items()}


def _segments(first, second, blank, *, cls=0, middle=0, last=1, padding=0):
    return [cls] + [0] * len(first) + [middle] + [1] * len(second) + [last] + [padding] * blank


def _blank(made):
    return made["attention_mask"].count(0)


@encode_pair.wrong("the padding belongs to the second sentence here. Which segment does the docstring give it?")
def padding_in_segment_one(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    first, second = fit(first, second, max_length - 3)
    return made | {"token_type_ids": _segments(first, second, _blank(made), padding=1)}


@encode_pair.wrong("the first [SEP] counts to the second sentence. Which sentence does it end?")
def first_sep_in_segment_one(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    first, second = fit(first, second, max_length - 3)
    return made | {"token_type_ids": _segments(first, second, _blank(made), middle=1)}


@encode_pair.wrong("the last [SEP] counts to the first sentence. Which sentence does it end?")
def last_sep_in_segment_zero(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    first, second = fit(first, second, max_length - 3)
    return made | {"token_type_ids": _segments(first, second, _blank(made), last=0)}


@encode_pair.wrong("the first sentence has segment 1 and the second 0. Which way round is it?")
def segments_exchanged(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    return made | {
        "token_type_ids": [
            1 - s if m else 0 for s, m in zip(made["token_type_ids"], made["attention_mask"], strict=True)
        ]
    }


@encode_pair.wrong("the segments are 1 and 2. With which number does the docstring begin?")
def segments_one_and_two(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    return made | {
        "token_type_ids": [s + m for s, m in zip(made["token_type_ids"], made["attention_mask"], strict=True)]
    }


@encode_pair.wrong("all tokens have segment 0. How does the model tell the two sentences apart?")
def one_segment(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    return made | {"token_type_ids": [0] * len(made["attention_mask"])}


@encode_pair.wrong("the mask is 1 at the padding. What does 1 mean in it?")
def mask_turned_round(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    return made | {"attention_mask": [1 - m for m in made["attention_mask"]]}


@encode_pair.wrong("the mask is 1 everywhere. What should the model not look at?")
def everything_attended(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    return made | {"attention_mask": [1] * len(made["attention_mask"])}


@encode_pair.wrong("the mask is 0 at [CLS] and [SEP]. Are they padding?")
def special_tokens_hidden(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    first, second = fit(first, second, max_length - 3)
    return made | {
        "attention_mask": [0] + [1] * len(first) + [0] + [1] * len(second) + [0] + [0] * made["attention_mask"].count(0)
    }


@encode_pair.wrong("the mask is 0 wherever the number is 0. Is 0 always the number of [PAD]?")
def mask_from_zero(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    return made | {"attention_mask": [int(number != 0) for number in made["input_ids"]]}


@encode_pair.wrong("the mask holds booleans. What sort of number does the docstring promise?")
def mask_of_booleans(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    return made | {"attention_mask": [m == 1 for m in made["attention_mask"]]}


@encode_pair.wrong("the padding has the number 0. Which number does the vocabulary give to [PAD]?")
def padded_with_zero(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    return made | {"input_ids": [i if m else 0 for i, m in zip(made["input_ids"], made["attention_mask"], strict=True)]}


@encode_pair.wrong("there is no [SEP] between the two. Where does the first sentence end?")
def no_middle_sep(first, second, vocabulary, max_length):
    kept = fit(first, second, max_length - 3)
    return _from_tokens([["[CLS]", *kept[0]], [*kept[1], "[SEP]"]], vocabulary, max_length)


@encode_pair.wrong("there is no [SEP] at the end. What ends the second sentence?")
def no_last_sep(first, second, vocabulary, max_length):
    kept = fit(first, second, max_length - 3)
    return _from_tokens([["[CLS]", *kept[0], "[SEP]"], kept[1]], vocabulary, max_length)


@encode_pair.wrong("an empty sentence loses its [SEP]. Does it stand there all the same?")
def no_sep_when_empty(first, second, vocabulary, max_length):
    kept = fit(first, second, max_length - 3)
    parts = [["[CLS]", *kept[0], "[SEP]"], [*kept[1], "[SEP]"] if kept[1] else []]
    return _from_tokens(parts, vocabulary, max_length)


@encode_pair.wrong("there is no [CLS]. What opens the input?")
def no_cls(first, second, vocabulary, max_length):
    kept = fit(first, second, max_length - 3)
    return _from_tokens([[*kept[0], "[SEP]"], [*kept[1], "[SEP]"]], vocabulary, max_length)


@encode_pair.wrong("the second sentence has a [CLS] of its own. How many does the input have?")
def two_cls(first, second, vocabulary, max_length):
    kept = fit(first, second, max_length - 3)
    return _from_tokens([["[CLS]", *kept[0], "[SEP]"], ["[CLS]", *kept[1], "[SEP]"]], vocabulary, max_length)


@encode_pair.wrong("the sentences have changed places. Which one comes first?")
def sentences_exchanged(first, second, vocabulary, max_length):
    kept = fit(first, second, max_length - 3)
    return _from_tokens([["[CLS]", *kept[1], "[SEP]"], [*kept[0], "[SEP]"]], vocabulary, max_length)


@encode_pair.wrong("the padding stands in front. At which end does it belong?")
def padded_in_front(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    length = sum(made["attention_mask"])
    return {name: row[length:] + row[:length] for name, row in made.items()}


def _from_tokens(parts, vocabulary, max_length):
    """The rows of two lists of tokens, whatever is in them."""
    head, tail = parts
    blank = max_length - len(head) - len(tail)
    tokens = [*head, *tail, *["[PAD]"] * blank]
    return {
        "input_ids": [vocabulary.get(token, vocabulary["[UNK]"]) for token in tokens],
        "token_type_ids": [0] * len(head) + [1] * len(tail) + [0] * blank,
        "attention_mask": [1] * (len(head) + len(tail)) + [0] * blank,
    }
