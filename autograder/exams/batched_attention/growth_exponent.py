"""growth_exponent(lengths, seconds) -> float: the slope of the least-squares line through the logarithms."""

import math
import statistics

import numpy as np
import torch

from attention_course.probes.numbers import kind
from autograder.exam.exercise import Case, Exercise
from autograder.exams.batched_attention.earlier import NOTEBOOK


def slope(lengths, seconds):
    """The oracle: the closed form, in plain Python."""
    x, y = [math.log(n) for n in lengths], [math.log(s) for s in seconds]
    x_mean, y_mean = math.fsum(x) / len(x), math.fsum(y) / len(y)
    above = math.fsum((a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True))
    return above / math.fsum((a - x_mean) ** 2 for a in x)


def cases(rng):
    def power(concept, lengths, exponent, factor):
        seconds = [factor * n**exponent for n in lengths]
        return Case(concept, (lengths, seconds), expected=float(exponent))

    def noisy(concept, lengths, exponent=1.5, kind=list):
        seconds = [2e-6 * n**exponent * math.exp(rng.normal() / 2) for n in lengths]
        return Case(concept, (kind(lengths), kind(seconds)), expected=slope(lengths, seconds))

    yield noisy("a few measurements", [128, 256, 512, 1024, 2048])
    yield power("an exact square", [1, 2, 4, 8], 2, 5.0)
    yield power("an exact power with a small factor", [100, 200, 400, 800], 1.3, 2e-7)
    yield power("lengths at uneven distances", [3, 10, 11, 500], 2.5, 0.01)
    yield noisy("wobbling measurements at uneven distances", [10, 20, 1000, 3000, 3100, 9000])
    yield noisy("measurements in no order", [512, 64, 4096, 128, 1024])
    yield noisy("one length measured several times", [64, 64, 128, 128, 128, 512])
    yield noisy("two points", [100, 900])
    yield noisy("many points", [int(n) for n in rng.integers(10, 5000, size=40)])
    yield noisy("a cost that falls", [2, 4, 8, 16, 32], -0.7)
    yield Case("a cost that does not grow", ([2, 4, 8], [7.0, 7.0, 7.0]), expected=0.0)
    yield noisy("tuples", [10, 100, 300, 700], kind=tuple)
    yield noisy("arrays", [10, 100, 300, 700], kind=np.array)
    lengths, sizes = [256, 512, 1024, 2048], [int(n) for n in rng.integers(10**9, 10**12, size=4)]
    yield Case("bytes, as large integers", (lengths, sizes), expected=slope(lengths, sizes))
    fractions = [0.25, 0.5, 3.0]
    yield Case("lengths below one", (fractions, [0.3, 0.9, 0.7]), expected=slope(fractions, [0.3, 0.9, 0.7]))
    yield Case("the kind of the result", ([1, 2, 4], [5, 20, 80]), expected="float", use=kind)


growth_exponent = Exercise(
    NOTEBOOK,
    "growth_exponent",
    cases,
    survivors={"growth_exponent: float(slope) -> slope": "NumPy's float64 is a Python float"},
)


def fit(x, y, place=0):
    """A coefficient of the least-squares line through points as they are."""
    return float(np.polyfit(np.array(x, dtype=float), np.array(y, dtype=float), deg=1)[place])


@growth_exponent.wrong("this is the slope of seconds on lengths. What is to be done to both of them first?")
def without_logarithms(lengths, seconds):
    return fit(lengths, seconds)


@growth_exponent.wrong("only the seconds are in logarithms. Which axes of the plot are logarithmic?")
def logarithm_of_seconds_alone(lengths, seconds):
    return fit(lengths, np.log(seconds))


@growth_exponent.wrong("only the lengths are in logarithms. Which axes of the plot are logarithmic?")
def logarithm_of_lengths_alone(lengths, seconds):
    return fit(np.log(lengths), seconds)


@growth_exponent.wrong("seconds and lengths have changed places. Which of them is x, the horizontal axis?")
def inverted(lengths, seconds):
    if len(set(seconds)) == 1:
        return math.inf
    return fit(np.log(seconds), np.log(lengths))


@growth_exponent.wrong(
    "this is 1 over the slope of lengths on seconds. Along which axis does least squares measure misses?"
)
def reciprocal_of_inverted(lengths, seconds):
    below = fit(np.log(seconds), np.log(lengths)) if len(set(seconds)) > 1 else math.inf
    return 1 / below


@growth_exponent.wrong("this is the intercept. Which coefficient does polyfit return first?")
def intercept(lengths, seconds):
    return fit(np.log(lengths), np.log(seconds), place=1)


@growth_exponent.wrong("the line goes through the first and the last point alone. How do the others count?")
def first_and_last(lengths, seconds):
    return math.log(seconds[-1] / seconds[0]) / math.log(lengths[-1] / lengths[0])


@growth_exponent.wrong("the line goes through the shortest and the longest length alone. How do the others count?")
def shortest_and_longest(lengths, seconds):
    points = sorted(zip(lengths, seconds, strict=True))
    return math.log(points[-1][1] / points[0][1]) / math.log(points[-1][0] / points[0][0])


@growth_exponent.wrong("slopes between neighbours are averaged. What does least squares minimise instead?")
def average_of_slopes(lengths, seconds):
    x, y = np.log(lengths), np.log(seconds)
    return float(np.mean(np.diff(y) / np.diff(x)))


@growth_exponent.wrong("the line is forced through the origin. What is subtracted from x and y in the formula?")
def through_the_origin(lengths, seconds):
    x, y = np.log(lengths), np.log(seconds)
    return float(x @ y / (x @ x))


@growth_exponent.wrong("this is the correlation. What is the sum of products divided by?")
def correlation(lengths, seconds):
    x, y = np.log(lengths) - np.mean(np.log(lengths)), np.log(seconds) - np.mean(np.log(seconds))
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


@growth_exponent.wrong("this is the covariance. What is it divided by in the formula?")
def covariance(lengths, seconds):
    x, y = np.log(lengths), np.log(seconds)
    return float(np.mean((x - x.mean()) * (y - y.mean())))


@growth_exponent.wrong(
    "n - 1 and n are mixed: covariance and variance are divided by different numbers. Which may drop out?"
)
def divided_by_different_numbers(lengths, seconds):
    x, y = np.log(lengths), np.log(seconds)
    return float(np.cov(x, y)[0, 1] / np.var(x))


@growth_exponent.wrong("the slope is rounded to a whole number. Does the docstring round?")
def rounded(lengths, seconds):
    return float(round(fit(np.log(lengths), np.log(seconds))))


@growth_exponent.wrong("each list is sorted by itself, so that pairs fall apart. Does the order of points matter?")
def sorted_apart(lengths, seconds):
    return fit(np.log(np.sort(lengths)), np.log(np.sort(seconds)))


@growth_exponent.wrong("1 is added before the logarithm is taken. Are there zeros among the numbers?")
def logarithm_of_one_more(lengths, seconds):
    return fit(np.log1p(lengths), np.log1p(seconds))


@growth_exponent.wrong("two bases are mixed. Which logarithms belong to one line?")
def two_bases(lengths, seconds):
    return fit(np.log2(lengths), np.log(seconds))


@growth_exponent.wrong("this is the factor by which the cost grows when the length doubles. Which power of 2 is it?")
def growth_per_doubling(lengths, seconds):
    return 2 ** fit(np.log(lengths), np.log(seconds))


@growth_exponent.wrong("the sign is the wrong one. Which mean is subtracted from which number?")
def sign_changed(lengths, seconds):
    return -fit(np.log(lengths), np.log(seconds))


@growth_exponent.wrong("longer texts count more. With which weight does the docstring take each point?")
def weighted_by_length(lengths, seconds):
    x, y = np.log(lengths), np.log(seconds)
    return float(np.polyfit(x, y, 1, w=np.asarray(lengths, dtype=float))[0])


@growth_exponent.wrong(
    "the lines' distances are measured at a right angle, not along the vertical. What does the formula do?"
)
def right_angles(lengths, seconds):
    x, y = np.log(lengths), np.log(seconds)
    direction = np.linalg.svd(np.stack([x - x.mean(), y - y.mean()]).T)[2][0]
    return float(direction[1] / direction[0])


@growth_exponent.wrong("lists fail, which know no `-` and no `.mean()`. What makes an array of a list?")
def arrays_alone(lengths, seconds):
    if not isinstance(lengths, np.ndarray):
        raise AttributeError
    return fit(np.log(lengths), np.log(seconds))


@growth_exponent.wrong("slope and intercept come back together. Which one is asked for?")
def both_coefficients(lengths, seconds):
    return np.polyfit(np.log(lengths), np.log(seconds), 1)


@growth_exponent.wrong("the result is an array or a tensor of one number. What makes a plain float of it?")
def array_of_one_number(lengths, seconds):
    return np.array(fit(np.log(lengths), np.log(seconds)))


@growth_exponent.wrong("the lists it was given come back in another order. Which function sorts a copy?")
def sorts_in_place(lengths, seconds):
    points = sorted(zip(lengths, seconds, strict=True))
    for i, (length, second) in enumerate(points if isinstance(lengths, list) else []):
        lengths[i], seconds[i] = length, second
    return fit(np.log(lengths), np.log(seconds))


@growth_exponent.right
def by_the_formula(lengths, seconds):
    x, y = np.log(np.asarray(lengths, dtype=float)), np.log(np.asarray(seconds, dtype=float))
    return float(np.sum((x - x.mean()) * (y - y.mean())) / np.sum((x - x.mean()) ** 2))


@growth_exponent.right
def by_a_loop(lengths, seconds):
    n = len(lengths)
    sum_x = sum_y = sum_xx = sum_xy = 0.0
    for length, second in zip(lengths, seconds, strict=True):
        x, y = math.log2(length), math.log2(second)
        sum_x, sum_y, sum_xx, sum_xy = sum_x + x, sum_y + y, sum_xx + x * x, sum_xy + x * y
    return (n * sum_xy - sum_x * sum_y) / (n * sum_xx - sum_x**2)


@growth_exponent.right
def by_lstsq(lengths, seconds):
    x, y = np.log10(lengths), np.log10(seconds)
    return np.linalg.lstsq(np.stack([x, np.ones(len(x))], axis=1), y, rcond=None)[0][0].item()


@growth_exponent.right
def by_polyfit_and_numpy_float(lengths, seconds):
    return np.polyfit(np.log(lengths), np.log(seconds), 1)[0]


@growth_exponent.right
def by_statistics(lengths, seconds):
    return statistics.linear_regression([math.log(x) for x in lengths], [math.log(y) for y in seconds]).slope


@growth_exponent.right
def by_torch(lengths, seconds):
    x, y = (torch.as_tensor(n, dtype=torch.float64).log() for n in (lengths, seconds))
    return float(torch.dot(x - x.mean(), y) / (x - x.mean()).square().sum())


@growth_exponent.right
def by_scipy(lengths, seconds):
    from scipy.stats import linregress

    return float(linregress(np.log(lengths), np.log(seconds)).slope)
