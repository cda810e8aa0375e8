"""The figures of notebook 04: each one is a picture with words for those who cannot see it."""

import re

import numpy as np
import pytest

from attention_course.figures import masked_language_model as figures

LOOKS = [(0, 0.0, 5.5), (100, 20.0, 3.0)]
FIGURES = {
    "agreement": (),
    "bert": (),
    "corruption": (),
    "embedding_sum": (),
    "encoded_pair": (),
    "guesses": ({"your model": [("net", 0.6), ("sail", 0.4)], "exactly": [("net", 0.5)]}, "she mends a ____ ."),
    "head_maps": (np.full((5, 3, 3), 1 / 3), ["a", "b", "c"]),
    "head_table": ([[0.1, 0.8], [0.2, 0.3]], "weight on the subject", [[0.1, 0.1], [0.2, 0.3]], "on the other"),
    "ladder": ({"unigram": 4.2, "your model": 1.0}, 0.9),
    "next_sentence": (),
    "schedule": ([0.0, 0.5, 1.0, 0.5, 0.0],),
    "training": (LOOKS, {"unigram": 4.2}, 0.9),
    "weight_places": (),
    "word_pieces": (),
}
HELPERS = {"training_figure", "training_picture", "training_words"}


@pytest.fixture
def shown(monkeypatch):
    """The HTML of what was displayed."""
    html = []
    monkeypatch.setattr("IPython.display.display", lambda thing: html.append(thing.data))
    return html


def test_every_figure_is_tried():
    assert sorted({*FIGURES, *HELPERS}) == figures.__all__


@pytest.mark.parametrize("name", FIGURES)
def test_figure_comes_with_words(name, shown):
    getattr(figures, name)(*FIGURES[name])
    alt = re.fullmatch(r'<img alt="([^"]+)" .*src="data:image/png;base64,[^"]+">', shown[0]).group(1)
    assert len(alt) > 60
    assert alt.endswith(".")


def test_the_table_of_heads_names_the_best_one(shown):
    figures.head_table(*FIGURES["head_table"])
    assert "most in layer 0, head 1, with 0.80. For on the other that head has 0.10" in shown[0]


def test_the_curve_says_what_was_reached():
    assert figures.training_words(LOOKS, {"unigram": 4.2}, None).endswith("3.00 after 20 s. unigram reaches 4.20.")
