"""What the exam accepts, the visible check accepts: no right answer is turned away before it is examined."""

from importlib import import_module
from inspect import signature

import pytest

from attention_course.checks import CheckError
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


LIKELY = [
    ("mask_tokens", "torch_seeded_by_a_draw", "torch's own generator was used or seeded"),
    ("mask_tokens", "given_back", "gives back the tensor it was given"),
    ("BertEmbeddings", "places_on_the_cpu", "the positions that are looked up are on cpu"),
    ("BertForPreTraining", "mask_as_segments", "input_ids, token_type_ids and attention_mask in this"),
    ("load_bert_weights", "one_digit", "in a model of 11 layers"),
]


@pytest.mark.parametrize(("name", "mistake", "told"), LIKELY)
def test_a_likely_mistake_is_told(name, mistake, told):
    package = next(package for package in EXAMS.values() if name in {e.name for e in package.EXERCISES})
    exercise = next(exercise for exercise in package.EXERCISES if exercise.name == name)
    answer = next(variant.answer for variant in exercise.wrong_variants if variant.name == mistake)
    check = getattr(import_module(f"attention_course.checks.{package.__name__.rsplit('.', 1)[-1]}"), name)
    if exercise.functions:
        given = [{**exercise.reference, **answer}[function] for function in exercise.functions]
    else:
        earlier = list(signature(check).parameters)[1:]
        given = [answer, *(reference_namespace(exercise.notebook)[function] for function in earlier)]
    with pytest.raises(CheckError, match=told):
        check(*given)
