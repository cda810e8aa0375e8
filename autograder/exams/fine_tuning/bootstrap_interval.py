"""bootstrap_interval(correct, level, draws, generator): cases, right variants.

Examined by quantiles, never by draws. The accuracy of a bootstrap sample of n items is binomial(n, p) / n, so the
distribution of the r-th smallest of so many accuracies is known exactly. The ends of several intervals are averaged,
and may lie five standard deviations off, and wherever one of the usual ways to read off a quantile puts them.
"""

import math
from functools import partial

import numpy as np
from scipy import stats

from attention_course.probes import fine_tuning as using
from autograder.exam.exercise import Case, Exercise
from autograder.exams.fine_tuning.earlier import NOTEBOOK

SEEDS, SIGMAS = 12, 5
FAR = 5.2
"""Standard deviations of the accuracy between what is off and what is far off; no variant comes near to it."""


def answers(rng, n, right):
    """n booleans of which so many are true."""
    return rng.permutation(np.arange(n) < right)


def ranked(n, p, draws, rank):
    """Mean and standard deviation of the accuracy of this rank, counted from 1, among so many."""
    hits = np.arange(n)
    higher = stats.binom.cdf(rank - 1, draws, stats.binom.cdf(hits, n, p))  # the one of this rank exceeds so many hits
    mean = higher.sum()
    return mean / n, math.sqrt(max(0.0, ((2 * hits + 1) * higher).sum() - mean**2)) / n


def between(correct, draws, share):
    """Between which numbers the mean end may lie that leaves out this share below."""
    n, p = len(correct), float(np.mean(correct))
    place = share * (draws - 1) + 1
    ranks = max(1, math.floor(place) - 1), min(draws, math.ceil(place) + 1)
    (low, low_deviation), (high, high_deviation) = (ranked(n, p, draws, rank) for rank in ranks)
    room = SIGMAS / math.sqrt(SEEDS)
    return low - room * low_deviation - 1e-9, high + room * high_deviation + 1e-9


def places(correct, level, draws, found):
    """Where the mean ends lie: 0 between the numbers they should, else 1 off or 2 far off, below with a minus.

    So two answers that hold the same misconception say the same, whatever they drew.
    """
    means = np.mean(np.asarray(found, dtype=float), axis=0)
    deviation = float(np.std(correct)) / math.sqrt(len(correct))
    told = []
    for mean, share in zip(means, ((1 - level) / 2, (1 + level) / 2), strict=True):
        low, high = between(correct, draws, share)
        off = min(mean - low, 0.0) + max(mean - high, 0.0)
        told.append(0.0 if off == 0 else math.copysign(1.0 + (abs(off) > FAR * deviation), off))
    return told


def cases(rng):
    def many(concept, correct, level=0.95, draws=400, **options):
        seeds = [int(seed) for seed in rng.integers(2**31, size=SEEDS)]
        kwargs = {"seeds": seeds, "level": level, "draws": draws} if not options.get("plain") else {"seeds": seeds}
        read = partial(places, np.asarray(correct), level, draws)
        return Case(concept, (correct,), kwargs, expected=[0.0, 0.0], use=using.intervals, read=read)

    yield many("four hundred items", answers(rng, 400, 300))
    yield many("a list of booleans", answers(rng, 150, 60).tolist())
    yield many("few items, nearly all of them right", answers(rng, 20, 19))
    yield many("few items, nearly all of them wrong", answers(rng, 25, 1))
    yield many("another level", answers(rng, 300, 180), 0.8)
    yield many("half of the draws inside", answers(rng, 300, 200), 0.5)
    yield many("the defaults", answers(rng, 50, 40), draws=1000, plain=True)
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


_DEFAULTS = "correct, level=0.95, draws={}, generator=None"
_FLOAT = "NumPy's float64 is a Python float"

bootstrap_interval = Exercise(
    NOTEBOOK,
    "bootstrap_interval",
    cases,
    survivors={
        **{
            f"bootstrap_interval: {_DEFAULTS.format(1000)} -> {_DEFAULTS.format(draws)}": "one draw more or less"
            for draws in (999, 1001)
        },
        "bootstrap_interval: float(low) -> low": _FLOAT,
        "bootstrap_interval: float(high) -> high": _FLOAT,
    },
)


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
