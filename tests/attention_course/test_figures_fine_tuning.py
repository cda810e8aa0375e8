"""The figures of notebook 05: each one is a picture with words for those who cannot see it."""

import numpy as np
import pytest

from attention_course.figures import fine_tuning as figures
from attention_course.language.named_grammar import AMBIGUOUS, MEN, TOWNS, WOMEN
from attention_course.language.named_language import pieces_of

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


@pytest.fixture
def pictures(monkeypatch):
    """The matplotlib figures, before they become pictures."""
    found = []
    for module in ("plots", "drawings"):
        place = f"attention_course.figures.fine_tuning.{module}.show"
        monkeypatch.setattr(place, lambda figure, alt: found.append((figure, alt)))
    return found


def test_no_line_runs_through_a_number(pictures):
    table = {"a": {"tokens": 0.96, "spans": 0.92}, "b": {"tokens": 0.995, "spans": 0.2}}
    limits = {"tokens": 0.995, "spans": 0.973}
    figures.scores_side_by_side(table, limits=limits)
    ((figure, _),) = pictures
    figure.draw_without_rendering()
    (axes,) = figure.axes
    for text in axes.texts:
        box = text.get_window_extent().transformed(axes.transData.inverted())
        limit = limits[["tokens", "spans"][round(box.x0 + box.width / 2)]]
        assert not box.y0 < limit < box.y1, text.get_text()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["the best possible", "a", "b"]


def test_scores_are_told_without_line_breaks(pictures):
    figures.scores_side_by_side({"a": {"names\nfound": 0.5}}, limits={"names\nfound": 0.9})
    assert "names found 0.50" in pictures[0][1]
    assert "\n" not in pictures[0][1]


def test_the_limit_is_named(pictures):
    figures.how_sure([0.9, 0.8], [(0.88, 0.92), (0.77, 0.83)], 1.0)
    assert "the best possible" in [text.get_text() for text in pictures[0][0].axes[0].texts]


def test_rows_and_columns_share_their_numbers(pictures):
    figures.similarities(*FIGURES["similarities"])
    axes = pictures[0][0].axes[0]
    rows, columns = (
        [label.get_text() for label in labels] for labels in (axes.get_yticklabels(), axes.get_xticklabels())
    )
    assert [row.split()[-1] for row in rows] == columns == ["1", "2", "3"]


def test_a_token_is_never_a_word_that_the_vocabulary_cuts(pictures):
    figures.one_body()
    texts = {text.get_text() for text in pictures[0][0].axes[0].texts}
    words = texts & {*WOMEN, *MEN, *TOWNS, *AMBIGUOUS}
    assert words
    assert all(len(pieces_of(word)) == 1 for word in words)


def test_what_cannot_come_first_is_told(pictures):
    figures.lattice()
    assert "no sentence begins so" in {text.get_text() for text in pictures[0][0].axes[0].texts}
