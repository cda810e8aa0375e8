"""What a notebook sets for all of PyTorch changes neither the visible checks nor what an exam sees, and stays set."""

import contextlib

import pytest
import torch

from attention_course.answering import quiet
from attention_course.checks import batched_attention as checks
from attention_course.neutral import neutral
from autograder.exam.reference import reference


@contextlib.contextmanager
def float64():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@contextlib.contextmanager
def bfloat16():
    torch.set_default_dtype(torch.bfloat16)
    yield
    torch.set_default_dtype(torch.float32)


@contextlib.contextmanager
def deterministic():
    torch.use_deterministic_algorithms(True, warn_only=True)
    yield
    torch.use_deterministic_algorithms(False)


SETTINGS = {
    "no gradients": lambda: torch.set_grad_enabled(False),
    "no_grad left open": torch.no_grad,
    "inference_mode left open": torch.inference_mode,
    "float64": float64,
    "bfloat16": bfloat16,
    "meta": lambda: torch.device("meta"),
    "autocast left open": lambda: torch.autocast("cpu", torch.bfloat16),
    "deterministic": deterministic,
}


def facts():
    """What such settings change: the dtype, device and gradients of what is made and of a product."""
    made = torch.ones(2, 2, requires_grad=True)
    product = made @ torch.ones(2, 2)
    return [made.dtype, made.device, product.dtype, product.requires_grad, torch.are_deterministic_algorithms_enabled()]


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_a_setting_is_out_of_force_for_a_call_and_in_force_after_it(setting):
    usual = facts()
    with setting():
        before = facts()
        assert before != usual
        assert quiet.call(lambda: [str(one) for one in facts()], (), {}).result == [str(one) for one in usual]
        assert facts() == before
    assert facts() == usual


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_a_visible_check_holds_under_any_setting(setting):
    answer = reference("03_batched_attention", "LayerNorm")
    with setting():
        checks.LayerNorm(answer)


def test_whoever_puts_something_into_pytorchs_place_is_called_nevertheless(monkeypatch):
    monkeypatch.setattr(torch, "inference_mode", None)
    with neutral():
        assert quiet.call(lambda: 1, (), {}).result == 1
