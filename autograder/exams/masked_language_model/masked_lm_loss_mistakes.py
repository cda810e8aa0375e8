"""Wrong variants of masked_lm_loss."""

import math

import torch
from torch.nn import functional as F

from autograder.exams.masked_language_model.masked_lm_loss import masked_lm_loss


def each(logits, labels):
    """The losses of all tokens, 0 where there is no label; shared by variants whose slip is in the mean."""
    losses = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1), reduction="none")
    return losses.reshape(labels.shape)


def selected_mean(losses, labels):
    """The mean as it should be."""
    return losses.sum() / (labels != -100).sum().clamp(min=1)


@masked_lm_loss.wrong("the sum is divided by the number of all tokens. Over which ones is the mean taken?")
def mean_over_all(logits, labels):
    return each(logits, labels).mean()


@masked_lm_loss.wrong("each text has the same weight. What has the same weight in the docstring?")
def mean_of_means(logits, labels):
    losses, counts = each(logits, labels), (labels != -100).sum(-1)
    return (losses.sum(-1) / counts.clamp(min=1)).sum() / (counts > 0).sum().clamp(min=1)


@masked_lm_loss.wrong("this is the sum. By what is it divided to make a mean?")
def summed(logits, labels):
    return each(logits, labels).sum()


@masked_lm_loss.wrong("the sum is divided by the number of texts. Over what is the mean taken?")
def divided_by_texts(logits, labels):
    return each(logits, labels).sum() / len(labels)


@masked_lm_loss.wrong("one too many is counted, so that nothing is divided by 0. What else keeps a count above 0?")
def one_too_many(logits, labels):
    return each(logits, labels).sum() / ((labels != -100).sum() + 1)


@masked_lm_loss.wrong("token 0 is taken for padding. Is 0 a token like any other?")
def zero_ignored(logits, labels):
    labels = torch.where(labels == 0, -100, labels)
    return selected_mean(each(logits, labels), labels)


@masked_lm_loss.wrong("tokens that are not selected count as token 0. Which tokens count?")
def everything_counts(logits, labels):
    return each(logits, labels.clamp(min=0)).mean()


@masked_lm_loss.wrong("without a selected token this is 0 / 0. What does the docstring ask for there?")
def nan_for_none(logits, labels):
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1))


@masked_lm_loss.wrong("without a selected token, no gradient flows: the 0 has nothing to do with the logits. What has?")
def constant_for_none(logits, labels):
    return selected_mean(each(logits, labels), labels) if (labels != -100).any() else torch.tensor(0.0)


@masked_lm_loss.wrong("without a selected token, a plain number comes back. What does the docstring promise?")
def number_for_none(logits, labels):
    return selected_mean(each(logits, labels), labels) if (labels != -100).any() else 0.0


@masked_lm_loss.wrong("without a selected token it fails. What does the docstring ask for there?")
def fails_for_none(logits, labels):
    if not (labels != -100).any():
        raise ZeroDivisionError
    return selected_mean(each(logits, labels), labels)


@masked_lm_loss.wrong("without a selected token all tokens count, as token 0. What does the docstring ask for there?")
def all_for_none(logits, labels):
    if not (labels != -100).any():
        return each(logits, labels.clamp(min=0)).mean()
    return selected_mean(each(logits, labels), labels)


@masked_lm_loss.wrong("without a selected token the loss has slopes all the same. What makes 0 of any logits?")
def slopes_for_none(logits, labels):
    if not (labels != -100).any():
        return logits.sum() - logits.sum().detach()
    return selected_mean(each(logits, labels), labels)


def own_share(logits, labels):
    """The probability of each label; for tokens without one it is 1."""
    shares = torch.softmax(logits, -1).gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    return torch.where(labels != -100, shares, 1.0)


@masked_lm_loss.wrong("exp overflows for scores in the thousands. Which function does both steps at once?")
def naive_softmax(logits, labels):
    exps = torch.exp(logits)
    shares = (exps / exps.sum(-1, keepdim=True)).gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    return selected_mean(-torch.where(labels != -100, torch.log(shares), 0.0), labels)


@masked_lm_loss.wrong("softmax rounds small shares to 0, and log makes infinity of it. Which function does both?")
def softmax_then_log(logits, labels):
    return selected_mean(-torch.log(own_share(logits, labels)), labels)


@masked_lm_loss.wrong("a small number is added before the logarithm, which caps the loss. Which function needs none?")
def log_of_slightly_more(logits, labels):
    return selected_mean(-torch.log(own_share(logits, labels) + 1e-9), labels)


@masked_lm_loss.wrong("softmax is taken twice. Which kind of scores does the library's loss take?")
def softmax_twice(logits, labels):
    return selected_mean(each(torch.softmax(logits, -1), labels), labels)


@masked_lm_loss.wrong("probabilities are averaged, and the logarithm comes last. Which of the two comes first?")
def log_of_the_mean(logits, labels):
    mask = labels != -100
    shares = torch.where(mask, own_share(logits, labels), 0.0)
    return -torch.log(torch.where(mask.any(), selected_mean(shares, labels), 1.0))


@masked_lm_loss.wrong("1 minus the probability is averaged. Which function of it is the cross-entropy?")
def without_logarithm(logits, labels):
    return selected_mean(1 - own_share(logits, labels), labels)


@masked_lm_loss.wrong("the sign is the wrong one: good predictions have a high loss. Is log p positive?")
def sign_changed(logits, labels):
    return -selected_mean(each(logits, labels), labels)


@masked_lm_loss.wrong("this is in bits. Which logarithm makes nats?")
def in_bits(logits, labels):
    return selected_mean(each(logits, labels), labels) / math.log(2)


@masked_lm_loss.wrong("this is the perplexity. Does the loss have an exp at the end?")
def perplexity_instead(logits, labels):
    return selected_mean(each(logits, labels), labels).exp()


@masked_lm_loss.wrong("only the label's score counts, not those of the others. Where is the softmax?")
def score_alone(logits, labels):
    scores = logits.gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    return selected_mean(-torch.where(labels != -100, scores, 0.0), labels)


@masked_lm_loss.wrong("softmax goes over the first axis. Which axis holds the scores?")
def softmax_over_the_first_axis(logits, labels):
    logs = torch.log_softmax(logits, 0).gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    return selected_mean(-torch.where(labels != -100, logs, 0.0), labels)


@masked_lm_loss.wrong("softmax goes over the tokens. Which axis holds the scores?")
def softmax_over_tokens(logits, labels):
    logs = torch.log_softmax(logits, -2).gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    return selected_mean(-torch.where(labels != -100, logs, 0.0), labels)


@masked_lm_loss.wrong("labels are smoothed. Does the docstring say so?")
def smoothed(logits, labels):
    flat = logits.reshape(-1, logits.shape[-1]), labels.reshape(-1)
    return F.cross_entropy(*flat, reduction="sum", label_smoothing=0.1) / (labels != -100).sum().clamp(min=1)


@masked_lm_loss.wrong("squared differences of probabilities are averaged. What is the cross-entropy made of?")
def squared_differences(logits, labels):
    target = F.one_hot(labels.clamp(min=0), logits.shape[-1])
    squares = (torch.softmax(logits, -1) - target).square().sum(-1)
    return selected_mean(torch.where(labels != -100, squares, 0.0), labels)


@masked_lm_loss.wrong("three axes are taken for granted. What does `...` in the docstring allow?")
def three_axes(logits, labels):
    texts, tokens, scores = logits.shape
    losses = F.cross_entropy(logits.reshape(texts * tokens, scores), labels.reshape(-1), reduction="sum")
    return losses / (labels != -100).sum().clamp(min=1)


@masked_lm_loss.wrong("a tensor with strides fails. Does `view` or `reshape` accept it?")
def viewed(logits, labels):
    losses = F.cross_entropy(logits.view(-1, logits.shape[-1]), labels.view(-1), reduction="sum")
    return losses / (labels != -100).sum().clamp(min=1)


@masked_lm_loss.wrong("only the first text counts. Over what is the mean taken?")
def first_text(logits, labels):
    return selected_mean(each(logits[:1], labels[:1]), labels[:1])


@masked_lm_loss.wrong("each token has a loss of its own here. How many axes should the result have?")
def one_for_each_token(logits, labels):
    return each(logits, labels)


@masked_lm_loss.wrong("there is one loss for each text. How many axes should the result have?")
def one_for_each_text(logits, labels):
    return each(logits, labels).sum(-1) / (labels != -100).sum(-1).clamp(min=1)


@masked_lm_loss.wrong("the result has an axis of length one. How many should it have?")
def with_an_axis(logits, labels):
    return selected_mean(each(logits, labels), labels)[None]


@masked_lm_loss.wrong("a plain number comes back, through which no gradient flows. What does `item` drop?")
def plain_number(logits, labels):
    return selected_mean(each(logits, labels), labels).item()


@masked_lm_loss.wrong("no gradient flows. Is there a detach, a no_grad or a new tensor on the way?")
def detached(logits, labels):
    return selected_mean(each(logits.detach(), labels), labels)


@masked_lm_loss.wrong("gradients flow through the label's score alone, and not through the others. What is detached?")
def normalisation_detached(logits, labels):
    scores = logits.gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    losses = torch.logsumexp(logits, -1).detach() - scores
    return selected_mean(torch.where(labels != -100, losses, 0.0), labels)


@masked_lm_loss.wrong("the labels themselves are changed. What makes a copy of them?")
def labels_changed(logits, labels):
    count, losses = (labels != -100).sum(), each(logits, labels).sum()
    labels.clamp_(min=0)
    return losses / count.clamp(min=1)


@masked_lm_loss.wrong("large scores are cut off. What does the docstring say about scores in the thousands?")
def scores_cut_off(logits, labels):
    return selected_mean(each(logits.clamp(-50, 50), labels), labels)
