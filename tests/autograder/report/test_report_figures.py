"""The figures' geometry and their alt texts."""

import base64

import pytest

from autograder.report import figures
from autograder.report.summary import summarise


@pytest.mark.parametrize(("maximum", "width"), [(0, 1), (1, 1), (12, 1), (13, 2), (22, 2), (40, 5), (1000, 100)])
def test_bar_width_keeps_the_number_of_bars_small(maximum, width):
    assert figures.bar_width(maximum) == width


@pytest.mark.parametrize("totals", [[0], [0, 0], [22, 22], [0, 7.5, 25], [-1, 3]])
def test_histogram_of_odd_totals(totals):
    assert "of 22 points" in figures.histogram(totals, 22, "points").alt


def test_histogram_says_its_finding():
    found = figures.histogram([0, 1, 5], 6, "points")
    assert found.alt == "Histogram of 3 totals: from 0 to 5 of 6 points, mean 2, median 1."
    assert base64.b64decode(found.uri.removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")


def test_exercise_figures_say_their_numbers(table):
    results = table({"ana": [1, 1, 0], "bo": [0, 1, 0], "cy": [0, 0, 0], "di": [1, 0, 0]})
    exercises = summarise(results, [], {})[0].exercises
    assert "exercise_0: 2 full points, 2 wrong, cause not recognised" in figures.outcomes(exercises).alt
    assert "exercise_0 50 % (15 % to 85 %)" in figures.full_shares(exercises).alt
    alt = figures.discriminations(exercises).alt
    assert "exercise_0 0.00" in alt
    assert "exercise_2 –" in alt


def test_dollar_signs_are_no_formulas(result):
    (assignment,) = summarise([result(name, "$x_$y$", 0) for name in "abc"], [], {})
    assert "$x_$y$: 3 wrong" in figures.outcomes(assignment.exercises).alt
    assert figures.class_map(assignment).uri
