"""permutation_check(embeddings, order, positions=None): does shuffling the tokens shuffle the outputs likewise?

Where the answer is False the outputs differ by far more than any sensible tolerance.
"""

import itertools
import math

import numpy as np
from scipy.special import softmax

from autograder.exam.case import Case, in_any_order
from autograder.exam.exercise import Exercise
from autograder.exams.worked_example.given import NOTEBOOK, apart, embeddings, row_softmax


def cases(rng):
    first = Case("the four tokens of the example", (embeddings(), _order(rng, 4)), expected=True)
    return in_any_order(rng, first, [*certain_cases(rng), *(drawn_case(rng) for _ in range(20))])


def drawn_case(rng):
    """Positions that tell the places apart, or do not: a list of answers holds in one of 2^20 exams."""
    count = rng.integers(4, 7)
    tokens, places = rng.normal(size=(2, count, 3))
    same = rng.random() < 0.5
    if same:
        places[:] = places[0]
    return Case("positions of many kinds", (tokens, _order(rng, count), places), expected=same)


def certain_cases(rng):
    tokens, places = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    yield Case("tokens without positions", apart(tokens, _order(rng, 5)), expected=True)
    yield Case("positions that stay in place", apart(tokens, _order(rng, 5), places), expected=False)
    yield Case("positions given by name", apart(tokens, _order(rng, 5)), {"positions": places}, expected=False)
    yield Case("an order given as a list", (rng.normal(size=(9, 7)), _order(rng, 9).tolist()), expected=True)
    square = rng.normal(size=(4, 4))
    yield Case("as many features as tokens", apart(square, _order(rng, 4)), expected=True)
    yield Case(
        "as many features as tokens, with positions", apart(square, _order(rng, 4), square.T + 1), expected=False
    )
    yield Case("an order that leaves every token in its place", apart(tokens, np.arange(5), places), expected=True)
    yield Case("the same position vector at every place", apart(tokens, _order(rng, 5), places[[2] * 5]), expected=True)
    yield Case("positions that are all zeros", apart(tokens, _order(rng, 5), np.zeros((5, 3))), expected=True)
    exchange = np.array([0, 3, 2, 1, 4])
    yield Case(
        "tokens that trade places of equal position", apart(tokens, exchange, places[[0, 1, 2, 1, 4]]), expected=True
    )
    twins = tokens[[0, 1, 2, 1, 4]]
    yield Case("equal tokens that trade places", apart(twins, exchange), expected=True)
    yield Case("equal tokens that trade places with positions", apart(twins, exchange, places), expected=False)
    yield Case("two tokens", (np.eye(2) * rng.uniform(1, 2), [1, 0]), expected=True)
    yield Case("a single token", (rng.normal(size=(1, 4)), [0], rng.normal(size=(1, 4))), expected=True)
    whole = rng.integers(-2, 3, size=(6, 2))
    whole[:2] = [[2, 1], [-1, 2]]
    yield Case("vectors of whole numbers", apart(whole, _order(rng, 6)), expected=True)
    places = np.arange(12).reshape(6, 2) % 5
    yield Case("whole numbers with positions", apart(whole, _cycle(rng, 6), places), expected=False)
    yield Case("tokens that attend to a single one each", _outshone(rng, 640), expected=True)
    yield Case("tokens that attend mostly to a single one each", _outshone(rng, 64), expected=False)
    yield Case("a token that attends to itself alone", _aloof(rng), expected=False)


def _order(rng, length):
    """An order that is not its own inverse: order[i] and the place of i differ."""
    order = rng.permutation(length)
    while np.array_equal(np.argsort(order), order):
        order = rng.permutation(length)
    return order


def _cycle(rng, length):
    """Every token moves on by one or two places."""
    return np.roll(np.arange(length), rng.integers(1, 3))


def _outshone(rng, lead, depth=256):
    """Two tokens that outshine two others each by `lead` in the scores; positions tell only those four apart.

    Divided by sqrt(256), a lead of 640 leaves all others a weight of e^-40, and no position shows in the outputs; a
    lead of 64 leaves them e^-4. Without that division 64 is enough to silence them; divided by 256 not even 640 is.
    """
    first, second, *others = np.linalg.qr(rng.normal(size=(depth, 10)))[0].T
    size = math.sqrt(lead)
    followers = [size * leader + other for leader, other in zip((first, first, second, second), others, strict=False)]
    tokens = np.array([2 * size * first, 2 * size * second, *followers])
    return tokens, np.array([0, 1, 3, 4, 5, 2]), np.array([*np.zeros((2, depth)), *others[4:]])


def _aloof(rng):
    """The first token is long and at right angles to the others, which attend to each other."""
    tokens, places = rng.normal(size=(2, 4, 3))
    tokens[:, 0] = places[:, 0] = 0
    tokens[0], places[0] = [16, 0, 0], 0
    return tokens, np.array([0, 2, 3, 1]), places


_CLOSE = "permutation_check: np.allclose(shuffled_first, shuffled_last, rtol=0, atol=1e-09) -> np.allclose"
_TWO_AXES = "a matrix has two axes; the last one is axis 1"
_FAR_APART = "outputs agree to rounding or differ by far more than any sensible tolerance"
_SAME_EVERYWHERE = "the same number added to every vector is a position vector that is the same at every place"

permutation_check = Exercise(
    NOTEBOOK,
    "permutation_check",
    cases,
    survivors={
        "permutation_check: softmax(x @ x.T / np.sqrt(x.shape[-1]), axis=-1)"
        " -> softmax(x @ x.T / np.sqrt(x.shape[-1]))": "the last axis is the default of the notebook's softmax",
        "permutation_check: x @ x.T / np.sqrt(x.shape[-1]) -> x @ x.T // np.sqrt(x.shape[-1])": (
            "scores rounded down are shuffled like any others, and positions show in the vectors that are averaged"
        ),
        "permutation_check: x.shape[-1] -> x.shape[1]": _TWO_AXES,
        "permutation_check: axis=-1 -> axis=1": _TWO_AXES,
        "permutation_check: 0 if positions is None else positions -> 1 if positions is None else positions": (
            _SAME_EVERYWHERE
        ),
        "permutation_check: 0 if positions is None else positions -> -1 if positions is None else positions": (
            _SAME_EVERYWHERE
        ),
        "permutation_check: bool(np.allclose(shuffled_first, shuffled_last, rtol=0, atol=1e-09))"
        " -> np.allclose(shuffled_first, shuffled_last, rtol=0, atol=1e-09)": "np.allclose returns a bool already",
        f"{_CLOSE}(shuffled_first, shuffled_last, atol=1e-09)": _FAR_APART,
        f"{_CLOSE}(shuffled_first, shuffled_last, rtol=0)": _FAR_APART,
        f"{_CLOSE}(shuffled_last, shuffled_first, rtol=0, atol=1e-09)": "with rtol=0 neither comes first",
    },
)


def _attend(x, mask=None):
    scores = x @ x.T / np.sqrt(x.shape[1])
    return row_softmax(scores if mask is None else np.where(mask, scores, -np.inf)) @ x


def _same(one, other):
    return bool(np.allclose(one, other, rtol=0, atol=1e-9))


def _at(positions):
    return 0 if positions is None else positions


@permutation_check.wrong("positions never matter here. Do they stay in place, or travel with their tokens?")
def positions_travel(embeddings, order, positions=None):
    x = embeddings + _at(positions)
    return _same(_attend(x[order]), _attend(x)[order])


@permutation_check.wrong("any positions break the symmetry here. What if they are all the same, or nothing moves?")
def positions_always_break(embeddings, order, positions=None):
    return positions is None


@permutation_check.wrong("the shuffled output is compared with the unshuffled one. Which rows belong together?")
def output_not_shuffled(embeddings, order, positions=None):
    return _same(_attend(embeddings[order] + _at(positions)), _attend(embeddings + _at(positions)))


@permutation_check.wrong("the output is shuffled by the inverse order. Which token of before stands at place i?")
def inverse_order(embeddings, order, positions=None):
    return _same(_attend(embeddings[order] + _at(positions)), _attend(embeddings + _at(positions))[np.argsort(order)])


@permutation_check.wrong("positions are added on one side of the comparison only. What has the other side?")
def positions_on_one_side(embeddings, order, positions=None):
    return _same(_attend(embeddings[order] + _at(positions)), _attend(embeddings)[order])


@permutation_check.wrong("the outputs are compared exactly. What does another order of adding do to the last digit?")
def exact_comparison(embeddings, order, positions=None):
    one, other = _attend(embeddings[order] + _at(positions)), _attend(embeddings + _at(positions))[order]
    return bool((one == other).all())


@permutation_check.wrong("each token attends to earlier ones only. Does the docstring ask for a causal mask?")
def causal(embeddings, order, positions=None):
    mask = np.tril(np.ones((len(embeddings), len(embeddings)), dtype=bool))
    x, shuffled = embeddings + _at(positions), embeddings[order] + _at(positions)
    return _same(_attend(shuffled, mask), _attend(x, mask)[order])


@permutation_check.wrong("the attention weights are compared without shuffling their columns. What is asked about?")
def weights_compared(embeddings, order, positions=None):
    x, shuffled = embeddings + _at(positions), embeddings[order] + _at(positions)
    return _same(row_softmax(shuffled @ shuffled.T), row_softmax(x @ x.T)[order])


@permutation_check.wrong(
    "what you compare is not attention. Is it softmax(X X^T / sqrt(d)) X, each row with its own sum?"
)
def vectors_compared(embeddings, order, positions=None):
    return _same(embeddings[order] + _at(positions), (embeddings + _at(positions))[order])


@permutation_check.wrong("the scores are not divided by sqrt(d). Does attention become sharper or flatter without?")
def unscaled(embeddings, order, positions=None):
    factor = embeddings.shape[1] ** 0.25
    x, shuffled = embeddings + _at(positions), embeddings[order] + _at(positions)
    return _same(_attend(shuffled * factor), _attend(x * factor)[order])


@permutation_check.wrong("one softmax runs over the whole matrix. Over which numbers should each sum go?")
def whole_matrix(embeddings, order, positions=None):
    def attend(x):
        return softmax(x @ x.T / np.sqrt(x.shape[1])) @ x

    return _same(attend(embeddings[order] + _at(positions)), attend(embeddings + _at(positions))[order])


@permutation_check.wrong("only the first token's output is compared. What about the others?")
def first_row_only(embeddings, order, positions=None):
    one, other = _attend(embeddings[order] + _at(positions)), _attend(embeddings + _at(positions))[order]
    return _same(one[0], other[0])


@permutation_check.wrong("it is False for everything. Does attention without positions know who came first?")
def never(embeddings, order, positions=None):
    return False


@permutation_check.wrong("True and False are exchanged. Which one says that the outputs are shuffled likewise?")
def opposite(embeddings, order, positions=None):
    return not right_by_attention(embeddings, order, positions)


@permutation_check.wrong("there is one answer for each number of the output. How do you make one of them?")
def one_for_each_number(embeddings, order, positions=None):
    one, other = _attend(embeddings[order] + _at(positions)), _attend(embeddings + _at(positions))[order]
    return np.isclose(one, other, rtol=0, atol=1e-9)


@permutation_check.wrong("the embeddings that came in are shuffled in place. On what should you work instead?")
def shuffled_in_place(embeddings, order, positions=None):
    before = _attend(embeddings + _at(positions))
    embeddings[:] = embeddings[order]
    return _same(_attend(embeddings + _at(positions)), before[order])


@permutation_check.right
def right_by_attention(embeddings, order, positions=None):
    if positions is None:
        positions = np.zeros_like(embeddings)
    return _same(_attend(embeddings[order] + positions), _attend(embeddings + positions)[order])


@permutation_check.right
def by_permutation_matrix(embeddings, order, positions=None):
    shuffle = np.eye(len(order))[np.asarray(order)]
    x, shuffled = embeddings + _at(positions), shuffle @ embeddings + _at(positions)
    return np.max(np.abs(_attend(shuffled) - shuffle @ _attend(x))) < 1e-8


@permutation_check.right
def by_loops(embeddings, order, positions=None):
    def dot(one, other):
        return sum(a * b for a, b in zip(one, other, strict=True))

    def attend(rows):
        outputs = []
        for query in rows:
            exps = [math.exp(dot(query, key) / math.sqrt(len(query))) for key in rows]
            outputs.append([dot(exps, column) / sum(exps) for column in zip(*rows, strict=True)])
        return outputs

    rows = embeddings.tolist()
    places = [[0] * len(rows[0])] * len(rows) if positions is None else positions.tolist()

    def placed(tokens):
        return [[a + b for a, b in zip(*pair, strict=True)] for pair in zip(tokens, places, strict=True)]

    before, after = attend(placed(rows)), attend(placed([rows[i] for i in order]))
    pairs = zip(itertools.chain(*after), itertools.chain(*(before[i] for i in order)), strict=True)
    return all(math.isclose(a, b, rel_tol=0, abs_tol=1e-9) for a, b in pairs)


@permutation_check.right
def by_torch(embeddings, order, positions=None):
    import torch

    def attend(x):
        return torch.nn.functional.scaled_dot_product_attention(x[None], x[None], x[None])[0]

    x = torch.tensor(np.array(embeddings), dtype=torch.float64)
    places = torch.zeros_like(x) if positions is None else torch.tensor(np.array(positions), dtype=torch.float64)
    order = torch.as_tensor(np.array(order))
    return torch.allclose(attend(x[order] + places), attend(x + places)[order])


@permutation_check.right
def by_moving_back(embeddings, order, positions=None):
    """Shuffle, attend, undo the shuffle: the same as if nothing had been shuffled?"""
    place_of = {token: place for place, token in enumerate(np.asarray(order).tolist())}
    after = _attend(np.take(embeddings, order, axis=0) + _at(positions))
    moved_back = np.stack([after[place_of[token]] for token in range(len(after))])
    return np.allclose(moved_back, _attend(embeddings + _at(positions)))
