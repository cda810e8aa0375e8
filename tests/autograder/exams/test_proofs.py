"""Every exam is proven: right answers pass, wrong ones draw their own hint, mutants of the reference are caught."""

import os

import pytest

from autograder.authoring.build import lessons
from autograder.exam.exercise import Exercise
from autograder.exam.mutants import examine
from autograder.exam.reference import exercise_sources
from autograder.exams import EXAMS

FULL = os.environ.get("ATTENTION_COURSE_PROOF") == "full"
SEEDS = {"right": range(20), "wrong": range(5)} if FULL else {"right": range(4), "wrong": range(2)}
EXERCISES = [exercise for package in EXAMS.values() for exercise in package.EXERCISES]


def function_of(variant):
    """The one function that a variant of an exercise of several replaces."""
    return next(iter(variant.values())) if isinstance(variant, dict) else variant


def parameters(variants_of):
    return [
        pytest.param(exercise, variant, id=f"{exercise.notebook[:2]}-{exercise.name}-{name}")
        for exercise in EXERCISES
        for name, variant in variants_of(exercise)
    ]


every_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: f"{e.notebook[:2]}-{e.name}")
every_right_variant = pytest.mark.parametrize(
    ("exercise", "variant"), parameters(lambda e: [(function_of(v).__name__, v) for v in e.right_variants])
)
every_wrong_variant = pytest.mark.parametrize(
    ("exercise", "variant"), parameters(lambda e: [(v.name, v) for v in e.wrong_variants])
)


def judge(exercise: Exercise, answer, seed: int):
    """The verdict on an answer; of a value exercise, on what the answer makes of the right earlier values."""
    given = exercise.nothing_given
    if exercise.value:
        case = next(exercise.cases(seed, given))
        answer = answer(*case.args, **case.kwargs)
    return exercise.judge(answer, *given, seed=seed)


def passes(exercise: Exercise, answer, seed: int) -> bool:
    """The verdict's better half: whether an answer is right, and no question of why it is not."""
    return exercise.first_failure(answer, seed, exercise.nothing_given) is None


def test_every_lesson_has_its_exams():
    assert [path.stem for path in lessons()] == list(EXAMS)


@pytest.mark.parametrize("notebook", EXAMS)
def test_every_exercise_of_a_lesson_has_its_exam(notebook):
    assert [exercise.name for exercise in EXAMS[notebook].EXERCISES] == list(exercise_sources(notebook))


@every_exercise
def test_the_reference_passes(exercise):
    """How long that takes, benchmarks/exams.py says."""
    assert {judge(exercise, exercise.reference, seed).message for seed in SEEDS["right"]} == {""}


@pytest.mark.slow
@every_right_variant
def test_a_right_variant_passes(exercise, variant):
    assert {judge(exercise, variant, seed).message for seed in SEEDS["right"]} == {""}


@pytest.mark.slow
@every_wrong_variant
def test_a_wrong_variant_draws_its_own_hint(exercise, variant):
    """With every seed by `make proof`; else with one of them, in turn, and it fails with the others as well."""
    explained = SEEDS["wrong"] if FULL else [exercise.wrong_variants.index(variant) % len(SEEDS["wrong"])]
    verdicts = [judge(exercise, variant.answer, seed) for seed in explained]
    assert {(v.passed, v.misconception) for v in verdicts} == {(False, variant.name)}
    assert {v.message for v in verdicts} == {f"{variant.function or exercise.name}: {variant.hint}"}
    others = [seed for seed in SEEDS["wrong"] if seed not in explained]
    assert [seed for seed in others if passes(exercise, variant.answer, seed)] == []


@every_exercise
def test_there_are_independent_right_variants_of_every_function(exercise):
    for function in exercise.functions or ("",):
        of_this = [v for v in exercise.right_variants if not function or function in v]
        assert len(of_this) >= 3
        wrong = [v for v in exercise.wrong_variants if v.function == function]
        assert len({v.name for v in wrong}) == len({v.hint for v in wrong}) == len(wrong) > 0


@every_exercise
def test_hints_ask_a_question(exercise):
    assert [v.name for v in exercise.wrong_variants if not v.hint.endswith("?")] == []


@pytest.mark.slow
@every_exercise
def test_mutants_of_the_reference_are_caught_or_explained(exercise):
    survivors = {description for description, survives in examine(exercise).items() if survives}
    assert survivors == set(exercise.survivors)
    assert all(exercise.survivors.values())


@every_exercise
def test_an_unwritten_answer_is_called_unwritten(exercise):
    def stub(*args, **kwargs):
        raise NotImplementedError

    answer = None if exercise.value else dict.fromkeys(exercise.functions, stub) or stub
    verdict = exercise.judge(answer, *exercise.nothing_given)
    name = exercise.functions[0] if exercise.functions else exercise.name
    assert (verdict.passed, verdict.misconception) == (False, "")
    assert verdict.message == f"{name} is still to be written."


@every_exercise
def test_feedback_cannot_be_made_to_show_an_input(exercise):
    if exercise.value:
        pytest.skip("a value is not called, it sees no input")

    def telling_error(*args, **kwargs):
        raise type(f"{args}{kwargs}", (ValueError,), {})(f"{args}{kwargs}")

    def telling_result(*args, **kwargs):
        print(args, kwargs)
        return f"{args}{kwargs}"

    for function in (telling_error, telling_result):
        answer = dict.fromkeys(exercise.functions, function) or function
        messages = {exercise.judge(answer, seed=seed).message for seed in range(3)}
        assert len(messages) == 1
        message = messages.pop().replace(exercise.name, "")  # which may have a digit in it
        assert not any(character.isdigit() for character in message)
