"""Notebook 03: the oracles agree with PyTorch's modules, chance decides nothing, memory is what it seems."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from attention_course import measure
from attention_course.answering import quiet
from attention_course.probes import torch_answers as using
from attention_course.probes.batched_attention import encoder_block
from attention_course.probes.batched_attention.devices import computer
from autograder.exam.reference import reference
from autograder.exams import batched_attention as exam
from autograder.exams.batched_attention import encoder_block_cases, inputs, multi_head_cases

NOTEBOOK = "03_batched_attention"

every_exercise = pytest.mark.parametrize("exercise", exam.EXERCISES, ids=lambda e: e.name)
every_seed = pytest.mark.parametrize("seed", range(3))


def library_output(sizes, state, x, mask=None, eps=(1e-5, 1e-5)):
    """What PyTorch's own layer makes of batch-first tokens."""
    layer = encoder_block.library(sizes, state, eps, batch_first=True).double()
    if mask is not None:  # for the library True means NOT
        mask = ~mask.expand(len(x), sizes[1], x.shape[1], x.shape[1]).flatten(0, 1)
    with torch.no_grad():
        return layer(x.double(), src_mask=mask)


@pytest.fixture
def rng():
    return np.random.default_rng(3)


# the oracles


@pytest.mark.parametrize("bias", [True, False])
def test_the_oracle_of_multi_head_attention_is_pytorchs_module(rng, bias):
    state, (query, key) = multi_head_cases.library_numbers(rng, 6, bias), (inputs.normal(rng, 2, t, 6) for t in (4, 5))
    weights = *state["in_proj_weight"].chunk(3), state["out_proj.weight"]
    biases = torch.zeros(24) if not bias else torch.cat([state["in_proj_bias"], state["out_proj.bias"]])
    own = {}
    for part, weight, shift in zip(multi_head_cases.PARTS, weights, biases.chunk(4), strict=True):
        own |= {f"{part}.weight": weight, f"{part}.bias": shift}
    mask = inputs.some(rng, 2, 1, 4, 5)
    expected = multi_head_cases.library_output((6, 3), state, query, key, mask=mask, bias=bias)
    assert torch.allclose(multi_head_cases.right(own, 3, query, key, mask=mask).float(), expected, atol=1e-5)


def test_the_oracle_of_the_encoder_block_is_pytorchs_layer(rng):
    sizes, state, x = (6, 3, 10), encoder_block_cases.numbers(rng, 6, 3, 10), inputs.normal(rng, 2, 4, 6)
    for mask in (None, inputs.some(rng, 2, 1, 1, 4)):
        expected = library_output(sizes, state, x, mask, eps=(0.5, 0.1))
        assert torch.allclose(encoder_block_cases.right(state, 3, x, mask, eps=(0.5, 0.1)), expected)


def test_the_oracle_of_attention_gives_zeros_to_an_empty_row(rng):
    query, key, value = inputs.draw(rng)
    mask = torch.ones(4, 5, dtype=torch.bool)
    mask[1] = False
    output = inputs.attend(query, key, value, mask)
    assert not output[..., 1, :].any()
    assert torch.allclose(output[..., 0, :], F.scaled_dot_product_attention(query, key, value)[..., 0, :].double())


# the surroundings of a call


def test_a_computer_with_other_devices_is_only_pretended():
    before = torch.cuda.is_available(), torch.backends.mps.is_available()
    with computer(True, True):
        assert torch.cuda.is_available()
        assert torch.backends.mps.is_available()
    assert before == (torch.cuda.is_available(), torch.backends.mps.is_available())


@every_exercise
def test_an_exam_leaves_the_random_state_alone(exercise):
    if exercise is exam.scaled_dot_product_attention:
        pytest.skip("the function draws its dropout itself; what it draws is given back")
    torch.manual_seed(5)
    before = torch.get_rng_state()
    assert exercise.judge(exercise.reference).passed
    assert torch.equal(torch.get_rng_state(), before)


@every_exercise
def test_a_verdict_does_not_depend_on_the_random_state(exercise):
    random = [v for v in exercise.wrong_variants if "drop" in v.name]
    for variant in random[:3]:
        verdicts = set()
        for seed in (1, 2):
            torch.manual_seed(seed)
            verdicts.add(exercise.judge(variant.answer, seed=0).message)
        assert len(verdicts) == 1


def test_the_memory_that_is_counted_is_the_memory_of_the_profiler():
    query = torch.randn(1, 1, 256, 4)
    naive = reference(NOTEBOOK, "scaled_dot_product_attention")
    memory = using.Memory()
    with torch.no_grad():
        with memory:
            naive(query, query, query)
        profiled = measure.peak_bytes(lambda: naive(query, query, query)) / query.element_size()
    assert memory.largest == 256 * 256
    assert memory.most == pytest.approx(profiled, rel=0.05)


# what right answers may do


class Deaf(nn.Module):
    """A module that takes a hint from nobody: its forward step raises."""

    def __init__(self, *sizes, **options):
        super().__init__()

    def forward(self, *args, **kwargs):
        raise NotImplementedError


@pytest.mark.parametrize("name", ["MultiHeadAttention", "PositionalEncoding", "LayerNorm", "EncoderBlock"])
def test_a_class_of_which_only_the_constructor_is_written_is_refused_with_a_sentence(name):
    message = getattr(exam, name).judge(Deaf).message
    assert message.startswith(f"{name}")
    assert message.endswith((".", "?"))


def test_a_right_block_may_rest_on_other_classes_of_the_learner():
    class Half(reference(NOTEBOOK, "EncoderBlock")):
        """The reference, derived from once more."""

    assert exam.EncoderBlock.judge(Half).message == ""


@every_seed
def test_dropout_as_pytorch_has_it_is_right(seed):
    def attention(query, key, value, mask=None, dropout_p=0.0, training=False):
        right = reference(NOTEBOOK, "scaled_dot_product_attention")
        dropout = nn.Dropout(dropout_p).train(training)
        if not training:
            return right(query, key, value, mask)
        weights = right(query, key, torch.eye(key.shape[-2]).to(value).expand(*key.shape[:2], -1, -1), mask)
        return dropout(weights) @ value

    assert exam.scaled_dot_product_attention.judge(attention, seed=seed).message == ""


@every_seed
def test_the_shares_of_dropout_hold_with_every_seed(seed):
    """Five standard deviations: one right answer in a million fails, and the seed of the draw is fixed at that."""
    generator = torch.Generator().manual_seed(seed)
    weights = (torch.rand(240, 40, generator=generator) >= 0.25) / 0.75 / 40
    output = torch.cat([weights, weights.sum(dim=-1, keepdim=True)], dim=-1)
    assert inputs.signs_of_dropout(output, 0.25) == [True] * 5
    assert inputs.signs_of_dropout(output, 0.3)[:2] == [False, False]


def test_the_library_may_do_the_work_of_chunks():
    def flash(query, key, value, chunk_size):
        wide = torch.promote_types(query.dtype, torch.float32)
        return F.scaled_dot_product_attention(*(x.to(wide) for x in (query, key, value))).to(query.dtype)

    assert exam.chunked_attention.judge(flash).message == ""


# what a learner has set for a cell of the notebook is no business of an exam


def settings():
    one = torch.ones(1, requires_grad=True)
    return [str(torch.ones(1).dtype), (2 * one).requires_grad, one.device.type, torch.is_autocast_enabled("cpu")]


@pytest.mark.parametrize(
    "changed",
    [
        lambda: torch.set_default_dtype(torch.float64),
        lambda: torch.set_grad_enabled(False),
        lambda: torch.set_default_device("meta"),
        lambda: torch.inference_mode().__enter__(),
        lambda: torch.autocast("cpu", torch.bfloat16).__enter__(),
        lambda: torch.use_deterministic_algorithms(True),
    ],
    ids=["float64", "no gradients", "no numbers", "inference", "autocast", "deterministic"],
)
def test_an_answer_is_called_with_the_usual_settings_and_the_learners_stay(changed):
    def of_a_kernel():
        changed()
        before = settings(), torch.are_deterministic_algorithms_enabled()
        inside = quiet.call(lambda: [settings(), torch.are_deterministic_algorithms_enabled()], (), {}).result
        return [inside, before == (settings(), torch.are_deterministic_algorithms_enabled())]

    with ThreadPoolExecutor(1) as pool:  # gradients, inference and autocast are a thread's own
        try:
            inside, stay = pool.submit(of_a_kernel).result()
        finally:
            torch.set_default_dtype(torch.float32)
            torch.set_default_device(None)
            torch.use_deterministic_algorithms(False)
    assert inside == [["torch.float32", True, "cpu", False], False]
    assert stay


def test_a_table_in_the_default_dtype_is_right_whatever_the_learner_has_set():
    torch.set_default_dtype(torch.float64)
    try:
        assert exam.PositionalEncoding.judge(exam.PositionalEncoding.reference).message == ""
    finally:
        torch.set_default_dtype(torch.float32)


def test_numbers_read_back_from_the_device_are_not_an_unwritten_answer():
    right = reference(NOTEBOOK, "combine_masks")

    def reads_back(padding, causal):
        return torch.tensor(right(padding, causal).tolist())

    message = exam.combine_masks.judge(reads_back).message
    assert "still to be written" not in message
    assert message
