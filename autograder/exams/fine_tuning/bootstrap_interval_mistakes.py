"""Wrong variants of bootstrap_interval."""

import numpy as np
from scipy import stats

from autograder.exams.fine_tuning.bootstrap_interval import bootstrap_interval

wrong = bootstrap_interval.wrong


def accuracies(correct, draws, generator, size=None, replace=True):
    """The accuracies of samples, as they should be drawn."""
    generator = np.random.default_rng() if generator is None else generator
    correct = np.asarray(correct, dtype=float)
    if replace:
        return correct[generator.integers(len(correct), size=(draws, size or len(correct)))].mean(axis=1)
    return np.array([generator.permutation(correct)[: size or len(correct)].mean() for _ in range(draws)])


def interval(means, low, high):
    return tuple(float(end) for end in np.quantile(means, [low, high]))


def inside(means, level):
    return interval(means, (1 - level) / 2, (1 + level) / 2)


@wrong("both ends are the accuracy itself. With or without replacement, when do samples differ?")
def without_replacement(correct, level=0.95, draws=1000, generator=None):
    return inside(accuracies(correct, draws, generator, replace=False), level)


@wrong("the whole share 1 - level is left out at each end. How much lies outside at one?")
def too_much_outside(correct, level=0.95, draws=1000, generator=None):
    low, high = sorted((1 - level, level))
    return interval(accuracies(correct, draws, generator), low, high)


@wrong("the ends are quantiles of the answers themselves. Of what should they be?")
def of_the_answers(correct, level=0.95, draws=1000, generator=None):
    return inside(np.asarray(correct, dtype=float), level)


@wrong("quantiles are asked for where percentiles are expected, or the other way round. From what to what do yours go?")
def shares_as_percent(correct, level=0.95, draws=1000, generator=None):
    means = accuracies(correct, draws, generator)
    return tuple(float(end) for end in np.percentile(means, [(1 - level) / 2, (1 + level) / 2]))


@wrong("the ends are the least and the greatest accuracy. How many should lie inside?")
def least_and_greatest(correct, level=0.95, draws=1000, generator=None):
    means = accuracies(correct, draws, generator)
    return float(means.min()), float(means.max())


@wrong("the ends are one standard deviation away. How many draws lie inside?")
def one_deviation(correct, level=0.95, draws=1000, generator=None):
    means = accuracies(correct, draws, generator)
    return float(means.mean() - means.std()), float(means.mean() + means.std())


@wrong("this is the normal approximation. Where does it lead if nearly all answers are right?")
def normal_approximation(correct, level=0.95, draws=1000, generator=None):
    p, n = float(np.mean(correct)), len(correct)
    reach = float(stats.norm.ppf((1 + level) / 2)) * (p * (1 - p) / n) ** 0.5
    return p - reach, p + reach


@wrong("the accuracies are mirrored at the one measured. Which bootstrap does the docstring name?")
def mirrored(correct, level=0.95, draws=1000, generator=None):
    low, high = inside(accuracies(correct, draws, generator), level)
    p = float(np.mean(correct))
    return 2 * p - high, 2 * p - low


@wrong("each sample has `draws` items. How many should it have, and how many samples are there?")
def draws_as_size(correct, level=0.95, draws=1000, generator=None):
    return inside(accuracies(correct, len(correct), generator, size=draws), level)


@wrong("the level is always 0.95. Where is the argument used?")
def level_fixed(correct, level=0.95, draws=1000, generator=None):
    return inside(accuracies(correct, draws, generator), 0.95)


@wrong("there are always 1000 draws. Where is the argument used?")
def draws_fixed(correct, level=0.95, draws=1000, generator=None):
    return inside(accuracies(correct, 1000, generator), level)


@wrong("the default of `level` is another one. Which one does the docstring have?")
def everything_outside(correct, level=0.95, draws=1000, generator=None):
    return inside(accuracies(correct, draws, generator), 1 - level)


@wrong("the higher end comes first. In which order does the docstring name them?")
def high_first(correct, level=0.95, draws=1000, generator=None):
    return inside(accuracies(correct, draws, generator), level)[::-1]


@wrong("the ends are counts of right answers. What is an accuracy?")
def counts(correct, level=0.95, draws=1000, generator=None):
    low, high = inside(accuracies(correct, draws, generator), level)
    return low * len(correct), high * len(correct)


@wrong("these are the ends' distances from the accuracy. Which two numbers are asked for?")
def distances(correct, level=0.95, draws=1000, generator=None):
    low, high = inside(accuracies(correct, draws, generator), level)
    return float(np.mean(correct)) - low, high - float(np.mean(correct))


@wrong("each item is drawn anew as a fair coin. From what do the samples come?")
def fair_coins(correct, level=0.95, draws=1000, generator=None):
    generator = np.random.default_rng() if generator is None else generator
    n = len(correct)
    return inside(generator.binomial(n, 0.5, size=draws) / n, level)


@wrong("the given generator is not the source of chance. What is `generator` for?")
def other_chance(correct, level=0.95, draws=1000, generator=None):
    return inside(accuracies(correct, draws, np.random.default_rng()), level)


@wrong("every call starts from the same seed. What is a fresh generator?")
def always_one_seed(correct, level=0.95, draws=1000, generator=None):
    return inside(accuracies(correct, draws, np.random.default_rng(0)), level)


@wrong("without a generator every call starts from the same seed. What is a fresh one?")
def one_seed_without_a_generator(correct, level=0.95, draws=1000, generator=None):
    return inside(accuracies(correct, draws, generator or np.random.default_rng(0)), level)


@wrong("without a generator it fails. What does None take?")
def needs_a_generator(correct, level=0.95, draws=1000, generator=None):
    return inside(accuracies(correct, draws, generator if generator is not None else generator.bit_generator), level)


@wrong("lists are refused. What makes an array of either?")
def arrays_only(correct, level=0.95, draws=1000, generator=None):
    if isinstance(correct, list):
        raise TypeError
    return inside(accuracies(correct, draws, generator), level)
