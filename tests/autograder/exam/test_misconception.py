"""Two faults in one answer: the one that shows alone is named, and none that is not there."""

import numpy as np
import pytest

from autograder.exam.exercise import Case, Exercise


def reference(x, mask=None):
    return x * 2 if mask is None else np.where(mask, x * 2, 0)


def cases(rng):
    for _ in range(3):
        yield Case("numbers", (rng.normal(size=5),))
    for _ in range(3):
        yield Case("some numbers left out", (rng.normal(size=5),), {"mask": rng.permutation(5) > 1})
    yield Case("zeros", (np.zeros(4),))


@pytest.fixture
def exercise():
    exercise = Exercise("none", "twice", cases, reference=reference)

    @exercise.wrong("this is the square.")
    def square(x, mask=None):
        return x * x if mask is None else np.where(mask, x * x, 0)

    @exercise.wrong("the mask is left out.")
    def mask_ignored(x, mask=None):
        return x * 2

    @exercise.wrong("the mask is the other way round.")
    def mask_inverted(x, mask=None):
        return x * 2 if mask is None else np.where(mask, 0, x * 2)

    @exercise.wrong("one is added.")
    def one_more(x, mask=None):
        return x * 2 + 1 if mask is None else np.where(mask, x * 2 + 1, 0)

    return exercise


def test_the_fault_that_shows_alone_in_some_cases_is_named(exercise):
    def square_of_all(x, mask=None):  # both: it squares, and forgets the mask
        return x * x

    verdict = exercise.judge(square_of_all)
    assert (verdict.misconception, verdict.concept) == ("square", "numbers")


def test_a_variant_that_fails_where_the_answer_is_right_is_never_named(exercise):
    def right_without_a_mask(x, mask=None):  # squares where there is a mask, which no variant does
        return x * 2 if mask is None else np.where(mask, x * x, 0)

    assert exercise.judge(right_without_a_mask).misconception == ""


def test_one_case_in_common_is_no_misconception(exercise):
    calls = []

    def once(x, mask=None):  # like the square in a single case
        calls.append(0)
        return x * x if len(calls) == 1 else x * 3 + len(calls)

    assert exercise.judge(once).misconception == ""


def test_what_all_variants_give_for_zeros_names_nobody(exercise):
    def nothing_but_zeros(x, mask=None):
        return np.zeros_like(x)

    assert exercise.judge(nothing_but_zeros).misconception == ""


def test_an_answer_that_does_all_that_a_variant_does_is_named_as_before(exercise):
    assert exercise.judge(lambda x, mask=None: 2 * x).misconception == "mask_ignored"


def test_a_result_of_an_earlier_call_is_recognised(exercise):
    kept = []

    def of_the_first_call(x, mask=None):
        kept.append(reference(x, mask))
        return kept[0]

    verdict = exercise.judge(of_the_first_call)
    assert "what an earlier call with other arguments returned" in verdict.message
    assert verdict.misconception == ""


def test_a_result_of_the_last_call_is_noticed(exercise):
    kept = []

    def of_the_last_call(x, mask=None):
        kept.append(reference(x, mask))
        return kept[-2] if len(kept) > 1 else kept[-1]

    assert "left to chance, or remembered?" in exercise.judge(of_the_last_call).message


def test_one_result_that_comes_again_is_not_called_remembered():
    """Whoever passes over the second argument gives the same again where only that one differs."""

    def with_and_without(rng):
        for number in range(4):
            yield Case(f"numbers {number}", (rng.normal(size=5), np.ones(5)))
        x = rng.normal(size=5)
        yield Case("plain", (x, np.ones(5)))
        yield Case("moved", (np.roll(x, 1), np.roll(np.arange(5.0), 1)))

    exercise = Exercise("00_notebook", "several", with_and_without, reference=lambda x, y: np.sort(x) * np.sort(y))
    assert "earlier call" not in exercise.judge(lambda x, y: np.sort(x)).message


def test_whole_numbers_come_again_without_being_remembered():
    """Counts, shapes and rows out of a few: an answer that is always the same has not kept it."""

    def rankings(rng):
        for rising in (1, -1):
            yield Case("a ranking", (np.sort(rng.normal(size=4))[::rising],))

    exercise = Exercise("none", "ranking", rankings, reference=lambda x: np.argsort(x).tolist())
    verdict = exercise.judge(lambda x: [0, 1, 2, 3])
    assert not verdict.passed
    assert "earlier call" not in verdict.message


def test_whoever_passes_over_an_argument_remembers_nothing():
    def with_and_without(rng):
        x = rng.normal(size=5)
        yield Case("numbers", (x,))
        yield Case("some numbers left out", (x,), {"mask": np.array([True, True, False, True, False])})

    exercise = Exercise("none", "twice", with_and_without, reference=reference)
    assert "earlier call" not in exercise.judge(lambda x, mask=None: x * 2).message
