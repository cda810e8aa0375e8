"""teacher_forcing and sequence_loss: the cases, the right variants."""

import torch
from torch import nn
from torch.nn import functional as F

from attention_course.probes import torch_answers as using
from autograder.exam.exercise import Case, Exercise
from autograder.exams.sequence_to_sequence.earlier import NOTEBOOK
from autograder.exams.sequence_to_sequence.inputs import normal, whole


def cases(rng):
    yield from batches(rng)
    yield from losses(rng)


def with_kinds(result):
    """Both tensors, and what they are made of."""
    return [list(result), [str(tensor.dtype) for tensor in result]]


def batches(rng):
    def batch(concept, lengths, start, end, pad):
        targets = [rng.integers(5, 12, size=length).tolist() for length in lengths]
        total = 1 + max(lengths)
        expected = [
            torch.tensor([row + [pad] * (total - len(row)) for row in rows])
            for rows in ([[start, *target] for target in targets], [[*target, end] for target in targets])
        ]
        kinds = ["torch.int64"] * 2
        args = targets, start, end, pad
        return Case(concept, args, expected=[expected, kinds], function="teacher_forcing", read=with_kinds)

    yield batch("sentences of one length", [4, 4, 4], 1, 2, 0)
    yield batch("sentences of several lengths", [3, 5, 1], 1, 2, 0)
    yield batch("a single sentence", [4], 1, 2, 0)
    yield batch("other ids for start, end and padding", [2, 4, 3], 30, 20, 10)
    yield batch("padding that is no id", [3, 1, 2], 0, 1, -100)
    yield batch("an empty sentence among others", [2, 0, 3], 3, 4, 1)
    yield batch("nothing but an empty sentence", [0], 1, 2, 0)
    yield batch("as many sentences as columns", [3, 2, 1, 3], 2, 1, 3)


def right(logits, outputs, pad_id):
    """The oracle: the logarithms of the probabilities of the right words, in float64, averaged over real ones."""
    places = (outputs != pad_id).nonzero().tolist()
    shares = torch.log_softmax(logits.double(), dim=-1)
    chosen = [shares[row, place, outputs[row, place]] for row, place in places]
    return -torch.stack(chosen).mean() if chosen else 0 * logits.double().sum()


def with_kind(loss):
    """The loss, and whether it is a tensor; a tensor and a number of the same value compare as equal."""
    return loss if loss is None else [loss, "tensor" if isinstance(loss, torch.Tensor) else "no tensor"]


def losses(rng):
    def drawn(lengths, t, s, pad, scale=2.0):
        logits, outputs = normal(rng, len(lengths), t, s, scale=scale), whole(rng, s, len(lengths), t)
        if 0 <= pad < s:
            outputs[outputs == pad] = (pad + 1) % s
        for row, length in zip(outputs, lengths, strict=True):
            row[length:] = pad
        return logits, outputs, pad

    def loss(concept, args):
        expected = [right(*args), "tensor"]
        return Case(concept, args, expected=expected, function="sequence_loss", read=with_kind)

    def slope(concept, args):
        logits, outputs, pad = args
        leaf = logits.double().requires_grad_()
        expected = [torch.autograd.grad(right(leaf, outputs, pad), leaf)[0]]
        options = {"pull": torch.tensor(1.0)}
        return Case(concept, args, options, expected=expected, function="sequence_loss", use=using.gradients)

    yield loss("no padding", drawn([4, 4], 4, 5, 0))
    yield loss("a padded batch", drawn([5, 2, 1], 5, 6, 0))
    yield loss("another id for padding", drawn([1, 4, 2], 4, 7, 3))
    yield loss("padding that is no id", drawn([2, 5], 5, 4, -100))
    yield loss("padding beyond the vocabulary", drawn([2, 3], 4, 4, 9))
    yield loss("as many sentences, words and scores", drawn([4, 2, 3, 1], 4, 4, 0))
    yield loss("a single word", drawn([1], 1, 5, 0))
    yield loss("scores in the thousands", drawn([3, 2], 3, 5, 0, scale=3000.0))
    yield loss("a row that is all padding", drawn([3, 0, 2], 3, 5, 0))
    yield loss("nothing but padding", drawn([0, 0], 3, 5, 0))
    logits, outputs, pad = drawn([4, 2, 3], 4, 5, 0)
    yield loss("views with strides", (logits.transpose(0, 1).contiguous().transpose(0, 1), outputs.T.clone().T, pad))
    yield slope("gradients", drawn([4, 2], 4, 5, 0))
    yield slope("gradients of nothing but padding", drawn([0, 0], 3, 5, 2))


teacher_forcing = Exercise(NOTEBOOK, "teacher_forcing", cases, functions=("teacher_forcing", "sequence_loss"))


@teacher_forcing.right(function="teacher_forcing")
def by_lists(targets, start_id, end_id, pad_id):
    longest = max(len(target) for target in targets)
    fill = [[pad_id] * (longest - len(target)) for target in targets]
    inputs = [[start_id, *target, *rest] for target, rest in zip(targets, fill, strict=True)]
    outputs = [[*target, end_id, *rest] for target, rest in zip(targets, fill, strict=True)]
    return torch.tensor(inputs), torch.tensor(outputs)


@teacher_forcing.right(function="teacher_forcing")
def by_the_librarys_padding(targets, start_id, end_id, pad_id):
    rows = [
        [torch.tensor([start_id, *target]) for target in targets],
        [torch.tensor([*target, end_id]) for target in targets],
    ]
    return [nn.utils.rnn.pad_sequence(part, batch_first=True, padding_value=pad_id) for part in rows]


@teacher_forcing.right(function="teacher_forcing")
def by_a_shift_and_a_repair(targets, start_id, end_id, pad_id):
    longest = max(map(len, targets))
    whole = torch.tensor([[start_id, *t, end_id] + [pad_id] * (longest - len(t)) for t in targets])
    inputs, outputs = whole[:, :-1].clone(), whole[:, 1:].clone()
    for row, target in zip(inputs, targets, strict=True):
        row[len(target) + 1 :] = pad_id
    return inputs, outputs


@teacher_forcing.right(function="sequence_loss")
def by_ignore_index(logits, outputs, pad_id):
    if bool((outputs == pad_id).all()):
        return (logits * 0.0).sum()
    return F.cross_entropy(logits.flatten(0, 1), outputs.flatten(), ignore_index=pad_id)


@teacher_forcing.right(function="sequence_loss")
def by_gather(logits, outputs, pad_id):
    real = outputs.ne(pad_id)
    own = logits.log_softmax(-1).gather(-1, outputs.where(real, 0).unsqueeze(-1)).squeeze(-1)
    return -own.where(real, 0.0).sum() / real.sum().clamp(min=1)


@teacher_forcing.right(function="sequence_loss")
def sentence_by_sentence(logits, outputs, pad_id):
    total, count = 0.0 * logits.sum(), 0
    for scores, row in zip(logits, outputs, strict=True):
        real = row != pad_id
        total = total + nn.CrossEntropyLoss(reduction="sum")(scores[real], row[real])
        count += int(real.sum())
    return total / max(count, 1)


@teacher_forcing.right(function="sequence_loss")
def by_transposed_scores(logits, outputs, pad_id):
    each = F.cross_entropy(logits.transpose(1, 2), outputs, ignore_index=pad_id, reduction="none")
    return each.sum() / max(1, int((outputs != pad_id).sum()))
