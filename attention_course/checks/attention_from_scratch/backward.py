"""Visible check of the gradient of attention."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from attention_course.checks.attention_from_scratch.reading import (
    MASKS_BROADCAST,
    broadcast_result_of,
    parts_of,
    same,
    shown,
)
from attention_course.checks.report import CheckError, expect_shape, result_of, visible_check

LOG3 = np.log(3.0)


@visible_check(points=4)
def attention_backward(function) -> None:
    """One query and two keys by hand, two sums that any shapes obey, masked places, masks that must broadcast."""
    query, key = np.array([[2.0, 0.0, 0.0, 0.0]]), np.array([[0.0] * 4, [LOG3, 0.0, 0.0, 0.0]])
    value, ones = np.array([[0.0], [4.0]]), np.array([[1.0]])
    grad_query, grad_key, grad_value = _backward(function, ones, query, key, value)
    if same(grad_value, [[-0.25], [-0.75]]):
        raise CheckError("grad_value has the wrong sign. Return the gradients; a step against them is another matter.")
    if not same(grad_value, [[0.25], [0.75]]):
        raise CheckError(
            f"grad_value: the weights are 0.25 and 0.75 and so are these gradients; yours {shown(grad_value)}."
        )
    _step_2_with_numbers(grad_query, grad_key)
    _backward_sums(function)
    _backward_masked(function)
    _backward_broadcast(function)


def _step_2_with_numbers(grad_query, grad_key) -> None:
    """The two gradients of the example in the text, where grad_key has the numbers of grad_scores."""
    wanted_query, wanted_key = [[0.375 * LOG3, 0, 0, 0]], [[-0.75, 0, 0, 0], [0.75, 0, 0, 0]]
    off = {"grad_query": _factor(grad_query, wanted_query), "grad_key": _factor(grad_key, wanted_key)}
    wrong = [name for name, factor in off.items() if factor is not None and not same(np.array(factor), 1)]
    factors = [factor for name, factor in off.items() if name in wrong and factor is not None]
    if wrong and None not in off.values() and same(np.array(factors), [factors[0]] * len(factors)):
        raise CheckError(_scale(wrong, factors[0]))
    if not same(grad_key, wanted_key):
        raise CheckError(
            f'grad_key[:, 0] should be [-0.75, 0.75] in the example of "Step 2 with numbers", yours is '
            f"{shown(grad_key[:, 0])}. There w = (0.25, 0.75), g = (0, 4) and their weighted average 3. "
            f"{_why(grad_key[:, 0])}".rstrip()
        )
    if not same(grad_query, wanted_query):
        raise CheckError(
            'grad_query should be [0.412, 0, 0, 0] in the example of "Step 2 with numbers", where '
            "grad_scores = (-0.75, 0.75), the keys begin with 0 and log 3, and sqrt(d) is 2; "
            f"yours is {shown(grad_query[0])}. Your grad_key is right, and so is step 2."
        )


def _factor(grad, wanted) -> float | None:
    """How many times the wanted gradient it is, or None."""
    factor = np.vdot(grad, wanted) / np.vdot(wanted, wanted)
    return float(factor) if same(grad, factor * np.asarray(wanted)) and abs(factor) > 1e-6 else None


def _scale(wrong: list[str], factor: float) -> str:
    """Gradients that are right but for a factor."""
    both, names = len(wrong) == 2, " and ".join(wrong)
    if factor < 0:
        return f"{names} {'have' if both else 'has'} the wrong sign. In step 2 the average is subtracted from g."
    times = (
        f"{names} {'are' if both else 'is'} {factor:.4g} times what {'they' if both else 'it'} should be, with d = 4"
    )
    if same(np.array(factor), 2):
        return f"{times}. The forward step divides by sqrt(d), so {'both are' if both else 'this one is'} divided, too."
    if same(np.array(factor), 0.5):
        return f"{times}. Divided by d, or by sqrt(d) twice?"
    return f"{times}."


def _why(grad_key) -> str:
    """Which slips explain it, where [-0.75, 0.75] was wanted; with and without the scale."""
    slips = (
        ([0, 4], "Step 2 is missing: grad_weights is not yet grad_scores."),
        ([0, 3], "In step 2, is the weighted average subtracted? A weight falls because another one rises."),
        ([-3, 1], "In step 2, are the differences from the average multiplied by the weights?"),
        ([-0.5, 1.5], "In step 2, is the average a weighted one, with the weights of the row?"),
        (
            [0, 0.75],
            "Two slips fit: the sum runs over the queries instead of the keys, so that each entry loses its own "
            "w g; or only the diagonal, w (1 - w), is there, and not the part of the other weights.",
        ),
        ([-0.375, 1.875], "In step 2, `mean` of the w g is half of their sum here; the weighted average is the sum."),
        ([0.75, 5.25], "In step 2 the average is subtracted; yours is added."),
        ([-1, 0], "In step 2, are the g multiplied by the weights before they are summed?"),
    )
    for scale, aside in ((1, ""), (2, " And the scale, sqrt(d), is missing.")):
        for numbers, sentence in slips:
            if same(grad_key, scale * np.array(numbers)):
                return sentence + aside
    return "Compare w, g, the average and the differences, one after the other."


def _backward_sums(function) -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=size) for size in ((2, 3, 5), (2, 3, 2), (2, 4, 2), (2, 4, 5))]
    _, grad_key, grad_value = _backward(function, *arrays, case="a batch of two")
    if not same(grad_value.sum(axis=-2), arrays[0].sum(axis=-2)):
        raise CheckError(
            "each query's weights sum to 1, so grad_value summed over the keys must equal grad_output summed over the "
            "queries; yours does not."
        )
    if not same(grad_key.sum(axis=-2), np.zeros((2, 2))):
        raise CheckError(
            "moving all keys alike changes no weight, so grad_key must sum to 0 over the keys; yours does not."
        )


def _backward_masked(function) -> None:
    rng = np.random.default_rng(1)
    arrays = [rng.normal(size=size) for size in ((2, 3), (2, 4), (3, 4), (3, 3))]
    mask = np.array([[True, True, False], [False, False, False]])
    grad_query, grad_key, grad_value = _backward(function, *arrays, mask)
    if not all(np.isfinite(grad).all() for grad in (grad_query, grad_key, grad_value)):
        raise CheckError("a query that may attend to nothing makes a gradient NaN or infinite; it should pass zeros.")
    if grad_key[2].any() or grad_value[2].any():
        raise CheckError(
            "a key that nobody may attend to still gets a gradient. Is the mask passed to the forward step?"
        )
    if grad_query[1].any():
        raise CheckError(
            f"a query that may attend to nothing should get a gradient of zeros, yours {shown(grad_query[1])}."
        )


def _backward_broadcast(function) -> None:
    """A mask with one row for all queries of an example."""
    rng = np.random.default_rng(2)
    arrays = [rng.normal(size=size) for size in ((2, 3, 5), (2, 3, 2), (2, 4, 2), (2, 4, 5))]
    mask = np.array([[[True, True, True, False]], [[True, True, False, True]]])
    _, grad_key, grad_value = _backward(function, *arrays, mask, call=broadcast_result_of)
    shut = ~mask[:, 0]
    if grad_key[shut].any() or grad_value[shut].any() or not same(grad_value.sum(axis=-2), arrays[0].sum(axis=-2)):
        raise CheckError(
            "with a mask of shape (b, 1, k), a key that is shut for all queries still gets a gradient, or an open one "
            f"too little. {MASKS_BROADCAST}"
        )


def _backward(function, *arrays, call=result_of, case="") -> list[NDArray]:
    """The three gradients, for grad_output, query, key, value and perhaps a mask."""
    names = ("grad_query", "grad_key", "grad_value")
    result = call(function, "attention_backward", *arrays, case=case)
    grads = parts_of(result, names, "attention_backward")
    got, wanted = [grad.shape for grad in grads], [forward.shape for forward in arrays[1:4]]
    if got != wanted and sorted(got) == sorted(wanted):
        raise CheckError(f"the three gradients have the shapes {got}: the order is query, key, value.")
    for grad, name, forward in zip(grads, names, arrays[1:4], strict=True):
        hint = f"A gradient has the shape of what it belongs to, here {name.removeprefix('grad_')}."
        expect_shape(grad, forward.shape, name, hint)
    return [grad.astype(float) for grad in grads]
