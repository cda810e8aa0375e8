"""Walks follow the tables, and tables that are no probabilities are refused."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from tiny import three_word_machine

from attention_course.language.machine import NO_STATE, Machine


def test_walks_have_the_right_frequencies():
    """First words, lengths and memories of 20,000 walks, within 5 standard errors."""
    machine, n = three_word_machine(), 20_000
    generator = np.random.default_rng(0)
    memory = generator.choice(2, size=n, p=machine.stationary)
    tokens, states, left = machine.walk(memory, generator)
    lengths = (states != NO_STATE).sum(axis=1)
    expect_share(np.eye(8)[tokens[:, 0]], machine.fresh @ machine.emission, n)
    ends = machine.fresh @ machine.finish
    expect_share((lengths == 1)[:, None], ends.sum(keepdims=True), n)
    expect_share((lengths == 1)[:, None] & (left[:, None] == [0, 1]), ends, n)
    assert ((tokens > 0) == (states != NO_STATE)).all()


def expect_share(observed, expected, n):
    spread = np.sqrt(expected * (1 - expected) / n)
    assert (abs(observed.mean(axis=0) - expected) <= 5 * spread + 1e-9).all()


def test_probabilities_that_do_not_sum_to_one_are_refused():
    machine = three_word_machine()
    with pytest.raises(ValueError, match="handover must sum to 1"):
        Machine(machine.emission, machine.transition, machine.finish, machine.handover * 2, machine.stationary)
    with pytest.raises(ValueError, match="transition and finish must sum to 1"):
        Machine(machine.emission, csr_array((4, 4)), machine.finish, machine.handover, machine.stationary)
