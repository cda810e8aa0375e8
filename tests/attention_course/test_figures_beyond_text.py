"""The figures of notebook 08: each one is a picture with words for those who cannot see it."""

import numpy as np
import pytest
import torch

from attention_course.beyond_text.learning import Curve
from attention_course.beyond_text.long import Cost
from attention_course.beyond_text.watch import LiveTraining
from attention_course.figures import beyond_text as figures

LINE = np.linspace(0, 1, 5)
IMAGES = torch.rand(3, 1, 4, 4)
MAPS = np.eye(4)[:3]
COSTS = {
    "full": [Cost(1e-3, 1000, 0.0), Cost(4e-3, 4000, 0.0)],
    "window": [Cost(1e-3, 900, 0.2), Cost(2e-3, 1800, 0.3)],
}
ROWS = {"again": (0.35, 0.44), "chain": (0.31, 0.51)}
FIGURES = {
    "bandwidth_errors": ([0.1, 0.3, 1.0], {"own": [0.0, 0.1, 0.2], "true": [0.2, 0.1, 0.3]}, 0.3),
    "brackets": (),
    "costs_by_length": ([128, 256], COSTS, {"full": 2.0, "window": 1.0}),
    "cut_up": (np.ones((4, 4)), np.ones((4, 4))),
    "fits": (LINE, LINE, LINE, LINE, {"bandwidth 1": LINE, "bandwidth 2": LINE + 1}),
    "heads_by_distance": (np.array([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]]),),
    "hidden_songs": (["Ivy", "Kite"], [0.1, 2.0], [0.8, 0.2], "Oars (30%)"),
    "kernel": (),
    "listener": (),
    "looked_at": (IMAGES, MAPS, MAPS, ("picture", "looked at", "cost"), [0, 1, 3]),
    "needle": ([4, 8, 16], {"softmax": [1.0, 1.0, 1.0], "state": [1.0, 0.5]}),
    "paths": (),
    "pictures": (IMAGES, [1, 2, 3]),
    "set_sizes": ((5, 10), {"mean": [1.0, 0.5]}, (3, 11), 0.25),
    "two_rankings": (ROWS, ("among all", "among 20"), "NDCG@5"),
    "vision_transformer": (),
    "who_sees_whom": (),
}
HELPERS = {"training_figure", "training_picture", "training_words"}


def test_every_figure_is_tried():
    assert sorted({*FIGURES, *HELPERS}) == figures.__all__


@pytest.mark.parametrize("name", FIGURES)
def test_figure_comes_with_words(name, drawn):
    drawn(getattr(figures, name), *FIGURES[name])


def test_the_needle_says_what_was_found(shown):
    figures.needle(*FIGURES["needle"])
    assert "softmax: 1.00 of 4, 1.00 of 8, 1.00 of 16; state: 1.00 of 4, 0.50 of 8." in shown[0]


def test_the_state_has_the_size_that_the_brackets_give_it(shown):
    figures.who_sees_whom()
    figures.brackets()
    assert "one state of f x v numbers" in shown[0]
    assert "one of f x v" in shown[1]


def test_two_rankings_say_who_changes_places(shown):
    figures.two_rankings(*FIGURES["two_rankings"])
    assert "again and chain change places" in shown[0]
    figures.two_rankings({"a": (0.1, 0.2), "b": (0.3, 0.4)}, ("one", "other"), "NDCG@5")
    assert "no two change places" in shown[1]


def test_a_map_says_how_often_it_agrees_with_the_cost_and_the_mark(shown):
    figures.looked_at(*FIGURES["looked_at"])
    assert "In 100% of them both have their brightest patch at the same place. It is the marked one in 67%." in shown[0]


def test_a_training_is_drawn_anew_when_it_was_looked_at(shown):
    curve, watch = Curve(losses=[3.0, 2.0], shares=[(0, 0.1)]), LiveTraining("right", best=0.9)
    watch(curve)
    curve.share, curve.shares = 1.0, [(0, 0.1), (2, 0.5)]
    watch(curve)
    assert "right 0.10 after 0 steps" in shown[0]
    assert "right 0.50 after 2 steps; the loss is 2.00. The best possible is 0.90." in shown[-1]
    assert 'value="1.000"' in shown[-1]


def test_a_training_that_nobody_looks_into_has_a_bar_alone(shown):
    LiveTraining("right")(Curve(losses=[3.0], share=1.0))
    assert "loss of the last batch 3.00" in shown[0]
    assert "<img" not in shown[0]
