"""Notebook 04: the oracle agrees with transformers, chance decides nothing, the first stage that differs is named."""

import numpy as np
import pytest
import torch
from torch import nn

from attention_course.checks import CheckError
from attention_course.checks import masked_language_model as checks
from attention_course.probes import modules as using
from attention_course.probes.masked_language_model.training_steps import MODULES
from autograder.exam.reference import reference
from autograder.exams import masked_language_model as exam
from autograder.exams.masked_language_model import heads, oracle
from autograder.exams.masked_language_model.loading import Loader, in_small_steps
from autograder.exams.masked_language_model.step_cases import GROUPS

NOTEBOOK = "04_masked_language_model"
MODELS = [exam.BertEmbeddings, exam.BertForPreTraining, exam.train_step, exam.load_bert_weights]
every_exercise = pytest.mark.parametrize("exercise", MODELS, ids=lambda e: e.name)


@pytest.fixture
def rng():
    return np.random.default_rng(3)


# the oracle


@pytest.mark.parametrize("changes", [{}, {"num_hidden_layers": 3, "num_attention_heads": 3, "type_vocab_size": 4}])
def test_the_oracle_is_the_model_of_transformers(rng, changes):
    transformers = pytest.importorskip("transformers")
    sizes = oracle.SIZES | changes
    entries, batch = oracle.published(rng, sizes), oracle.batch(rng, sizes, [7, 4, 1], 7)
    config = transformers.BertConfig(**sizes, attention_probs_dropout_prob=0.0)
    theirs = transformers.BertForPreTraining(config)
    assert theirs.state_dict().keys() == entries.keys()
    theirs.load_state_dict(entries)
    theirs.double().eval()
    with torch.no_grad():
        output = theirs(**dict(zip(("input_ids", "token_type_ids", "attention_mask"), batch, strict=True)))
    found, real = oracle.stages(entries, sizes, *batch), batch[2] == 1
    assert torch.allclose(found["prediction"][real], output.prediction_logits[real], atol=1e-6)
    assert torch.allclose(found["next_sentence"], output.seq_relationship_logits, atol=1e-6)


def test_the_oracle_names_each_parameter_of_the_reference(rng):
    numbers = oracle.whole_model(oracle.published(rng, oracle.SIZES), oracle.SIZES)
    model = using.made(reference(NOTEBOOK, "BertForPreTraining"), oracle.SIZES)
    assert {name: p.shape for name, p in model.named_parameters()} == {name: t.shape for name, t in numbers.items()}


def test_a_batch_has_cls_first_and_padding_last(rng):
    ids, segments, mask = oracle.batch(rng, oracle.SIZES, [5, 1], 6)
    assert mask.tolist() == [[1, 1, 1, 1, 1, 0], [1, 0, 0, 0, 0, 0]]
    assert (ids == 0)[mask == 1].tolist() == [False] * 4 + [True] + [False]  # token 0 stands in the text too
    assert (ids != 0)[mask == 0].all()  # and others at padding
    assert segments.tolist() == [[0, 0, 0, 1, 1, 0], [0] * 6]


def test_each_module_of_the_probes_has_its_groups():
    assert GROUPS.keys() == MODULES.keys()
    for name, (decayed, others) in GROUPS.items():
        assert sorted([*decayed, *others]) == sorted(dict(MODULES[name]().named_parameters()))


# the surroundings of a call


@every_exercise
def test_an_exam_leaves_the_random_state_alone(exercise):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    given = exercise.nothing_given
    assert exercise.judge(exercise.reference, *given).passed
    assert torch.equal(torch.get_rng_state(), before)


def test_a_module_that_mixes_devices_is_found_without_a_gpu():
    class Mixed(nn.Embedding):
        def forward(self, ids):
            return super().forward(torch.arange(ids.shape[1]))

    ids = torch.zeros(2, 3, dtype=torch.int64)
    assert using.elsewhere(nn.Embedding, (5, 4), ids)["device"] == "meta"
    with pytest.raises(RuntimeError, match="different devices"):
        using.elsewhere(Mixed, (5, 4), ids)


# answers in company


BODIES = [v["BertModel"] for v in exam.BertForPreTraining.right_variants if "BertModel" in v]
WHOLE = [v["BertForPreTraining"] for v in exam.BertForPreTraining.right_variants if "BertForPreTraining" in v]


@pytest.mark.parametrize("body", BODIES, ids=lambda kind: kind.__name__)
def test_every_right_body_stands_inside_of_right_heads(body, monkeypatch):
    monkeypatch.setattr(heads, "BertModel", body)
    for whole in WHOLE:
        answer = {"BertModel": body, "BertForPreTraining": whole}
        assert exam.BertForPreTraining.judge(answer).message == ""
        assert exam.load_bert_weights.judge(in_small_steps, whole).message == ""
        checks.BertForPreTraining(body, whole)
        checks.load_bert_weights(in_small_steps, whole)


# loading


STAGES = [
    ("bert.embeddings.LayerNorm", "the embeddings"),
    ("bert.encoder.layer.0.output.LayerNorm", "the first block"),
    ("bert.encoder.layer.1.attention.self.value", "the second block"),
    ("bert.pooler.dense", "the pooler"),
    ("cls.predictions.transform.dense", "the head for hidden tokens"),
    ("cls.seq_relationship", "the logits"),
]


@pytest.mark.parametrize(("entry", "named"), STAGES)
def test_the_first_stage_that_differs_is_named(entry, named):
    def slip(model, state_dict):
        """One bias is off by a little: no misconception of ours."""
        changed = {name: t + 0.1 if name == f"{entry}.bias" else t for name, t in state_dict.items()}
        Loader(model, changed).load()

    verdict = exam.load_bert_weights.judge(slip, None)
    assert verdict.misconception == ""
    assert verdict.concept.startswith(named)


def test_the_visible_check_names_the_first_stage_too():
    def slip(model, state_dict):
        def other(name):
            return name.replace("value", "query") if "layer.1" in name and "value" in name else name

        def exchanged(name):
            return name.replace("query", "value") if "layer.1" in name and "query" in name else other(name)

        Loader(model, {name: state_dict[exchanged(name)] for name in state_dict}).load()

    with pytest.raises(CheckError, match=r"the first place where the numbers part from Hugging Face's is `layers\.1`"):
        checks.load_bert_weights(slip, reference(NOTEBOOK, "BertForPreTraining"))


def test_a_loader_is_tried_on_the_learners_own_model():
    own = reference(NOTEBOOK, "BertForPreTraining")

    class WithADecoder(own):
        """Its state dict has the table under a second name, which a strict loader fills as well."""

        def __init__(self, config):
            super().__init__(config)
            self.decoder = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
            self.decoder.weight = self.bert.embeddings.word.weight

    def strict(model, state_dict):
        reference(NOTEBOOK, "load_bert_weights")(model, state_dict)
        entries = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        entries["decoder.weight"] = state_dict["bert.embeddings.word_embeddings.weight"]
        model.load_state_dict(entries, strict=True)

    assert exam.load_bert_weights.judge(strict, WithADecoder).passed
    assert not exam.load_bert_weights.judge(strict, own).passed
