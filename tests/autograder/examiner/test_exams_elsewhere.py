"""Every exam, held over the wire, gives the verdict that it gives in one process."""

import contextlib
from functools import partial

import nbformat
import pytest

from autograder.exam.outcome import silence
from autograder.exam.reference import reference, source_notebook, sources_up_to
from autograder.examiner.answers import look_up
from autograder.exams import EXAMS
from autograder.sample.edits import cell_named, variant_text

pytestmark = pytest.mark.slow

FUNCTIONS = {f"{name[:2]} {e.name}": e for name in EXAMS for e in EXAMS[name].EXERCISES if not e.value}


def passed_on(exercise):
    """The names that the graded cell passes to the exam, in order."""
    notebook = nbformat.read(source_notebook(exercise.notebook), as_version=4)
    source = cell_named(notebook, f"check_{exercise.name}").source
    call = source.partition(f"exam.{exercise.name}(")[2].partition(")")[0]
    return [name.strip() for name in call.split(",")]


def notebook_text(exercise, answer=""):
    """The cells down to an exercise, and another answer below them."""
    return "\n\n\n".join([*sources_up_to(exercise.notebook, exercise.name), answer])


def judged(exercise, answers):
    """The verdict on what is defined under an exercise's names."""
    several = [answers[name] for name in passed_on(exercise)]
    if not exercise.functions:
        return exercise.judge(*several)
    count = len(exercise.functions)
    return exercise.judge(dict(zip(exercise.functions, several[:count], strict=True)), *several[count:])


def judged_there(exercise, elsewhere, text):
    """The verdict, with a text run in another process."""
    conversation = elsewhere(text).conversation(seconds=300)
    return judged(exercise, look_up(conversation, passed_on(exercise), partial(reference, exercise.notebook)))


def judged_here(exercise, text):
    """The verdict, with a text run in this process."""
    namespace = {"__name__": "__main__"}
    with silence():
        exec(compile(text, "<cell>", "exec"), namespace)
    return judged(exercise, namespace)


def a_variant(exercise):
    """The text of the first wrong variant that can be written into a notebook."""
    for wrong in exercise.wrong_variants:
        with contextlib.suppress(ValueError):  # it rests on what only the grader has
            return variant_text(exercise, wrong.answer)
    pytest.skip("all its wrong variants rest on the grader's own functions")


@pytest.mark.parametrize("exercise", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_reference_passes(exercise, elsewhere):
    verdict = judged_there(exercise, elsewhere, notebook_text(exercise))
    assert verdict.passed, verdict


@pytest.mark.parametrize("exercise", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_misconception_gets_the_same_sentence(exercise, elsewhere):
    text = notebook_text(exercise, a_variant(exercise))
    verdict = judged_there(exercise, elsewhere, text)
    assert not verdict.passed
    assert verdict == judged_here(exercise, text)
