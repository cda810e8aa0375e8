"""A cell that lacks what a cell above makes says so in one line."""

import pytest

from attention_course.checks import CheckError
from attention_course.training import needs

there = 1


def test_what_is_there_is_enough():
    needs("there", "pytest")


def test_the_first_that_is_missing_is_named():
    with pytest.raises(CheckError, match="`missing_here` is not there yet: a cell above makes it"):
        needs("there", "missing_here", "missing_too")
