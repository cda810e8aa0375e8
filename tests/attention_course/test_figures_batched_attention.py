"""The figures of notebook 03: each one is a picture with words for those who cannot see it."""

import pytest

from attention_course.figures import batched_attention
from attention_course.figures.batched_attention import plots

LENGTHS = [128, 256]
SECONDS = {"naive": [0.001, 0.004], "chunked": [0.002, 0.006], "library": [0.001, 0.002], "fourth": [0.1, 0.2]}
MEMORY = {"naive": [10**6, 4 * 10**6], "chunked": [10**5, 10**5], "library": [5 * 10**4, 10**5], "fourth": [9, 9]}
DRAWN_FROM_RESULTS = {
    "costs": (LENGTHS, SECONDS, MEMORY, lambda lengths, costs: costs[1] / costs[0] / 2),
    "reversing": ([0.1, 0.5, 1.0], [0.1, 0.2, 0.3]),
}


@pytest.mark.parametrize("name", batched_attention.__all__)
def test_figure_comes_with_words(name, drawn):
    drawn(getattr(batched_attention, name), *DRAWN_FROM_RESULTS.get(name, ()))


def test_costs_draw_every_method_with_its_exponents():
    powers = dict.fromkeys(SECONDS, (1.5, 0.25))
    time_panel, memory_panel = plots.cost_figure(LENGTHS, SECONDS, MEMORY, powers).axes
    assert [line.get_label() for line in time_panel.lines] == [f"{name}: t^1.50" for name in SECONDS]
    assert [line.get_label() for line in memory_panel.lines] == [f"{name}: t^0.25" for name in SECONDS]
    assert list(time_panel.lines[0].get_ydata()) == [1, 4]
    assert time_panel.get_xscale() == memory_panel.get_yscale() == "log"


def test_costs_are_said_in_words():
    words = plots.cost_words(LENGTHS, SECONDS, MEMORY)
    assert "from 128 to 256 tokens" in words
    assert "naive: from 1.0 to 4 milliseconds and from 1.0 to 4 megabytes." in words


def test_reversing_says_how_it_ends(shown):
    plots.reversing([1.0] * 30, [0.3] * 30)
    assert "With positions it ends at 1.00, without at 0.30." in shown[0]
