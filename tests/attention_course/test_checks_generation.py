"""The visible checks of notebook 07: right answers pass in every style, and a wrong one is told its own cause."""

import re

import pytest
from torch import nn

from attention_course.checks import CheckError
from attention_course.checks import generation as checks
from autograder.exam.reference import reference
from autograder.exams import generation as exams

NOTEBOOK = "07_generation"
BESIDE = {"CausalSelfAttention": ["KeyValueCache"], "DecoderModel": ["KeyValueCache"]}


def answers(exercise, variant=None):
    """What the check is given: the functions of an exercise in order, some replaced, and what it needs besides."""
    names = exercise.functions or (exercise.name,)
    whole = {name: reference(NOTEBOOK, name) for name in names}
    whole |= variant if isinstance(variant, dict) else {exercise.name: variant} if variant else {}
    return [whole[name] for name in names] + [reference(NOTEBOOK, name) for name in BESIDE.get(exercise.name, [])]


def name_of(variant):
    return (next(iter(variant.values())) if isinstance(variant, dict) else variant).__name__


RIGHT = [
    pytest.param(exercise, variant, id=f"{exercise.name}-{name_of(variant)}")
    for exercise in exams.EXERCISES
    for variant in exercise.right_variants
]
WRONG = {(e.name, v.function or e.name, v.name): (e, v) for e in exams.EXERCISES for v in e.wrong_variants}


@pytest.mark.parametrize("exercise", exams.EXERCISES, ids=lambda e: e.name)
def test_the_reference_passes(exercise, capsys):
    getattr(checks, exercise.name)(*answers(exercise))
    assert capsys.readouterr().out.startswith(f"{exercise.name}: the visible checks hold. ")


@pytest.mark.parametrize(("exercise", "variant"), RIGHT)
def test_a_right_variant_passes(exercise, variant):
    getattr(checks, exercise.name)(*answers(exercise, variant))


@pytest.mark.parametrize("exercise", exams.EXERCISES, ids=lambda e: e.name)
def test_a_stub_is_told_that_it_is_one(exercise):
    def stub(*args, **kwargs):
        raise NotImplementedError

    given = answers(exercise)
    given[: max(1, len(exercise.functions))] = [stub] * max(1, len(exercise.functions))
    with pytest.raises(CheckError, match="is still to be written"):
        getattr(checks, exercise.name)(*given)


def complaint(exercise, variant):
    """What the visible check says to a wrong variant, "" if nothing; an error of the variant's own is an answer too."""
    try:
        getattr(checks, exercise.name)(*answers(exercise, variant.answer))
    except Exception as error:
        return str(error) or type(error).__name__
    return ""


@pytest.mark.parametrize("exercise", exams.EXERCISES, ids=lambda e: e.name)
def test_the_checks_catch_most_mistakes(exercise):
    """Where a visible check says nothing, the exam does; but a learner should rarely be surprised."""
    silent = [variant.name for variant in exercise.wrong_variants if not complaint(exercise, variant)]
    assert len(silent) <= 0.1 * len(exercise.wrong_variants), silent
