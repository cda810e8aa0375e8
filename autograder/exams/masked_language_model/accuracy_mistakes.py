"""Wrong variants of masked_accuracy."""

import math
from functools import partial

import numpy as np
import torch

from autograder.exams.masked_language_model.perplexity_mistakes import evaluation

wrong = partial(evaluation.wrong, function="masked_accuracy")


def selected_of(labels):
    return labels != -100


def share(hits, selected):
    """The share of hits among the selected, as it should be."""
    return (hits & selected).sum().item() / max(1, selected.sum().item())


def hits_of(logits, labels):
    return logits.argmax(-1) == labels


@wrong("the hits are divided by the number of all tokens. Among which ones is the share?")
def among_all(logits, labels):
    return hits_of(logits, labels).double().mean().item()


@wrong("tokens without a label count as hits. Which tokens count?")
def unselected_are_hits(logits, labels):
    return (hits_of(logits, labels) | ~selected_of(labels)).double().mean().item()


@wrong("tokens without a label count as token 0. Which tokens count?")
def unselected_are_zero(logits, labels):
    return hits_of(logits, labels.clamp(min=0)).double().mean().item()


@wrong("each text has the same weight. What has the same weight in a share of tokens?")
def mean_of_texts(logits, labels):
    selected = selected_of(labels)
    shares = (hits_of(logits, labels) & selected).sum(-1) / selected.sum(-1).clamp(min=1)
    return (shares.sum() / (selected.sum(-1) > 0).sum().clamp(min=1)).item()


@wrong("token 0 is left out. Is 0 a token like any other?")
def zero_left_out(logits, labels):
    return share(hits_of(logits, labels), labels > 0)


@wrong("the lowest score counts as the guess. Which one is the model's?")
def lowest_score(logits, labels):
    return share(logits.argmin(-1) == labels, selected_of(labels))


@wrong("the score furthest from 0 counts as the guess. Which one is the model's?")
def furthest_score(logits, labels):
    return share(logits.abs().argmax(-1) == labels, selected_of(labels))


@wrong("this is the share of misses. Which ones are asked for?")
def misses(logits, labels):
    selected = selected_of(labels)
    return 1 - share(hits_of(logits, labels), selected) if selected.any() else 0.0


@wrong("a label among the two highest scores is a hit. How many guesses has the model?")
def two_guesses(logits, labels):
    hits = (logits.topk(2, dim=-1).indices == labels[..., None]).any(-1)
    return share(hits, selected_of(labels))


@wrong("this is the number of hits. By what is it divided?")
def number_of_hits(logits, labels):
    return float((hits_of(logits, labels) & selected_of(labels)).sum())


@wrong("these are percent. From what to what should the share go?")
def percent(logits, labels):
    return 100 * share(hits_of(logits, labels), selected_of(labels))


@wrong("without a selected token this is 0 / 0. What does the docstring ask for there?")
def nan_for_none(logits, labels):
    selected = selected_of(labels)
    return hits_of(logits, labels)[selected].float().mean().item()


@wrong("without a selected token it is 1. What does the docstring ask for there?")
def one_for_none(logits, labels):
    selected = selected_of(labels)
    return share(hits_of(logits, labels), selected) if selected.any() else 1.0


@wrong("without a selected token it fails. What does the docstring ask for there?")
def fails_for_none(logits, labels):
    selected = selected_of(labels)
    return (hits_of(logits, labels) & selected).sum().item() / selected.sum().item()


@wrong("1 is added to the number of selected tokens. What else keeps it above 0?")
def one_token_more(logits, labels):
    selected = selected_of(labels)
    return (hits_of(logits, labels) & selected).sum().item() / (selected.sum().item() + 1)


@wrong("a tensor comes back. What makes a plain float of it?")
def tensor(logits, labels):
    return torch.tensor(share(hits_of(logits, labels), selected_of(labels)))


@wrong("each token has an answer of its own here. What is averaged?")
def one_for_each_token(logits, labels):
    selected = selected_of(labels)
    return hits_of(logits, labels)[selected] if selected.any() else 0.0


@wrong("the share is rounded down to 0 or 1. Which division keeps the digits?")
def whole_division(logits, labels):
    selected = selected_of(labels)
    return float((hits_of(logits, labels) & selected).sum().item() // max(1, selected.sum().item()))


@wrong("the highest score is searched among the tokens. Which axis holds the scores?")
def over_tokens(logits, labels):
    best = logits.argmax(-2).flatten()
    guesses = best.repeat(math.ceil(labels.numel() / len(best)))[: labels.numel()].reshape(labels.shape)
    return share(guesses == labels, selected_of(labels))


@wrong("axis 2 is taken for the scores. Which axis is it, however many there are?")
def axis_two(logits, labels):
    return share(logits.argmax(2) == labels, selected_of(labels))


@wrong("a tensor with strides fails. Does `view` or `reshape` accept it?")
def viewed(logits, labels):
    return share(hits_of(logits.view(-1, logits.shape[-1]), labels.view(-1)), selected_of(labels.view(-1)))


@wrong("each kind of token has the same weight. What has the same weight in the docstring?")
def mean_over_kinds(logits, labels):
    kinds = labels[selected_of(labels)].unique()
    hits = hits_of(logits, labels)
    return float(np.mean([hits[labels == kind].double().mean() for kind in kinds])) if len(kinds) else 0.0


@wrong("the labels that were given are changed. What makes a copy of them?")
def labels_changed(logits, labels):
    right = share(hits_of(logits, labels), selected_of(labels))
    labels.clamp_(min=0)
    return right
