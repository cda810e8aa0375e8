"""After a failed exam the right version takes the place of the answer, unless others can go on from a wrong value."""

import numpy as np
import pytest

from attention_course.answering.shim import stand_in
from autograder.exam.reference import exercise_sources
from autograder.examiner.carry import FUNCTION, VALUE, carried, right_version
from autograder.submission.twins import sealed

SCRATCH, WORKED = "01_attention_from_scratch", "02_worked_example"


def carry(notebook, exercise, namespace):
    """Do in this process what the grader has the examined kernel do."""
    sources, names = right_version(notebook, exercise, dict(namespace))
    stand_in(namespace, sealed(sources), names)


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


def test_a_right_version_does_not_rest_on_what_the_learner_defines():
    namespace = {}
    exec("def softmax(x, axis=-1): return x\ndef attention_scores(query, key): return query", namespace)
    carry(SCRATCH, "attention", namespace)
    output, _ = namespace["attention"](np.zeros((1, 2)), np.zeros((2, 2)), np.array([[1.0], [3.0]]))
    assert output.tolist() == [[2.0]]
    assert namespace["softmax"](7) == 7


def test_what_is_not_examined_yet_is_not_sent_along():
    sources, _ = right_version(SCRATCH, "attention", {})
    later = exercise_sources(SCRATCH)["attention_backward"]
    assert later not in sources
    assert not any("attention_backward" in text for text in sources)


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
