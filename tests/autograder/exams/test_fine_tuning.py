"""The oracles behind the exams of notebook 05, against libraries and against each other."""

import numpy as np
import pytest
import torch
from scipy import stats

from attention_course.tuning import LentBody
from autograder.exam.reference import reference
from autograder.exams.fine_tuning.best_tags import BIO, by_trying_all, drawn, step_by_step
from autograder.exams.fine_tuning.bootstrap_interval import ranked

NOTEBOOK = "05_fine_tuning"


@pytest.fixture
def rng():
    return np.random.default_rng(8)


@pytest.mark.parametrize("kind", ["Sequence", "Token"])
def test_heads_agree_with_hugging_face(kind):
    transformers = pytest.importorskip("transformers")
    sizes = {"vocab_size": 60, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4}
    sizes |= {"intermediate_size": 24, "max_position_embeddings": 12, "hidden_dropout_prob": 0.0}
    from attention_course.real_weights import load_body

    torch.manual_seed(0)
    config = transformers.BertConfig(**sizes, num_labels=3)
    theirs = getattr(transformers, f"BertFor{kind}Classification")(config).eval()
    entries = {name.removeprefix("bert."): tensor for name, tensor in theirs.state_dict().items()}
    if kind == "Token":  # it has no pooler
        entries |= {"pooler.dense.weight": torch.randn(16, 16), "pooler.dense.bias": torch.randn(16)}
    body = LentBody(**sizes)
    load_body(body, entries)
    mine = reference(NOTEBOOK, f"{kind}Classifier" if kind == "Token" else "SequenceClassifier")(body, 3).eval()
    mine.classifier.load_state_dict(theirs.classifier.state_dict())
    mask = (torch.arange(9) < torch.tensor([[9], [4]])).long()
    batch = torch.randint(60, (2, 9)), torch.randint(2, (2, 9)) * mask, mask
    with torch.no_grad():
        expected, got = theirs(batch[0], token_type_ids=batch[1], attention_mask=mask).logits, mine(*batch)
    real = mask == 1 if kind == "Token" else slice(None)
    assert torch.allclose(got[real], expected[real], atol=1e-5)


def test_both_oracles_of_the_best_tags_agree(rng):
    for _ in range(30):
        rows = drawn(rng, 4, BIO, inside=1.5)
        assert by_trying_all(rows, BIO) == step_by_step(rows.tolist(), BIO)


def test_the_accuracy_of_a_rank_is_known(rng):
    """Ten thousand times the third smallest of twenty accuracies."""
    drawn_ones = np.sort(rng.binomial(30, 0.8, size=(10_000, 20)), axis=1)[:, 2] / 30
    mean, deviation = ranked(30, 0.8, 20, 3)
    assert drawn_ones.mean() == pytest.approx(mean, abs=5 * deviation / 100)
    assert drawn_ones.std() == pytest.approx(deviation, rel=0.05)


def test_the_reference_covers_as_often_as_it_says(rng):
    """Of intervals of level 0.9 for an accuracy of 0.7, nine in ten hold it."""
    interval = reference(NOTEBOOK, "bootstrap_interval")
    held = 0
    for _ in range(200):
        low, high = interval(rng.random(150) < 0.7, level=0.9, draws=200, generator=rng)
        held += low <= 0.7 <= high
    assert stats.binom.cdf(held, 200, 0.9) > 1e-4
    assert held < 200
