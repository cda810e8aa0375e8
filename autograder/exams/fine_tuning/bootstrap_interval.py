"""bootstrap_interval(correct, level, draws, generator): cases, right variants.

Examined by quantiles, never by draws: the ends of many intervals are averaged, and their place is told in standard
deviations of the accuracy. The accuracy of a bootstrap sample of n items is binomial(n, p) / n, whose quantiles are
known. A 2.5 % quantile of 400 draws strays by 0.134 standard deviations s, the mean of 12 by 0.039, others by less;
reading a quantile between two neighbouring accuracies may move it by one item more, which is 1 / (n s).
"""

import math
from functools import partial

import numpy as np
from scipy import stats

from attention_course.probes import fine_tuning as using
from autograder.exam.exercise import Case, Exercise
from autograder.exams.fine_tuning.earlier import NOTEBOOK

SEEDS = 12
NOISE = 0.19
"""Five standard deviations of the mean of so many quantiles, in standard deviations of the accuracy."""

STEPS = (0.8, 1.5, 2.8, 6.0, 12.0, 24.0)
"""Between these, distances count as one: no variant comes near to a border."""


def answers(rng, n, right):
    """n booleans of which so many are true."""
    return rng.permutation(np.arange(n) < right)


def ends(correct, level):
    """The exact quantiles of a bootstrap accuracy."""
    n, p = len(correct), float(np.mean(correct))
    return [float(stats.binom.ppf(q, n, p)) / n for q in ((1 - level) / 2, (1 + level) / 2)]


def places(correct, wanted, found):
    """How far the mean ends lie from those wanted: 0 within the noise, else a step up or down.

    So two answers that hold the same misconception say the same, whatever they drew.
    """
    means = np.mean(np.asarray(found, dtype=float), axis=0)
    n, p = len(correct), float(np.mean(correct))
    deviation = math.sqrt(p * (1 - p) / n)
    return [
        step((got - want) / deviation, NOISE + 1 / (n * deviation)) for got, want in zip(means, wanted, strict=True)
    ]


def step(far, allowed):
    """0 for what is allowed, else the number of the step, with the sign of the distance."""
    if abs(far) <= allowed:
        return 0.0
    return math.copysign(1.0 + sum(abs(far) > border for border in STEPS), far)


def cases(rng):
    def many(concept, correct, level=0.95, **options):
        seeds = [int(seed) for seed in rng.integers(2**31, size=SEEDS)]
        kwargs = {"seeds": seeds, "level": level, **options}
        read = partial(places, np.asarray(correct), ends(correct, level))
        return Case(concept, (correct,), kwargs, expected=[0.0, 0.0], use=using.intervals, read=read)

    yield many("four hundred items", answers(rng, 400, 300), draws=400)
    yield many("a list of booleans", answers(rng, 150, 60).tolist(), draws=400)
    yield many("few items, nearly all of them right", answers(rng, 20, 19), draws=400)
    yield many("few items, nearly all of them wrong", answers(rng, 25, 1), draws=400)
    yield many("another level", answers(rng, 300, 180), 0.8, draws=400)
    yield many("half of the draws inside", answers(rng, 300, 200), 0.5, draws=400)
    yield many("a thousand draws", answers(rng, 50, 40))
    yield from _edges(rng)
    yield from _chance(rng)


def _edges(rng):
    def plain(concept, correct, expected, **kwargs):
        return Case(concept, (correct,), {"seeds": [1, 2], **kwargs}, expected=[expected] * 2, use=using.intervals)

    yield plain("every answer right", [True] * 30, [1.0, 1.0])
    yield plain("every answer wrong", np.zeros(30, dtype=bool), [0.0, 0.0])
    yield plain("a single item", np.array([True]), [1.0, 1.0])
    correct = answers(rng, 80, 40)
    kwargs = {"seeds": list(range(40)), "draws": 1}
    yield Case("a single draw", (correct,), kwargs, expected=[0.0, True], use=using.intervals, read=_one_draw)
    yield Case("the kind of the result", (correct.copy(),), expected=["float", "float"], use=using.kinds_of_members)


def _one_draw(found):
    """How wide such intervals are at most, and whether their places differ."""
    low, high = np.asarray(found, dtype=float).T
    return [float((high - low).max()), len(set(low.tolist())) > 5]


def _chance(rng):
    correct = answers(rng, 600, 450)
    args, kwargs = (correct,), {"seeds": [3, 3, *range(4, 12)], "draws": 100}
    yield Case("a generator in the same state", args, kwargs, expected=[True, False], use=using.intervals, read=_alike)
    kwargs = {"calls": 6}
    yield Case("no generator", (correct.copy(),), kwargs, expected=True, use=using.fresh_intervals, read=_differ)
    kwargs = {"seed": 5, "calls": 6}
    yield Case(
        "one generator for several calls",
        (correct.copy(),),
        kwargs,
        expected=True,
        use=using.one_generator,
        read=_differ,
    )


def _alike(found):
    """Whether the first two intervals are one, and whether all others are that one too."""
    return [not _differ(found[:2]), not _differ(found[1:])]


def _differ(found):
    """Whether not all of them are one."""
    return len({tuple(float(end) for end in interval) for interval in found}) > 1


bootstrap_interval = Exercise(NOTEBOOK, "bootstrap_interval", cases)


@bootstrap_interval.right
def by_choice(correct, level=0.95, draws=1000, generator=None):
    generator = generator or np.random.default_rng()
    correct = np.array(correct, dtype=float)
    means = [generator.choice(correct, size=len(correct)).mean() for _ in range(draws)]
    low, high = np.percentile(means, [50 * (1 - level), 50 * (1 + level)])
    return float(low), float(high)


@bootstrap_interval.right
def by_the_binomial(correct, level=0.95, draws=1000, generator=None):
    generator = np.random.default_rng() if generator is None else generator
    n = len(correct)
    means = generator.binomial(n, sum(map(bool, correct)) / n, size=draws) / n
    return tuple(np.quantile(means, [0.5 - level / 2, 0.5 + level / 2], method="nearest").tolist())


@bootstrap_interval.right
def sorted_means(correct, level=0.95, draws=1000, generator=None):
    generator = np.random.default_rng(generator)
    hits, n = np.asarray(correct).astype(int), len(correct)
    means = sorted(hits[generator.integers(0, n, size=n)].sum() / n for _ in range(draws))
    outside = (1 - level) / 2 * (draws - 1)
    return [float(means[math.floor(outside)]), float(means[math.ceil(draws - 1 - outside)])]


@bootstrap_interval.right
def by_the_library(correct, level=0.95, draws=1000, generator=None):
    correct = np.asarray(correct, dtype=float)
    if len(correct) == 1 or draws == 1:  # the library needs two of each
        generator = np.random.default_rng(generator)
        mean = float(generator.choice(correct, size=len(correct)).mean())
        return mean, mean
    found = stats.bootstrap(
        (correct,), np.mean, n_resamples=draws, confidence_level=level, method="percentile", rng=generator
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)
