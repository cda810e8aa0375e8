"""The baselines are the counts they say they are, checked by hand on a few words."""

import numpy as np
import pytest

from attention_course.language import baselines
from attention_course.language.baselines import fit_baselines
from attention_course.language.corruption import MASK_ONLY
from attention_course.language.vocabulary import CLS, MASK, SEP

A, B, C = 5, 6, 7


@pytest.fixture(autouse=True)
def _hardly_any_smoothing(monkeypatch):
    monkeypatch.setattr(baselines, "SMOOTHING", 1e-9)


def batch(rows, labels=None):
    ids = np.array([[CLS, *row, SEP] for row in rows])
    made = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    if labels is not None:
        made["labels"] = np.array([[-100, *row, -100] for row in labels])
    return made


def test_unigram_is_the_cross_entropy_with_the_frequencies():
    fitted = fit_baselines(batch([[A, B], [A, C]]), 8, MASK_ONLY)
    losses = fitted.losses(batch([[MASK, B]], [[A, -100]]))
    assert losses["unigram"] == pytest.approx(np.log(2), abs=1e-6)


def test_bigram_uses_both_neighbours():
    """B occurs after A and before C only, so the neighbours decide; A and C lean on [CLS] and [SEP]."""
    fitted = fit_baselines(batch([[A, B, C], [C, C, A]]), 8, MASK_ONLY)
    losses = fitted.losses(batch([[A, MASK, C]], [[-100, B, -100]]))
    assert losses["bigram"] == pytest.approx(0, abs=1e-6)


def test_bigram_knows_how_often_a_neighbour_is_masked():
    """C stands at the edges, where [CLS] and [SEP] are never masked: both sides masked speaks against it.

    Shares 1/2, 1/4, 1/4 of C, A, B, times (1/2)^2 for C and 1 for A and B, give 1/5, 2/5, 2/5.
    """
    fitted = fit_baselines(batch([[C, A, B, C], [C, B, A, C]]), 8, MASK_ONLY)
    losses = fitted.losses(batch([[C, MASK, MASK, MASK]], [[-100, -100, B, -100]]))
    assert losses["bigram"] == pytest.approx(-np.log(2 / 5), abs=1e-6)


def test_bag_of_words_uses_words_far_away_and_ignores_order():
    rows = [[A, A, B], [C, C, C]] * 3
    fitted = fit_baselines(batch(rows), 8, MASK_ONLY)
    near, far = (fitted.losses(batch([row], [labels]))["bag of words"] for row, labels in masked_a())
    assert near == pytest.approx(far)
    assert near < fitted.losses(batch([[MASK, A, B]], [[A, -100, -100]]))["unigram"]


def masked_a():
    return [([MASK, A, B], [A, -100, -100]), ([B, A, MASK], [-100, -100, A])]


def test_a_special_token_drawn_at_random_still_counts_as_a_word():
    """80/10/10 may put [SEP] where a word was; the loss must be that of the word, and finite."""
    fitted = fit_baselines(batch([[A, B], [A, C]]), 8)
    losses = fitted.losses(batch([[SEP, B]], [[A, -100]]))
    assert all(np.isfinite(loss) for loss in losses.values())
