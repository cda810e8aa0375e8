"""The oracles and the statistics behind the exams of notebook 04's texts, loss and evaluation."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from autograder.exam.reference import reference
from autograder.exams.masked_language_model import EXERCISES
from autograder.exams.masked_language_model.chance import share, surplus
from autograder.exams.masked_language_model.encode_pair import right_rows
from autograder.exams.masked_language_model.evaluation import mean_then_exp, share_of_hits
from autograder.exams.masked_language_model.mask_tokens_cases import batch, statistics
from autograder.exams.masked_language_model.masked_lm_loss import closed_form

NOTEBOOK = "04_masked_language_model"
LEFT_TO_CHANCE = {"make_sentence_pairs", "mask_tokens"}


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def test_a_share_is_likely_within_five_standard_deviations_and_not_beyond():
    deviation = math.sqrt(10_000 * 0.15 * 0.85)
    assert share(1500 + 4.9 * deviation, 10_000, 0.15) == 0.15
    assert share(1500 - 5.1 * deviation, 10_000, 0.15) == 0.1
    assert share(10_000, 10_000, 1.0) == 1.0
    assert share(9_999, 10_000, 1.0, 0.5) == 1.0  # rounded, as no likely share fits
    assert share(0, 10, 0.0) == 0.0


def test_surplus_is_nearly_normal_for_fair_draws(rng):
    """A thousand times 30 counts of 40 trials each: mean 0, deviation 1, and nothing near five of them."""
    found = [surplus(rng.binomial(40, 0.2, size=30), np.full(30, 8.0), np.full(30, 6.4)) for _ in range(1000)]
    assert np.mean(found) == pytest.approx(0, abs=0.15)
    assert np.std(found) == pytest.approx(1, abs=0.15)
    assert max(found) < 5


def test_surplus_sees_groups_that_are_drawn_as_one(rng):
    counts = 40 * rng.binomial(1, 0.2, size=30)
    assert surplus(counts, np.full(30, 8.0), np.full(30, 6.4)) > 5
    assert surplus(np.full(300, 8), np.full(300, 8.0), np.full(300, 6.4)) < -5  # more even than chance


def test_where_nothing_is_left_to_chance_every_stray_count_is_too_far():
    assert surplus([3.0, 4.0], [3.0, 4.0], [0.0, 0.0]) == 0
    assert surplus([3.0, 5.0], [3.0, 4.0], [0.0, 0.0]) == math.inf


@pytest.mark.parametrize("seed", range(3))
def test_the_statistics_of_masking_pass_transformers_own(seed):
    """Hugging Face's collator, which draws in an order of its own."""
    from autograder.exams.masked_language_model.mask_tokens import by_the_transformers_library

    tokens, special = batch(np.random.default_rng(seed), 300, 200, size=20, special=0.1, mask_id=7)
    result = by_the_transformers_library(tokens, special, 20, 7, generator=torch.Generator().manual_seed(seed))
    found = statistics(tokens, special, 20, 7, 0.15, result)
    hit = 0.1 / 20
    assert found == {
        "selected": 0.15, "masked": 0.8 + hit, "kept": 0.1 + hit, "missing": [], "dependent": [[False] * 3] * 3,
    }  # fmt: skip


def test_the_rows_of_a_pair_are_those_of_the_tokenizers_library(rng):
    """Where nothing is cut; what is cut, the next test asks."""
    tokenizers = pytest.importorskip("tokenizers")
    vocabulary = {"[UNK]": 0, "[PAD]": 1, "[SEP]": 2, "[CLS]": 3, **{f"w{n}": n + 4 for n in range(20)}}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = tokenizers.processors.BertProcessing(("[SEP]", 2), ("[CLS]", 3))
    for _ in range(50):
        first, second = ([f"w{n}" for n in rng.integers(22, size=rng.integers(1, 9))] for _ in range(2))
        length = len(first) + len(second) + 3 + int(rng.integers(4))
        tokenizer.enable_padding(pad_id=1, pad_token="[PAD]", length=length)
        theirs = tokenizer.encode(" ".join(first), " ".join(second))
        expected = {"input_ids": theirs.ids, "token_type_ids": theirs.type_ids, "attention_mask": theirs.attention_mask}
        assert right_rows(first, second, vocabulary, length) == expected


def test_pairs_are_cut_one_piece_at_a_time(rng):
    """The closed form against the docstring, word by word."""
    vocabulary = {"[UNK]": 0, "[PAD]": 1, "[SEP]": 2, "[CLS]": 3, "a": 4, "b": 5}
    for first, second, length in rng.integers((0, 0, 3), (12, 12, 20), size=(300, 3)).tolist():
        kept = [first, second]
        while sum(kept) + 3 > length:
            kept[0 if kept[0] > kept[1] else 1] -= 1
        ids = right_rows(["a"] * first, ["b"] * second, vocabulary, length)["input_ids"]
        assert [ids.count(4), ids.count(5), len(ids)] == [*kept, length]


def test_the_closed_form_of_the_loss_is_the_librarys(rng):
    logits = torch.from_numpy(rng.normal(size=(3, 5, 7))).requires_grad_()
    labels = torch.from_numpy(rng.integers(7, size=(3, 5)))
    labels[0, 1:] = -100
    theirs = F.cross_entropy(logits.flatten(0, 1), labels.flatten())
    theirs.backward()
    ours, slopes = closed_form(logits.detach(), labels)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-12)
    torch.testing.assert_close(slopes, logits.grad)


def test_the_oracles_of_the_evaluation_by_hand():
    assert mean_then_exp([0.0, math.log(16)], [3, 1]) == pytest.approx(2)
    logits = torch.tensor([[[0.0, 3.0], [2.0, 1.0]], [[1.0, 0.0], [1.0, 0.0]]])
    assert share_of_hits(logits, torch.tensor([[1, 1], [0, -100]])) == pytest.approx(2 / 3)
    assert share_of_hits(logits, torch.full((2, 2), -100)) == 0.0


@pytest.mark.slow
@pytest.mark.parametrize("exercise", [e for e in EXERCISES if e.name in LEFT_TO_CHANCE], ids=lambda e: e.name)
def test_chance_turns_no_reference_away(exercise):
    """Fifty seeds that no proof uses."""
    assert [exercise.judge(exercise.reference, seed=seed).message for seed in range(1000, 1050)] == [""] * 50


def test_the_reference_leaves_torchs_own_generator_alone():
    before = torch.get_rng_state()
    tokens, special = torch.arange(12).reshape(3, 4), torch.zeros(3, 4, dtype=torch.bool)
    reference(NOTEBOOK, "mask_tokens")(tokens, special, 12, 3, generator=torch.Generator().manual_seed(0))
    assert torch.equal(before, torch.get_rng_state())
