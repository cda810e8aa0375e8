"""The figures of notebooks 00 and 01: each one is a picture with words for those who cannot see it."""

import numpy as np
import pytest

from attention_course.figures import attention_from_scratch, start_here

SHARES = np.array([[0.5, 0.5, 0.0], [0.2, 0.2, 0.6]])
FIGURES = {
    "attention_flow": (),
    "bottleneck": (),
    "clocks": (),
    "entropy_against_depth": ([1, 4], [2.0, 1.0], [2.0, 2.1], 3.0),
    "gradient_flow": (),
    "head_maps": ([np.eye(2), np.eye(2)], ["a", "b"], ["head 0", "head 1"]),
    "heads_as_columns": (),
    "learning": ([4.0, 2.0], SHARES, ["a", "b", "c"], 2),
    "masks": (),
    "multi_head_flow": (),
    "position_table": (np.eye(3, 4), np.eye(3)),
    "score_growth": ([0.0, 1.0], [0.0, 2.0], [0.1, 0.2], 1.0),
    "score_shapes": (),
    "soft_dictionary": (),
    "softmax_steps": (),
    "timeline": (),
    "weights": (SHARES, ["x", "y"], ["a", "b", "c"]),
}


def test_every_figure_is_tried():
    assert sorted(FIGURES) == attention_from_scratch.__all__


@pytest.mark.parametrize("name", FIGURES)
def test_figure_comes_with_words(name, drawn):
    drawn(getattr(attention_from_scratch, name), *FIGURES[name])


def test_start_here_figure_comes_with_words(shown):
    start_here.life_of_an_answer()
    assert 'alt="Four boxes in a row.' in shown[0]


def test_weights_say_whom_each_row_asks_most(shown):
    attention_from_scratch.weights(*FIGURES["weights"])
    assert "the x asks a and b most (0.50); the y asks c most (0.60)" in shown[0]
