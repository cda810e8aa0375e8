"""Notebook 02: every number of the worked example, errors carried forward, ties, results in NumPy's own types."""

import numpy as np
import pytest
from scipy.special import softmax

from attention_course.checks import worked_example as checks
from attention_course.data import published_example
from autograder.exam.reference import reference
from autograder.exam.verdict import ExamError
from autograder.exams import worked_example as exam
from autograder.exams.worked_example import given

SCORES = [[1, 0, 1, 0], [0, 1, 1, 0], [1, 1, 2, 0], [0, 0, 0, 0]]
WEIGHTS = [
    [0.3655, 0.1345, 0.3655, 0.1345],
    [0.1345, 0.3655, 0.3655, 0.1345],
    [0.1966, 0.1966, 0.5344, 0.0723],
    [0.25, 0.25, 0.25, 0.25],
]
OUTPUT = [[0.7311, 0.5], [0.5, 0.7311], [0.7311, 0.7311], [0.5, 0.5]]
SCALED_WEIGHTS = [
    [0.3349, 0.1651, 0.3349, 0.1651],
    [0.1651, 0.3349, 0.3349, 0.1651],
    [0.2212, 0.2212, 0.4486, 0.1091],
    [0.25, 0.25, 0.25, 0.25],
]
VALUES = {"scores": SCORES, "weights": WEIGHTS, "output": OUTPUT, "scaled_weights": SCALED_WEIGHTS}

every_value = pytest.mark.parametrize("name", VALUES)


class Raising:
    """A value of a learner's that cannot even be looked at."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError


UNUSABLE = {
    "nothing": None,
    "ellipsis": ...,
    "a word": "four",
    "words": [["1"] * 4] * 4,
    "rows of different lengths": [[1, 2], [3]],
    "too small": np.eye(3),
    "a stack": np.ones((1, 4, 4)),
    "a NaN": np.where(np.eye(4, dtype=bool), np.nan, 1.0),
    "an infinity": np.full((4, 4), np.inf),
    "complex numbers": np.eye(4) * 1j,
    "objects": np.full((4, 4), None),
    "whatever raises": Raising(),
}
every_unusable_value = pytest.mark.parametrize("value", UNUSABLE.values(), ids=UNUSABLE)

SLIPS = {
    "the published scores": published_example().scores,
    "a single slip": np.array(SCORES) + 2 * np.eye(4)[[3]].T @ np.eye(4)[[0]],
    "a list": [[1, 0, 1, 0], [0, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 1]],
    "large numbers": 1000 * np.eye(4),
}
every_slip = pytest.mark.parametrize("own", SLIPS.values(), ids=SLIPS)


@every_value
def test_the_numbers_to_four_decimals_are_right(name):
    assert getattr(exam, name).judge(VALUES[name]).passed
    assert np.allclose(reference(given.NOTEBOOK, name), VALUES[name], rtol=0, atol=5e-5)


@every_value
def test_every_single_number_counts(name):
    right = np.array(VALUES[name], dtype=float)
    for place in np.ndindex(right.shape):
        slip = right.copy()
        slip[place] += 0.001
        assert not getattr(exam, name).judge(slip).passed, place


def test_the_misprinted_versions_are_refused():
    published = published_example()
    assert exam.scores.judge(published.scores).misconception == "published"
    assert exam.weights.judge(published.weights, SCORES).misconception == "published"
    assert not exam.output.judge(published.output, WEIGHTS).passed


@every_slip
def test_weights_from_wrong_scores_are_right(own):
    before = np.array(own)
    for exercise, divisor in ((exam.weights, 1), (exam.scaled_weights, np.sqrt(2))):
        follows = softmax(np.array(own) / divisor, axis=-1)
        assert exercise.judge(follows, own).passed
        assert exercise.judge(np.round(follows, 4).tolist(), own).passed
        assert not exercise.judge(follows.T + 0.01, own).passed
    assert np.array_equal(own, before)


@every_slip
def test_weights_from_the_right_scores_are_right_too(own):
    assert exam.weights.judge(WEIGHTS, own).passed
    assert exam.scaled_weights.judge(SCALED_WEIGHTS, own).passed


def test_a_misconception_is_named_although_the_scores_are_wrong():
    own = published_example().scores
    assert exam.weights.judge(softmax(own), own).misconception == "whole_matrix"
    assert exam.scaled_weights.judge(softmax(own / 2, axis=-1), own).misconception == "depth_without_root"


def test_output_from_wrong_weights_is_right():
    own = np.triu(published_example().weights)
    assert exam.output.judge(own @ given.embeddings(), own).passed
    assert exam.output.judge(OUTPUT, own).passed
    assert exam.output.judge(own.T @ given.embeddings(), own).misconception == "weights_transposed"


@every_unusable_value
def test_the_right_value_takes_the_place_of_an_unusable_one(value):
    assert exam.weights.judge(WEIGHTS, value).passed
    assert exam.scaled_weights.judge(SCALED_WEIGHTS, value).passed
    assert exam.output.judge(OUTPUT, value).passed
    assert not any(getattr(exam, name).usable(value) for name in VALUES)


@every_unusable_value
def test_an_unusable_value_is_refused_with_a_sentence(value):
    for name in VALUES:
        message = getattr(exam, name).judge(value).message
        assert message.startswith(f"{name}: not right yet for ") or message == f"{name} is still to be written."


def test_a_slip_in_the_scores_costs_its_own_points_only():
    own = published_example().scores
    weights = softmax(own, axis=-1)
    verdicts = [
        exam.scores.judge(own),
        exam.weights.judge(weights, own),
        exam.output.judge(weights @ given.embeddings(), weights),
        exam.scaled_weights.judge(softmax(own / np.sqrt(2), axis=-1), own),
    ]
    assert [verdict.passed for verdict in verdicts] == [False, True, True, True]


def test_a_wrong_value_that_can_be_gone_on_from_stays():
    assert exam.scores.usable(SLIPS["a list"])
    assert exam.output.usable(OUTPUT)
    assert not exam.output.usable(WEIGHTS)


def test_a_graded_cell_raises_the_hint():
    with pytest.raises(ExamError, match=r"^weights: all sixteen numbers together sum to 1\."):
        exam.weights(softmax(np.array(SCORES, dtype=float)), SCORES)


@pytest.mark.parametrize("exercise", [exam.nearest_tokens, exam.align], ids=lambda e: e.name)
def test_ties_are_examined_with_every_seed(exercise):
    last = next(v for v in exercise.wrong_variants if v.name == "last_of_equals")
    assert {exercise.judge(last.answer, seed=seed).misconception for seed in range(30)} == {"last_of_equals"}


def test_results_in_numpy_types_are_right():
    def misprinted(published, embeddings):
        return {tuple(place) for place in np.argwhere(np.abs(published - embeddings @ embeddings.T) > 1e-6)}

    def nearest(*args, **kwargs):
        return np.array(reference(given.NOTEBOOK, "nearest_tokens")(*args, **kwargs))

    def aligned(*args):
        return [list(map(np.str_, pair)) for pair in reference(given.NOTEBOOK, "align")(*args)]

    def is_weights(*args, **kwargs):
        return np.bool_(reference(given.NOTEBOOK, "is_attention_weights")(*args, **kwargs))

    assert exam.misprinted_scores.judge(misprinted).message == ""
    assert exam.nearest_tokens.judge(nearest).message == ""
    assert exam.align.judge(aligned).message == ""
    assert exam.is_attention_weights.judge(is_weights).message == ""


@pytest.mark.parametrize("seed", range(10))
def test_answers_that_differ_do_so_by_far(seed):
    """permutation_check: the answer is clear, whatever tolerance a learner compares with."""

    def gap(embeddings, order, positions=0):
        def attend(x):
            return softmax(x @ x.T / np.sqrt(x.shape[1]), axis=-1) @ x

        return np.abs(attend(embeddings[order] + positions) - attend(embeddings + positions)[order]).max()

    for case in exam.permutation_check.cases(seed):
        distance = gap(*case.args, **case.kwargs)
        assert distance < 1e-12 if case.expected else distance > 1e-3


# the visible checks stand in the same graded cells, so that they must agree


def answers(exercise, variants, *values):
    return [variant(*values) for variant in variants] if exercise.value else list(variants)


@pytest.mark.parametrize("exercise", exam.EXERCISES, ids=lambda e: e.name)
def test_right_variants_pass_the_visible_check(exercise):
    more = {"weights": (SCORES,), "output": (WEIGHTS,), "scaled_weights": (SCORES, WEIGHTS)}.get(exercise.name, ())
    values = next(exercise.cases(0, exercise.nothing_given)).args
    for answer in answers(exercise, exercise.right_variants, *values):
        getattr(checks, exercise.name)(answer, *more)


OWN_SCORES = {**SLIPS, **{v.name: v.answer() for v in exam.scores.wrong_variants if exam.scores.usable(v.answer())}}


@pytest.mark.parametrize("own", OWN_SCORES.values(), ids=OWN_SCORES)
def test_right_arithmetic_on_wrong_scores_passes_both(own):
    scores = given.own_or(given.right_scores(), own)
    weights = answers(exam.weights, exam.weights.right_variants, scores)
    scaled = answers(exam.scaled_weights, exam.scaled_weights.right_variants, scores)
    for name, values, more in (("weights", weights, ()), ("scaled_weights", scaled, (softmax(scores, axis=-1),))):
        for value in values:
            assert getattr(exam, name).judge(value, own).message == ""
            getattr(checks, name)(value, own, *more)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_right_arithmetic_on_wrong_weights_passes_both():
    for variant in exam.weights.wrong_variants:
        own = variant.answer(given.right_scores())
        weights = given.own_or(given.right_weights(), own)
        for output in answers(exam.output, exam.output.right_variants, weights):
            assert exam.output.judge(output, own).message == ""
            checks.output(output, own)
        checks.scaled_weights(SCALED_WEIGHTS, SCORES, own)
