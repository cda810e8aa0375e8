"""The bound on real batches of the small language: consistent, fast, below every baseline, per corruption."""

import time

import numpy as np
import pytest
import torch
from recipes import as_batch, corrupted, neighbours

from attention_course.language.baselines import fit_baselines
from attention_course.language.corruption import BERT, MASK_ONLY, Corruption
from attention_course.language.exact import bound, masked_posterior, next_sentence_posterior
from attention_course.language.small_language import SmallLanguage

pytestmark = pytest.mark.slow

RECIPES = pytest.mark.parametrize("corruption", [BERT, MASK_ONLY], ids=["bert", "mask"])


@pytest.fixture(scope="module")
def language():
    return SmallLanguage()


@pytest.fixture(scope="module")
def clean(language):
    pairs, follows = neighbours(language.documents(700, np.random.default_rng(1)), np.random.default_rng(2))
    return as_batch(pairs, language.vocabulary), follows


@pytest.fixture(scope="module")
def training(language):
    pairs, _ = neighbours(language.documents(5000, np.random.default_rng(3)), np.random.default_rng(4))
    return as_batch(pairs, language.vocabulary)


def seen(language, clean, corruption):
    return corrupted(clean[0], corruption, len(language.tokens), np.random.default_rng(5))


@RECIPES
def test_loss_and_entropy_agree_within_noise(language, clean, corruption):
    """They have the same expectation only when the posterior is that of the data: no assumption is off."""
    found = bound(language.machine, seen(language, clean, corruption), corruption)
    assert found.loss == pytest.approx(found.entropy, abs=4 * found.standard_error)
    assert found.count == len(found.losses)


@RECIPES
def test_the_next_sentence_posterior_is_calibrated(language, clean, corruption):
    follows = clean[1]
    sure = next_sentence_posterior(language.machine, seen(language, clean, corruption), corruption)
    spread = np.sqrt((sure * (1 - sure)).sum())
    assert abs(sure.sum() - follows.sum()) < 5 * spread
    assert ((sure > 0.5) == follows).mean() > 0.9


@RECIPES
def test_the_bound_is_below_every_baseline(language, clean, training, corruption):
    batch = seen(language, clean, corruption)
    losses = fit_baselines(training, len(language.tokens), corruption).losses(batch)
    best = bound(language.machine, batch, corruption).loss
    assert best < 0.6 * losses["bigram"] < 0.6 * losses["bag of words"] < 0.6 * losses["unigram"]


def test_the_wrong_recipe_costs(language, clean):
    """Whoever trusts every visible word predicts worse under 80/10/10."""
    batch = seen(language, clean, BERT)
    trusting = Corruption(mask=0.98, random=0.001)
    right, wrong = (bound(language.machine, batch, recipe).loss for recipe in (BERT, trusting))
    assert right < wrong


def test_two_thousand_sentences_take_seconds(language, clean):
    batch = {name: values[:1000] for name, values in seen(language, clean, BERT).items()}
    start = time.process_time()
    bound(language.machine, batch)
    assert time.process_time() - start < 10  # about one second on a free core; the rest is for busy machines


def test_tensors_and_blocks_give_the_same(language, clean):
    batch = seen(language, clean, BERT)
    rows = {name: torch.from_numpy(values[250:270]) for name, values in batch.items()}
    whole = masked_posterior(language.machine, {name: values[:280] for name, values in batch.items()})
    before = (batch["labels"][:250] != -100).sum()
    part = masked_posterior(language.machine, rows)
    np.testing.assert_allclose(part, whole[before : before + len(part)], rtol=0, atol=1e-12)


def test_single_sentences_have_a_bound_and_no_next_sentence(language, clean):
    batch = seen(language, clean, BERT)
    first = (batch["attention_mask"] == 1) & (batch["token_type_ids"] == 0)
    single = {**batch, "attention_mask": first.astype(int), "labels": np.where(first, batch["labels"], -100)}
    single["token_type_ids"] = np.zeros_like(single["token_type_ids"])
    found = bound(language.machine, single)
    assert found.loss == pytest.approx(found.entropy, abs=4 * found.standard_error)
    assert found.loss > bound(language.machine, batch).loss  # the second sentence helps with the first
    assert np.isnan(next_sentence_posterior(language.machine, single)).all()


@RECIPES
def test_a_recipe_is_a_distribution_over_what_is_seen(corruption):
    for table in (corruption.of_selected(9), corruption.of_any(9)):
        np.testing.assert_allclose(table.sum(axis=1), 1, rtol=0, atol=1e-12)


def test_shares_outside_zero_and_one_are_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        Corruption(mask=0.8, random=0.3)
