"""The cases of attention, and the random queries, keys, values and masks that later exams need as well."""

import numpy as np

from autograder.exam.exercise import Case


def eighths(rng, *shape):
    """Multiples of 1/8: sums of their products are exact in float32, also where scores are large."""
    return rng.integers(-16, 17, size=shape) / 8


def draw(rng, leading, queries, keys, depth, features):
    """Query, key and value of these sizes."""
    sizes = (queries, depth), (keys, depth), (keys, features)
    return tuple(rng.normal(size=(*leading, *size)) for size in sizes)


def some(rng, *shape):
    """A mask in which every row allows something and, where there is room, forbids something."""
    mask = rng.random(shape) < 0.5
    mask[..., 0] |= ~mask.any(axis=-1)
    mask[..., -1] &= ~mask[..., :-1].all(axis=-1)
    return mask


def cases(rng):
    yield Case("a few queries, more keys and longer values", draw(rng, (), 2, 3, 4, 5))
    yield Case("queries, keys, depth and features of one size", draw(rng, (), 3, 3, 3, 3))
    yield Case("a batch", draw(rng, (2,), 3, 4, 5, 2))
    yield Case("batch and heads as leading axes", draw(rng, (2, 3), 4, 2, 3, 6))
    yield Case("a batch of one", draw(rng, (1,), 2, 2, 4, 3))
    yield Case("a single key", draw(rng, (), 3, 1, 2, 4))
    yield Case("a single query", draw(rng, (2,), 1, 3, 2, 4))
    yield Case("depth one and one feature", draw(rng, (), 3, 4, 1, 1))
    large = 400 * eighths(rng, 2, 4), 10 * eighths(rng, 3, 4), rng.normal(size=(3, 2))
    yield Case("scores in the thousands", large)
    yield from masked_cases(rng)
    yield Case("float32 input", tuple(a.astype(np.float32) for a in draw(rng, (2,), 3, 4, 8, 5)))
    integers = tuple(rng.integers(-2, 3, size=size) for size in ((2, 3), (4, 3), (4, 2)))
    yield Case("integer input", integers)
    query, key, value = draw(rng, (2,), 6, 4, 6, 4)
    yield Case("views with strides", (query[:, ::2, 1::2], np.asfortranarray(key)[..., 1::2], value[..., 1:]))


def masked_cases(rng):
    def masked(concept, sizes, mask):
        return Case(concept, draw(rng, *sizes), {"mask": mask})

    causal = np.tri(4, dtype=bool)
    yield masked("a mask", ((), 3, 5, 2, 4), some(rng, 3, 5))
    yield masked("a causal mask", ((), 4, 4, 3, 2), causal)
    yield masked("one mask for the whole batch", ((2,), 4, 4, 2, 3), causal)
    yield masked("a mask for each example", ((2,), 3, 4, 5, 2), some(rng, 2, 3, 4))
    yield masked("a mask with one row for all queries", ((), 3, 4, 2, 2), some(rng, 1, 4))
    yield masked("a mask over the keys of each example", ((3,), 2, 4, 5, 2), some(rng, 3, 1, 4))
    yield masked("a mask over the keys alone", ((2,), 3, 4, 2, 3), some(rng, 4))
    yield masked("a mask over batch and heads", ((2, 3), 2, 4, 3, 3), some(rng, 2, 1, 1, 4))
    yield masked("a mask that allows everything", ((), 2, 3, 4, 2), np.ones((2, 3), dtype=bool))
    yield Case("a mask given by position", (*draw(rng, (), 2, 4, 3, 3), some(rng, 2, 4)))
    query, key, value = draw(rng, (), 2, 4, 3, 2)
    key[0] = query[0] * 3
    mask = np.array([[False, True, True, True], [True, True, False, True]])
    yield Case("a forbidden key that matches best", (query, key, value), {"mask": mask})
    for concept, below in (("allowed scores below a forbidden one", 25), ("allowed scores far below", 60000)):
        query, key, value = np.ones((2, 4)), eighths(rng, 3, 4), rng.normal(size=(3, 2))
        key[1:] -= below
        yield Case(concept, (query, key, value), {"mask": np.array([[False, True, True]] * 2)})
    nothing = some(rng, 3, 4)
    nothing[1] = False
    yield masked("a query with nothing to attend to", ((), 3, 4, 2, 3), nothing)
    yield masked("an example with nothing to attend to", ((2,), 2, 3, 4, 2), np.array([[[True] * 3], [[False] * 3]]))
    yield masked("a mask that switches whole queries off", ((), 3, 2, 4, 2), np.array([[True], [False], [True]]))
    yield masked("a mask that allows nothing at all", ((2,), 3, 4, 3, 2), np.zeros((3, 4), dtype=bool))
    narrow = tuple(a.astype(np.float32) for a in draw(rng, (), 3, 4, 4, 2))
    yield Case("float32 input with a mask", narrow, {"mask": nothing})
