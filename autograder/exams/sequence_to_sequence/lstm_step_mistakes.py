"""Wrong variants of lstm_step."""

import torch

from autograder.exams.sequence_to_sequence.lstm_step import lstm_step, mix


def gates(x, state, w_input, w_hidden, bias):
    return mix(x, state[0], w_input, w_hidden, bias).chunk(4, dim=-1)


def finished(blocks, cell):
    enter, forget, candidate, leave = blocks
    cell = torch.sigmoid(forget) * cell + torch.sigmoid(enter) * torch.tanh(candidate)
    return torch.sigmoid(leave) * torch.tanh(cell), cell


@lstm_step.wrong("input and forget gate have changed places. Which block comes first in PyTorch's order?")
def forget_first(x, state, w_input, w_hidden, bias):
    forget, enter, candidate, leave = gates(x, state, w_input, w_hidden, bias)
    return finished((enter, forget, candidate, leave), state[1])


@lstm_step.wrong("output gate and candidate have changed places. Which block is the third, which the fourth?")
def output_before_candidate(x, state, w_input, w_hidden, bias):
    enter, forget, leave, candidate = gates(x, state, w_input, w_hidden, bias)
    return finished((enter, forget, candidate, leave), state[1])


@lstm_step.wrong("the candidate is taken for the second block, as TensorFlow has it. What is PyTorch's order?")
def candidate_second(x, state, w_input, w_hidden, bias):
    enter, candidate, forget, leave = gates(x, state, w_input, w_hidden, bias)
    return finished((enter, forget, candidate, leave), state[1])


@lstm_step.wrong("every fourth column goes to a gate. Are the columns of a gate side by side, or one in four?")
def columns_in_turn(x, state, w_input, w_hidden, bias):
    enter, forget, candidate, leave = mix(x, state[0], w_input, w_hidden, bias).unflatten(-1, (-1, 4)).unbind(-1)
    return finished((enter, forget, candidate, leave), state[1])


@lstm_step.wrong("the candidate goes through a sigmoid. Which of the four blocks may also be negative?")
def candidate_without_tanh(x, state, w_input, w_hidden, bias):
    enter, forget, candidate, leave = gates(x, state, w_input, w_hidden, bias)
    cell = torch.sigmoid(forget) * state[1] + torch.sigmoid(enter) * torch.sigmoid(candidate)
    return torch.sigmoid(leave) * torch.tanh(cell), cell


@lstm_step.wrong("the candidate goes in as it is. What stands around it in the formula?")
def candidate_as_it_is(x, state, w_input, w_hidden, bias):
    enter, forget, candidate, leave = gates(x, state, w_input, w_hidden, bias)
    cell = torch.sigmoid(forget) * state[1] + torch.sigmoid(enter) * candidate
    return torch.sigmoid(leave) * torch.tanh(cell), cell


@lstm_step.wrong(
    "the new hidden state is read from the cell without a tanh. What does the second line of the formula say?"
)
def hidden_without_tanh(x, state, w_input, w_hidden, bias):
    *_, leave = gates(x, state, w_input, w_hidden, bias)
    _, cell = finished(gates(x, state, w_input, w_hidden, bias), state[1])
    return torch.sigmoid(leave) * cell, cell


@lstm_step.wrong("the new hidden state is read from the old cell. Which of the two formulas comes first?")
def hidden_of_the_old_cell(x, state, w_input, w_hidden, bias):
    *_, leave = gates(x, state, w_input, w_hidden, bias)
    _, cell = finished(gates(x, state, w_input, w_hidden, bias), state[1])
    return torch.sigmoid(leave) * torch.tanh(state[1]), cell


@lstm_step.wrong("the two parts of the result have changed places. Which one is returned first?")
def cell_first(x, state, w_input, w_hidden, bias):
    return finished(gates(x, state, w_input, w_hidden, bias), state[1])[::-1]


@lstm_step.wrong(
    "the two parts of the state have changed places. Which one multiplies w_hidden, which one is forgotten?"
)
def state_the_other_way_round(x, state, w_input, w_hidden, bias):
    return finished(gates(x, state[::-1], w_input, w_hidden, bias), state[0])


@lstm_step.wrong("the forget gate is made from the input gate, 1 - input. Has it no block of its own?")
def coupled_gates(x, state, w_input, w_hidden, bias):
    enter, _, candidate, leave = gates(x, state, w_input, w_hidden, bias)
    return finished((enter, -enter, candidate, leave), state[1])


@lstm_step.wrong("nothing is ever forgotten: the old cell is added whole. What does the forget gate multiply?")
def nothing_is_forgotten(x, state, w_input, w_hidden, bias):
    enter, _, candidate, leave = gates(x, state, w_input, w_hidden, bias)
    cell = state[1] + torch.sigmoid(enter) * torch.tanh(candidate)
    return torch.sigmoid(leave) * torch.tanh(cell), cell


@lstm_step.wrong("the old cell is gone: the new one is made of the candidate alone. What is kept of the old one?")
def old_cell_left_out(x, state, w_input, w_hidden, bias):
    enter, _, candidate, leave = gates(x, state, w_input, w_hidden, bias)
    cell = torch.sigmoid(enter) * torch.tanh(candidate)
    return torch.sigmoid(leave) * torch.tanh(cell), cell


@lstm_step.wrong("the candidate enters whole, without the input gate. What decides how much of it is written?")
def without_input_gate(x, state, w_input, w_hidden, bias):
    _, forget, candidate, leave = gates(x, state, w_input, w_hidden, bias)
    cell = torch.sigmoid(forget) * state[1] + torch.tanh(candidate)
    return torch.sigmoid(leave) * torch.tanh(cell), cell


@lstm_step.wrong("the output gate is missing. What decides how much of the cell is shown?")
def without_output_gate(x, state, w_input, w_hidden, bias):
    _, cell = finished(gates(x, state, w_input, w_hidden, bias), state[1])
    return torch.tanh(cell), cell


@lstm_step.wrong("the bias is left out. What is added to the two products?")
def without_bias(x, state, w_input, w_hidden, bias):
    return finished(gates(x, state, w_input, w_hidden, torch.zeros_like(bias)), state[1])


@lstm_step.wrong("the bias is added twice. PyTorch's cell keeps two of them; how many are given here?")
def bias_twice(x, state, w_input, w_hidden, bias):
    return finished(gates(x, state, w_input, w_hidden, 2 * bias), state[1])


@lstm_step.wrong("the hidden state has no influence on the gates. What does w_hidden multiply?")
def hidden_left_out(x, state, w_input, w_hidden, bias):
    return finished((x @ w_input + bias).chunk(4, dim=-1), state[1])


@lstm_step.wrong("the input has no influence on the gates. What does w_input multiply?")
def input_left_out(x, state, w_input, w_hidden, bias):
    return finished((state[0] @ w_hidden + bias).chunk(4, dim=-1), state[1])


@lstm_step.wrong("1 is added to the forget gate, as TensorFlow does. Is there such a number in the formula?")
def forget_bias_of_one(x, state, w_input, w_hidden, bias):
    enter, forget, candidate, leave = gates(x, state, w_input, w_hidden, bias)
    return finished((enter, forget + 1, candidate, leave), state[1])


@lstm_step.wrong("the cell that is returned is the old one. What does the next step go on from?")
def old_cell_returned(x, state, w_input, w_hidden, bias):
    hidden, _ = finished(gates(x, state, w_input, w_hidden, bias), state[1])
    return hidden, state[1]
