"""Long sequences of notebook 08: what is called exact is exact, and the needle is found where it is kept."""

from functools import partial

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from attention_course.beyond_text import gpu, lent, long
from autograder.exam.reference import reference


@pytest.mark.parametrize("length", [1, 7, 128, 200, 384])
def test_in_chunks_and_the_librarys_are_exact(length):
    given = long.random_sequence(length)
    exact = F.scaled_dot_product_attention(*given, attn_mask=torch.ones(length, length, dtype=torch.bool).tril())
    for attend in (long.full, long.chunked, partial(long.chunked, size=5), long.library):
        assert torch.allclose(attend(*given), exact, atol=1e-5)


def test_random_features_give_the_exponential_on_average():
    query, key = 0.3 * torch.randn(6, 8), 0.3 * torch.randn(5, 8)
    features = long.random_features(200_000, depth=8)
    expected = (query @ key.T / 8**0.5).exp()
    assert torch.allclose(features(query) @ features(key).T, expected, rtol=0.03)


def test_few_random_features_are_worse_than_zeros():
    features = partial(lent.linear_attention, features=long.random_features(64), causal=True)
    (cost,) = long.costs({"64 random features": features}, (512,), repeats=1)["64 random features"]
    assert cost.error > 1.2


def test_costs_know_the_exact_from_the_rest():
    methods = {
        "full": long.full,
        "chunks": long.chunked,
        "window": partial(lent.window_attention, window=16),
        "nothing": lambda q, k, v: torch.zeros_like(v),
    }
    found = long.costs(methods, (256, 512), repeats=1)
    assert [cost.error < 1e-5 for name in methods for cost in found[name]] == [True] * 4 + [False] * 4
    assert [cost.error for cost in found["nothing"]] == pytest.approx([1, 1])
    assert found["full"][1].bytes > 3 * found["full"][0].bytes
    assert found["chunks"][1].bytes < found["full"][1].bytes / 4
    assert all(cost.seconds > 0 for row in found.values() for cost in row)


def test_an_exponent_is_the_power():
    lengths = (100, 200, 400)
    assert long.exponent(lengths, [3e-9 * n**2.5 for n in lengths]) == pytest.approx(2.5)


def test_what_is_held_grows_with_the_length_for_full_attention_alone():
    short, far = long.held(1000, 128), long.held(4000, 128)
    assert far["full"] == 4 * short["full"] == 2 * 4000 * 32
    assert far["window 128"] == short["window 128"] == 2 * 128 * 32
    assert far["linear"] == short["linear"] == 32 * 32 + 32


def exact(keys, values, questions):
    return torch.softmax(30 * questions @ keys.T, dim=-1) @ values


def test_the_needle_is_found_by_exact_attention_and_by_chance_without():
    assert long.found(exact, 256) == 1
    guess = long.found(lambda keys, values, questions: torch.randn(len(questions), 32), 64, trials=1000)
    assert guess < 0.06


def test_a_window_finds_what_lies_in_it():
    def last_half(keys, values, questions):
        return exact(keys[-32:], values[-32:], questions)

    share = long.found(last_half, 64, trials=400)
    assert abs(share - 0.5) < 5 * np.sqrt(0.25 / 400)


def test_a_state_fills_up():
    few, many = (long.found(long.outer_products, pairs) for pairs in (16, 256))
    assert few > 0.95
    assert many < 0.5
    linear = reference("08_beyond_text", "linear_attention")
    blind = long.found(lambda k, v, q: linear(q, k, v, lambda x: F.elu(3 * x) + 1), 64)
    assert blind < 0.2


def test_three_times_the_numbers_let_linear_attention_find_more():
    linear = reference("08_beyond_text", "linear_attention")
    once, thrice = (
        long.found(lambda k, v, q, a=a: linear(q, k, v, lambda x: F.elu(a * x) + 1), 4, trials=400) for a in (1, 3)
    )
    assert thrice > once + 0.1


def test_the_delta_rule_takes_out_what_was_said_for_a_key():
    key = F.normalize(torch.ones(1, 32), dim=-1)
    values = torch.eye(32)[:2]
    state = long.delta_rule(key.repeat(2, 1), values, key)
    assert torch.allclose(state, values[1:], atol=1e-6)
    assert torch.allclose(long.outer_products(key.repeat(2, 1), values, key), values.sum(dim=0)[None], atol=1e-6)


def test_without_a_gpu_the_command_is_left(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    gpu.compare_on_gpu()
    assert "python -m attention_course.beyond_text.gpu" in capsys.readouterr().out


def test_the_gpus_report_runs_where_it_is_told_to(capsys):
    gpu.report("cpu", (64, 128))
    said = capsys.readouterr().out
    assert said.count("64 places") == 2
    assert said.count("time grows like t^") == 2


def test_both_of_the_gpus_methods_are_the_same_function():
    given = [torch.randn(1, 2, 70, 16) for _ in range(3)]
    one, other = (method(*given) for method in gpu.METHODS.values())
    assert torch.allclose(one, other, atol=1e-5)
