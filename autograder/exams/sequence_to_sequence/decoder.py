"""AttentionDecoder(vocabulary_size, width, hidden, key_width): the cases, the right variants."""

import torch
from torch import nn
from torch.nn import functional as F

from attention_course.probes import modules as made_of
from attention_course.probes import sequence_to_sequence as probe
from autograder.exam.exercise import Case, Exercise
from autograder.exams.sequence_to_sequence import additive_attention
from autograder.exams.sequence_to_sequence.earlier import NOTEBOOK, AdditiveAttention
from autograder.exams.sequence_to_sequence.inputs import normal, numbers, some, whole

KINDS = {"embedding": "Embedding", "attention": "Module", "cell": "LSTMCell", "start": "Linear", "output": "Linear"}


def shapes(vocabulary_size, width, hidden, key_width):
    """The parameters by dotted name, with their shapes."""
    parts = {f"attention.{n}": s for n, s in additive_attention.shapes(hidden, key_width, hidden).items()}
    return parts | {
        "embedding.weight": (vocabulary_size, width),
        "cell.weight_ih": (4 * hidden, width + key_width),
        "cell.weight_hh": (4 * hidden, hidden),
        "cell.bias_ih": (4 * hidden,),
        "cell.bias_hh": (4 * hidden,),
        "start.weight": (hidden, key_width),
        "start.bias": (hidden,),
        "output.weight": (vocabulary_size, hidden + key_width),
        "output.bias": (vocabulary_size,),
    }


def begun(state, last):
    """The oracle's first state."""
    hidden = torch.tanh(F.linear(last.double(), state["start.weight"].double(), state["start.bias"].double()))
    return hidden, torch.zeros_like(hidden)


def stepped(state, tokens, memory, keys, mask):
    """The oracle's step in float64: (logits, state, weights)."""
    state = {name: tensor.double() for name, tensor in state.items()}
    attention = {name.removeprefix("attention."): t for name, t in state.items() if name.startswith("attention.")}
    context, weights = additive_attention.right(attention, memory[0], keys, mask)
    seen = torch.cat([state["embedding.weight"][tokens], context], dim=-1)
    gates = seen @ state["cell.weight_ih"].T + memory[0] @ state["cell.weight_hh"].T
    enter, forget, new, leave = (gates + state["cell.bias_ih"] + state["cell.bias_hh"]).chunk(4, dim=-1)
    cell = forget.sigmoid() * memory[1] + enter.sigmoid() * new.tanh()
    hidden = leave.sigmoid() * cell.tanh()
    logits = F.linear(torch.cat([hidden, context], dim=-1), state["output.weight"], state["output.bias"])
    return logits, (hidden, cell), weights


def walked(state, last, tokens, keys, mask):
    """The oracle's [logits, weights] of each step."""
    memory, given = begun(state, last), []
    for column in tokens.unbind(dim=1):
        logits, memory, weights = stepped(state, column, memory, keys, mask)
        given.append([logits, weights])
    return given


def cases(rng):
    sizes = 7, 3, 4, 5
    parts = [dict(KINDS), {n: list(s) for n, s in shapes(*sizes).items()}]
    yield Case("the parts", (sizes, tuple(KINDS), numbers(rng, shapes(*sizes))), expected=parts, use=made_of.parts)
    total = sum(torch.Size(shape).numel() for shape in shapes(*sizes).values())
    yield Case("how much there is to learn", (sizes,), expected=total, use=made_of.learned)

    def drawn(b, k, t, sizes=sizes, mask=None):
        state = numbers(rng, shapes(*sizes), scale=0.8)
        mask = torch.ones(b, k, dtype=torch.bool) if mask is None else mask
        last, tokens = normal(rng, b, sizes[3], scale=1.5), whole(rng, sizes[0], b, t)
        return sizes, state, last, tokens, normal(rng, b, k, sizes[3], scale=1.5), mask

    def write(concept, args):
        return Case(concept, args, expected=walked(*args[1:]), use=probe.steps)

    yield write("one step", drawn(3, 6, 1))
    yield write("several steps", drawn(2, 5, 4))
    yield write("a single sentence", drawn(1, 5, 3))
    yield write("a masked source", drawn(3, 6, 3, mask=some(rng, 3, 6)))
    yield write("as many sentences, words and numbers", drawn(4, 4, 4, (4, 4, 4, 4), some(rng, 4, 4)))
    mask = some(rng, 3, 4)
    mask[2] = False
    yield write("a source with nothing open", drawn(3, 4, 2, mask=mask))
    sizes, state, last, tokens, keys, mask = drawn(2, 5, 3, mask=some(rng, 2, 5))
    _, memory, _ = stepped(state, tokens[:, 0], begun(state, last), keys, mask)
    expected = [list(stepped(state, other, memory, keys, mask)[::2]) for other in tokens[:, 1:].unbind(dim=1)]
    args = sizes, state, last, tokens[:, 0], list(tokens[:, 1:].unbind(dim=1)), keys, mask
    yield Case("two steps from one state", args, expected=expected, use=probe.branches)
    sizes, state, *inputs = drawn(2, 5, 3, mask=some(rng, 2, 5))
    pull = normal(rng, 2, sizes[0])
    leaves = {name: tensor.double().requires_grad_() for name, tensor in state.items()}
    total = (walked(leaves, *inputs)[-1][0] * pull).sum()
    slopes = dict(zip(leaves, torch.autograd.grad(total, list(leaves.values())), strict=True))
    yield Case("gradients", (sizes, state, *inputs, pull), expected=slopes, use=probe.step_gradients)


AttentionDecoder = Exercise(
    NOTEBOOK,
    "AttentionDecoder",
    cases,
    survivors={
        "AttentionDecoder.step: dim=-1 -> dim=1": "vectors have two axes: the last is 1",
        "AttentionDecoder.step: dim=-1 -> dim=1 #2": "states have two axes: the last is 1",
    },
)


@AttentionDecoder.right
class in_small_steps(nn.Module):
    """A method for each step; a variant with a slip replaces one of them."""

    def __init__(self, vocabulary_size, width, hidden, key_width):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.attention = AdditiveAttention(hidden, key_width, hidden)
        self.cell = nn.LSTMCell(width + key_width, hidden)
        self.start = nn.Linear(key_width, hidden)
        self.output = nn.Linear(hidden + key_width, vocabulary_size)

    def begin(self, last):
        hidden = torch.tanh(self.start(last))
        return hidden, hidden.new_zeros(hidden.shape)

    def attend(self, state, keys, mask):
        return self.attention(state[0], keys, mask)

    def read(self, tokens, context, state):
        return self.cell(torch.cat([self.embedding(tokens), context], 1), state)

    def say(self, hidden, context):
        return self.output(torch.cat([hidden, context], 1))

    def step(self, tokens, state, keys, mask):
        context, weights = self.attend(state, keys, mask)
        new = self.read(tokens, context, state)
        return self.say(new[0], context), new, weights


@AttentionDecoder.right
class with_a_dictionary_for_a_state(nn.Module):
    def __init__(self, vocabulary_size, width, hidden, key_width):
        super().__init__()
        self.start, self.output = nn.Linear(key_width, hidden), nn.Linear(hidden + key_width, vocabulary_size)
        self.embedding, self.cell = nn.Embedding(vocabulary_size, width), nn.LSTMCell(width + key_width, hidden)
        self.attention = AdditiveAttention(query_width=hidden, key_width=key_width, hidden=hidden)

    def begin(self, last):
        first = self.start(last).tanh()
        return {"hidden": first, "cell": 0 * first}

    def step(self, tokens, state, keys, mask):
        context, weights = self.attention(state["hidden"], keys, mask)
        seen = torch.hstack([self.embedding(tokens), context])
        hidden, cell = self.cell(seen, (state["hidden"], state["cell"]))
        return self.output(torch.hstack([hidden, context])), {"hidden": hidden, "cell": cell}, weights


@AttentionDecoder.right
class with_sums_of_two_products(nn.Module):
    def __init__(self, vocabulary_size, width, hidden, key_width):
        super().__init__()
        self.width, self.hidden = width, hidden
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.attention = AdditiveAttention(hidden, key_width, hidden)
        self.cell = nn.LSTMCell(width + key_width, hidden)
        self.start = nn.Linear(key_width, hidden)
        self.output = nn.Linear(hidden + key_width, vocabulary_size)

    def begin(self, last):
        hidden = torch.tanh(last @ self.start.weight.T + self.start.bias)
        return torch.stack([hidden, torch.zeros_like(hidden)])

    def step(self, tokens, state, keys, mask):
        context, weights = self.attention(state[0], keys, mask)
        of_word, of_context = self.cell.weight_ih.split([self.width, context.size(-1)], dim=1)
        gates = F.linear(self.embedding(tokens), of_word) + F.linear(context, of_context, self.cell.bias_ih)
        i, f, g, o = (gates + F.linear(state[0], self.cell.weight_hh, self.cell.bias_hh)).chunk(4, 1)
        cell = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
        hidden = o.sigmoid() * cell.tanh()
        left, right = self.output.weight[:, : self.hidden], self.output.weight[:, self.hidden :]
        return hidden @ left.T + context @ right.T + self.output.bias, torch.stack([hidden, cell]), weights
