"""The visible checks of notebook 01: right answers pass in every style, junk and mistakes get a sentence."""

import numpy as np
import pytest

from attention_course.checks import CheckError
from attention_course.checks import from_scratch as checks
from autograder.exams import from_scratch as exams
from autograder.reference import reference

NOTEBOOK = "01_attention_from_scratch"
FUNCTIONS = {name: (name,) for name in checks.__all__} | {
    "masks": ("causal_mask", "padding_mask"),
    "heads": ("split_heads", "merge_heads"),
}
NAMES = [(exercise, name) for exercise, names in FUNCTIONS.items() for name in names]
JUNK = [
    None,
    "text",
    3,
    True,
    [],
    {},
    object(),
    [[1.0], [1.0, 2.0]],
    np.array("x"),
    np.array([[1j]]),
    np.full((2, 3), np.nan),
    (None, None),
    ("a", "b", "c"),
    (np.ones(2), np.ones(2)),
    np.ones((2, 2, 2, 2)),
]


def check(exercise: str, **replaced) -> None:
    """Run a visible check with the reference answers, some of them replaced."""
    getattr(checks, exercise)(*(replaced.get(name) or reference(NOTEBOOK, name) for name in FUNCTIONS[exercise]))


def as_float32(result):
    if isinstance(result, tuple):
        return tuple(as_float32(part) for part in result)
    return result if result.dtype == bool else result.astype(np.float32)


def as_lists(result):
    return [as_lists(part) for part in result] if isinstance(result, tuple) else result.tolist()


@pytest.mark.parametrize("exercise", checks.__all__)
def test_reference_passes(exercise, capsys):
    check(exercise)
    assert capsys.readouterr() == (f"{exercise}: the visible checks hold.\n", "")


@pytest.mark.parametrize("style", [as_float32, as_lists])
@pytest.mark.parametrize(("exercise", "name"), NAMES)
def test_every_style_of_result_passes(exercise, name, style):
    check(exercise, **{name: lambda *args, **kwargs: style(reference(NOTEBOOK, name)(*args, **kwargs))})


@pytest.mark.parametrize("exercise", exams.EXERCISES, ids=lambda exercise: exercise.name)
def test_right_variants_pass(exercise, recwarn):
    for variant in exercise.right_variants:
        check(exercise.name, **(variant if isinstance(variant, dict) else {exercise.name: variant}))
    assert not recwarn.list, "a warning on stderr would cost the points of the graded cell"


@pytest.mark.parametrize("junk", JUNK, ids=repr)
@pytest.mark.parametrize(("exercise", "name"), NAMES)
def test_junk_gets_a_sentence(exercise, name, junk):
    with pytest.raises(CheckError, match=r"^\S.{20,}"):
        check(exercise, **{name: lambda *args, **kwargs: junk})


@pytest.mark.parametrize(("exercise", "name"), NAMES)
def test_stub_is_named(exercise, name):
    def stub(*args, **kwargs):
        raise NotImplementedError()

    stub.__code__ = stub.__code__.replace(co_name=name)
    with pytest.raises(CheckError, match=f"{name} is still to be written"):
        check(exercise, **{name: stub})


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


@pytest.mark.parametrize(
    ("exercise", "mistake", "sentence"),
    [
        ("softmax", {"softmax": lambda x, axis=-1: np.exp(x) / np.exp(x).sum()}, "Which axis"),
        ("softmax", {"softmax": lambda x, axis=-1: np.exp(x) / np.exp(x).sum(axis, keepdims=True)}, "overflows"),
        ("attention_scores", {"attention_scores": lambda q, k: q @ swap(k)}, "divided by 2"),
        ("attention_scores", {"attention_scores": lambda q, k: q @ swap(k) / k.shape[-1]}, "square root of d"),
        ("attention_scores", {"attention_scores": lambda q, k: k @ swap(q) / 2}, r"shape \(2, 3\), yours has \(3, 2\)"),
        ("masks", {"causal_mask": lambda t: np.triu(np.ones((t, t), dtype=bool))}, "see the future"),
        ("masks", {"causal_mask": lambda t: np.triu(np.ones((t, t), dtype=bool), 1)}, "MAY attend"),
        ("masks", {"causal_mask": lambda t: np.tril(np.ones((t, t)))}, "booleans"),
        ("masks", {"causal_mask": lambda t: np.tril(np.ones((t, t), dtype=bool), -1)}, "diagonal"),
        ("masks", {"padding_mask": lambda n, t: np.arange(t) <= np.reshape(n, (-1, 1))}, "2, 0 and 3 first places"),
        ("attention", {"attention": lambda *args: attend(*args)[0]}, r"2 arrays: \(output, weights\)"),
        ("attention", {"attention": lambda *args: attend(*args)[::-1]}, "in this order"),
        ("attention", {"attention": lambda *args: attend(*args, fill=-1e9)}, "equal shares"),
        ("attention", {"attention": lambda q, k, v, mask=None: attend(q, k, v)}, r"\[1, 0\]"),
        ("heads", {"split_heads": lambda x, h: x.reshape(h, *x.shape[:-1], -1)}, "reading order"),
        ("attention_backward", {"attention_backward": backward_without_scale}, r"sqrt\(d\)"),
    ],
)
def test_mistake_gets_its_sentence(exercise, mistake, sentence):
    with pytest.raises(CheckError, match=sentence):
        check(exercise, **mistake)
