"""Every exam, held over the wire, gives the verdict that it gives in one process."""

from functools import partial

import pytest

from autograder.examiner.answers import look_up
from autograder.exams import EXAMS
from autograder.reference import reference, sources_up_to
from autograder.sample.classroom import _source
from autograder.sample.edits import cell_named, variant_text

pytestmark = pytest.mark.slow

FUNCTIONS = {f"{name[:2]} {e.name}": e for name in EXAMS for e in EXAMS[name].EXERCISES if not e.value}


def passed_on(exercise):
    """The names that the graded cell passes to the exam, in order."""
    source = cell_named(_source(exercise.notebook), f"check_{exercise.name}").source
    call = source.partition(f"exam.{exercise.name}(")[2].partition(")")[0]
    return [name.strip() for name in call.split(",")]


def judged(exercise, elsewhere, answer=""):
    """The verdict on the reference, or on another answer put below it, in another process."""
    text = "\n\n\n".join([*sources_up_to(exercise.notebook, exercise.name), answer])
    names = passed_on(exercise)
    right = partial(reference, exercise.notebook)
    found = look_up(elsewhere(text).conversation(seconds=300), names, right)
    several = [found[name] for name in names]
    count = len(exercise.functions) or 1
    whole = dict(zip(exercise.functions, several, strict=False)) if exercise.functions else several[0]
    return exercise.judge(whole, *several[count:])


@pytest.mark.parametrize("exercise", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_reference_passes(exercise, elsewhere):
    verdict = judged(exercise, elsewhere)
    assert verdict.passed, verdict


@pytest.mark.parametrize("exercise", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_misconception_is_recognised(exercise, elsewhere):
    wrong = exercise.wrong_variants[0]
    verdict = judged(exercise, elsewhere, variant_text(exercise, wrong.answer))
    assert (verdict.passed, verdict.misconception) == (False, wrong.name), verdict
