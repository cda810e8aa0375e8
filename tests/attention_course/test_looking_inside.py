"""Attention maps are the weights that the model used; guesses are its probabilities."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from attention_course import hugging_face, looking_inside
from attention_course.checks.masked_language_model import published
from autograder.exam.reference import reference_namespace

SIZES = {
    "vocab_size": published.VOCABULARY,
    "hidden_size": published.WIDTH,
    "num_hidden_layers": published.LAYERS,
    "num_attention_heads": 2,
    "intermediate_size": published.HIDDEN,
    "max_position_embeddings": published.POSITIONS,
}


@pytest.fixture
def model():
    work = reference_namespace("04_masked_language_model")
    made = work["BertForPreTraining"](work["BertConfig"](**SIZES))
    work["load_bert_weights"](made, published.state_dict())
    return made


def test_maps_are_those_of_an_independent_model(model):
    transformers = pytest.importorskip("transformers")
    theirs = transformers.BertForPreTraining(transformers.BertConfig(**SIZES, attn_implementation="eager")).eval()
    theirs.load_state_dict(published.state_dict(), strict=False)
    maps = looking_inside.attention_maps(model, published.INPUTS)
    with torch.no_grad():
        expected = torch.stack(theirs(**published.INPUTS, output_attentions=True).attentions)
    assert maps.shape == (2, 2, 2, 6, 6)
    real = published.INPUTS["attention_mask"].bool()
    torch.testing.assert_close(maps.movedim(3, 2)[:, real], expected.movedim(3, 2)[:, real], atol=1e-5, rtol=0)


def test_looking_leaves_the_model_as_it_was(model):
    model.train()
    looking_inside.attention_maps(model, published.INPUTS)
    assert model.training
    layers = [module for module in model.modules() if isinstance(module, nn.TransformerEncoderLayer)]
    assert not any(layer._forward_pre_hooks for layer in layers)


def test_every_gap_is_filled(model):
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdef"]
    rows = {"input_ids": [2, 4, 6, 4, 3], "token_type_ids": [0] * 5, "attention_mask": [1] * 5}
    filled = looking_inside.fill_masks(model.train(), rows, {token: n for n, token in enumerate(tokens)}, count=11)
    assert [sorted(token for token, _ in gap) for gap in filled] == [sorted(tokens)] * 2
    assert all(sum(share for _, share in gap) == pytest.approx(1) for gap in filled)
    assert filled == looking_inside.fill_masks(model, rows, {token: n for n, token in enumerate(tokens)}, count=11)


def test_every_verb_has_its_other_form():
    forms = looking_inside.verb_forms()
    assert forms["mends"] == "mend"
    assert all(forms[forms[verb]] == verb for verb in forms)


def test_bert_base_is_skipped_with_a_reason(capsys):
    pytest.importorskip("transformers")
    assert hugging_face.bert_base(download=False) is None
    assert "was skipped" in capsys.readouterr().out


def test_without_a_network_it_gives_up_fast(capsys, monkeypatch):
    pytest.importorskip("transformers")
    monkeypatch.setattr(hugging_face, "_answers", lambda endpoint: False)
    assert hugging_face.bert_base(download=True) is None
    assert "there is no network" in capsys.readouterr().out


def test_a_server_that_is_not_there_does_not_answer():
    assert not hugging_face._answers("http://127.0.0.1:9")


def test_without_the_library_one_line_says_so(capsys, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    assert hugging_face.small_random_model(hidden_size=8) is None
    assert "not installed" in capsys.readouterr().out


def test_a_head_that_is_switched_off_adds_nothing_and_comes_back(model):
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model.eval()
    with torch.no_grad():
        whole, _ = model(**published.INPUTS)
        with looking_inside.without_head(model, 1, 0):
            less, _ = model(**published.INPUTS)
            assert not model.bert.layers[1].self_attn.out_proj.weight[:, : published.WIDTH // 2].any()
            assert model.bert.layers[1].self_attn.out_proj.weight[:, published.WIDTH // 2 :].all()
        again, _ = model(**published.INPUTS)
    assert not torch.allclose(whole, less)
    assert torch.equal(whole, again)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    with pytest.raises(ZeroDivisionError), looking_inside.without_head(model, 0, 1):
        _ = 1 / 0
    assert torch.equal(
        before["bert.layers.0.self_attn.out_proj.weight"], model.bert.layers[0].self_attn.out_proj.weight
    )


def test_the_verb_test_compares_two_forms_at_one_place():
    logits = torch.zeros(3, 2, 4)
    logits[0, 1, 2], logits[1, 0, 3], logits[2, 0, 1] = 1.0, 1.0, 1.0
    test = looking_inside.VerbTest({}, torch.tensor([1, 0, 0]), torch.tensor([2, 2, 1]), torch.tensor([3, 3, 0]))
    assert test.share(logits) == pytest.approx(2 / 3)


def test_the_verb_test_is_taken_now_and_then_and_at_the_end():
    asked, told = [], []
    test = looking_inside.VerbTest({"input_ids": None}, torch.tensor([0]), torch.tensor([1]), torch.tensor([0]))

    def predictions(batch):
        asked.append(batch)
        return torch.tensor([[[0.0, 1.0]]]), None

    watcher = looking_inside.WhileTraining(predictions, test, told.append, every=10)
    for step in range(24):
        watcher(SimpleNamespace(share=step / 23, curve=SimpleNamespace(losses=[0.0] * step)))
    assert watcher.shares == [(0, 1.0), (10, 1.0), (20, 1.0), (23, 1.0)]
    assert (len(asked), len(told)) == (4, 24)
