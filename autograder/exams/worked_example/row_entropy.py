"""row_entropy(weights): how evenly each query spreads its attention, in nats; 0 log 0 counts as 0.

A tiny number added inside the logarithm keeps it finite and is right.
"""

import math

import numpy as np
import scipy.special
import scipy.stats

from autograder.exam.exercise import Case, Exercise
from autograder.exams.worked_example.given import NOTEBOOK, right_weights


def cases(rng):
    yield Case("the weights of the worked example", (right_weights(),))
    yield Case("more keys than queries", (_weights(rng, 2, 5),))
    yield Case("fewer keys than queries", (_weights(rng, 5, 3),))
    yield Case("as many queries as keys", (_weights(rng, 3, 3),))
    yield Case("weights of exactly 0 beside others", (_with_zeros(rng, 4, 6),))
    yield Case("a row with all its weight on one key", (np.eye(5)[rng.permutation(5)][:3],))
    yield Case("a row of equal weights", (np.full((2, 7), 1 / 7),))
    yield Case("a single query", (_weights(rng, 1, 4),))
    yield Case("a single key", (np.ones((3, 1)),))
    yield Case("a batch of matrices", (_weights(rng, 3, 2, 4),))
    yield Case("a batch as long as its rows", (_with_zeros(rng, 3, 3, 3),))
    yield Case("several leading axes", (_with_zeros(rng, 2, 3, 4, 5),))
    yield Case("whole numbers", (np.eye(4, dtype=int)[rng.permutation(4)],))
    yield Case("a view with strides", (np.swapaxes(_weights(rng, 4, 3, 6), 0, 1)[::2],))
    yield Case("float32 input", (_weights(rng, 3, 4).astype(np.float32),))


def _weights(rng, *shape):
    return scipy.special.softmax(2 * rng.normal(size=shape), axis=-1)


def _with_zeros(rng, *shape):
    """Rows with zeros in them, never more than half of a row."""
    weights = _weights(rng, *shape)
    dropped = np.argsort(rng.normal(size=shape), axis=-1) < shape[-1] // 2
    weights[dropped] = 0
    return weights / weights.sum(axis=-1, keepdims=True)


row_entropy = Exercise(
    NOTEBOOK,
    "row_entropy",
    cases,
    survivors={
        "row_entropy: np.where(weights > 0, weights, 1) -> np.where(weights > 0, weights, 2)": (
            "these are the logarithms that are multiplied by a weight of 0"
        )
    },
)


@row_entropy.wrong("log2 counts in bits. Which logarithm counts in nats?")
def in_bits(weights):
    return scipy.special.entr(weights).sum(axis=-1) / np.log(2)


@row_entropy.wrong("log10 counts in tenfolds. Which logarithm counts in nats?")
def in_tenfolds(weights):
    return scipy.special.entr(weights).sum(axis=-1) / np.log(10)


@row_entropy.wrong("the entropies are negative. Which sign has the logarithm of a number below 1?")
def without_minus(weights):
    return -scipy.special.entr(weights).sum(axis=-1)


@row_entropy.wrong("the terms are averaged. Does the definition say mean or sum?")
def averaged(weights):
    return scipy.special.entr(weights).mean(axis=-1)


@row_entropy.wrong("the sum runs down the columns. Along which axis do the weights of one query lie?")
def down_the_columns(weights):
    return scipy.special.entr(weights).sum(axis=-2)


@row_entropy.wrong("the sum runs along axis 1. Where do the weights of one query lie when there are leading axes?")
def second_axis(weights):
    return scipy.special.entr(weights).sum(axis=1)


@row_entropy.wrong("the sum runs over the whole array. How many numbers should come out for three queries?")
def over_everything(weights):
    return scipy.special.entr(weights).sum()


@row_entropy.wrong("everything behind the first axis is added up. What if there are leading axes?")
def over_all_but_the_first(weights):
    return np.array([scipy.special.entr(part).sum() for part in weights])


@row_entropy.wrong("a weight of 0 gives NaN, for 0 times minus infinity. What should such a term count as?")
def zero_is_nan(weights):
    return -(weights * np.log(weights)).sum(axis=-1)


@row_entropy.wrong("a weight of 0 makes the entropy of its whole row 0. Which terms should count as 0?")
def zero_empties_the_row(weights):
    return np.nan_to_num(zero_is_nan(weights))


@row_entropy.wrong("the logarithms are summed without their weights. How much does each term count?")
def unweighted(weights):
    return -np.log(np.where(weights > 0, weights, 1)).sum(axis=-1)


@row_entropy.wrong("it is divided by the logarithm of the number of keys. What should equal weights give?")
def relative(weights):
    return scipy.special.entr(weights).sum(axis=-1) / np.log(weights.shape[-1])


@row_entropy.wrong("this is exp of the entropy, the effective number of keys. What does the docstring ask for?")
def perplexity(weights):
    return np.exp(scipy.special.entr(weights).sum(axis=-1))


@row_entropy.wrong("this is 1 minus the sum of squares. Where is the logarithm?")
def without_logarithm(weights):
    return 1 - (weights**2).sum(axis=-1)


@row_entropy.wrong("these are the terms, one for each weight. What remains to be done along a row?")
def not_summed(weights):
    return scipy.special.entr(weights)


@row_entropy.wrong("the summed axis stays, with length 1. Which shape does the docstring give?")
def axis_kept(weights):
    return scipy.special.entr(weights).sum(axis=-1, keepdims=True)


@row_entropy.wrong("the zeros of the array that came in are overwritten. On what should you work instead?")
def zeros_overwritten(weights):
    answer = scipy.special.entr(weights).sum(axis=-1)
    weights[weights == 0] = 1
    return answer


@row_entropy.right
def by_where(weights):
    safe = np.where(weights == 0, 1.0, weights)
    return -np.sum(weights * np.log(safe), axis=-1)


@row_entropy.right
def by_scipy(weights):
    return scipy.stats.entropy(weights, axis=-1)


@row_entropy.right
def by_tiny_number(weights):
    return -(weights * np.log(weights + 1e-9)).sum(axis=-1)


@row_entropy.right
def by_clipping(weights):
    return np.einsum("...k,...k->...", weights, -np.log(np.clip(weights, 1e-12, 1)))


@row_entropy.right
def by_nansum(weights):
    return -np.nansum(weights * np.log(weights), axis=-1)


@row_entropy.right
def by_loops(weights):
    if weights.ndim > 1:
        return [by_loops(part) for part in weights]
    return -math.fsum(w * math.log(w) for w in weights.tolist() if w > 0)


@row_entropy.right
def by_torch(weights):
    import torch

    return torch.special.entr(torch.tensor(np.array(weights), dtype=torch.float64)).sum(-1).numpy()
