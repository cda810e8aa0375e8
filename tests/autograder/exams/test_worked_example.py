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
    "two tokens that look alike": [[0, 0, 1, 0], [0, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]],
    "sums for products": [[2, 2, 3, 1], [2, 2, 3, 1], [3, 3, 4, 2], [1, 1, 2, 0]],
    "a row ten times too large": [[10, 0, 10, 0], [0, 1, 1, 0], [1, 1, 2, 0], [0, 0, 0, 0]],
}
FREE = {
    "zeros": np.zeros((4, 4)),
    "a constant": np.full((4, 4), 7),
    "a constant for each row": np.repeat([[1], [2], [3], [4]], 4, axis=1),
    "the identity, very large": 1000 * np.eye(4),
    "huge numbers": np.eye(4) * 1e308,
    "huge whole numbers": 2**60 * np.eye(4, dtype=int)[::-1],
    "the smallest numbers": np.arange(16).reshape(4, 4) * 1e-300,
    "one row four times": [[1, 0, 1, 0]] * 4,
    "a single number": np.eye(4)[[0, 1, 1, 1]] * [1, 0, 0, 0],
}
every_free_value = pytest.mark.parametrize("own", FREE.values(), ids=FREE)
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


@every_free_value
def test_scores_from_which_no_arithmetic_follows_make_no_later_points(own):
    """What follows from them is known without a softmax, so the right scores are asked about."""
    assert not exam.scores.usable(own)
    for exercise, divisor in ((exam.weights, 1), (exam.scaled_weights, np.sqrt(2))):
        follows = softmax(np.array(own) / divisor, axis=-1)
        assert not exercise.judge(follows, own).passed
    assert exam.weights.judge(WEIGHTS, own).passed
    assert exam.scaled_weights.judge(SCALED_WEIGHTS, own).passed


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("own", [*FREE.values(), np.eye(4), np.full((4, 4), 0.25), np.eye(4)[::-1]])
def test_weights_from_which_no_average_follows_make_no_later_points(own):
    assert not exam.weights.usable(own)
    assert not exam.output.judge(np.array(own, dtype=float) @ given.embeddings(), own).passed
    assert exam.output.judge(OUTPUT, own).passed


def test_every_misconception_about_scores_can_be_gone_on_from():
    """One error costs once: nearly all misconceptions leave something to work out."""
    refused = {v.name for v in exam.scores.wrong_variants if not exam.scores.usable(v.answer())}
    assert refused == {"features_compared"}
    with np.errstate(invalid="ignore"):
        weights = {v.name: v.answer(given.right_scores()) for v in exam.weights.wrong_variants}
    refused = {name for name, own in weights.items() if not exam.weights.usable(own)}
    assert refused == {"shares_of_scores", "equal_shares"}


def answers_of(exercise, seed):
    return [
        case.expected if case.expected is not ... else exercise.reference(*case.args) for case in exercise.cases(seed)
    ]


@pytest.mark.parametrize("exercise", [exam.is_attention_weights, exam.misprinted_scores, exam.permutation_check])
def test_no_list_of_answers_and_no_constant_passes(exercise):
    """Whoever has another exam's answers, in its order, or one answer for all, passes in less than one of 2^20."""
    lists = [answers_of(exercise, 1000 + seed) for seed in range(20)]
    constant = [[value] * 100 for value in (True, False)]
    for seed in range(20):
        right = answers_of(exercise, seed)
        for known in (*lists, *constant):
            replies = iter(known)
            assert exercise.first_failure(lambda *a, replies=replies, **k: next(replies), seed)
            assert sum(one != other for one, other in zip(right, known, strict=False)) >= 4


@pytest.mark.parametrize("exercise", [exam.is_attention_weights, exam.permutation_check])
def test_no_table_by_shape_passes(exercise):
    """The shape of what comes in does not tell the answer, nor does what else a call names."""
    found = {}
    for seed in range(30):
        for case in exercise.cases(seed):
            sizes = [np.shape(a) for a in case.args]
            found.setdefault((str(sizes), str(sorted(case.kwargs))), set()).add(case.expected)
    assert sum(len(answers) == 2 for answers in found.values()) >= 3


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
    scores = given.own_or(given.right_scores(), own, given.usable_scores)
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
        weights = given.own_or(given.right_weights(), own, given.usable_weights)
        for output in answers(exam.output, exam.output.right_variants, weights):
            assert exam.output.judge(output, own).message == ""
            if exam.weights.usable(own):
                checks.output(output, own)
        checks.scaled_weights(SCALED_WEIGHTS, SCORES, own)
