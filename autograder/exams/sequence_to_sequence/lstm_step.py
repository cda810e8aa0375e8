"""lstm_step(x, state, w_input, w_hidden, bias): the cases, the right variants."""

import torch
from torch import nn
from torch.nn import functional as F

from attention_course.probes import torch_answers as using
from autograder.exam.compare import FLOAT32
from autograder.exam.exercise import Case, Exercise
from autograder.exams.sequence_to_sequence.earlier import NOTEBOOK
from autograder.exams.sequence_to_sequence.inputs import FLOAT64, normal


def closed_form(x, state, w_input, w_hidden, bias):
    """The oracle: PyTorch's own cell in float64, whose matrices lie the other way round and whose biases are two."""
    cell = nn.LSTMCell(w_input.shape[0], w_hidden.shape[0]).double()
    numbers = {
        "weight_ih": w_input.double().T,
        "weight_hh": w_hidden.double().T,
        "bias_ih": bias.double(),
        "bias_hh": torch.zeros(len(bias), dtype=torch.float64),
    }
    return torch.func.functional_call(cell, numbers, (x.double(), tuple(part.double() for part in state)))


def cases(rng):
    def drawn(b, e, u, dtype=torch.float32, scale=1.0):
        state = normal(rng, b, u, dtype=dtype), normal(rng, b, u, scale=2.0, dtype=dtype)
        shapes = (e, 4 * u), (u, 4 * u), (4 * u,)
        weights = (normal(rng, *shape, scale=scale * 0.7, dtype=dtype) for shape in shapes)
        return normal(rng, b, e, dtype=dtype), state, *weights

    def step(concept, args, tolerance=FLOAT32):
        return Case(concept, args, tolerance=tolerance, expected=[t.detach() for t in closed_form(*args)])

    yield step("a batch of sentences", drawn(3, 5, 4))
    yield step("a state wider than the input", drawn(2, 3, 6))
    yield step("as many sentences, inputs and states", drawn(4, 4, 4))
    yield step("a state of one number", drawn(3, 2, 1))
    yield step("a single sentence", drawn(1, 4, 3))
    yield step("a state of zeros", zeroed(drawn(2, 3, 4)))
    yield step("gates that are far open or shut", drawn(3, 4, 5, scale=15.0))
    yield step("float64", drawn(2, 3, 4, dtype=torch.float64), FLOAT64)
    args = drawn(2, 3, 4)
    turned = args[0].T.contiguous().T, args[1], args[2].T.contiguous().T, args[3].T.contiguous().T, args[4]
    yield step("views with strides", turned)
    yield gradients(drawn(2, 3, 4))


def zeroed(args):
    x, (hidden, cell), *weights = args
    return x, (torch.zeros_like(hidden), torch.zeros_like(cell)), *weights


def gradients(args):
    """What flows back to the input and to the weights from the hidden state."""
    x, state, *weights = args
    pull = torch.ones_like(state[0])
    leaves = [tensor.double().requires_grad_() for tensor in (x, *weights)]
    hidden, cell = closed_form(leaves[0], state, *leaves[1:])
    expected = list(torch.autograd.grad((hidden + cell).sum(), leaves))
    return Case("gradients", (x, state, *weights), {"pull": pull}, expected=expected, use=using.gradients_of_the_sum)


lstm_step = Exercise(
    NOTEBOOK, "lstm_step", cases, survivors={"lstm_step: dim=-1 -> dim=1": "there are two axes: the last is 1"}
)


def mix(x, hidden, w_input, w_hidden, bias):
    return x @ w_input + hidden @ w_hidden + bias


@lstm_step.right
def by_the_librarys_cell(x, state, w_input, w_hidden, bias):
    cell = nn.LSTMCell(w_input.size(0), w_hidden.size(0)).to(x.dtype)
    theirs = {"weight_ih": w_input.T, "weight_hh": w_hidden.T, "bias_ih": bias, "bias_hh": torch.zeros_like(bias)}
    return torch.func.functional_call(cell, theirs, (x, state))


@lstm_step.right
def by_slices(x, state, w_input, w_hidden, bias):
    hidden, cell = state
    u = hidden.shape[1]

    def gate(number):
        columns = slice(number * u, (number + 1) * u)
        return x @ w_input[:, columns] + hidden @ w_hidden[:, columns] + bias[columns]

    new = cell * gate(1).sigmoid() + gate(0).sigmoid() * gate(2).tanh()
    return [gate(3).sigmoid() * new.tanh(), new]


@lstm_step.right
def by_one_product_of_both(x, state, w_input, w_hidden, bias):
    hidden, cell = state
    gates = F.linear(torch.cat([x, hidden], 1), torch.cat([w_input, w_hidden], 0).T, bias)
    i, f, g, o = torch.split(gates, hidden.size(-1), dim=1)
    cell = torch.addcmul(F.sigmoid(f) * cell, F.sigmoid(i), F.tanh(g))
    return F.sigmoid(o) * F.tanh(cell), cell


@lstm_step.right
def by_einsum(x, state, w_input, w_hidden, bias):
    hidden, cell = state
    gates = torch.einsum("be,eg->bg", x, w_input) + torch.einsum("bh,hg->bg", hidden, w_hidden) + bias[None]
    i, f, g, o = gates.reshape(len(x), 4, -1).unbind(1)
    cell = cell * torch.special.expit(f) + torch.special.expit(i) * (2 * torch.special.expit(2 * g) - 1)
    return torch.special.expit(o) * torch.tanh(cell), cell


@lstm_step.right
def row_by_row(x, state, w_input, w_hidden, bias):
    rows = []
    for row, hidden, cell in zip(x, *state, strict=True):
        i, f, g, o = (row @ w_input + hidden @ w_hidden + bias).view(4, -1)
        new = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
        rows.append((torch.sigmoid(o) * torch.tanh(new), new))
    return tuple(torch.stack(part) for part in zip(*rows, strict=True))
