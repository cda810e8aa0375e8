"""The statistics against values worked out by hand and against SciPy."""

import numpy as np
import pytest
import scipy.stats

from autograder.report.statistics import correlation, correlation_interval, discrimination, wilson


@pytest.mark.parametrize(("successes", "trials"), [(0, 1), (1, 1), (0, 24), (24, 24), (5, 10), (37, 1000)])
def test_wilson_is_scipys(successes, trials):
    expected = scipy.stats.binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    assert wilson(successes, trials) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_by_hand():
    # z = 1.96, n = 10, share 0.5: centre 0.5, spread z sqrt(1/40 + z^2/400) / (1 + z^2/10) = 0.26341
    assert wilson(5, 10) == pytest.approx((0.23659, 0.76341), abs=1e-5)


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (-1, 3), (4, 3)])
def test_wilson_refuses_impossible_counts(successes, trials):
    with pytest.raises(ValueError, match="trials"):
        wilson(successes, trials)


def test_correlation_by_hand():
    # deviations (-1, 0, 1) and (-4/3, 2/3, 2/3): 2 / sqrt(2 * 8/3)
    assert correlation([0, 1, 2], [0, 2, 2]) == pytest.approx(np.sqrt(3) / 2)


def test_correlation_is_numpys():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 30))
    assert correlation(x, y) == pytest.approx(np.corrcoef(x, y)[0, 1])


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([], []),
        ([1], [2]),
        ([1, 2], [1, 2]),
        ([1, 1, 1], [1, 2, 3]),
        ([1, 2, 3], [4, 4, 4]),
        ([0.1 + 0.2, 0.3, 0.3], [1, 2, 3]),
    ],
)
def test_no_correlation_from_too_little(x, y):
    assert correlation(x, y) is None


def test_discrimination_leaves_the_exercise_out_of_the_total():
    points, rest = [0, 1, 1, 0], [3, 1, 2, 5]
    totals = np.add(points, rest)
    assert discrimination(points, totals) == pytest.approx(np.corrcoef(points, rest)[0, 1])
    assert discrimination(points, points) is None  # the only exercise: there is no rest


def test_correlation_interval_is_scipys():
    x, y = np.random.default_rng(5).normal(size=(2, 24))
    found = scipy.stats.pearsonr(x, y)
    expected = found.confidence_interval(0.95)
    assert correlation_interval(found.statistic, 24) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize(("value", "pairs"), [(None, 24), (0.5, 3), (1.0, 24), (-1.0, 24)])
def test_no_interval_where_fishers_z_has_none(value, pairs):
    assert correlation_interval(value, pairs) is None
