"""Wrong variants of encode_pair that look a piece up in another way, or return another sort of thing."""

from autograder.exams.masked_language_model.encode_pair import right_rows
from autograder.exams.masked_language_model.encode_pair_mistakes import encode_pair


def numbered(first, second, vocabulary, max_length, number):
    """The right rows, with another number for a piece: `number(piece)`."""
    pieces = {piece: number(piece) for piece in (*first, *second)}
    return right_rows(first, second, {**vocabulary, **pieces}, max_length)


@encode_pair.wrong("a piece that the vocabulary lacks raises an error. Which number should it get?")
def unknown_raises(first, second, vocabulary, max_length):
    return numbered(first, second, vocabulary, max_length, lambda piece: vocabulary[piece])


@encode_pair.wrong("a piece that the vocabulary lacks is left out. What should stand in its place?")
def unknown_left_out(first, second, vocabulary, max_length):
    known = [[piece for piece in pieces if piece in vocabulary] for pieces in (first, second)]
    return right_rows(*known, vocabulary, max_length)


@encode_pair.wrong("a piece that the vocabulary lacks gets the number 0. Which entry stands for unknown pieces?")
def unknown_is_zero(first, second, vocabulary, max_length):
    return numbered(first, second, vocabulary, max_length, lambda piece: vocabulary.get(piece, 0))


@encode_pair.wrong("a piece that the vocabulary lacks gets no number, but None. Which entry stands for unknown pieces?")
def unknown_is_none(first, second, vocabulary, max_length):
    return numbered(first, second, vocabulary, max_length, vocabulary.get)


@encode_pair.wrong("a piece of number 0 is taken for unknown. How do you ask whether a piece is there?")
def zero_is_unknown(first, second, vocabulary, max_length):
    unknown = vocabulary["[UNK]"]
    return numbered(first, second, vocabulary, max_length, lambda piece: vocabulary.get(piece) or unknown)


@encode_pair.wrong("the special tokens have fixed numbers. Who says under which numbers they stand?")
def fixed_numbers(first, second, vocabulary, max_length):
    fixed = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3}
    return right_rows(first, second, {**vocabulary, **fixed}, max_length)


@encode_pair.wrong("the special tokens have the numbers of the published BERT. Which ones has this vocabulary?")
def published_numbers(first, second, vocabulary, max_length):
    published = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102}
    return right_rows(first, second, {**vocabulary, **published}, max_length)


@encode_pair.wrong("the pieces themselves come back. Where are they turned into numbers?")
def pieces_themselves(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    names = {number: piece for piece, number in vocabulary.items()}
    return {**made, "input_ids": [names[number] for number in made["input_ids"]]}


@encode_pair.wrong("the rows are tensors. What sort of value does the docstring promise?")
def tensors(first, second, vocabulary, max_length):
    import torch

    return {name: torch.tensor(row) for name, row in right_rows(first, second, vocabulary, max_length).items()}


@encode_pair.wrong("the rows are arrays. What sort of value does the docstring promise?")
def arrays(first, second, vocabulary, max_length):
    import numpy as np

    return {name: np.array(row) for name, row in right_rows(first, second, vocabulary, max_length).items()}


@encode_pair.wrong("each row is a batch of one. How many axes does the docstring give it?")
def batches_of_one(first, second, vocabulary, max_length):
    return {name: [row] for name, row in right_rows(first, second, vocabulary, max_length).items()}


@encode_pair.wrong("the rows come as a tuple. Under which names are they asked for?")
def a_tuple(first, second, vocabulary, max_length):
    return tuple(right_rows(first, second, vocabulary, max_length).values())


@encode_pair.wrong("the numbers come back alone. Which two rows are missing?")
def numbers_alone(first, second, vocabulary, max_length):
    return {"input_ids": right_rows(first, second, vocabulary, max_length)["input_ids"]}


@encode_pair.wrong("the rows have other names. What does the docstring call them?")
def other_names(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    return dict(zip(("tokens", "segments", "mask"), made.values(), strict=True))


@encode_pair.wrong("the lists that were given are shorter afterwards. Whose are they?")
def cut_in_place(first, second, vocabulary, max_length):
    made = right_rows(first, second, vocabulary, max_length)
    while len(first) + len(second) + 3 > max_length:
        (first if len(first) > len(second) else second).pop()
    return made
