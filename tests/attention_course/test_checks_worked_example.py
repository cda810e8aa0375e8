"""The visible checks of notebook 02: right answers in any style pass, wrong ones get a sentence that helps."""

import re

import numpy as np
import pytest
from scipy.special import softmax

from attention_course.checks import CheckError
from attention_course.checks import worked_example as checks
from autograder.exam.reference import reference

NOTEBOOK = "02_worked_example"
FUNCTIONS = [
    "row_entropy",
    "is_attention_weights",
    "misprinted_scores",
    "nearest_tokens",
    "permutation_check",
    "align",
]
SCORES = [[1, 0, 1, 0], [0, 1, 1, 0], [1, 1, 2, 0], [0, 0, 0, 0]]
WEIGHTS = [
    [0.3655, 0.1345, 0.3655, 0.1345],
    [0.1345, 0.3655, 0.3655, 0.1345],
    [0.1966, 0.1966, 0.5344, 0.0723],
    [0.25, 0.25, 0.25, 0.25],
]
OUTPUT = [[0.7311, 0.5], [0.5, 0.7311], [0.7311, 0.7311], [0.5, 0.5]]
SCALED = [
    [0.3349, 0.1651, 0.3349, 0.1651],
    [0.1651, 0.3349, 0.3349, 0.1651],
    [0.2212, 0.2212, 0.4486, 0.1091],
    [0.25, 0.25, 0.25, 0.25],
]
PUBLISHED = [[2, 0, 1, 0], [0, 2, 1, 0], [1, 1, 2, 1], [0, 0, 1, 0]]
JUNK = [
    None,
    "text",
    3.0,
    [],
    [[1, 2], [3]],
    {"a": 1},
    object(),
    np.full((4, 4), np.nan),
    np.zeros((4, 4), dtype=object),
]


def complaint(check, *answers) -> str:
    with pytest.raises(CheckError) as caught:
        check(*answers)
    return str(caught.value)


@pytest.mark.parametrize("style", [list, np.array, lambda rows: np.array(rows, dtype=np.float32)])
def test_typed_values_pass_in_any_style(style):
    checks.scores(style(SCORES))
    checks.weights(style(WEIGHTS), style(SCORES))
    checks.output(style(OUTPUT), style(WEIGHTS))
    checks.scaled_weights(style(SCALED), style(SCORES), style(WEIGHTS))


def test_a_list_passes_with_a_remark(capsys):
    checks.scores(SCORES)
    assert "np.array" in capsys.readouterr().out
    checks.scores(np.array(SCORES))
    assert "np.array" not in capsys.readouterr().out


def test_computed_values_pass():
    scores, weights, output, scaled = (
        reference(NOTEBOOK, n) for n in ("scores", "weights", "output", "scaled_weights")
    )
    checks.scores(scores)
    checks.weights(weights, scores)
    checks.output(output, weights)
    checks.scaled_weights(scaled, scores, weights)


def test_right_arithmetic_on_wrong_scores_passes():
    softmax = reference(NOTEBOOK, "softmax")
    scores = np.array(PUBLISHED)
    weights = softmax(scores)
    checks.weights(weights, scores)
    checks.output(weights @ reference(NOTEBOOK, "embeddings"), weights)
    checks.scaled_weights(softmax(scores / np.sqrt(2)), scores, weights)


def test_values_pass_beside_an_unusable_earlier_one():
    checks.weights(WEIGHTS, None)
    checks.output(OUTPUT, "nothing yet")
    checks.scaled_weights(SCALED, None, None)


@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: type(junk).__name__)
def test_junk_values_get_a_sentence(junk):
    assert complaint(checks.scores, junk).startswith("scores ")
    assert complaint(checks.weights, junk, SCORES).startswith("weights ")
    assert complaint(checks.output, junk, WEIGHTS).startswith("output ")
    assert complaint(checks.scaled_weights, junk, SCORES, WEIGHTS).startswith("scaled_weights ")


@pytest.mark.parametrize(
    ("scores", "word"),
    [
        (PUBLISHED, "squared length"),
        (np.array(SCORES) / np.sqrt(2), "0·1 + 1·1 = 1"),
        ([[1, 0, 1, 0], [0, 1, 1, 0], [1, 2, 2, 0], [0, 0, 0, 0]], "which comes first"),
        ([[1, 0, 1, 0], [0, 1, 1, 0], [1, 1, 2, 1], [0, 0, 1, 0]], "苹果"),
        (
            [[1, 0, 1, 0], [0, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]],
            "This is 吃 (eat) = (1, 1), but your scores[2, 2] is 1",
        ),
        ([[1, 0], [0, 1]], "shape"),
    ],
)
def test_wrong_scores(scores, word):
    assert word in complaint(checks.scores, scores)


@pytest.mark.parametrize(
    ("weights", "word"),
    [
        (np.array(SCORES) / 2, "above 0"),
        (np.array(WEIGHTS) * 0.9, "sum to 1"),
        (np.exp(SCORES) / np.exp(SCORES).sum(axis=0), "Your columns sum to 1"),
        (np.full((4, 4), 0.25), "scores[0, 2] = 1 and scores[0, 1] = 0 differ by 1"),
        (np.round(WEIGHTS, 2), "Rounded too much? Give 4 decimals."),
        (np.round(WEIGHTS, 3), "Rounded too much? Give 4 decimals."),
        (np.round(WEIGHTS, 1), "Rounded too much? Give 4 decimals."),
        ([[0.4, 0.1, 0.3, 0.2], *WEIGHTS[1:]], "equal"),
        ([[0.1345, 0.3655, 0.1345, 0.3655], *WEIGHTS[1:]], "larger"),
        (SCALED, "ratio of e"),
        (np.exp2(SCORES) / np.exp2(SCORES).sum(axis=1, keepdims=True), "ratio of e"),
    ],
)
def test_wrong_weights(weights, word):
    assert word in complaint(checks.weights, weights, SCORES)


@pytest.mark.parametrize(
    ("scaled", "word"),
    [
        (WEIGHTS, "the same as weights"),
        (np.array(WEIGHTS) / np.sqrt(2), "sum to 1"),
        (reference(NOTEBOOK, "softmax")(np.array(SCORES) * 1.4142), "sharper"),
        (reference(NOTEBOOK, "softmax")(np.array(SCORES) / 2), "2.028"),
    ],
)
def test_wrong_scaled_weights(scaled, word):
    assert word in complaint(checks.scaled_weights, scaled, SCORES, WEIGHTS)


@pytest.mark.parametrize(
    ("output", "word"),
    [
        (np.array(OUTPUT) * 4, "between 0 and 1"),
        (np.array(OUTPUT) * [1, 0.9], "the middle"),
        (np.array(OUTPUT)[[1, 0, 2, 3]], "0, 1, 1, 0"),
        (np.array(SCALED) @ reference(NOTEBOOK, "embeddings"), "output[2, 0]"),
    ],
)
def test_wrong_output(output, word):
    assert word in complaint(checks.output, output, WEIGHTS)


def test_shares_without_exp_are_told_that_exp_is_missing():
    with np.errstate(invalid="ignore"):
        shares = np.divide(SCORES, np.sum(SCORES, axis=1, keepdims=True))
    assert "is `np.exp` of the scores there" in complaint(checks.weights, shares, SCORES)
    assert "is `np.exp` of the scores there" in complaint(checks.scaled_weights, shares, SCORES, WEIGHTS)


@pytest.mark.parametrize("decimals", [1, 2])
def test_a_rounded_output_is_called_so(decimals):
    assert "Rounded too much? Give 4 decimals." in complaint(checks.output, np.round(OUTPUT, decimals), WEIGHTS)


@pytest.mark.parametrize("weights", [np.full((4, 4), 0.25), np.exp2(SCORES) / np.exp2(SCORES).sum(1, keepdims=True)])
def test_a_wrong_formula_is_not_called_rounding(weights):
    assert "Rounded" not in complaint(checks.weights, weights, SCORES)


def without_zero_case(weights):
    with np.errstate(all="ignore"):
        return -(weights * np.log(weights)).sum(axis=-1)


def plain_cosine(output, embeddings, tokens, measure="dot"):
    """0 / 0 is NaN, and argmax picks it."""
    lengths = np.linalg.norm(output, axis=1)[:, np.newaxis] * np.linalg.norm(embeddings, axis=1)
    best = (output @ embeddings.T / (lengths if measure == "cosine" else 1)).argmax(axis=1)
    return [tokens[index] for index in best]


def sum_without_abs(matrix, tolerance=1e-6):
    return bool(np.isfinite(matrix).all() and (matrix >= 0).all() and (matrix.sum(-1) - 1 <= tolerance).all())


def distance_the_other_way(matrix, tolerance=1e-6):
    return bool(np.isfinite(matrix).all() and (matrix >= 0).all() and (1 - matrix.sum(-1) <= tolerance).all())


def fixed_tolerance(matrix, tolerance=1e-6):
    return reference(NOTEBOOK, "is_attention_weights")(matrix)


def key_error(output, embeddings, tokens, measure="dot"):
    {"dot": 0, "cosine": 1}[measure]
    return reference(NOTEBOOK, "nearest_tokens")(output, embeddings, tokens, measure)


def changes_its_embeddings(embeddings, order, positions=None):
    result = reference(NOTEBOOK, "permutation_check")(embeddings, order, positions)
    embeddings += 1
    return result


def sorts_its_order(embeddings, order, positions=None):
    result = reference(NOTEBOOK, "permutation_check")(embeddings, order, positions)
    order.sort()
    return result


def attend(x):
    return softmax(x @ x.T / np.sqrt(x.shape[1]), axis=-1) @ x


def reverse_order(embeddings, order, positions=0):
    one, other = attend(embeddings[order] + positions), attend(embeddings + positions)[np.argsort(order)]
    return np.allclose(one, other, rtol=0, atol=1e-9)


def by_second_axis(matrix, tolerance=1e-6):
    return bool((matrix >= 0).all() and (np.abs(matrix.sum(axis=1) - 1) <= tolerance).all())


def meeting(attend):
    """A right permutation_check, but for its idea of attention."""

    def check(embeddings, order, positions=0):
        one, other = attend(embeddings[order] + positions), attend(embeddings + positions)[order]
        return np.allclose(one, other, rtol=0, atol=1e-9)

    return check


def best_keys(query_vectors, key_vectors, axis=1):
    return (query_vectors @ key_vectors.T).argmax(axis=axis)


def by_cosine(query_words, key_words, query_vectors, key_vectors):
    best = best_keys(query_vectors, key_vectors / np.linalg.norm(key_vectors, axis=1, keepdims=True))
    return [(word, key_words[index]) for word, index in zip(query_words, best, strict=True)]


@pytest.mark.parametrize("style", [list, tuple, np.array])
def test_pairs_pass_in_any_style(style):
    def align(*args):
        return style([style(pair) for pair in reference(NOTEBOOK, "align")(*args)])

    checks.align(align)


@pytest.mark.parametrize(
    ("name", "answer", "word"),
    [
        ("row_entropy", without_zero_case, "0 log 0"),
        ("row_entropy", lambda w: -(w * np.log2(np.where(w > 0, w, 1))).sum(axis=-1), "Natural"),
        ("row_entropy", lambda w: -(w * np.log(np.where(w > 0, w, 1))).sum(axis=1), "last axis"),
        ("is_attention_weights", lambda m, tolerance=1e-6: np.allclose(m.sum(axis=0), 1), "fine"),
        ("is_attention_weights", lambda m, tolerance=1e-6: np.allclose(m.sum(axis=-1), 1), "-0.5"),
        ("misprinted_scores", lambda p, e: set(map(tuple, np.argwhere(p != p.T).tolist())), "7 instead of 1"),
        ("misprinted_scores", lambda p, e: set(map(tuple, np.argwhere(p != e @ e.T).tolist())), "rounding"),
        ("misprinted_scores", lambda p, e: np.argwhere(p != e @ e.T).tolist(), "set of"),
        ("nearest_tokens", lambda o, e, t, measure="dot": [t[i] for i in (o @ e.T).argmax(-1)], "angle"),
        ("permutation_check", lambda e, order, positions=None: True, "positions stay in place"),
        ("is_attention_weights", sum_without_abs, "0.9999, too small"),
        ("is_attention_weights", distance_the_other_way, "in a stack of matrices every row counts"),
        ("is_attention_weights", fixed_tolerance, "Is `tolerance` used?"),
        ("nearest_tokens", key_error, "should raise a ValueError: .*; yours raises KeyError"),
        ("permutation_check", changes_its_embeddings, "changed the array"),
        ("permutation_check", sorts_its_order, "changed the list"),
        ("permutation_check", reverse_order, "its own reverse, yours says True"),
        ("permutation_check", meeting(lambda x: softmax(x @ x.T, axis=-1)), "the columns, too"),
        ("permutation_check", lambda e, order, positions=None: False, "even where the order moves nothing"),
        ("is_attention_weights", by_second_axis, "in a stack of matrices"),
        ("nearest_tokens", plain_cosine, "0/0 is NaN"),
        ("nearest_tokens", lambda o, e, t, measure="dot": (o @ e.T).argmax(-1).tolist(), "its entries are numbers"),
        ("permutation_check", lambda e, order, positions=None: False, "order [2, 0, 1]"),
        ("permutation_check", lambda e, order, positions=None: False, "`[order]`"),
        ("permutation_check", meeting(lambda x: softmax(x @ x.T, axis=-1) @ x), "divide by √d"),
        ("permutation_check", meeting(lambda x: softmax(x @ x.T / x.shape[1] ** 0.5, axis=0) @ x), "each row sum to 1"),
        ("align", lambda qw, kw, q, k: list(zip(qw, kw * 2, strict=False)), "larger number"),
        ("align", lambda qw, kw, q, k: [(qw[i], kw[j]) for i, j in enumerate(best_keys(q, k, 0))], "which axis"),
        ("align", lambda qw, kw, q, k: list(enumerate(best_keys(q, k))), "not its index"),
        ("align", lambda qw, kw, q, k: [(kw[j], w) for w, j in zip(qw, best_keys(q, k), strict=True)], "comes first"),
        ("align", by_cosine, "does not divide"),
    ],
)
def test_wrong_functions(name, answer, word):
    assert re.search(word.replace("[", r"\[").replace("?", r"\?"), complaint(getattr(checks, name), answer))
