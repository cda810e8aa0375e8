"""NextItem(num_items, width, num_heads, num_layers, max_length): the cases, the right variants."""

import math
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from attention_course.probes import modules as probe
from autograder.exam.exercise import Case, Exercise
from autograder.exams.beyond_text import layers
from autograder.exams.beyond_text.earlier import NOTEBOOK
from autograder.exams.beyond_text.layers import GRADIENTS, NUMBERS, by_hand, library_layers, norm, stack
from autograder.exams.sequence_to_sequence.inputs import normal

SIZES = 8, 6, 2, 1, 6
"""8 items, 6 numbers an item, 2 heads, 1 layer, 6 columns at most. PyTorch has a path of its own for even heads."""

DEEP = 8, 6, 3, 2, 6
"""3 heads, 2 layers."""

KINDS = {"items": "Embedding", "positions": "Embedding", "layers": "ModuleList", "norm": "LayerNorm"}


def shapes(num_items, width, num_heads, num_layers, max_length):
    """The parameters by dotted name, with their shapes."""
    found: dict[str, tuple[int, ...]] = {
        "items.weight": (num_items + 1, width),
        "positions.weight": (max_length, width),
        "norm.weight": (width,),
        "norm.bias": (width,),
    }
    return found | layers.shapes(width, num_layers)


def right(sizes, ids, state):
    """The oracle in float64: each history alone, without any padding; zeros at padded places."""
    state = {name: tensor.double() for name, tensor in state.items()}
    t, rows = ids.shape[1], []
    for row in ids:
        history = row[row != 0]
        n = len(history)
        scores = state["norm.bias"].new_zeros(t, sizes[0])
        if n:
            x = (state["items.weight"][history] + state["positions.weight"][:n])[None]
            x = stack(state, sizes[2], sizes[3], x, torch.ones(n, n, dtype=torch.bool).tril())
            scores = torch.cat([scores[n:], norm(state, "norm", x)[0] @ state["items.weight"][1:].T])
        rows.append(F.pad(scores, (1, 0), value=-math.inf))
    return torch.stack(rows)


def at_real_places(ids, scores):
    """The scores at real places, and whether those at padded places are finite, but for item 0."""
    if tuple(scores.shape[:2]) != tuple(ids.shape):
        return scores
    real = ids != 0
    return [scores[real], bool(scores[~real][:, 1:].isfinite().all())]


def finite(gradients):
    return {name: bool(gradient.isfinite().all()) for name, gradient in gradients.items()}


def histories(rng, lengths, t, num_items=SIZES[0]):
    """(b, t) ids, padded in front."""
    rows = [torch.from_numpy(rng.integers(1, num_items + 1, size=length)) for length in lengths]
    return torch.stack([F.pad(row, (t - len(row), 0)) for row in rows])


def cases(rng):
    shape = {name: list(one) for name, one in shapes(*DEEP).items()}
    yield Case("the parts", (DEEP, tuple(KINDS), shape), expected=[KINDS, shape], use=probe.parts)
    total = sum(torch.Size(one).numel() for one in shapes(*DEEP).values())
    yield Case("how much there is to learn", (DEEP,), expected=total, use=probe.learned)

    def score(concept, lengths, t, sizes=SIZES, state=None, ids=None, **options):
        state = layers.numbers(rng, shapes(*sizes)) if state is None else state
        ids = histories(rng, lengths, t, sizes[0]) if ids is None else ids
        read = partial(at_real_places, ids)
        wanted = partial(wanted_at_real_places, sizes, ids, state)
        return Case(concept, (sizes, state, ids), options, NUMBERS, wanted, use=probe.output, read=read)

    yield score("histories without padding", [5, 5], 5)
    yield score("a single history", [4], 4)
    yield score("two layers", [5, 2], 5, DEEP)
    yield score("a single item", [1, 1], 1)
    yield score("padding in front", [5, 2, 4], 5)
    yield score("columns of padding in front of all", [3, 2], 6)
    yield score("as many columns as there may be", [6, 3], 6)
    yield score("one head", [4, 2], 5, (7, 4, 1, 1, 9))
    yield score("as many histories, columns, heads and numbers", [4, 1, 3, 2], 4, (4, 4, 4, 1, 4))
    yield score("a history that is all padding", [3, 0, 4], 4)
    yield score("training mode", [5, 2], 5, training=True)
    yield from odd_vectors(rng, score)
    yield from learning(rng)


def wanted_at_real_places(sizes, ids, state):
    return [right(sizes, ids, state)[ids != 0], True]


def odd_vectors(rng, score):
    """Padding that looks like an item, and items that look like padding: only the ids tell."""
    for concept, value in (("large numbers in the vector of item 0", 50.0), ("zeros in the vector of item 0", 0.0)):
        state = layers.numbers(rng, shapes(*SIZES))
        state["items.weight"][0] = value * torch.sign(state["items.weight"][0])
        yield score(concept, [5, 2], 5, state=state)
    state = layers.numbers(rng, shapes(*SIZES))
    state["items.weight"][2] = 0
    state["items.weight"][5] = state["items.weight"][0]
    ids = torch.tensor([[2, 5, 1, 2, 7], [0, 0, 2, 5, 3]])
    yield score("an item of zeros, and one like item 0", [], 5, state=state, ids=ids)
    state = layers.numbers(rng, shapes(*SIZES))
    ids = torch.tensor([[4, 4, 4, 4], [0, 4, 4, 4]])
    yield score("the same item again and again", [], 4, state=state, ids=ids)


def learning(rng):
    state, ids = layers.numbers(rng, shapes(*DEEP)), histories(rng, [5, 2], 5)
    pull = normal(rng, 2, 5, DEEP[0] + 1) * (ids != 0)[..., None]
    pull[..., 0] = 0

    def output(leaves):
        return right(DEEP, ids, leaves)[..., 1:]

    expected = partial(layers.slopes, output, state, pull[..., 1:])
    args, kwargs = (DEEP, state, ids), {"pulls": [pull]}
    yield Case("gradients", args, kwargs, GRADIENTS, expected, use=probe.gradients)
    ids = histories(rng, [4, 2, 0], 5)
    pull = F.pad(normal(rng, 3, 5, DEEP[0]), (1, 0))
    args, kwargs, all_finite = (DEEP, state, ids), {"pulls": [pull]}, dict.fromkeys(state, True)
    yield Case("gradients from padded places", args, kwargs, expected=all_finite, use=probe.gradients, read=finite)


_FREE = "what numbers it starts with is free"
_START = "nn.init.normal_(table.weight, std=width ** (-0.5))"

NextItem = Exercise(
    NOTEBOOK,
    "NextItem",
    cases,
    survivors={
        f"NextItem.__init__: {change}": _FREE
        for change in (
            "(self.items, self.positions) -> (self.positions, self.items)",
            f"for table in (self.items, self.positions): {_START} -> (nothing)",
            f"{_START} -> (nothing)",
            f"{_START} -> nn.init",
            f"{_START} -> nn.init.normal_(table.weight)",
            f"{_START} -> table.weight",
            "width ** (-0.5) -> (-0.5) ** width",
            "width ** (-0.5) -> width",
            "width ** (-0.5) -> width ** 0.5",
            "-0.5 -> --0.5",
            "-0.5 -> -0",
            "-0.5 -> -1.5",
        )
    }
    | {f"NextItem.__init__: {layers.OPTIONS} -> {layers.WITH_WHOLE_ZERO}": "0 is 0.0"},
)


@NextItem.right
class in_small_steps(nn.Module):
    """A method for each step; a variant with a slip replaces one of them."""

    def __init__(self, num_items, width, num_heads, num_layers, max_length):
        super().__init__()
        self.heads = num_heads
        self.items = self.items_of(num_items, width)
        self.positions = nn.Embedding(max_length, width)
        self.layers = self.layers_of(width, num_heads, num_layers)
        self.norm = nn.LayerNorm(width)

    def items_of(self, num_items, width):
        return nn.Embedding(num_items + 1, width)

    def layers_of(self, width, num_heads, num_layers):
        return library_layers(width, num_heads, num_layers)

    def places(self, ids):
        return ((ids != 0).cumsum(dim=1) - 1).clamp(min=0)

    def embed(self, ids):
        return self.items(ids) + self.positions(self.places(ids))

    def real(self, ids):
        return ids != 0

    def earlier(self, t):
        return torch.ones(t, t, dtype=torch.bool).tril()

    def opened(self, ids):
        t = ids.shape[1]
        return (self.earlier(t) & self.real(ids)[:, None, :]) | torch.eye(t, dtype=torch.bool)

    def encode(self, x, opened):
        closed = ~opened.repeat_interleave(self.heads, dim=0)
        for layer in self.layers:
            x = layer(x, src_mask=closed)
        return x

    def score(self, x):
        return self.norm(x) @ self.items.weight.T

    def finish(self, scores):
        return F.pad(scores[..., 1:], (1, 0), value=-math.inf)

    def forward(self, ids):
        return self.finish(self.score(self.encode(self.embed(ids), self.opened(ids))))


@NextItem.right
class with_a_padding_index(nn.Module):
    """Item 0 learns nothing; a mask of 0 and -1e9 to be added; padded places may look at all before them."""

    def __init__(self, num_items, width, num_heads, num_layers, max_length):
        super().__init__()
        self.num_heads = num_heads
        self.items = nn.Embedding(num_items + 1, width, padding_idx=0)
        self.positions = nn.Embedding(max_length, width)
        self.layers = nn.ModuleList()
        for _ in range(num_layers):
            layer = nn.TransformerEncoderLayer(
                width, num_heads, 4 * width, 0, nn.GELU(), batch_first=True, norm_first=True
            )
            self.layers.append(layer)
        self.norm = nn.LayerNorm(width)

    def forward(self, ids):
        b, t = ids.shape
        padded = (ids == 0).sum(dim=1, keepdim=True)
        places = torch.clamp(torch.arange(t) - padded, min=0)
        x = self.items(ids) + self.positions(places)
        real = ids.ne(0)
        closed = torch.triu(torch.ones(t, t, dtype=torch.bool), 1) | (real[:, :, None] & ~real[:, None, :])
        added = torch.zeros(b, t, t).masked_fill(closed, -1e9)
        for layer in self.layers:
            x = layer(x, added.repeat_interleave(self.num_heads, 0))
        scores = torch.einsum("btm,sm->bts", self.norm(x), self.items.weight)
        hidden = torch.zeros(scores.shape[-1], dtype=torch.bool)
        hidden[0] = True
        return scores.masked_fill(hidden, float("-inf"))


@NextItem.right
class each_history_alone(nn.Module):
    """The padding is cut off, and put in front again at the end."""

    def __init__(self, num_items, width, num_heads, num_layers, max_length):
        super().__init__()
        self.items = nn.Embedding(num_items + 1, width)
        self.positions = nn.Embedding(max_length, width)
        self.layers = library_layers(width, num_heads, num_layers)
        self.norm = nn.LayerNorm(width)

    def forward(self, ids):
        return torch.stack([self.alone(row) for row in ids])

    def alone(self, row):
        history = row[row > 0]
        t, n = len(row), len(history)
        states = self.items.weight.new_zeros(t - n, self.items.embedding_dim)
        if n:
            x = (self.items(history) + self.positions.weight[:n]).unsqueeze(0)
            mask = nn.Transformer.generate_square_subsequent_mask(n)
            for layer in self.layers:
                x = layer(x, src_mask=mask, is_causal=True)
            states = torch.cat([states, self.norm(x)[0]])
        scores = F.linear(states, self.items.weight)
        never = scores.new_full((t, 1), -torch.inf)
        return torch.cat([never, scores[:, 1:]], dim=1)


@NextItem.right
class step_by_step(nn.Module):
    """Attention and norms spelled out, on the layers' own parts; a row with nothing open has equal weights."""

    scale: float | None = None

    def __init__(self, num_items, width, num_heads, num_layers, max_length):
        super().__init__()
        self.items, self.positions = nn.Embedding(num_items + 1, width), nn.Embedding(max_length, width)
        self.layers = library_layers(width, num_heads, num_layers)
        self.norm = nn.LayerNorm(width)

    def forward(self, ids):
        real, t = ids != 0, ids.shape[1]
        number = torch.cumsum(real.long(), 1)
        x = self.items(ids) + self.positions(torch.where(real, number - 1, 0))
        opened = real[:, None, None, :] & torch.tril(torch.ones(t, t)).bool()
        for layer in self.layers:
            x = by_hand(layer, x, opened, self.scale)
        scores = self.norm(x) @ self.items.weight.t()
        scores[:, :, 0] = -math.inf
        return scores
