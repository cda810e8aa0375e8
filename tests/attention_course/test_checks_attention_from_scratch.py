"""The visible checks of notebook 01: right answers pass in every style, junk and mistakes get a sentence."""

import numpy as np
import pytest

from attention_course.checks import CheckError
from attention_course.checks import attention_from_scratch as checks
from autograder.exam.reference import reference

NOTEBOOK = "01_attention_from_scratch"
FUNCTIONS = {name: (name,) for name in checks.__all__} | {
    "masks": ("causal_mask", "padding_mask"),
    "heads": ("split_heads", "merge_heads"),
}
NAMES = [(exercise, name) for exercise, names in FUNCTIONS.items() for name in names]


def check(exercise: str, **replaced) -> None:
    """Run a visible check with the reference answers, some of them replaced."""
    getattr(checks, exercise)(*(replaced.get(name) or reference(NOTEBOOK, name) for name in FUNCTIONS[exercise]))


def as_float32(result):
    if isinstance(result, tuple):
        return tuple(as_float32(part) for part in result)
    return result if result.dtype == bool else result.astype(np.float32)


def as_lists(result):
    return [as_lists(part) for part in result] if isinstance(result, tuple) else result.tolist()


@pytest.mark.parametrize("style", [as_float32, as_lists])
@pytest.mark.parametrize(("exercise", "name"), NAMES)
def test_every_style_of_result_passes(exercise, name, style):
    check(exercise, **{name: lambda *args, **kwargs: style(reference(NOTEBOOK, name)(*args, **kwargs))})


def test_stub_called_by_an_answer_is_named():
    def softmax(x):
        raise NotImplementedError()

    def attention(query, key, value, mask=None):
        return softmax(query)

    with pytest.raises(CheckError, match="softmax is still to be written"):
        checks.attention(attention)


def test_own_errors_come_through():
    with pytest.raises(ZeroDivisionError):
        checks.softmax(lambda x, axis=-1: 1 / 0)


def test_changed_input_is_named():
    def softmax(x, axis=-1):
        x -= x.max(axis=axis, keepdims=True)
        return np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)

    with pytest.raises(CheckError, match="changed the array it was given"):
        checks.softmax(softmax)


def swap(x):
    return np.swapaxes(x, -1, -2)


def attend(query, key, value, mask=None, fill=-np.inf):
    scores = query @ swap(key) / np.sqrt(key.shape[-1])
    weights = reference(NOTEBOOK, "softmax")(scores if mask is None else np.where(mask, scores, fill))
    return weights @ value, weights


def backward_without_scale(grad_output, query, key, value, mask=None):
    root = np.sqrt(key.shape[-1])
    grads = reference(NOTEBOOK, "attention_backward")(grad_output, query, key, value, mask)
    return grads[0] * root, grads[1] * root, grads[2]


def empty_whole_array(x, axis=-1):
    """A row of -inf alone is noticed when nothing else stands beside it."""
    if np.all(np.isneginf(x)):
        return np.zeros(np.shape(x))
    exps = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return exps / exps.sum(axis=axis, keepdims=True)


def last_axis_is_one(x, axis=-1):
    return reference(NOTEBOOK, "softmax")(x, axis=1 if axis == -1 and x.ndim > 1 else axis)


def tanh_of_each(query, key, w_query, w_key, v):
    return (np.tanh(query @ w_query)[:, np.newaxis] + np.tanh(key @ w_key)) @ v


def attend_by_index(query, key, value, mask=None):
    """Boolean indices do not broadcast."""
    scores = query @ swap(key) / np.sqrt(key.shape[-1])
    if mask is not None:
        scores[~mask] = -np.inf
    weights = reference(NOTEBOOK, "softmax")(scores)
    return weights @ value, weights


def attend_with(weigh):
    """Attention whose weights come from the scores and the mask in a way of its own."""

    def attention(query, key, value, mask=None):
        weights = weigh(query @ swap(key) / np.sqrt(key.shape[-1]), mask)
        return weights @ value, weights

    return attention


def softmax(x, axis=-1):
    return reference(NOTEBOOK, "softmax")(x, axis)


def closed(scores, mask):
    return scores if mask is None else np.where(mask, scores, -np.inf)


def many_heads(order=(0, 1, 2), split=True, unpack=True):
    """Multi-head attention; `order` says which matrix makes the query, the key and the value."""

    def multi_head_attention(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
        cut = num_heads if split else 1
        products = [reference(NOTEBOOK, "split_heads")(x @ w, cut) for w in (w_query, w_key, w_value)]
        result = attend(*(products[place] for place in order), mask)
        return reference(NOTEBOOK, "merge_heads")(result[0] if unpack else result) @ w_output

    return multi_head_attention


def backward_with(through_softmax, order=(0, 1, 2), sign=1):
    """The gradient with a step 2 of its own."""

    def attention_backward(grad_output, query, key, value, mask=None):
        _, weights = attend(query, key, value, mask)
        grad_scores = through_softmax(weights, grad_output @ swap(value)) / np.sqrt(key.shape[-1])
        grads = sign * grad_scores @ key, sign * swap(grad_scores) @ query, sign * swap(weights) @ grad_output
        return tuple(grads[place] for place in order)

    return attention_backward


def right_step(weights, grad):
    return weights * (grad - (weights * grad).sum(axis=-1, keepdims=True))


def mask_by_index(grad_output, query, key, value, mask=None):
    _, weights = attend(query, key, value, mask)
    grad_scores = right_step(weights, grad_output @ swap(value)) / np.sqrt(key.shape[-1])
    if mask is not None:
        grad_scores[~mask] = 0
    return grad_scores @ key, swap(grad_scores) @ query, swap(weights) @ grad_output


def positions(exponent):
    """The table whose exponents, for the columns at a depth, are these."""

    def positional_encoding(length, depth):
        column = np.arange(depth)
        angle = np.arange(length)[:, np.newaxis] / 10000 ** exponent(column, depth)
        return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))

    return positional_encoding


def floor(query, key):
    return query @ swap(key) // np.sqrt(key.shape[-1])


def filled_with_integers(name):
    """The right numbers, put into an array of integers."""
    return {name: lambda *args: reference(NOTEBOOK, name)(*args).astype(int)}


def two_heads(x, w_query, w_key, w_value, w_output, num_heads, mask=None):
    if x.shape[-1] % num_heads:
        raise ValueError
    return many_heads()(x, w_query, w_key, w_value, w_output, 2, mask)


def table_with(angle, even=np.sin, odd=np.cos):
    """The table of positions with angles of one's own, of the positions (a column), the even columns and the depth."""

    def positional_encoding(length, depth):
        column = np.arange(depth)
        turned = angle(np.arange(length)[:, np.newaxis], column - column % 2, depth)
        return np.where(column % 2 == 0, even(turned), odd(turned))

    return {"positional_encoding": positional_encoding}


def right_angle(position, even, depth):
    return position / 10000 ** (even / depth)


def backward_times(query_factor=1.0, key_factor=1.0, through_softmax=right_step):
    """The gradient with factors of its own on grad_query and grad_key."""

    def attention_backward(*args):
        grads = backward_with(through_softmax)(*args)
        return query_factor * grads[0], key_factor * grads[1], grads[2]

    return {"attention_backward": attention_backward}


def step(through_softmax):
    return {"attention_backward": backward_with(through_softmax)}


def summed(grad, axis=-1):
    return grad.sum(axis=axis, keepdims=True)


@pytest.mark.parametrize(
    ("exercise", "mistake", "sentence"),
    [
        ("attention_scores", {"attention_scores": floor}, "0.5 and -0.5, yours are .*`//` rounds down"),
        ("attention_scores", filled_with_integers("attention_scores"), "array of integers"),
        ("attention_scores", {"attention_scores": lambda q, k: q @ swap(k) * 2}, "You multiply by the square root"),
        ("attention_scores", {"attention_scores": lambda q, k: softmax(q @ swap(k) / 2)}, "softmax has crept in"),
        ("attention_scores", {"attention_scores": lambda q, k: q @ swap(k) / np.sqrt(len(k))}, "times 0.5774"),
        ("additive_scores", filled_with_integers("additive_scores"), "array of integers"),
        (
            "additive_scores",
            {"additive_scores": lambda *a: reference(NOTEBOOK, "additive_scores")(*a) / np.sqrt(a[3].shape[1])},
            "these times 0.7071. An additive score is not divided",
        ),
        ("multi_head_attention", {"multi_head_attention": two_heads}, "the output of 2 heads: is `num_heads` used"),
        ("positional_encoding", table_with(right_angle, np.cos, np.sin), "Sine and cosine have changed places"),
        ("positional_encoding", filled_with_integers("positional_encoding"), "array of integers"),
        ("positional_encoding", table_with(lambda *a: np.deg2rad(right_angle(*a))), "1 degree"),
        ("positional_encoding", table_with(lambda p, c, d: p * 10000 ** (c / d)), "turns by 100 at each position"),
        ("positional_encoding", table_with(lambda p, c, d: p / 1000 ** (c / d)), "yours by 0.03162"),
        ("positional_encoding", table_with(lambda p, c, d: 2 * right_angle(p, c, d)), "turns by 1, yours by 2"),
        ("attention_backward", step(lambda w, g: w * (g - w * g)), "Two slips fit: the sum runs over the queries"),
        ("attention_backward", step(lambda w, g: w * (1 - w) * g), "or only the diagonal"),
        ("attention_backward", step(lambda w, g: w * (g - summed(w * g) / 2)), "`mean`"),
        ("attention_backward", step(lambda w, g: w * (g + summed(w * g))), "yours is added"),
        ("attention_backward", step(lambda w, g: w * (summed(w * g) - g)), "the average is subtracted from g"),
        ("attention_backward", step(lambda w, g: w * (g - summed(g))), "multiplied by the weights before"),
        ("attention_backward", step(lambda w, g: w**2 * g), r"w = \(0.25, 0.75\), g = \(0, 4\) and their .* 3"),
        ("attention_backward", backward_times(2, 2), "grad_query and grad_key are 2 times"),
        ("attention_backward", backward_times(key_factor=2), "^grad_key is 2 times .* this one is divided"),
        ("attention_backward", backward_times(query_factor=2), "^grad_query is 2 times .* this one is divided"),
        ("attention_backward", backward_times(0.5, 0.5), "Divided by d, or by sqrt"),
        ("attention_backward", backward_times(2, 2, lambda w, g: w * g), "rises. And the scale, sqrt"),
        ("softmax", {"softmax": lambda x, axis=-1: np.exp(x) / np.exp(x).sum()}, "Which axis"),
        ("softmax", {"softmax": lambda x, axis=-1: np.exp(x) / np.exp(x).sum(axis, keepdims=True)}, "overflows"),
        ("attention_scores", {"attention_scores": lambda q, k: q @ swap(k)}, "divided by 2"),
        ("attention_scores", {"attention_scores": lambda q, k: q @ swap(k) / k.shape[-1]}, "square root of d"),
        ("attention_scores", {"attention_scores": lambda q, k: k @ swap(q) / 2}, r"shape \(2, 3\), yours has \(3, 2\)"),
        ("masks", {"causal_mask": lambda t: np.triu(np.ones((t, t), dtype=bool))}, "see the future"),
        ("masks", {"causal_mask": lambda t: np.triu(np.ones((t, t), dtype=bool), 1)}, "MAY attend"),
        ("masks", {"causal_mask": lambda t: np.tril(np.ones((t, t)))}, "booleans"),
        ("masks", {"causal_mask": lambda t: np.tril(np.ones((t, t), dtype=bool), -1)}, "diagonal"),
        ("masks", {"padding_mask": lambda n, t: np.arange(t) <= np.reshape(n, (-1, 1))}, "one True too many"),
        ("attention", {"attention": lambda *args: attend(*args)[0]}, r"2 arrays: \(output, weights\)"),
        ("attention", {"attention": lambda *args: attend(*args)[::-1]}, "in this order"),
        ("attention", {"attention": lambda *args: attend(*args, fill=-1e9)}, "equal shares"),
        ("attention", {"attention": lambda q, k, v, mask=None: attend(q, k, v)}, r"\[1, 0\]"),
        ("heads", {"split_heads": lambda x, h: x.reshape(h, *x.shape[:-1], -1)}, "reading order"),
        (
            "attention_backward",
            {"attention_backward": backward_without_scale},
            "grad_query and grad_key are 2 times .* both are divided, too",
        ),
        ("softmax", {"softmax": empty_whole_array}, r"\[-inf, -inf\]"),
        ("softmax", {"softmax": last_axis_is_one}, "or axis 1"),
        ("attention_scores", {"attention_scores": lambda q, k: q @ swap(k) / np.sqrt(k.shape[1])}, "wrong axis"),
        ("masks", {"padding_mask": lambda n, t: np.ones((len(n), t), dtype=bool)}, "row 1 with none"),
        ("additive_scores", {"additive_scores": tanh_of_each}, "a tanh of its own"),
        ("attention", {"attention": attend_by_index}, "fewer rows or axes than the scores; does yours broadcast"),
        ("attention", {"attention": attend_with(lambda s, m: s)}, "the softmax is missing"),
        ("attention", {"attention": attend_with(lambda s, m: softmax(closed(s, m), axis=-2))}, "last axis"),
        ("attention", {"attention": attend_with(lambda s, m: softmax(closed(2 * s, m)))}, r"Scaled by sqrt\(d\)"),
        ("attention", {"attention": attend_with(lambda s, m: softmax(closed(s / 2, m)))}, "done twice"),
        ("attention", {"attention": attend_with(lambda s, m: softmax(closed(3 * s, m)))}, "attention_scores"),
        ("attention", {"attention": attend_with(lambda s, m: softmax(s if m is None else s * m))}, "no closed door"),
        (
            "attention",
            {"attention": attend_with(lambda s, m: softmax(s if m is None else s + ~m * -np.inf))},
            "0 times -inf is NaN",
        ),
        (
            "attention",
            {"attention": attend_with(lambda s, m: softmax(closed(s, m).ravel()).reshape(s.shape))},
            "must sum to 1",
        ),
        ("multi_head_attention", {"multi_head_attention": many_heads(order=(1, 0, 2))}, "changed places"),
        ("multi_head_attention", {"multi_head_attention": many_heads(order=(0, 2, 1))}, "arrive as"),
        ("multi_head_attention", {"multi_head_attention": many_heads(split=False)}, "split by `split_heads`"),
        ("multi_head_attention", {"multi_head_attention": many_heads(unpack=False)}, "merge the first"),
        (
            "positional_encoding",
            {"positional_encoding": positions(lambda c, d: c // 2 / d)},
            "yours by 0.1. Which exponent",
        ),
        ("positional_encoding", {"positional_encoding": positions(lambda c, d: c / d)}, "share an angle"),
        ("positional_encoding", {"positional_encoding": positions(lambda c, d: 2 * c / d)}, "share an angle"),
        ("attention_backward", {"attention_backward": backward_with(lambda w, g: w * g)}, "average subtracted"),
        ("attention_backward", {"attention_backward": backward_with(lambda w, g: g)}, "Step 2 is missing"),
        (
            "attention_backward",
            {"attention_backward": backward_with(lambda w, g: w * (g - g.mean(axis=-1, keepdims=True)))},
            "a weighted one",
        ),
        (
            "attention_backward",
            {"attention_backward": backward_with(right_step, order=(2, 1, 0))},
            "the order is query, key, value",
        ),
        ("attention_backward", {"attention_backward": backward_with(right_step, sign=-1)}, "wrong sign"),
        ("attention_backward", {"attention_backward": mask_by_index}, "does yours broadcast"),
    ],
)
def test_mistake_gets_its_sentence(exercise, mistake, sentence):
    with pytest.raises(CheckError, match=sentence):
        check(exercise, **mistake)
