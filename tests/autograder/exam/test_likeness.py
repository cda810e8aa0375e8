"""How wrong numbers are like the right ones: true of the answer, and nothing of the question."""

import numpy as np
import pytest
import torch

from autograder.exam.compare import FLOAT32, difference
from autograder.exam.exercise import Case, Exercise
from autograder.exam.likeness import likeness, plain_likeness

RIGHT = np.arange(1.0, 10.0).reshape(3, 3) ** 2


@pytest.mark.parametrize(
    ("got", "said"),
    [
        (RIGHT.T, "two axes have changed places"),
        (RIGHT[:, ::-1], "in the wrong places"),
        (RIGHT.reshape(1, 9)[:, ::-1], "in the wrong places"),
        (-RIGHT, "wrong sign"),
        (RIGHT / np.sqrt(3), "same multiple"),
        (RIGHT + 0.5, "off by the same amount"),
        (np.round(RIGHT / 7, 1), ""),
        (np.where(RIGHT > 20, RIGHT, 0), "Some of the numbers are right"),
        (RIGHT[0], "It has 1 axis, and 2 were asked for"),
        (RIGHT[:2], "The length of axis -2 is another"),
        (np.float64(3), "It has no axis"),
        (RIGHT * np.nan, ""),
        (np.zeros((3, 3)), ""),
        ("text", ""),
        (None, ""),
        ([[1, 2], [3]], ""),
    ],
)
def test_what_is_said(got, said):
    found = likeness(got, RIGHT, FLOAT32)
    assert said in found
    assert bool(said) == bool(found)


def test_numbers_where_minus_infinity_was_expected_are_compared_without_a_warning():
    right = np.where(RIGHT > 20, -np.inf, RIGHT)
    assert "Some of the numbers are right" in likeness(np.where(RIGHT > 20, 0, RIGHT), right, FLOAT32)


def test_rounded_numbers_and_tensors():
    right = torch.tensor([0.123456, 1.234567, 2.345678, 9.876543])
    assert "rounded" in likeness(right.round(decimals=2), right, FLOAT32)


@pytest.mark.parametrize("right", [np.ones((2, 2)), np.zeros(5), True, [1, 2], {"a": 1}, "text", None])
def test_where_there_is_little_to_compare_nothing_is_said(right):
    assert likeness(right, right, FLOAT32) == ""


def test_it_stands_behind_the_message():
    exercise = Exercise(
        "none", "same", lambda rng: [Case("a few numbers", (rng.normal(size=6),))], reference=lambda x: x
    )
    assert exercise.judge(lambda x: 3 * x).message == (
        "same: not right yet for a few numbers. The sort and the shape of the answer are right, its values are not. "
        "Every number is the same multiple of what it should be. Is a factor missing, or one too many?"
    )


@pytest.mark.parametrize(
    ("got", "right", "said"),
    [
        (True, False, "It says True where False is right."),
        (np.True_, False, "It says True where False is right."),
        (True, True, ""),
        ({1}, {1, 2}, "Something is missing in it."),
        ({1, 2, 3}, {1, 2}, "Something in it does not belong."),
        ({(0, 1)}, {(1, 0)}, "Something is missing in it and something in it does not belong."),
        (["a"], ["a", "b"], "It has 1 entry, and 2 were asked for."),
        (["a", "c"], ["a", "b"], "Of its 2 entries 1 is right."),
        (["c", "d"], ["a", "b"], ""),
        ({"a"}, ["a"], "It is a set, and a list is asked for."),
        (np.zeros(2), torch.zeros(2), "It is an array, and a tensor is asked for."),
        ([0.0], torch.zeros(1), "It is a list, and a tensor is asked for."),
        (1, True, "It is a whole number, and True or False is asked for."),
        ((["a"], ["b"]), [["a"], ["b", "c"]], "Of its 2 entries 1 is right."),
        (object(), [1], ""),
    ],
)
def test_what_is_said_of_what_is_no_array(got, right, said):
    assert plain_likeness(got, right) == said


SAME_SORTS = {
    "whole number": (1, 2),
    "number": (0.5, 0.25),
    "list": (["a", "b"], ["a", "c"]),
    "tuple": (("a", "b"), ("a", "c")),
    "numbers in a list": ([1.0, 2.0], [1.0, 3.0]),
    "array": (np.array([1.0, 2.0]), np.array([1.0, 3.0])),
    "array without axes": (np.array(0.5), np.array(0.25)),
    "tensor without axes": (torch.tensor(0.5), torch.tensor(0.25)),
    "tensor": (torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0])),
    "text": ("a", "b"),
    "truth": (True, False),
}


@pytest.mark.parametrize("mine", SAME_SORTS)
@pytest.mark.parametrize("asked", SAME_SORTS)
def test_a_sort_that_the_comparison_takes_is_never_named_as_what_is_wrong(mine, asked):
    got, expected = SAME_SORTS[mine][1], SAME_SORTS[asked][0]
    if difference(got, expected) not in ("kind", "shape"):
        assert "asked for" not in plain_likeness(got, expected)
