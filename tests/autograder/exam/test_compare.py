"""Plain data against plain data: what counts as the expected answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.exam.compare import EXACT, NotPlainError, Tolerance, difference

FLOATS = st.floats(-1e6, 1e6)
ARRAYS = hnp.arrays(st.sampled_from([np.float64, np.float32, np.int64, np.bool_]), hnp.array_shapes(max_side=4))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | FLOATS | st.text(max_size=5) | ARRAYS,
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(PLAIN)
def test_everything_agrees_with_itself(value):
    assert difference(value, value, EXACT) is None


@given(hnp.arrays(np.float64, hnp.array_shapes(), elements=FLOATS), st.data())
def test_one_number_that_is_off_is_found(array, data):
    index = data.draw(st.tuples(*(st.integers(0, side - 1) for side in array.shape)))
    other = array.copy()
    other[index] += 0.01 + abs(array[index]) / 100
    assert difference(other, array) == "value"


@given(hnp.arrays(np.float64, hnp.array_shapes(), elements=FLOATS))
def test_lists_and_float32_are_as_good_as_arrays(array):
    assert difference(array.tolist(), array, EXACT) is None
    assert difference(array.astype(np.float32), array) is None


@given(PLAIN, PLAIN)
def test_it_says_how_things_differ_and_never_raises(got, expected):
    assert difference(got, expected) in (None, "kind", "shape", "nan", "value")


@pytest.mark.parametrize(
    ("got", "expected", "word"),
    [
        ([1.0, 2.0], np.array([1, 2]), None),
        (np.float32(0.5), 0.5, None),
        (np.bool_(True), True, None),
        (np.array(True), True, None),
        (1, True, "kind"),
        (np.array([1, 0]), np.array([True, False]), "kind"),
        (np.array([True, False]), np.array([1, 0]), "kind"),
        (np.ones((2, 3)), np.ones((3, 2)), "shape"),
        (np.ones((1, 3)), np.ones(3), "shape"),
        ([[1.0], [1.0, 2.0]], np.ones((2, 1)), "kind"),
        (np.array([1.0, np.nan]), np.array([1.0, 2.0]), "nan"),
        (np.array([1.0, np.inf]), np.array([1.0, 2.0]), "nan"),
        (np.array([-np.inf, 1.0]), np.array([-np.inf, 1.0]), None),
        (np.array([1j]), np.array([1.0]), "kind"),
        ("text", np.array([1.0]), "kind"),
        (None, np.array([1.0]), "kind"),
        (0, None, "kind"),
        (np.str_("dot"), "dot", None),
        ("cosine", "dot", "value"),
        (np.array(["a", "b"]), ["a", "b"], None),
        (["a"], ["a", "b"], "shape"),
        ("ab", ["a", "b"], "kind"),
        (np.array(1.0), [1.0], "kind"),
        ({(np.int64(0), 1)}, {(0, 1)}, None),
        ({(0, 1), (1, 1)}, {(0, 1)}, "value"),
        ([(0, 1)], {(0, 1)}, "kind"),
        ({"a": 1}, {"a": 1, "b": 2}, "shape"),
        ([("a", 1)], {"a": 1}, "kind"),
        (np.stack([np.ones(2), np.zeros(2)]), (np.ones(2), np.zeros(2)), None),
    ],
)
def test_examples(got, expected, word):
    assert difference(got, expected) == word


def test_the_tolerance_is_relative_and_absolute():
    assert difference(1000.05, 1000.0, Tolerance(1e-4, 0)) is None
    assert difference(0.05, 0.0, Tolerance(1e-4, 0)) == "value"
    assert difference(0.05, 0.0, Tolerance(0, 0.1)) is None


class Hostile:
    """Raises from, or lies in, whatever a comparer may call."""

    def __array__(self, *args, **kwargs):
        raise RuntimeError

    def __eq__(self, other):
        return True

    def __hash__(self):
        return hash((0, 1))

    def __len__(self):
        raise RuntimeError


class LyingText(str):
    __slots__ = ()

    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


@pytest.mark.parametrize("expected", [np.ones(2), 1.0, True, None, "dot", [1, 2], (1, 2), {(0, 1)}, {"a": 1}])
def test_a_hostile_object_is_not_the_sort_of_value_asked_for(expected):
    assert difference(Hostile(), expected) == "kind"


def test_equality_is_ours_to_say():
    assert difference({Hostile()}, {(0, 1)}) == "kind"
    assert difference(LyingText("cosine"), "dot") == "value"


def test_an_array_subclass_is_read_as_the_array_it_is():
    class Agreeable(np.ndarray):
        def __array_ufunc__(self, *args, **kwargs):
            return True

    assert difference(np.zeros(2).view(Agreeable), np.ones(2)) == "value"


@pytest.mark.parametrize("expected", [object(), np.array([object()]), 1j, [object()]])
def test_an_exam_that_expects_anything_but_plain_data_is_told(expected):
    with pytest.raises(NotPlainError):
        difference([1], expected)


def test_tensors_compare_with_tensors_by_their_numbers():
    import torch

    expected = torch.tensor([1.0, 2.0], dtype=torch.float64)
    assert difference(expected.bfloat16().requires_grad_(), expected) is None
    assert difference(expected + 1, expected) == "value"
    assert difference(expected[:1], expected) == "shape"
    assert difference(expected.numpy(), expected) == "kind"
    assert difference(torch.tensor([True]), torch.tensor([1])) == "kind"
