"""Every visible check: what the exam accepts it accepts; a stub is named; junk gets a sentence."""

import re
from importlib import import_module
from inspect import isfunction, signature

import numpy as np
import pytest
import torch

from attention_course.checks import CheckError, report
from autograder.exam.reference import exercise_sources, reference_namespace
from autograder.exams import EXAMS

EXERCISES = [exercise for package in EXAMS.values() for exercise in package.EXERCISES]
RIGHT = [
    pytest.param(exercise, number, id=f"{exercise.name}-{number}")
    for exercise in EXERCISES
    for number in range(len(exercise.right_variants))
]
FUNCTIONS = [
    pytest.param(exercise, name, id=f"{exercise.notebook[:2]}-{name}")
    for exercise in EXERCISES
    if not exercise.value
    for name in exercise.functions or (exercise.name,)
]
CLASSES = [
    pytest.param(exercise, name, id=f"{exercise.notebook[:2]}-{name}")
    for exercise in EXERCISES
    for name in re.findall(r"^class (\w+)", exercise_sources(exercise.notebook)[exercise.name], re.MULTILINE)
    if name in (exercise.functions or (exercise.name,))
]
JUNK = [
    None,
    "text",
    3,
    3.5j,
    True,
    [],
    {},
    object(),
    [[1.0], [1.0, 2.0]],
    (None, None),
    ("a",),
    ("a", "b", "c"),
    np.array("x"),
    np.array([[1j]]),
    np.full((2, 3), np.nan),
    np.zeros((4, 4), dtype=object),
    np.ones((2, 2, 2, 2)),
    (np.ones(2), np.ones(2)),
    torch.ones(2, 3),
    torch.full((2, 3), np.nan),
    torch.ones(2, 2, dtype=torch.complex64),
    (torch.ones(1), None),
    torch.zeros(1, 1, 1, 3),
]

every_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: f"{e.notebook[:2]}-{e.name}")
every_function = pytest.mark.parametrize(("exercise", "name"), FUNCTIONS)


def check(exercise, answer=...):
    """Call a visible check as the graded cell does, with an answer, or parts of one, in the place of the right one."""
    package = exercise.notebook.partition("_")[2]
    called = getattr(import_module(f"attention_course.checks.{package}"), exercise.name)
    if exercise.functions:
        answers = exercise.reference | ({} if answer is ... else answer)
        return called(*(answers[name] for name in exercise.functions))
    # what else the check asks for: values or classes of earlier exercises
    earlier = [reference_namespace(exercise.notebook)[name] for name in list(signature(called).parameters)[1:]]
    return called(reference_namespace(exercise.notebook)[exercise.name] if answer is ... else answer, *earlier)


def replaced(exercise, name, answer):
    return {name: answer} if exercise.functions else answer


@every_exercise
def test_the_reference_passes_and_its_points_are_told(exercise, capfd, recwarn):
    report._HOLDING.clear()
    check(exercise)
    points = report.POINTS[exercise.notebook.partition("_")[2]]
    worth = points[exercise.name]
    told = f"{worth} point{'s' * (worth > 1)}; {worth} of {sum(points.values())} so far"
    said, complained = capfd.readouterr()
    assert f"{exercise.name}: the visible checks hold. {told}." in said
    assert complained == "", "stderr would cost the points"
    assert not recwarn.list


@pytest.mark.parametrize(("exercise", "number"), RIGHT)
def test_a_right_variant_passes_the_visible_check(exercise, number, recwarn):
    variant = exercise.right_variants[number]
    if exercise.value:
        case = next(exercise.cases(seed=1, given=exercise.nothing_given))
        variant = variant(*case.args)
    check(exercise, variant)
    assert not recwarn.list


@every_function
def test_junk_gets_a_sentence(exercise, name):
    for junk in JUNK:
        with pytest.raises(CheckError, match=r"^\S.{20,}"):
            check(exercise, replaced(exercise, name, lambda *args, junk=junk, **kwargs: junk))


@every_function
def test_a_stub_is_named(exercise, name):
    def stub(*args, **kwargs):
        raise NotImplementedError()

    stub.__code__ = stub.__code__.replace(co_name=name)
    with pytest.raises(CheckError, match=f"{name} is still to be written"):
        check(exercise, replaced(exercise, name, stub))


@pytest.mark.parametrize(("exercise", "name"), CLASSES)
def test_a_class_half_written_is_named(exercise, name, monkeypatch):
    right = reference_namespace(exercise.notebook)[name]

    def unwritten(*args, **kwargs):
        raise NotImplementedError

    for method in (key for key, value in vars(right).items() if isfunction(value)):
        unwritten.__code__ = unwritten.__code__.replace(co_qualname=f"{name}.{method}")
        half = type(name, (right,), {method: unwritten})
        answer = replaced(exercise, name, half)
        if name not in (exercise.functions or (exercise.name,)):  # a helper: not handed over, but used by what is
            monkeypatch.setitem(reference_namespace(exercise.notebook), name, half)
            answer = ...
        with pytest.raises(CheckError, match=rf"^{name}\.{method} is still to be written"):
            check(exercise, answer)


LIKELY = [
    ("mask_tokens", "torch_seeded_by_a_draw", "torch's own generator was used or seeded"),
    ("mask_tokens", "given_back", "gives back the tensor it was given"),
    ("BertEmbeddings", "places_on_the_cpu", "the positions that are looked up are on cpu"),
    ("BertForPreTraining", "mask_as_segments", "input_ids, token_type_ids and attention_mask in this"),
    ("load_bert_weights", "one_digit", "in a model of 11 layers"),
]


@pytest.mark.parametrize(("name", "mistake", "told"), LIKELY)
def test_a_likely_mistake_is_told(name, mistake, told):
    exercise = next(exercise for exercise in EXERCISES if exercise.name == name)
    answer = next(variant.answer for variant in exercise.wrong_variants if variant.name == mistake)
    with pytest.raises(CheckError, match=told):
        check(exercise, answer)
