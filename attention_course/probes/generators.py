"""What notebook 07 needs besides a call: caches that fill, texts read in pieces, a model that writes by a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from attention_course.probes.modules import OneDevice
from attention_course.probes.modules import made as made_of
from attention_course.probes.torch_answers import described, undisturbed


@dataclass(frozen=True)
class DecoderConfig:
    """What a learner's model is made from: the fields of the DecoderConfig that the notebook gives."""

    vocab_size: int
    hidden_size: int = 64
    intermediate_size: int = 160
    num_hidden_layers: int = 2
    num_attention_heads: int = 4
    num_key_value_heads: int = 2
    rms_norm_eps: float = 1e-6
    tie_word_embeddings: bool = False


def with_kind(answer, *args, **kwargs):
    """A call; what is a tensor is named as such, since a number compares as equal to one."""
    result = answer(*args, **kwargs)
    return [result, type(result).__name__, str(getattr(result, "dtype", ""))]


@undisturbed
def normed(answer, sizes, weight, x, *, dtype="float32"):
    """What a norm gives with this weight in its one parameter, and of which dtype."""
    norm = answer(*sizes).to(getattr(torch, dtype))
    with torch.no_grad():
        for parameter in norm.parameters():
            parameter.copy_(weight)
        output = norm(x.to(getattr(torch, dtype)))
    return [output, str(getattr(output, "dtype", ""))]


@undisturbed
def first_numbers(answer, sizes):
    """The parameters of a fresh object, in order."""
    return [parameter.detach() for parameter in answer(*sizes).parameters()]


@undisturbed
def slopes(answer, sizes, weight, x, pull):
    """The gradients of sum(pull * output) for the one parameter of a norm and for its input."""
    norm, x = answer(*sizes), x.clone().requires_grad_()
    for parameter in norm.parameters():
        parameter.data.copy_(weight)
    return list(torch.autograd.grad(norm(x), [*norm.parameters(), x], pull))


def _says(cache) -> list[Any]:
    """[length, nbytes] of a cache; a method is no number."""
    return ["a method" if callable(number) else number for number in (cache.length, cache.nbytes)]


def filled(answer, chunks):
    """What a cache says before and after each chunk, when it says so and at the end.

    Returns:
        [at first, of each chunk, keys and values of each chunk as they are at the end]
    """
    cache, steps, given = answer(), [], []
    first = _says(cache)
    for key, value in chunks:
        keys, values = cache.append(key, value)
        given.append([keys, values])
        steps.append([keys.clone(), values.clone(), *_says(cache)])
    return [first, steps, given]


def side_by_side(answer, first, second):
    """Two caches that are filled in turn: what each holds in the end."""
    caches = answer(), answer()
    held: list[Any] = [None, None]
    for pair in zip(first, second, strict=True):
        for place, chunk in enumerate(pair):
            held[place] = list(caches[place].append(*chunk))
    return [held, [_says(cache) for cache in caches]]


def _pieces(x: Tensor, sizes: Sequence[int]) -> Sequence[Tensor]:
    return x.split(list(sizes), dim=1)


@undisturbed
def attended(answer, kind, sizes, state, x, splits, *, dtype="float32"):
    """What attention gives when a text comes in pieces, each time with a fresh cache of the learner's kind.

    Args:
        splits: of each reading, how many tokens come in each piece.

    Returns:
        For each reading [output of all pieces, length of the cache, its bytes, the output's dtype].
    """
    layer = made_of(answer, sizes, state).to(getattr(torch, dtype))
    readings = []
    with torch.no_grad():
        for split in splits:
            cache = kind()
            output = torch.cat([layer(piece, cache) for piece in _pieces(x.to(getattr(torch, dtype)), split)], dim=1)
            readings.append([output, cache.length, cache.nbytes, str(output.dtype)])
    return readings


@undisturbed
def attention_in(answer, sizes, state, x, *, dtype):
    """What attention gives in this precision without a cache, and of which dtype that is."""
    layer = made_of(answer, sizes, state).to(getattr(torch, dtype))
    with torch.no_grad():
        output = layer(x.to(getattr(torch, dtype)))
    return [output, str(getattr(output, "dtype", ""))]


def _model(answer, sizes) -> nn.Module:
    return answer(DecoderConfig(**sizes)).eval()


@undisturbed
def kept(answer, sizes, input_ids):
    """What a fresh model keeps: the config, its layers, how many numbers it has to learn; the sizes of its logits."""
    config = DecoderConfig(**sizes)
    model = answer(config).eval()
    with torch.no_grad():
        shape = list(model(input_ids).shape)
    learned = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    return [model.config == config, len(model.layers), learned, shape]


@undisturbed
def model_elsewhere(answer, sizes, input_ids):
    """What comes out, without numbers, of a model moved to another device."""
    model = _model(answer, sizes).to("meta")
    with torch.no_grad(), OneDevice():
        return described(model(input_ids.to("meta")))


@undisturbed
def read_apart(answer, kind, sizes, first, second):
    """A fresh model's logits for two texts, and for the first in two pieces, with caches."""
    model = _model(answer, sizes)
    with torch.no_grad():
        return [model(first), model(second), *_in_pieces(model, kind, first, [[1, first.shape[1] - 1]])]


def _in_pieces(model, kind, input_ids, splits) -> list[Tensor]:
    """The logits of a text that is read in pieces, for each of several ways to cut it."""
    readings = []
    for split in splits:
        caches = [kind() for _ in range(len(model.layers))]
        readings.append(torch.cat([model(piece, caches) for piece in _pieces(input_ids, split)], dim=1))
    return readings


def _loaded(load, answer, sizes, entries) -> nn.Module:
    model = _model(answer, sizes)
    load(model, entries)
    return model.eval()


@undisturbed
def logits_after_loading(load, answer, sizes, entries, input_ids):
    """What a model of the learner's says with these entries in it."""
    model = _loaded(load, answer, sizes, entries)
    with torch.no_grad():
        return model(input_ids)


@undisturbed
def logits_in_pieces(load, answer, kind, sizes, entries, input_ids, splits):
    """The same when the text is read in pieces, and how many tokens each cache holds in the end."""
    model = _loaded(load, answer, sizes, entries)
    with torch.no_grad():
        readings = _in_pieces(model, kind, input_ids, splits)
        caches = [kind() for _ in range(len(model.layers))]
        model(input_ids, caches)
    return [readings, [cache.length for cache in caches]]


@undisturbed
def logits_after_a_change(load, answer, sizes, entries, input_ids):
    """What a model says when the entries are overwritten after loading."""
    copies = {name: tensor.clone() for name, tensor in entries.items()}
    model = _loaded(load, answer, sizes, copies)
    for tensor in copies.values():
        tensor.zero_()
    with torch.no_grad():
        return model(input_ids)


@undisturbed
def learned_after_loading(load, answer, sizes, entries):
    """How many numbers a model has to learn after loading."""
    parameters = _loaded(load, answer, sizes, entries).parameters()
    return sum(parameter.numel() for parameter in parameters if parameter.requires_grad)


class TableModel(nn.Module):
    """A model that scores by a table: the row depends on all tokens so far, and on their order.

    It is made like a DecoderModel and remembers in caches alone, by `append`; it takes note of how many columns it is
    asked to read.

    Args:
        rows: (n, s) scores.
        layers: how many caches it wants.
    """

    def __init__(self, rows: Tensor, layers: int) -> None:
        super().__init__()
        self.config = DecoderConfig(rows.shape[1], num_hidden_layers=layers)
        self.layers = nn.ModuleList(nn.Identity() for _ in range(layers))
        self.table, self.read = nn.Parameter(rows.clone()), 0

    def forward(self, input_ids: Tensor, caches: Sequence[Any] | None = None) -> Tensor:
        self.read += input_ids.shape[1]
        tokens = input_ids
        if caches is not None:
            if len(caches) != len(self.layers):
                raise ValueError("as many caches as layers")
            held = [cache.append(*[input_ids[:, None, :, None].float()] * 2)[0] for cache in caches]
            if len({tensor.shape for tensor in held}) > 1:
                raise ValueError("the caches hold texts of several lengths")
            tokens = held[-1][:, 0, :, 0].long()
        numbers = torch.zeros(len(tokens), dtype=torch.int64)
        numbers_of = []
        for column in tokens.unbind(dim=1):
            numbers = (numbers * 31 + column + 1) % 1_000_003
            numbers_of.append(numbers)
        new = torch.stack(numbers_of, dim=1)[:, -input_ids.shape[1] :]
        return self.table[new % len(self.table)]


class Chooser:
    """Takes the most probable token, the second and so on in turn, and notes what it was shown."""

    def __init__(self, model: TableModel, ranks: Sequence[int]) -> None:
        self.model, self.ranks = model, ranks
        self.shown: list[Tensor] = []
        self.columns: list[int] = []

    def __call__(self, logits: Tensor) -> Tensor:
        rank = self.ranks[len(self.shown) % len(self.ranks)]
        self.shown.append(logits.detach().clone())
        self.columns.append(self.model.read)
        self.model.read = 0
        return logits.argsort(dim=-1, descending=True)[:, rank]


def written(answer, rows, input_ids, new_tokens, *options, layers=2, ranks=(0,), **named):
    """What is written with a table for a model.

    Returns:
        [ids, the scores that `choose` was shown each time, how many columns the model read before each time]
    """
    model = TableModel(rows, layers)
    choose = Chooser(model, ranks)
    ids = answer(model, input_ids, new_tokens, choose, *options, **named)
    return [ids, choose.shown, choose.columns]
