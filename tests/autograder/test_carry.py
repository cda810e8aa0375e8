"""After a failed exam the right version takes the place of the answer, unless others can go on from a wrong value."""

import numpy as np
import pytest

from autograder.carry import FUNCTION, VALUE, carried, carry

SCRATCH, WORKED = "01_attention_from_scratch", "02_worked_example"


def test_a_wrong_function_is_replaced_for_the_functions_that_call_it():
    namespace = {}
    exec("def softmax(x): return x\ndef twice(x): return 2 * softmax(x)", namespace)
    carry(SCRATCH, "softmax", namespace)
    assert namespace["twice"](np.zeros(2)).tolist() == [1, 1]


def test_an_exercise_of_two_functions_brings_both():
    namespace = {}
    carry(SCRATCH, "masks", namespace)
    assert namespace["causal_mask"](1).tolist() == [[True]]
    assert namespace["padding_mask"]([1], 2).tolist() == [[True, False]]


@pytest.mark.parametrize("value", [None, ..., "scores", [[1, 2]], np.full((4, 4), np.nan)])
def test_a_value_nobody_can_go_on_from_is_replaced(value):
    namespace = {"scores": value}
    carry(WORKED, "scores", namespace)
    assert np.shape(namespace["scores"]) == (4, 4)


def test_a_usable_wrong_value_stays():
    wrong = np.eye(4)
    namespace = {"scores": wrong}
    carry(WORKED, "scores", namespace)
    assert namespace["scores"] is wrong


def test_feedback_says_what_becomes_of_later_exercises():
    assert carried(SCRATCH, "softmax") == FUNCTION
    assert carried(WORKED, "scores") == VALUE
    assert carried("09_example", "first") == ""
