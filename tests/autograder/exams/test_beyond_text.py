"""What the exams of notebook 08 hold for right, against libraries; and what long attention really takes of memory."""

import time

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from attention_course.probes import long_sequences as probe
from autograder.exam.reference import reference
from autograder.exams import beyond_text as exams
from autograder.exams.beyond_text import layers, long_memory, next_item
from autograder.exams.beyond_text import vision_transformer as vision
from autograder.exams.beyond_text.linear_attention import drawn as linear_inputs
from autograder.exams.beyond_text.linear_attention import right as linear_right
from autograder.exams.beyond_text.window_attention import drawn as window_inputs
from autograder.exams.beyond_text.window_attention import refuse
from autograder.exams.beyond_text.window_attention import right as window_right
from autograder.exams.sequence_to_sequence.inputs import normal

NOTEBOOK = "08_beyond_text"
SEEDS = range(4)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_oracle_of_the_layers_is_the_librarys(seed):
    rng = np.random.default_rng(seed)
    state, x = layers.numbers(rng, layers.shapes(6, 2)), normal(rng, 2, 5, 6).double()
    model = nn.ModuleDict({"layers": layers.library_layers(6, 3, 2)})
    model.load_state_dict(state)
    closed = torch.ones(5, 5, dtype=torch.bool).triu(1)
    with torch.no_grad():
        theirs = x
        for layer in model.double()["layers"]:
            theirs = layer(theirs, src_mask=closed)
    mine = layers.stack({name: tensor.double() for name, tensor in state.items()}, 3, 2, x, ~closed)
    assert torch.allclose(mine, theirs, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_oracle_of_the_vision_transformer_is_the_reference(seed):
    rng = np.random.default_rng(seed)
    state, images = layers.numbers(rng, vision.shapes(*vision.DEEP)), normal(rng, 2, 2, 4, 4)
    model = reference(NOTEBOOK, "VisionTransformer")(*vision.DEEP).double().eval()
    model.load_state_dict(state)
    with torch.no_grad():
        assert torch.allclose(model(images.double()), vision.right(vision.DEEP, images, state), atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_oracle_of_window_attention_is_a_band(seed):
    inputs = [x.double() for x in window_inputs(np.random.default_rng(seed), 2, 3, t=9)]
    behind = torch.arange(9)[:, None] - torch.arange(9)
    for window in (1, 2, 5, 9, 20):
        theirs = F.scaled_dot_product_attention(*inputs, attn_mask=(behind >= 0) & (behind < window))
        assert torch.allclose(window_right(*inputs, window), theirs, atol=1e-9)


@pytest.mark.parametrize("kind", probe.FEATURES)
@pytest.mark.parametrize("causal", [False, True])
def test_the_oracle_of_linear_attention_is_that_of_all_pairs(kind, causal):
    query, key, value = (x.double() for x in linear_inputs(np.random.default_rng(0), 2, 3, t=7))
    weights = probe.FEATURES[kind](query) @ probe.FEATURES[kind](key).mT
    weights = weights.tril() if causal else weights
    theirs = weights @ value / weights.sum(dim=-1, keepdim=True)
    assert torch.allclose(linear_right(query, key, value, kind=kind, causal=causal), theirs, atol=1e-9)


def test_features_are_above_zero_so_that_denominators_are():
    x = 5 * torch.randn(200, 4, generator=torch.Generator().manual_seed(0))
    assert all((features(x) > 0).all() for features in probe.FEATURES.values())
    assert {features(x).shape[-1] for features in probe.FEATURES.values()} == {1, 3, 4, 8}


def test_a_history_that_is_all_padding_has_no_scores_to_compare():
    ids = torch.tensor([[0, 0], [0, 3]])
    state = layers.numbers(np.random.default_rng(0), next_item.shapes(*next_item.SIZES))
    scores = next_item.right(next_item.SIZES, ids, state)
    assert scores[ids != 0].shape == (1, 9)
    found = next_item.at_real_places(ids, torch.where(torch.isinf(scores), scores, torch.nan))
    assert found[1] is False


# what long attention takes


@pytest.mark.parametrize("block", [16, 128, 1024])
def test_blocks_of_any_size_are_in_proportion(block):
    def blocks(query, key, value, window):
        found = []
        for start in range(0, query.shape[-2], block):
            first, parts = max(0, start - window + 1), slice(start, start + block)
            keys = key[..., first : start + block, :]
            i = torch.arange(start, start + query[..., parts, :].shape[-2])[:, None]
            j = torch.arange(first, first + keys.shape[-2])
            scores = query[..., parts, :] @ keys.mT / query.shape[-1] ** 0.5
            weights = scores.masked_fill((j > i) | (j <= i - window), -torch.inf).softmax(-1)
            found.append(weights @ value[..., first : start + block, :])
        return torch.cat(found, -2)

    sizes = [window_inputs(np.random.default_rng(0), 1, t=t, d=2, v=2) for t in long_memory.LENGTHS]
    assert long_memory.in_proportion(probe.memories(blocks, *sizes, steep=long_memory.STEEP, more=(4,)))


def test_blocks_of_queries_that_meet_all_keys_are_not_in_proportion():
    def blocks(query, key, value, window):
        refuse(window)
        behind, found = torch.arange(query.shape[-2])[:, None] - torch.arange(query.shape[-2]), []
        for rows, opened in zip(query.split(64, -2), ((behind >= 0) & (behind < window)).split(64), strict=True):
            scores = (rows @ key.mT / query.shape[-1] ** 0.5).masked_fill(~opened, -torch.inf)
            found.append(scores.softmax(-1) @ value)
        return torch.cat(found, -2)

    verdict = exams.window_attention.judge(blocks)
    assert verdict.misconception == "all_pairs"


@pytest.mark.parametrize("held", [0, 100 * 2**20, 600 * 2**20])
@pytest.mark.parametrize("exercise", [exams.window_attention, exams.linear_attention], ids=lambda e: e.name)
def test_the_far_case_outgrows_what_was_held(exercise, held):
    for case in (case for case in exercise.cases(0) if case.memory):
        large = case.enlarged(held)
        t = large.args[0].shape[-2]
        assert 4 * t * t > large.memory + held
        assert large.enlarged(held) is None


def test_the_contract_has_20_points():
    from autograder.sample.classroom import Classwork

    points = Classwork(NOTEBOOK).points()
    assert list(points) == [exercise.name for exercise in exams.EXERCISES]
    assert sum(points.values()) == 20


def test_all_exams_together_are_quick():
    for exercise in exams.EXERCISES:
        exercise.judge(exercise.reference, seed=0)
    before = time.process_time()
    assert all(exercise.judge(exercise.reference, seed=1).passed for exercise in exams.EXERCISES)
    assert time.process_time() - before < 1.5
