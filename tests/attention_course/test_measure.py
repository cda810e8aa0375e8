"""Time and memory of a call: what is counted, and what a GPU would be asked."""

import time
from functools import partial

import pytest
import torch
from torch.nn import functional as F

from attention_course import measure

FLOAT = 4


def test_peak_counts_what_is_there_at_the_same_time():
    def one_after_the_other():
        for _ in range(3):
            torch.ones(250_000)

    def together():
        return [torch.ones(250_000) for _ in range(3)]

    assert measure.peak_bytes(one_after_the_other) == 250_000 * FLOAT
    assert measure.peak_bytes(together) == 3 * 250_000 * FLOAT


def test_peak_counts_neither_inputs_nor_views_nor_work_in_place():
    x = torch.ones(1000, 100)
    assert measure.peak_bytes(lambda: x.T[:10].unsqueeze(0)) == 0
    assert measure.peak_bytes(lambda: x.mul_(x)) == 0


def test_peak_is_not_lowered_by_memory_that_was_there_before():
    kept = [torch.ones(500_000)]

    def replace():
        kept[0] = torch.ones(500_000)

    assert measure.peak_bytes(replace) == 500_000 * FLOAT


def test_peak_of_plain_attention_is_its_weights_twice():
    query = torch.randn(1, 2, 300, 8)

    def attend():
        return torch.softmax(query @ query.transpose(-2, -1), dim=-1) @ query

    assert measure.peak_bytes(attend) == 2 * (2 * 300 * 300) * FLOAT


def test_peak_sees_inside_library_kernels():
    query = torch.randn(1, 2, 512, 16)
    output = query.numel() * FLOAT
    peak = measure.peak_bytes(lambda: F.scaled_dot_product_attention(query, query, query))
    assert output < peak < 2 * 512 * 512 * FLOAT


def test_measuring_writes_nothing(capfd, recwarn):
    measure.peak_bytes(lambda: torch.ones(3))
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


def test_seconds_are_those_of_the_call():
    assert 0.02 <= measure.seconds(partial(time.sleep, 0.02)) < 2


def test_compare_takes_turns_and_takes_medians(monkeypatch):
    turns = []
    clock = iter([0.0, 3.0, 0.0, 10.0, 0.0, 1.0, 0.0, 30.0, 0.0, 2.0, 0.0, 20.0])
    monkeypatch.setattr(measure.time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(measure, "peak_bytes", lambda call, device: 7)
    costs = measure.compare({"a": lambda: turns.append("a"), "b": lambda: turns.append("b")}, repeats=3)
    assert "".join(turns) == "ababab"
    assert costs == {"a": measure.Measurement(2.0, 7), "b": measure.Measurement(20.0, 7)}


def test_compare_keeps_no_gradients():
    weight = torch.ones(3, requires_grad=True)
    seen: list[bool] = []
    measure.compare({"call": lambda: seen.append((weight * 2).requires_grad)}, repeats=1)
    assert seen
    assert not any(seen)


@pytest.mark.parametrize("before", [1, 2, 3])
def test_calls_are_compared_with_one_thread_and_the_number_comes_back(before):
    threads = torch.get_num_threads()
    torch.set_num_threads(before)
    try:
        seen: list[int] = []
        measure.compare({"call": lambda: seen.append(torch.get_num_threads())}, repeats=2)
        assert set(seen) == {1}
        assert torch.get_num_threads() == before
        with pytest.raises(ZeroDivisionError):
            measure.compare({"call": lambda: 1 / 0})
        assert torch.get_num_threads() == before
    finally:
        torch.set_num_threads(threads)


def test_against_length_keeps_the_order_of_lengths():
    methods = {"sum": lambda x: x + x, "square": lambda x: x[:, None] * x}
    costs = measure.against_length(methods, (100, 200), lambda length: (torch.ones(length),), repeats=1)
    assert [cost.peak_bytes for cost in costs["sum"]] == [100 * FLOAT, 200 * FLOAT]
    assert [cost.peak_bytes for cost in costs["square"]] == [100**2 * FLOAT, 200**2 * FLOAT]


def test_a_gpu_is_waited_for_and_asked_for_its_own_peak(monkeypatch):
    asked = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: asked.append("wait"))
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda device: asked.append("reset"))
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 100)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 350)
    assert measure.peak_bytes(lambda: asked.append("call"), "cuda") == 250
    assert asked == ["call", "wait", "reset", "call", "wait"]
    asked.clear()
    measure.seconds(lambda: asked.append("call"), "cuda")
    assert asked == ["wait", "call", "wait"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
def test_peak_on_a_gpu():
    assert measure.peak_bytes(lambda: torch.ones(1 << 20, device="cuda"), "cuda") == FLOAT << 20


@pytest.mark.parametrize("function", [measure.seconds, measure.peak_bytes])
def test_other_devices_are_refused(function):
    with pytest.raises(ValueError, match="not on mps"):
        function(lambda: None, "mps")


@pytest.mark.parametrize(("execution", "timed"), [("", 5), ("autograde", 1)])
def test_times_are_taken_once_while_nbgrader_runs_the_notebook(monkeypatch, execution, timed):
    monkeypatch.setenv("NBGRADER_EXECUTION", execution)
    calls = []
    warming_up_and_memory = 2
    cost = measure.compare({"one": lambda: calls.append(1)}, repeats=5)["one"]
    assert len(calls) == warming_up_and_memory + timed
    assert cost.seconds > 0
