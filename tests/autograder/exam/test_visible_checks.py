"""What the exam accepts, the visible check accepts: no right answer is turned away before it is examined."""

from importlib import import_module
from inspect import signature

import pytest

from autograder.exam.reference import reference_namespace
from autograder.exams import EXAMS

CASES = [
    pytest.param(package.__name__.rsplit(".", 1)[-1], exercise, number, id=f"{exercise.name}-{number}")
    for package in EXAMS.values()
    for exercise in package.EXERCISES
    for number in range(len(exercise.right_variants))
]


@pytest.mark.parametrize(("checks", "exercise", "number"), CASES)
def test_a_right_variant_passes_the_visible_check(checks, exercise, number, recwarn):
    check = getattr(import_module(f"attention_course.checks.{checks}"), exercise.name)
    variant = exercise.right_variants[number]
    if exercise.functions:
        check(*({**exercise.reference, **variant}[name] for name in exercise.functions))
    else:
        # what else the check asks for: values or classes of earlier exercises
        names = list(signature(check).parameters)[1:]
        earlier = [reference_namespace(exercise.notebook)[name] for name in names]
        if exercise.value:
            case = next(exercise.cases(seed=1, given=exercise.nothing_given))
            variant = variant(*case.args)
        check(variant, *earlier)
    assert not recwarn.list
