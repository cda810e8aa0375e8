"""The figures of notebook 07: each one is a picture with words for those who cannot see it."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.text import Text

from attention_course.figures import generation as figures

LOOKS = [(0, 3.5, 3.5, 0.03), (50, 3.5, 2.5, 0.05), (100, 3.5, 0.5, 0.6)]
FLAT = [(0, 3.5, 3.5, 0.03), (50, 3.5, 2.5, 0.05), (100, 3.5, 2.4, 0.06)]
WORDS = {"king": "person", "monk": "person", "net": "thing", "sail": "thing"}
WEIGHTS = np.tril(np.ones((6, 6))) / np.arange(1, 7)[:, None]
COSTS = [SimpleNamespace(length=n, without=n / 10, cached=2.0, nbytes=1024 * n) for n in (64, 128)]
RULES = [
    {"rule": "greedy", "grammatical": 1.0, "overlap": 0.4},
    {"rule": "top-p 0.95", "grammatical": 1.0, "overlap": 0.95},
    {"rule": "top-k 40", "grammatical": 0.9, "overlap": 0.96},
]
FIGURES = {
    "beyond": ({"rotary": {10: 0.99, 40: 0.1}, "ALiBi": {10: 0.98, 40: 0.97}}, 24, 1 / 31),
    "caching": (),
    "choices": ({"as it is": [0.5, 0.3, 0.2], "top-k 1": [1.0, 0.0, 0.0]}, ["net", "sail", "cake"], "After: the.", 3),
    "clock_hands": (),
    "copying": (),
    "corner": (RULES,),
    "decoder_layer": (),
    "dots_by_position": ({"turned": np.eye(5), "added": np.arange(25).reshape(5, 5)},),
    "forming": ({"two layers": LOOKS, "one layer": FLAT},),
    "groups": (),
    "norms": ({"as it is": [1.0, 2.0, 3.0], "RMS norm": [0.5, 0.9, 1.4]},),
    "one_step_apart": (),
    "per_token": (COSTS,),
    "second_piece": (),
    "stripes": ({"layer 1, head 0": WEIGHTS}, 3, [4, 5, 6] * 2),
    "swiglu": (),
    "training": ([(0, 5.0), (50, 2.0)], {"bigram": 2.6}, 1.61),
    "window": (),
    "windows": ([{"window": 1, "class": 1.0}, {"window": 5, "class": 0.9}], {"class": 0.1}),
    "word_maps": ({"window 1": [[0, 0], [0, 1], [5, 5], [5, 6]], "window 10": np.ones((4, 2))}, WORDS),
}
HELPERS = {"forming_picture", "training_picture"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("windows", {"share of nearest neighbours", "by chance"}),
        ("beyond", {"by chance", "longer than any trained"}),
        ("choices", {"probability"}),
        ("dots_by_position", {"position of the key", "0.6"}),  # the last: of the colour bar,
    ],
)
def test_what_is_drawn_says_what_it_measures(name, told, monkeypatch):
    drawn = []
    for module in ("plots", "curves"):
        monkeypatch.setattr(f"attention_course.figures.generation.{module}.show", lambda one, alt: drawn.append(one))
    getattr(figures, name)(*FIGURES[name])
    drawn[0].draw_without_rendering()
    words = {text.get_text() for text in drawn[0].findobj(Text)}
    assert told <= words


def test_no_word_in_the_corner_is_covered(monkeypatch):
    """With the numbers of a whole run: no name lies on another name or on a mark, in either panel."""
    measured = {"greedy": (0.406, 1.0), "temperature 0.5": (0.788, 0.998), "temperature 0.8": (0.917, 0.976),
                "temperature 1": (0.953, 0.868), "temperature 1.3": (0.922, 0.51), "temperature 2": (0.754, 0.0),
                "top-k 3": (0.706, 0.994), "top-k 10": (0.914, 0.968), "top-k 40": (0.953, 0.886),
                "top-p 0.8": (0.867, 0.998), "top-p 0.95": (0.944, 0.998), "top-p 0.99": (0.955, 0.966)}  # fmt: skip
    drawn = []
    monkeypatch.setattr("attention_course.figures.generation.plots.show", lambda figure, alt: drawn.append(figure))
    figures.corner([{"rule": rule, "overlap": x, "grammatical": y} for rule, (x, y) in measured.items()])
    drawn[0].draw_without_rendering()
    for axes in drawn[0].axes:
        names = {text.get_text(): text.get_window_extent() for text in axes.texts}
        marks = [axes.transData.transform(point) for dots in axes.collections for point in dots.get_offsets()]
        for name, box in names.items():
            assert not [mark for mark in marks if box.contains(*mark)], name
            assert not [other for other in names if other != name and box.overlaps(names[other])], name


def test_every_figure_is_tried():
    assert sorted({*FIGURES, *HELPERS}) == figures.__all__


@pytest.mark.parametrize("name", FIGURES)
def test_figure_comes_with_words(name, drawn):
    drawn(getattr(figures, name), *FIGURES[name])


def test_the_words_say_what_was_found(shown):
    figures.forming(*FIGURES["forming"])
    figures.word_maps(*FIGURES["word_maps"])
    figures.dots_by_position(*FIGURES["dots_by_position"])
    figures.stripes(*FIGURES["stripes"])
    figures.choices(*FIGURES["choices"])
    assert "the steepest rise between steps 50 and 100; one layer: loss 3.50 at the start, 2.40" in shown[0]
    assert "same mark: window 1: 1.00; window 10: 0.50" in shown[1]
    assert "turned: at equal distance the dots differ by up to 0.00; added: at equal" in shown[2]
    assert "layer 1, head 0: 0.21 of the weight on the token before, 0.21 on the one after the copy" in shown[3]
    assert "as it is: 3 words open, the first with 0.50; top-k 1: 1 words open" in shown[4]


def test_a_picture_for_a_display_that_changes():
    html = figures.training_picture([(0, 5.0), (50, 2.0)], {"bigram": 2.6}, None)
    assert "5.00 at the start, 2.000 after 50 steps. Bigram reaches 2.60." in html
    assert "score from 0.03 to 0.60" in figures.forming_picture({"this model": LOOKS})
