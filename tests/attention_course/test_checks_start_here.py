"""The visible check of notebook 00."""

import numpy as np
import pytest

from attention_course.checks import CheckError, start_here


@pytest.mark.parametrize("answer", [lambda x: 2 * x, lambda x: x + x, lambda x: np.multiply(x, 2)])
def test_right_answers_pass(answer, capsys):
    start_here.double(answer)
    assert capsys.readouterr().out.startswith("double: the visible checks hold.")


def in_place(x):
    x *= 2
    return x


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda x: x**2, "the square of 21"),
        (lambda x: x + 2, "yours is 23"),
        (lambda x: None, "returned None"),
        (lambda x: "42", "array of numbers"),
        (lambda x: [x, x], "should be one number"),
        (lambda x: 42, "array of 3 numbers"),
        (in_place, "has changed"),
    ],
)
def test_mistake_gets_its_sentence(answer, sentence):
    with pytest.raises(CheckError, match=sentence):
        start_here.double(answer)
