"""double(x): twice a number or an array; the practice exercise."""

import numpy as np

from autograder.exam.exercise import Case, Exercise


def cases(rng):
    yield Case("a whole number", (int(rng.integers(3, 9)),))
    yield Case("a number with decimals", (float(rng.normal()),))
    yield Case("zero", (0,))
    yield Case("a negative number", (-int(rng.integers(3, 9)),))
    yield Case("an array", (rng.normal(size=5),))
    yield Case("an array of more dimensions", (rng.normal(size=(2, 3)),))
    yield Case("an array of whole numbers", (rng.integers(-9, 10, size=4),))
    yield Case("float32 input", (rng.normal(size=3).astype(np.float32),))


double = Exercise("00_start_here", "double", cases)


@double.wrong("this is x times x. Which operation makes twice x?")
def squared(x):
    return x**2


@double.wrong("2 is added. Which operation makes twice x?")
def two_added(x):
    return x + 2


@double.wrong("this is half of x. Should the result be larger or smaller than x?")
def halved(x):
    return x / 2


@double.wrong("x comes back as it was. What should happen to it?")
def unchanged(x):
    return x


@double.wrong("the result is rounded down to a whole number. Does the docstring ask for that?")
def truncated(x):
    return np.asarray(2 * x).astype(int)


@double.wrong("the array that came in is changed. Does `x *= 2` make a new array?")
def in_place(x):
    x *= 2
    return x


@double.right
def added_to_itself(x):
    return x + x


@double.right
def by_numpy(x):
    return np.multiply(x, 2.0)


@double.right
def by_lists(x):
    return (np.array(x).astype(float) / 0.5).tolist()


@double.right
def in_place_on_a_copy(x):
    x = np.array(x)
    x *= 2
    return x
