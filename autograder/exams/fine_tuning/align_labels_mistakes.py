"""Wrong variants of align_labels."""

from autograder.exams.fine_tuning.align_labels import align_labels


def firsts(word_ids):
    """Whether each piece is the first of its word, as it should be."""
    return [word is not None and word not in word_ids[:place] for place, word in enumerate(word_ids)]


def aligned(word_labels, word_ids, special=-100, later=lambda label: -100):
    """Labels with other ones at special tokens, or at the pieces after the first."""
    return [
        special if word is None else word_labels[word] if first else later(word_labels[word])
        for word, first in zip(word_ids, firsts(word_ids), strict=True)
    ]


@align_labels.wrong("every piece of a word carries its label, so a long word counts several times. Which one should?")
def every_piece(word_labels, word_ids):
    return aligned(word_labels, word_ids, later=lambda label: label)


@align_labels.wrong("the label stands at the last piece of a word. At which one should it?")
def last_piece(word_labels, word_ids):
    return aligned(word_labels, word_ids[::-1])[::-1]


@align_labels.wrong("special tokens get the label 0, which is a class. Which number leaves a place out of the loss?")
def zero_at_special_tokens(word_labels, word_ids):
    return aligned(word_labels, word_ids, special=0)


@align_labels.wrong("pieces after the first get the label 0, which is a class. Which number leaves a place out?")
def zero_at_later_pieces(word_labels, word_ids):
    return aligned(word_labels, word_ids, later=lambda label: 0)


@align_labels.wrong("-100 is missing: places that do not count hold 0. Is 0 not a class like any other?")
def zero_everywhere_else(word_labels, word_ids):
    return aligned(word_labels, word_ids, special=0, later=lambda label: 0)


@align_labels.wrong("places that do not count hold -1. Which number does the docstring name?")
def minus_one(word_labels, word_ids):
    return aligned(word_labels, word_ids, special=-1, later=lambda label: -1)


@align_labels.wrong("places that do not count hold None. Which number does the docstring name?")
def none_kept(word_labels, word_ids):
    return aligned(word_labels, word_ids, special=None, later=lambda label: None)


@align_labels.wrong("pieces after the first get the next label, as if a B- went on as an I-. Do they count at all?")
def later_pieces_are_inside(word_labels, word_ids):
    return aligned(word_labels, word_ids, later=lambda label: label + label % 2 if label >= 0 else label)


@align_labels.wrong("labels go to places one by one, the first to [CLS]. What does `word_ids` say about each place?")
def place_by_place(word_labels, word_ids):
    labels = list(word_labels[: len(word_ids)])
    return labels + [-100] * (len(word_ids) - len(labels))


@align_labels.wrong("labels go to pieces one by one, so all are shifted after a word of several. Whose piece is it?")
def piece_by_piece(word_labels, word_ids):
    rest = iter(word_labels)
    return [-100 if word is None else next(rest, -100) for word in word_ids]


@align_labels.wrong("labels are taken in turn at each new word. What if a word has no piece?")
def word_by_word(word_labels, word_ids):
    rest = iter(word_labels)
    return [next(rest) if first else -100 for first in firsts(word_ids)]


@align_labels.wrong("word 0 counts as a special token. Is 0 the same as None?")
def word_zero_is_special(word_labels, word_ids):
    return [
        word_labels[word] if word and first else -100 for word, first in zip(word_ids, firsts(word_ids), strict=True)
    ]


@align_labels.wrong("a word whose neighbour has the same label loses its own. What do you compare, labels or words?")
def equal_labels_merged(word_labels, word_ids):
    labels, before = [], None
    for word in word_ids:
        label = -100 if word is None else word_labels[word]
        labels.append(-100 if label == before else label)
        before = label
    return labels


@align_labels.wrong("only places with a label are there. How long should the list be?")
def only_first_pieces(word_labels, word_ids):
    return [label for label, first in zip(aligned(word_labels, word_ids), firsts(word_ids), strict=True) if first]


@align_labels.wrong("special tokens have no place in the list. How long should it be?")
def without_special_tokens(word_labels, word_ids):
    return [label for label, word in zip(aligned(word_labels, word_ids), word_ids, strict=True) if word is not None]


@align_labels.wrong("the words' numbers stand there. Where are their labels?")
def numbers_of_words(word_labels, word_ids):
    return aligned(list(range(len(word_labels))), word_ids)


@align_labels.wrong("words of several pieces have no label at all. Which piece stands for such a word?")
def long_words_left_out(word_labels, word_ids):
    return [word_labels[word] if word is not None and word_ids.count(word) == 1 else -100 for word in word_ids]


@align_labels.wrong("the labels that were given are used up. What leaves the list as it was?")
def used_up(word_labels, word_ids):
    right = aligned(word_labels, word_ids)
    word_labels.clear()
    return right


@align_labels.wrong("None in `word_ids` is overwritten. What leaves the list as it was?")
def word_ids_changed(word_labels, word_ids):
    right = aligned(word_labels, word_ids)
    word_ids[:] = right
    return right
