"""A variant can stand alone in a learner's cell, and does there what it does in its module."""

import os

import pytest

from autograder.exam.exercise import Exercise
from autograder.exam.reference import reference_namespace
from autograder.exams import EXAMS
from autograder.sample.edits import variant_text

EVERY = 1 if os.environ.get("ATTENTION_COURSE_PROOF") == "full" else 3
"""On every push a third of the variants is tried, of each exercise."""
VARIANTS = [
    pytest.param(exercise, variant, id=f"{exercise.name}-{number}")
    for package in EXAMS.values()
    for exercise in package.EXERCISES
    for number, variant in enumerate([*exercise.right_variants, *(w.answer for w in exercise.wrong_variants)])
    if number % EVERY == 0
]


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "variant"), VARIANTS)
def test_a_variants_text_gets_the_variants_verdict(exercise: Exercise, variant):
    """What that is, exams/test_proofs.py has proven: full points, or the variant's own misconception."""
    namespace = dict(reference_namespace(exercise.notebook))  # the functions of earlier exercises
    if exercise.value:
        pytest.skip("value exercises run in the sample class, where their earlier values are")
    exec(variant_text(exercise, variant), namespace)
    # the other functions are the reference's, which may call this one: they would be found wrong first
    answer = {n: namespace[n] for n in variant} if exercise.functions else namespace[exercise.name]
    verdict, wrong = exercise.judge(answer, seed=11), {id(w.answer): w.name for w in exercise.wrong_variants}
    assert (verdict.passed, verdict.misconception) == (id(variant) not in wrong, wrong.get(id(variant), ""))
