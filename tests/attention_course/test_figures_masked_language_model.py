"""The figures of notebook 04: each one is a picture with words for those who cannot see it."""

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
    "moment": (LOOKS, {"unigram": 4.2}, [(0, 0.5), (50, 0.85), (75, 0.95), (100, 0.9)]),
    "next_sentence": (),
    "schedule": ([0.0, 0.5, 1.0, 0.5, 0.0],),
    "switched_off": ([[1.0, 0.9], [0.8, 1.0]], [[1.5, 1.9], [1.3, 1.2]], 1.0, 1.2),
    "training": (LOOKS, {"unigram": 4.2}, 0.9),
    "weight_places": (),
    "word_pieces": (),
}
HELPERS = {"training_figure", "training_picture", "training_words"}


def test_every_figure_is_tried():
    assert sorted({*FIGURES, *HELPERS}) == figures.__all__


@pytest.mark.parametrize("name", FIGURES)
def test_figure_comes_with_words(name, drawn):
    drawn(getattr(figures, name), *FIGURES[name])


def test_the_table_of_heads_names_the_best_one(shown):
    figures.head_table(*FIGURES["head_table"])
    assert "most in layer 0, head 1, with 0.80. For on the other that head has 0.10" in shown[0]


def test_the_curve_says_what_was_reached():
    assert figures.training_words(LOOKS, {"unigram": 4.2}, None).endswith("3.00 after 20 s. unigram reaches 4.20.")


def test_the_moment_of_grammar_names_its_step(shown):
    figures.moment(*FIGURES["moment"])
    assert "from 50% to 90%; it first reaches 90 % at step 75." in shown[0]
    figures.moment(LOOKS, {}, [(0, 0.5), (100, 0.6)])
    assert "never reaches 90 % in this run" in shown[1]


def test_heads_that_are_missed_are_named(shown):
    figures.switched_off(*FIGURES["switched_off"])
    assert "suffers most without layer 1, head 0: 80%" in shown[0]
    assert "without layer 0, head 1: 1.90" in shown[0]


def test_the_time_axis_reaches_to_the_planned_end():
    [axes] = figures.training_figure(LOOKS, {"unigram": 4.2}, None, until=175.0).axes
    assert axes.get_xlim()[1] >= 175
    names = [text for text in axes.texts if text.get_text() == "unigram"]
    assert [text.xy[0] > 1 for text in names] == [True], "outside the axes, where no curve passes"
