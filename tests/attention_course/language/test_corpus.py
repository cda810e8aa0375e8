"""Batches are complete, trimmed, repeatable and shuffled."""

from itertools import islice

import numpy as np
import pytest
import torch

from attention_course.language.corpus import batches, stack, trimmed


def data(n=700, length=12):
    lengths = np.random.default_rng(0).integers(3, length + 1, size=n)
    mask = (np.arange(length) < lengths[:, None]).astype(np.int64)
    return {"input_ids": mask * np.arange(1, n + 1)[:, None], "attention_mask": mask, "next": np.arange(n)}


def test_stack_makes_integer_arrays():
    stacked = stack([{"input_ids": [1, 2], "attention_mask": [1, 1]}, {"input_ids": [3, 0], "attention_mask": [1, 0]}])
    assert stacked["input_ids"].dtype == np.int64
    np.testing.assert_array_equal(stacked["attention_mask"], [[1, 1], [1, 0]])


def test_stack_refuses_ragged_and_empty():
    with pytest.raises(ValueError, match=r"lengths \[1, 2\]"):
        stack([{"input_ids": [1, 2]}, {"input_ids": [1]}])
    with pytest.raises(ValueError, match="empty"):
        stack([])


def test_trimmed_drops_padding_only():
    batch = trimmed({"attention_mask": np.array([[1, 1, 0, 0], [1, 0, 0, 0]]), "next": np.array([1, 0])})
    assert batch["attention_mask"].shape == (2, 2)
    assert batch["next"].shape == (2,)


@pytest.mark.parametrize("by_length", [True, False])
def test_an_epoch_holds_every_row_once(by_length):
    epoch = list(islice(batches(data(), 100, np.random.default_rng(1), by_length), 7))
    assert sorted(torch.cat([batch["next"] for batch in epoch]).tolist()) == list(range(700))
    for batch in epoch:
        assert batch["input_ids"].dtype == torch.int64
        assert batch["attention_mask"].sum(dim=1).max() == batch["input_ids"].shape[1]
        assert (batch["input_ids"].amax(dim=1) == batch["next"] + 1).all()


def test_the_generator_alone_decides():
    first, again, other = (
        [batch["next"].tolist() for batch in islice(batches(data(), 50, np.random.default_rng(seed)), 20)]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_sorting_by_length_saves_padding():
    columns = [
        sum(batch["input_ids"].shape[1] for batch in islice(batches(data(), 50, np.random.default_rng(1), way), 14))
        for way in (True, False)
    ]
    assert columns[0] < 0.8 * columns[1]


def test_a_batch_larger_than_the_data_is_refused():
    with pytest.raises(ValueError, match="cannot be filled from 700"):
        next(batches(data(), 701, np.random.default_rng(0)))
