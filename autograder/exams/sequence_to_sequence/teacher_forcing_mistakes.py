"""Wrong variants of teacher_forcing and sequence_loss."""

import torch
from torch.nn import functional as F

from autograder.exams.sequence_to_sequence.teacher_forcing import teacher_forcing


def rows(targets, before, after, pad_id, total=None):
    lines = [[*before, *target, *after] for target in targets]
    total = max(map(len, lines)) if total is None else total
    return torch.tensor([line[:total] + [pad_id] * (total - len(line)) for line in lines]).long()


batch = teacher_forcing.wrong


@batch(
    "shorter sentences have end among their inputs: a padded row was cut by its last column. Which column holds the "
    "end of a short sentence?",
    function="teacher_forcing",
)
def end_among_the_inputs(targets, start_id, end_id, pad_id):
    whole = rows(targets, [start_id], [end_id], pad_id)
    return whole[:, :-1], whole[:, 1:]


@batch(
    "every row of inputs has end, and so one column too many. Does a decoder ever read end?", function="teacher_forcing"
)
def whole_sentences(targets, start_id, end_id, pad_id):
    return rows(targets, [start_id], [end_id], pad_id), rows(targets, [], [end_id], pad_id, 2 + max(map(len, targets)))


@batch("the inputs lack start. What does the decoder read before its first word?", function="teacher_forcing")
def inputs_without_start(targets, start_id, end_id, pad_id):
    outputs = rows(targets, [], [end_id], pad_id)
    return rows(targets, [], [], pad_id, outputs.shape[1]), outputs


@batch("the outputs lack end. What must the decoder say when it has finished?", function="teacher_forcing")
def outputs_without_end(targets, start_id, end_id, pad_id):
    inputs = rows(targets, [start_id], [], pad_id)
    return inputs, rows(targets, [], [], pad_id, inputs.shape[1])


@batch("the outputs begin with start, so they equal the inputs. Which word follows start?", function="teacher_forcing")
def outputs_not_shifted(targets, start_id, end_id, pad_id):
    return rows(targets, [start_id], [], pad_id), rows(targets, [start_id], [], pad_id)


@batch("inputs and outputs have changed places. Which one begins with start?", function="teacher_forcing")
def outputs_first(targets, start_id, end_id, pad_id):
    return rows(targets, [], [end_id], pad_id), rows(targets, [start_id], [], pad_id)


@batch("end stands behind the padding. What follows a sentence directly?", function="teacher_forcing")
def end_behind_the_padding(targets, start_id, end_id, pad_id):
    outputs = rows(targets, [], [], pad_id)
    ends = torch.full((len(targets), 1), end_id)
    return rows(targets, [start_id], [], pad_id), torch.cat([outputs, ends], dim=1)


@batch("the padding stands in front. On which side does the docstring fill up?", function="teacher_forcing")
def padding_in_front(targets, start_id, end_id, pad_id):
    total = 1 + max(map(len, targets))
    lines = [[start_id, *target] for target in targets], [[*target, end_id] for target in targets]
    return tuple(torch.tensor([[pad_id] * (total - len(r)) + r for r in part]) for part in lines)


@batch(
    "short rows are filled up with 0, whatever pad_id is. What do you do with that argument?",
    function="teacher_forcing",
)
def padding_of_zeros(targets, start_id, end_id, pad_id):
    return rows(targets, [start_id], [], 0), rows(targets, [], [end_id], 0)


@batch(
    "short rows of outputs are filled up with end. How would the loss know what does not count?",
    function="teacher_forcing",
)
def padding_of_ends(targets, start_id, end_id, pad_id):
    return rows(targets, [start_id], [], pad_id), rows(targets, [], [end_id], end_id)


@batch(
    "the last word of the longest sentence is missing. How many columns does the docstring give?",
    function="teacher_forcing",
)
def one_column_short(targets, start_id, end_id, pad_id):
    total = max(map(len, targets))
    return rows(targets, [start_id], [], pad_id, total), rows(targets, [], [end_id], pad_id, total)


@batch("the ids are floats. What does an embedding look up?", function="teacher_forcing")
def floats(targets, start_id, end_id, pad_id):
    return rows(targets, [start_id], [], pad_id).float(), rows(targets, [], [end_id], pad_id).float()


@batch("the ids are int32. Which dtype is asked for?", function="teacher_forcing")
def int32(targets, start_id, end_id, pad_id):
    return rows(targets, [start_id], [], pad_id).int(), rows(targets, [], [end_id], pad_id).int()


def each(logits, outputs, pad_id):
    """The loss of every place, 0 at padding."""
    return F.cross_entropy(logits.transpose(1, 2), outputs, ignore_index=pad_id, reduction="none")


loss = teacher_forcing.wrong


@loss("the padding counts: its places are in the mean. Which tokens have a right answer?", function="sequence_loss")
def padding_counts(logits, outputs, pad_id):
    known = outputs.clamp(0, logits.shape[-1] - 1)
    return F.cross_entropy(logits.flatten(0, 1), known.flatten())


@loss(
    "the sum is over real tokens, but it is divided by all places. How many tokens were summed?",
    function="sequence_loss",
)
def divided_by_all_places(logits, outputs, pad_id):
    return each(logits, outputs, pad_id).mean()


@loss(
    "each sentence has the same weight, however short. What has the same weight in the docstring?",
    function="sequence_loss",
)
def mean_of_sentences(logits, outputs, pad_id):
    counts = (outputs != pad_id).sum(dim=1)
    means = each(logits, outputs, pad_id).sum(dim=1) / counts.clamp(min=1)
    return means.sum() / (counts > 0).sum().clamp(min=1)


@loss("it is the sum over all tokens. What is it divided by?", function="sequence_loss")
def the_sum(logits, outputs, pad_id):
    return each(logits, outputs, pad_id).sum()


@loss("it is the sum over the words, averaged over the sentences. What is it divided by?", function="sequence_loss")
def a_sum_for_each_sentence(logits, outputs, pad_id):
    return each(logits, outputs, pad_id).sum() / len(outputs)


@loss(
    "the scores go through a softmax twice. Is there one inside of the cross-entropy already?", function="sequence_loss"
)
def softmax_twice(logits, outputs, pad_id):
    total = each(logits.softmax(dim=-1), outputs, pad_id).sum()
    return total / (outputs != pad_id).sum().clamp(min=1)


@loss("with nothing but padding it is NaN, from 0 / 0. What should it be?", function="sequence_loss")
def nan_for_nothing(logits, outputs, pad_id):
    return each(logits, outputs, pad_id).sum() / (outputs != pad_id).sum()


@loss("id 0 is taken for padding, whatever pad_id is. What do you do with that argument?", function="sequence_loss")
def zero_is_padding(logits, outputs, pad_id):
    real = (outputs > 0) & (outputs < logits.shape[-1])
    total = F.cross_entropy(logits[real], outputs[real], reduction="sum")
    return total / real.sum().clamp(min=1)


@loss("the first word of each sentence does not count. Is it not to be guessed as well?", function="sequence_loss")
def without_the_first_word(logits, outputs, pad_id):
    outputs = torch.where(torch.arange(outputs.shape[1]) == 0, pad_id, outputs)
    return each(logits, outputs, pad_id).sum() / (outputs != pad_id).sum().clamp(min=1)


@loss("the end of each sentence does not count. Who teaches the decoder to stop?", function="sequence_loss")
def without_the_end(logits, outputs, pad_id):
    real = outputs != pad_id
    ends = real & ~F.pad(real[:, 1:], (0, 1))
    outputs = torch.where(ends, pad_id, outputs)
    return each(logits, outputs, pad_id).sum() / (outputs != pad_id).sum().clamp(min=1)


@loss("it is in bits. Which logarithm gives nats?", function="sequence_loss")
def in_bits(logits, outputs, pad_id):
    total = each(logits, outputs, pad_id).sum()
    return total / (outputs != pad_id).sum().clamp(min=1) / torch.log(torch.tensor(2.0))


@loss("it is the perplexity, the exponential of the loss. Where does the loss itself end?", function="sequence_loss")
def perplexity(logits, outputs, pad_id):
    total = each(logits, outputs, pad_id).sum()
    return (total / (outputs != pad_id).sum().clamp(min=1)).exp()


@loss(
    "it is a plain number, through which no gradient can flow. What does .item() give away?", function="sequence_loss"
)
def a_plain_number(logits, outputs, pad_id):
    total = each(logits, outputs, pad_id).sum()
    return (total / (outputs != pad_id).sum().clamp(min=1)).item()
