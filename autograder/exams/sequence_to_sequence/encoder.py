"""Encoder(vocabulary_size, width, hidden): the cases, the right variants."""

import torch
from torch import nn

from attention_course.probes import modules as probe
from autograder.exam.exercise import Case, Exercise
from autograder.exams.sequence_to_sequence.earlier import NOTEBOOK
from autograder.exams.sequence_to_sequence.inputs import normal, numbers, whole


def shapes(vocabulary_size, width, hidden):
    """The parameters by dotted name, with their shapes."""
    one_way: dict[str, tuple[int, ...]] = {"weight_ih_l0": (4 * hidden, width), "weight_hh_l0": (4 * hidden, hidden)}
    one_way |= {"bias_ih_l0": (4 * hidden,), "bias_hh_l0": (4 * hidden,)}
    both = one_way | {f"{name}_reverse": shape for name, shape in one_way.items()}
    return {"embedding.weight": (vocabulary_size, width)} | {f"lstm.{name}": shape for name, shape in both.items()}


def right(sizes, state, input_ids, lengths):
    """The oracle: each sentence alone through PyTorch's LSTM, in float64."""
    lstm = nn.LSTM(*sizes[1:], bidirectional=True, batch_first=True).double()
    lstm.load_state_dict({name.removeprefix("lstm."): t.double() for name, t in state.items() if "lstm" in name})
    states = torch.zeros(*input_ids.shape, 2 * sizes[2], dtype=torch.float64)
    last = torch.zeros(len(input_ids), 2 * sizes[2], dtype=torch.float64)
    with torch.no_grad():
        for row, length in enumerate(lengths.tolist()):
            words = state["embedding.weight"].double()[input_ids[row, :length]]
            states[row, :length], (ends, _) = (out if i else out[0] for i, out in enumerate(lstm(words[None])))
            last[row] = ends[:, 0].flatten()
    return [states, last]


def cases(rng):
    sizes = 9, 5, 4
    yield Case(
        "the names and shapes of the parts",
        (sizes, ("embedding", "lstm"), numbers(rng, shapes(*sizes))),
        expected=[{"embedding": "Embedding", "lstm": "LSTM"}, {n: list(s) for n, s in shapes(*sizes).items()}],
        use=probe.parts,
    )
    total = sum(torch.Size(shape).numel() for shape in shapes(*sizes).values())
    yield Case("how much there is to learn", (sizes,), expected=total, use=probe.learned)

    def read(concept, lengths, t, sizes=sizes):
        state, ids = numbers(rng, shapes(*sizes)), whole(rng, sizes[0], len(lengths), t)
        lengths = torch.tensor(lengths)
        args = sizes, state, ids, lengths
        return Case(concept, args, expected=right(*args), use=probe.output)

    yield read("sentences of one length", [5, 5, 5], 5)
    yield read("a single sentence", [4], 4)
    yield read("a padded batch, the longest first", [6, 4, 2], 6)
    yield read("a padded batch in another order", [2, 6, 4, 1], 6)
    yield read("columns of padding behind all sentences", [3, 2], 6)
    yield read("sentences of one word", [1, 3, 1], 4)
    yield read("as many sentences, words and columns", [2, 4, 3, 4], 4, (7, 4, 4))
    yield read("a state of one number", [2, 3], 3, (6, 3, 1))
    yield anything_behind(rng, sizes)
    yield gradients(rng, sizes)


def anything_behind(rng, sizes):
    """Padding is made of the most usual word, and of id 0 inside of the sentences."""
    state, lengths = numbers(rng, shapes(*sizes)), torch.tensor([2, 5, 3])
    ids = torch.zeros(3, 5, dtype=torch.int64)
    ids[1] = torch.tensor([0, 3, 0, 0, 0])
    args = sizes, state, ids, lengths
    return Case("words of number zero", args, expected=right(*args), use=probe.output)


def gradients(rng, sizes):
    """What each parameter gets from a padded batch: what it gets from each sentence alone."""
    state, ids, lengths = numbers(rng, shapes(*sizes)), whole(rng, sizes[0], 2, 4), torch.tensor([4, 2])
    pulls = [normal(rng, 2, 4, 2 * sizes[2]), normal(rng, 2, 2 * sizes[2])]
    model = nn.ModuleDict(
        {"embedding": nn.Embedding(*sizes[:2]), "lstm": nn.LSTM(*sizes[1:], bidirectional=True, batch_first=True)}
    )
    model.load_state_dict(state)
    for row, length in enumerate(lengths.tolist()):
        states, (ends, _) = model["lstm"](model["embedding"](ids[row : row + 1, :length]))
        (states[0] * pulls[0][row, :length]).sum().backward(retain_graph=True)
        (ends[:, 0].flatten() * pulls[1][row]).sum().backward()
    expected = {name: parameter.grad for name, parameter in model.named_parameters()}
    return Case("gradients", (sizes, state, ids, lengths), {"pulls": pulls}, expected=expected, use=probe.gradients)


Encoder = Exercise(
    NOTEBOOK,
    "Encoder",
    cases,
    survivors={
        "Encoder.__init__: nn.LSTM(width, hidden, bidirectional=True, batch_first=True) -> "
        "nn.LSTM(width, hidden, bidirectional=True)": "of packed sentences batch_first says nothing",
        "Encoder.__init__: batch_first=True -> batch_first=False": "of packed sentences batch_first says nothing",
        "Encoder.forward: dim=-1 -> dim=1": "the ends have two axes: the last is 1",
    },
)


@Encoder.right
class in_small_steps(nn.Module):
    """A method for each step; a variant with a slip replaces one of them."""

    def __init__(self, vocabulary_size, width, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.lstm = nn.LSTM(width, hidden, bidirectional=True, batch_first=True)

    def packed(self, input_ids, lengths):
        return nn.utils.rnn.pack_padded_sequence(
            self.embedding(input_ids), lengths, batch_first=True, enforce_sorted=False
        )

    def padded(self, states, t):
        return nn.utils.rnn.pad_packed_sequence(states, batch_first=True, total_length=t)[0]

    def ends(self, states, hidden, cell, lengths):
        return torch.cat([hidden[0], hidden[1]], dim=-1)

    def forward(self, input_ids, lengths):
        states, (hidden, cell) = self.lstm(self.packed(input_ids, lengths))
        states = self.padded(states, input_ids.shape[1])
        return states, self.ends(states, hidden, cell, lengths)


@Encoder.right
class each_row_alone(nn.Module):
    def __init__(self, vocabulary_size, width, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.lstm = nn.LSTM(width, hidden, bidirectional=True, batch_first=True)

    def forward(self, input_ids, lengths):
        rows, ends = [], []
        for ids, length in zip(input_ids, lengths, strict=True):
            states, (hidden, _) = self.lstm(self.embedding(ids[:length])[None])
            rows.append(nn.functional.pad(states[0], (0, 0, 0, len(ids) - int(length))))
            ends.append(hidden.flatten())
        return torch.stack(rows), torch.stack(ends)


@Encoder.right
class reading_the_ends_from_the_states(nn.Module):
    def __init__(self, vocabulary_size, width, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.lstm = nn.LSTM(input_size=width, hidden_size=hidden, num_layers=1, bidirectional=True, batch_first=True)

    def forward(self, input_ids, lengths):
        longest_first = lengths.argsort(descending=True)
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(input_ids[longest_first]), lengths[longest_first], batch_first=True
        )
        states, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        states = states[longest_first.argsort()]
        u = self.lstm.hidden_size
        at_the_end = states[torch.arange(len(states)), lengths - 1, :u]
        missing = input_ids.size(1) - states.size(1)
        whole = torch.cat([states, states.new_zeros(len(states), missing, 2 * u)], 1)
        return whole, torch.cat([at_the_end, states[:, 0, u:]], 1)


@Encoder.right
class by_two_loops_over_words(nn.Module):
    def __init__(self, vocabulary_size, width, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.lstm = nn.LSTM(width, hidden, bidirectional=True, batch_first=True)

    def direction(self, vectors, real, places, suffix):
        weights = [
            getattr(self.lstm, f"{kind}_l0{suffix}") for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        ]
        hidden = cell = vectors.new_zeros(len(vectors), self.lstm.hidden_size)
        written = {}
        for place in places:
            here = real[:, place, None]
            gates = vectors[:, place] @ weights[0].T + hidden @ weights[1].T + weights[2] + weights[3]
            i, f, g, o = gates.chunk(4, -1)
            new = f.sigmoid() * cell + i.sigmoid() * g.tanh()
            shown = o.sigmoid() * new.tanh()
            cell, hidden = torch.where(here, new, cell), torch.where(here, shown, hidden)
            written[place] = hidden * here
        return torch.stack([written[place] for place in sorted(written)], 1), hidden

    def forward(self, input_ids, lengths):
        vectors, t = self.embedding(input_ids), input_ids.shape[1]
        real = torch.arange(t) < lengths[:, None]
        ahead, last = self.direction(vectors, real, range(t), "")
        back, first = self.direction(vectors, real, range(t - 1, -1, -1), "_reverse")
        return torch.cat([ahead, back], -1), torch.cat([last, first], -1)
