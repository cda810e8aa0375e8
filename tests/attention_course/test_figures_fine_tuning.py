"""The figures of notebook 05: each one is a picture with words for those who cannot see it."""

import numpy as np
import pytest

from attention_course.figures import fine_tuning as figures

RESULTS = {"fine-tuned": {32: [0.7, 0.8], 128: [0.98, 1.0]}, "bag of words": {32: [0.5, 0.5], 128: [0.5, 0.52]}}
LOSSES = [(50, 5.1), (100, 4.0), (150, 2.5)]
TABLE = {"fine-tuned": {"tokens": 0.97, "spans": 0.84}, "word list": {"tokens": 0.92, "spans": 0.56}}
FIGURES = {
    "accuracy_against_labels": (RESULTS, 1.0),
    "aligned_labels": (),
    "confusion": (np.array([[8, 2], [1, 3]]), ["right", "wrong"]),
    "how_sure": ([0.9, 0.8], [(0.88, 0.92), (0.77, 0.83)], 1.0),
    "lattice": (),
    "loss_curve": (LOSSES,),
    "one_body": (),
    "scores_side_by_side": (TABLE, "names", {"tokens": 0.995, "spans": 0.973}),
    "similarities": (np.array([[1.0, 0.5, 0.1], [0.5, 1.0, 0.0], [0.1, 0.0, 1.0]]), ["a man plays", "music", "shares"]),
    "spans_on_words": (),
}
HELPERS = {"loss_picture"}


def test_every_figure_is_tried():
    assert sorted({*FIGURES, *HELPERS}) == figures.__all__


@pytest.mark.parametrize("name", FIGURES)
def test_figure_comes_with_words(name, drawn):
    drawn(getattr(figures, name), *FIGURES[name])


def test_the_confusion_names_its_most_frequent_mistake(shown):
    figures.confusion(*FIGURES["confusion"])
    assert "takes right for wrong, 2 times" in shown[0]


def test_the_accuracies_are_told(shown):
    figures.accuracy_against_labels(RESULTS, 0.87)
    assert "best possible is 0.87. fine-tuned 0.75 with 32 labels, 0.99 with 128" in shown[0]


def test_the_curve_says_what_was_reached():
    assert "from 5.10 to 2.50 nats in 150 steps" in figures.loss_picture(LOSSES)
