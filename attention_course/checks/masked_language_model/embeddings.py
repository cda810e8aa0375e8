"""Visible check of the embeddings."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from attention_course.checks.batched_attention.reading import cause, gradients_flow, works_without_numbers
from attention_course.checks.masked_language_model.reading import made, same, seeded, shown, tensor_of
from attention_course.checks.report import CheckError, called, visible_check


@visible_check(points=2)
def BertEmbeddings(kind) -> None:
    """Named parts, a sum and its norm by hand, positions, dropout."""
    name = "BertEmbeddings"
    module: Any = made(kind, name, 6, 4, 5, 3, 0.0)
    for part, size in (("word", (6, 4)), ("position", (5, 4)), ("segment", (3, 4))):
        table = getattr(module, part, None)
        if not isinstance(table, nn.Embedding) or tuple(table.weight.shape) != size:
            raise CheckError(f"{name}(6, 4, 5, 3): `self.{part}` should be an nn.Embedding with a table of {size}.")
        nn.init.zeros_(table.weight)
    if not isinstance(getattr(module, "norm", None), nn.LayerNorm) or module.norm.eps != 1e-12:
        raise CheckError(f"{name}: `self.norm` should be an nn.LayerNorm with eps=1e-12; torch's default is 1e-5.")
    with torch.no_grad():
        module.word.weight[2] = torch.tensor([1.0, 0, 0, 0])
        module.position.weight[1] = torch.tensor([0.0, 3, 3, 0])
        module.segment.weight[2] = torch.tensor([0.0, 0, 0, 9])
    tokens, segments = torch.tensor([[0, 2], [2, 0]]), torch.tensor([[0, 2], [2, 1]])
    if not isinstance(getattr(module, "dropout", None), nn.Dropout) or module.dropout.p != 0.0:
        raise CheckError(f"{name}(6, 4, 5, 3, 0.0): `self.dropout` should be an nn.Dropout(0.0).")
    default: Any = made(kind, name, 6, 4, 5)
    if default.dropout.p != 0.1:
        raise CheckError(f"{name}(6, 4, 5): the default of `dropout` is 0.1; yours drops {default.dropout.p}.")
    output = tensor_of(called(module, tokens, segments), (2, 2, 4), name)
    if not same(output[0, 1], [-1, -1 / 3, -1 / 3, 5 / 3]):
        raise CheckError(
            f"{name}: token 2 at position 1 in segment 2 has here (1, 0, 0, 0) + (0, 3, 3, 0) + (0, 0, 0, 9), which is "
            f"(1, 3, 3, 9), and normalised (-1, -0.3333, -0.3333, 1.6667); yours is {shown(output[0, 1])}. "
            + _wrong_sum(module, output, tokens, segments)
        )
    if not same(output[1, 0], [-0.3974, -0.6623, -0.6623, 1.7219]):
        raise CheckError(f"{name}: positions count from 0 in every row; see token 0 of row 1, {shown(output[1, 0])}.")
    with torch.no_grad():
        for table in (module.word, module.position, module.segment):
            table.weight.mul_(1e-6)  # so small that eps counts
    if not same(called(module, tokens, segments)[0, 1], torch.tensor([-1, -1 / 3, -1 / 3, 5 / 3]) * 0.9**0.5):
        raise CheckError(f"{name}: the three are summed, neither averaged nor scaled, and the norm's eps is 1e-12.")
    _drops(made(kind, name, 6, 4, 5, dropout=0.5), name)
    gradients_flow(name, called(module, tokens, segments) * seeded(2, 2, 4), module.parameters())
    _places_where_the_inputs_are(made(kind, name, 6, 4, 5, 3, 0.0), name, tokens)
    works_without_numbers(lambda ids: made(kind, name, 6, 4, 5, 3, 0.0).to(ids.device)(ids, ids), name, tokens)


def _places_where_the_inputs_are(module: Any, name: str, tokens: Tensor) -> None:
    """Positions that are looked up are on the inputs' device: the CPU would do on a CPU only."""
    seen: list[str] = []
    module.to("meta").position.register_forward_pre_hook(lambda _, given: seen.append(given[0].device.type))
    called(module, tokens.to("meta"), tokens.to("meta"), case="inputs on the device meta, which holds no numbers")
    if any(device != "meta" for device in seen):
        raise CheckError(
            f"{name}: the inputs are on the device meta, the positions that are looked up are on {seen[0]}. On a GPU "
            "that stops. `torch.arange` takes a `device`: that of the inputs."
        )


def _wrong_sum(module: Any, output: Tensor, tokens: Tensor, segments: Tensor) -> str:
    """Which lookup went wrong, if that can be recognised."""
    places = torch.arange(2)
    rest = module.word(tokens) + module.segment(segments)
    suspects = (
        (
            module.norm(rest + module.position(tokens)),
            "The position is looked up by the token, not by 0, 1, 2 ...",
        ),
        (module.norm(rest + module.position(places + 1)), "Positions count from 0; yours from 1."),
        (module.norm(rest + module.position(places[:, None])), "The position is the place in the row, not the row."),
        (module.norm(rest), "The position is left out."),
        (module.norm(rest - module.segment(segments) + module.position(places)), "The segment is left out."),
        (rest + module.position(places), "The norm is left out."),
    )
    told = cause(output, suspects)
    if not told and (output == 0).any():
        return "Some numbers are exactly 0: is something dropped although `dropout` is 0? Use `self.dropout`."
    return told or "By which numbers is each table looked up?"


def _drops(module: nn.Module, name: str) -> None:
    tokens = torch.zeros(4, 5, dtype=torch.int64)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        changing = called(module, tokens, tokens)
        still = [called(module.eval(), tokens, tokens) for _ in range(2)]
    if not (changing == 0).any():
        raise CheckError(f"{name}: in training mode numbers of the output are dropped, after the norm.")
    if ((changing == 0).all(dim=-1) | (changing != 0).all(dim=-1)).all():
        raise CheckError(f"{name}: each number has a chance of its own to be dropped; yours drops whole tokens.")
    if not torch.equal(*still) or (still[0] == 0).all(dim=-1).any():
        raise CheckError(f"{name}: in eval mode nothing is dropped.")
