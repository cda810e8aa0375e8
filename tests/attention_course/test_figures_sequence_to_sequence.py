"""The figures of notebook 06: each one is a picture with words for those who cannot see it."""

import numpy as np
import pytest

from attention_course.figures import sequence_to_sequence as figures
from attention_course.translation import I_LOVE_YOU, Curve
from attention_course.translation.watch import LiveTraining

SENTENCE = I_LOVE_YOU.source, I_LOVE_YOU.target, I_LOVE_YOU.links
MAPS = [(0, np.full((3, 3), 1 / 3)), (50, np.eye(3) * 0.7 + 0.1), (100, np.eye(3))]
ROWS = [{"width": 1, "best": 0.4}, {"width": 5, "best": 1.0}]
FIGURES = {
    "additive_score": (),
    "alignment_map": (np.eye(3), *SENTENCE),
    "by_length": ({"additive": {(3, 5): 1.0, (21, 25): 0.9}, "none": {(3, 5): 1.0, (21, 25): 0.0}},),
    "decoder_block": (),
    "decoder_step": (),
    "fading": ({"RNN": [1.0, 0.1, 0.01], "LSTM": [1.0, 0.9, 0.8]},),
    "linked": (I_LOVE_YOU,),
    "lstm_cell": (),
    "padded_batch": (),
    "sharpening": (MAPS, *SENTENCE),
    "teacher_forcing": (),
    "trap": (),
    "widths": (ROWS, {"best": "finds the best"}, "Searching"),
}
HELPERS = {"training_figure", "training_picture", "training_words"}


def test_every_figure_is_tried():
    assert sorted({*FIGURES, *HELPERS}) == figures.__all__


@pytest.mark.parametrize("name", FIGURES)
def test_figure_comes_with_words(name, drawn):
    drawn(getattr(figures, name), *FIGURES[name])


def test_an_alignment_map_says_where_each_word_looks(shown):
    figures.alignment_map(np.eye(3), *SENTENCE)
    assert "我 I at i, 爱 love at love, 你 you at you. 3 of 3 of these are true links." in shown[0]


def test_a_linked_sentence_says_its_lines(shown):
    figures.linked(I_LOVE_YOU)
    assert "我 I to i; 爱 love to love; 你 you to you" in shown[0]


@pytest.mark.parametrize("maps", [[], MAPS])
def test_a_training_is_drawn_anew_when_it_was_looked_at(maps, shown):
    curve = Curve(losses=[3.0, 2.0], exact=[(0, 0.0)], maps=maps[:1])
    watch = LiveTraining(I_LOVE_YOU)
    watch(curve)
    curve.share, curve.exact, curve.maps = 1.0, [(0, 0.0), (2, 0.5)], maps
    watch(curve)
    assert "after 0 steps 0% of the sentences checked" in shown[0]
    assert "after 2 steps 50% of the sentences checked are translated exactly; the loss is 2.00." in shown[-1]
    assert 'value="1.000"' in shown[-1]
    assert ("attention map" in shown[-1]) == bool(maps)
