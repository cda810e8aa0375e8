"""Visible checks of the masks, of attention, and of its gradient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from attention_course.checks.from_scratch.reading import parts_of, result_of, same, shown
from attention_course.checks.report import CheckError, as_numbers, expect_shape, passed

LOG3 = np.log(3.0)


def masks(causal_mask, padding_mask) -> None:
    """Both masks against drawings by hand."""
    causal = _mask_of(causal_mask, "causal_mask", [[1, 0, 0], [1, 1, 0], [1, 1, 1]], 3)
    if np.array_equal(causal, [[1, 1, 1], [0, 1, 1], [0, 0, 1]]):
        raise CheckError("causal_mask: your tokens see the future. Row i is query i; which columns lie before it?")
    if np.array_equal(causal, [[0, 0, 0], [1, 0, 0], [1, 1, 0]]):
        raise CheckError("causal_mask: a token may attend to itself too, so the diagonal is True.")
    if not np.array_equal(causal, [[1, 0, 0], [1, 1, 0], [1, 1, 1]]):
        raise CheckError(f"causal_mask(3) should be True on and below the diagonal, yours is\n{causal}")
    if not np.array_equal(_mask_of(causal_mask, "causal_mask", [[1]], 1), [[1]]):
        raise CheckError("causal_mask(1): a token alone may attend to itself.")
    for lengths in ([2, 0, 3], np.array([2, 0, 3])):
        expected = [[1, 1, 0, 0], [0, 0, 0, 0], [1, 1, 1, 0]]
        padding = _mask_of(padding_mask, "padding_mask", expected, lengths, 4)
        if not np.array_equal(padding, expected):
            raise CheckError(
                f"padding_mask([2, 0, 3], 4) should be True at 2, 0 and 3 first places, yours is\n{padding}"
            )
    passed("masks")


def _mask_of(function, name: str, expected, *args) -> NDArray:
    mask = as_numbers(result_of(function, name, *args), name)
    expect_shape(mask, np.shape(expected), name)
    if mask.dtype != bool:
        raise CheckError(
            f"{name} should hold booleans, yours holds {mask.dtype}. A comparison such as `a < b` gives them."
        )
    if mask.size > 1 and np.array_equal(mask, np.logical_not(expected)):
        raise CheckError(f"{name}: yours is the wrong way round. In this course True means that a query MAY attend.")
    return mask


def attention(function) -> None:
    """Weights of one and three quarters, a mask, an empty query, a batch."""
    query, key = np.array([[2.0, 0.0, 0.0, 0.0]]), np.array([[0.0] * 4, [LOG3, 0.0, 0.0, 0.0]])
    value = np.array([[0.0, 4.0, 1.0], [8.0, 0.0, 1.0]])
    output, weights = _attend(function, (1, 3), (1, 2), query, key, value)
    if not same(weights, [[0.25, 0.75]]):
        raise CheckError(
            f"scores 0 and log 3 give weights 0.25 and 0.75, yours are {shown(weights[0])}. Scaled by sqrt(d)?"
        )
    if not same(output, [[6, 1, 1]]):
        raise CheckError(
            f"a quarter of (0, 4, 1) and three quarters of (8, 0, 1) make (6, 1, 1), yours is {shown(output[0])}."
        )
    _attend_masked(function, query, key, value)
    batch_mask = np.array([[[True, False]], [[False, True]]])
    batch = [np.stack([array, array]) for array in (query, key, value)]
    output, _ = _attend(function, (2, 1, 3), (2, 1, 2), *batch, batch_mask)
    if not same(output, [[[0, 4, 1]], [[8, 0, 1]]]):
        raise CheckError(f"a mask of shape (b, 1, k) should broadcast over the queries; got {shown(output)}.")
    passed("attention")


def _attend_masked(function, query, key, value) -> None:
    output, weights = _attend(function, (1, 3), (1, 2), query, key, value, np.array([[True, False]]))
    if same(weights, [[0, 1]]):
        raise CheckError("the mask is True where a query MAY attend; you closed the place that is open.")
    if same(weights, [[0.25, 0]]):
        raise CheckError("weights must sum to 1 again over the open places. Does the mask act before the softmax?")
    if not same(weights, [[1, 0]]) or not same(output, [[0, 4, 1]]):
        raise CheckError(f"with mask [[True, False]] the weights are [1, 0], yours are {shown(weights[0])}.")
    output, weights = _attend(function, (1, 3), (1, 2), query, key, value, np.array([[False, False]]))
    if np.isnan(output).any() or np.isnan(weights).any():
        raise CheckError(
            "a query that may attend to nothing gives NaN. What should softmax do with a row of -inf alone?"
        )
    if weights.any() or output.any():
        raise CheckError(
            f"a query that may attend to nothing gets zeros; yours gets weights {shown(weights[0])}. "
            "A large negative score such as -1e9 is not -inf: when all are equal, softmax gives equal shares."
        )


def _attend(function, output_shape, weights_shape, *args) -> tuple[NDArray, NDArray]:
    result = result_of(function, "attention", *args)
    output, weights = parts_of(result, ("output", "weights"), "attention")
    if output_shape != weights_shape and (output.shape, weights.shape) == (weights_shape, output_shape):
        raise CheckError("attention returns (output, weights), in this order; yours come the other way round.")
    expect_shape(output, output_shape, "the output of attention", "One row for each query, as wide as a value.")
    expect_shape(weights, weights_shape, "the weights of attention", "One row for each query, one column for each key.")
    return output.astype(float), weights.astype(float)


def attention_backward(function) -> None:
    """One query and two keys by hand, two sums that any shapes obey, masked places."""
    query, key = np.array([[2.0, 0.0, 0.0, 0.0]]), np.array([[0.0] * 4, [LOG3, 0.0, 0.0, 0.0]])
    value, ones = np.array([[0.0], [4.0]]), np.array([[1.0]])
    grad_query, grad_key, grad_value = _backward(function, ones, query, key, value)
    if not same(grad_value, [[0.25], [0.75]]):
        raise CheckError(
            f"grad_value: the weights are 0.25 and 0.75 and so are these gradients; yours {shown(grad_value)}."
        )
    if same(grad_key[:, 0], [-1.5, 1.5]):
        raise CheckError("grad_key is twice too large here, where d = 4. The forward step divides by sqrt(d).")
    if same(grad_key[:, 0], [0, 3]):
        raise CheckError("grad_scores lacks the part in which a weight falls because another one rises; see step 2.")
    if not same(grad_key, [[-0.75, 0, 0, 0], [0.75, 0, 0, 0]]):
        raise CheckError(f"grad_key[:, 0] should be [-0.75, 0.75] in this example, yours is {shown(grad_key[:, 0])}.")
    if not same(grad_query, [[0.375 * LOG3, 0, 0, 0]]):
        raise CheckError(f"grad_query should be [0.412, 0, 0, 0] in this example, yours is {shown(grad_query[0])}.")
    _backward_sums(function)
    _backward_masked(function)
    passed("attention_backward")


def _backward_sums(function) -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=size) for size in ((2, 3, 5), (2, 3, 2), (2, 4, 2), (2, 4, 5))]
    _, grad_key, grad_value = _backward(function, *arrays)
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


def _backward(function, *arrays) -> list[NDArray]:
    """The three gradients, for grad_output, query, key, value and perhaps a mask."""
    names = ("grad_query", "grad_key", "grad_value")
    grads = parts_of(result_of(function, "attention_backward", *arrays), names, "attention_backward")
    for grad, name, forward in zip(grads, names, arrays[1:4], strict=True):
        hint = f"A gradient has the shape of what it belongs to, here {name.removeprefix('grad_')}."
        expect_shape(grad, forward.shape, name, hint)
    return [grad.astype(float) for grad in grads]
