"""Mutants differ from their source in one place each, and an exam's holes are the mutants that survive it."""

import ast
import time

import numpy as np
import pytest

from autograder.exam.exercise import Case, Exercise
from autograder.exam.mutants import TimeUpError, examine, mutants, time_limit

SOURCE = '''
def scale(x, axis=-1, safe=True):
    """Scaled by 1."""
    if safe and x.ndim != 2:
        raise ValueError("2 axes, please")
    top = np.max(x, axis=axis, keepdims=True)
    sums = np.sqrt(x[:, 0] - top).sum()
    return x.T @ -sums, np.swapaxes(x, 0, 1)
'''


def test_every_slip_there_is():
    descriptions = {description for description, _ in mutants(SOURCE)}
    assert descriptions >= {
        "scale: x, axis=-1, safe=True -> x, axis=1, safe=True",
        "scale: safe and x.ndim != 2 -> safe or x.ndim != 2",
        "scale: x.ndim != 2 -> x.ndim == 2",
        "scale: x.ndim != 2 -> x.ndim != 3",
        "scale: raise ValueError('2 axes, please') -> (nothing)",
        "scale: np.max(x, axis=axis, keepdims=True) -> np.min(x, axis=axis, keepdims=True)",
        "scale: np.max(x, axis=axis, keepdims=True) -> np.max(x, keepdims=True)",
        "scale: np.max(x, axis=axis, keepdims=True) -> np.max(x, axis=axis)",
        "scale: keepdims=True -> keepdims=False",
        "scale: np.sqrt(x[:, 0] - top) -> x[:, 0] - top",
        "scale: np.sqrt(x[:, 0] - top).sum() -> np.sqrt(x[:, 0] - top).mean()",
        "scale: x[:, 0] -> x",
        "scale: x[:, 0] - top -> x[:, 0] + top",
        "scale: x[:, 0] - top -> top - x[:, 0]",
        "scale: x[:, 0] - top -> top",
        "scale: x.T @ -sums -> x.T * -sums",
        "scale: x.T -> x",
        "scale: -sums -> sums",
        "scale: (x.T @ -sums, np.swapaxes(x, 0, 1)) -> (np.swapaxes(x, 0, 1), x.T @ -sums)",
    }


METHODS = """
class Counter(dict):
    \"""Counts by 1.\"""

    step = 1

    def __init__(self, start=0):
        super().__init__()
        self.start = start

    def up(self, by):
        return torch.maximum(self.start, by)
"""


def test_methods_of_a_class_are_changed_too():
    descriptions = [description for description, _ in mutants(METHODS)]
    assert set(descriptions) >= {
        "Counter.__init__: super().__init__() -> (nothing)",
        "Counter.__init__: self.start = start -> (nothing)",
        "Counter.up: torch.maximum(self.start, by) -> by",
    }
    assert not any("by, self.start" in description for description in descriptions), "maximum is symmetric"
    assert all("Counts by 1." in text and "step = 1" in text for _, text in mutants(METHODS))


def test_each_mutant_is_another_program():
    texts = [text for _, text in mutants(SOURCE)]
    descriptions = [description for description, _ in mutants(SOURCE)]
    plain = ast.unparse(ast.parse(SOURCE))
    assert len(set(texts)) == len(set(descriptions)) == len(texts)
    assert plain not in texts
    for text in texts:
        compile(text, "<mutant>", "exec")
        assert "Scaled by 1." in text


def test_messages_of_errors_and_symmetric_calls_stay():
    for description, text in mutants(SOURCE):
        assert "ValueError('2 axes, please')" in text or "(nothing)" in description
        assert "np.swapaxes(x, 1, 0)" not in text


def mean_of_squares(x):
    return np.sum(x**2) / len(x)


@pytest.fixture
def exercise():
    return Exercise("none", "mean_of_squares", lambda rng: [Case("ones", (np.ones(3),))], reference=mean_of_squares)


def test_a_weak_exam_lets_mutants_live(exercise):
    survives = examine(exercise)
    assert survives["mean_of_squares: x ** 2 -> x ** 3"]
    assert not survives["mean_of_squares: np.sum(x ** 2) / len(x) -> np.sum(x ** 2) * len(x)"]


def test_a_better_case_kills_them(exercise):
    exercise._cases = lambda rng: [Case("numbers", (rng.normal(size=3),))]
    assert not examine(exercise)["mean_of_squares: x ** 2 -> x ** 3"]


def countdown(n):
    steps = 0
    while n > 0:
        n -= 1
        steps += 1
    return steps


def test_a_mutant_that_never_ends_is_caught():
    exercise = Exercise("none", "countdown", lambda rng: [Case("three", (3,))], reference=countdown)
    assert not examine(exercise, seconds=0.2)["countdown: n -= 1 -> (nothing)"]


def test_the_time_limit_ends_what_catches_everything():
    def stubborn():
        while True:
            try:
                time.sleep(1)
            except Exception:
                continue

    with pytest.raises(TimeUpError), time_limit(0.1):
        stubborn()
    with time_limit(0.1):
        pass
    time.sleep(0.15)
