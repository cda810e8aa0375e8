"""Wrong variants of perplexity."""

import math
from functools import partial

import numpy as np

from autograder.exams.masked_language_model.evaluation import evaluation

wrong = partial(evaluation.wrong, function="perplexity")


def mean(losses, counts):
    """The mean over all positions, as it should be."""
    return float(np.average(losses, weights=counts))


@wrong("every batch has the same weight. Which batches should count more?")
def unweighted(losses, counts):
    return float(np.exp(np.mean(losses)))


@wrong("the exponentials are averaged. Which comes first, the mean or exp?")
def mean_of_exponentials(losses, counts):
    return float(np.average(np.exp(losses), weights=counts))


@wrong("exponentials are averaged, each batch with the same weight. Which comes first, and what counts more?")
def unweighted_mean_of_exponentials(losses, counts):
    return float(np.mean(np.exp(losses)))


@wrong("this is the mean loss. What is still to be done to it?")
def without_exponential(losses, counts):
    return mean(losses, counts)


@wrong("this is a power of 2. To which base were the losses taken?")
def power_of_two(losses, counts):
    return 2 ** mean(losses, counts)


@wrong("the sign is the wrong one. Is the perplexity of a bad model small?")
def sign_changed(losses, counts):
    return float(np.exp(-mean(losses, counts)))


@wrong("1 is subtracted. Which function of NumPy is the plain exponential?")
def one_less(losses, counts):
    return float(np.expm1(mean(losses, counts)))


@wrong("the losses are added up and not divided by the positions. Over what is the mean?")
def sum_of_losses(losses, counts):
    return float(np.exp(min(700.0, np.dot(losses, counts))))


@wrong("the means are added up, and divided by all positions. What is a mean times its count?")
def means_over_positions(losses, counts):
    return float(np.exp(np.sum(losses) / np.sum(counts)))


@wrong("each loss is divided by its count. What is a mean times its count?")
def divided_by_counts(losses, counts):
    weights = 1 / np.maximum(np.asarray(counts, dtype=float), 1)
    return float(np.exp(np.average(losses, weights=weights)))


@wrong("the weighted losses are divided by the number of batches. By what should they be?")
def divided_by_batches(losses, counts):
    return float(np.exp(min(700.0, np.dot(losses, counts) / len(counts))))


@wrong("empty batches are left out, and the others weigh the same. Which batches should count more?")
def unweighted_without_empty(losses, counts):
    return float(np.exp(np.mean([loss for loss, count in zip(losses, counts, strict=True) if count])))


@wrong("an empty batch counts as one position. What weight should it have?")
def empty_counts_one(losses, counts):
    return float(np.exp(np.average(losses, weights=np.maximum(counts, 1))))


@wrong("a batch without positions fails. Is a count of 0 allowed?")
def empty_fails(losses, counts):
    if 0 in list(counts):
        raise ZeroDivisionError
    return math.exp(mean(losses, counts))


@wrong("1 is added to the number of positions. Can it be 0?")
def one_position_more(losses, counts):
    return float(np.exp(np.dot(losses, counts) / (np.sum(counts) + 1)))


@wrong("the median batch decides. What does perplexity average?")
def median(losses, counts):
    return float(np.exp(np.median(losses)))


@wrong("only the last batch counts. What of the others?")
def last_batch(losses, counts):
    return float(np.exp(losses[-1]))


@wrong("the result is rounded. Does the docstring round?")
def rounded(losses, counts):
    return round(math.exp(mean(losses, counts)), 2)


@wrong("lists fail. What makes an array of a list?")
def arrays_alone(losses, counts):
    if isinstance(losses, list):
        raise TypeError
    return math.exp(mean(losses, counts))


@wrong("arrays fail. Which functions take lists and arrays alike?")
def lists_alone(losses, counts):
    if not isinstance(losses, list):
        raise TypeError
    return math.exp(mean(losses, counts))


@wrong("there is a perplexity for each batch. How many should there be?")
def one_for_each_batch(losses, counts):
    return np.exp(np.asarray(losses))


@wrong("an array or a tensor comes back. What makes a plain float of it?")
def array_of_one_number(losses, counts):
    return np.array(math.exp(mean(losses, counts)))


@wrong("the losses that were given are changed. Which kind of product makes new ones?")
def changed_in_place(losses, counts):
    right = math.exp(mean(losses, counts))
    for number, count in enumerate(counts):
        losses[number] = losses[number] * count
    return right
