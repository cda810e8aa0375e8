"""The visible check of generation: a model that says the sum of all it has read."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from attention_course.checks.masked_language_model.reading import tensor_of, whole
from attention_course.checks.report import CheckError, called, visible_check
from attention_course.probes.generators import DecoderConfig

NAME = "generate"
SIZE = 10


class Sum(nn.Module):
    """What comes next is the sum of all tokens so far, modulo 10. Its memory are the caches alone."""

    def __init__(self) -> None:
        super().__init__()
        self.config, self.read = DecoderConfig(SIZE, num_hidden_layers=2), 0
        self.layers = nn.ModuleList([nn.Identity(), nn.Identity()])

    def forward(self, input_ids: Tensor, caches=None) -> Tensor:
        self.read += input_ids.shape[1]
        tokens = input_ids[:, None, :, None].float()
        if caches is not None:
            if len(caches) != 2 or caches[0] is caches[1]:
                raise CheckError(
                    f"{NAME}: the model has two layers, so it needs two caches, each a KeyValueCache of its own."
                )
            tokens = [cache.append(tokens, tokens)[0] for cache in caches][1]
        sums = tokens[:, 0, :, 0].cumsum(dim=1)[:, -input_ids.shape[1] :].long() % SIZE
        return 3.0 * nn.functional.one_hot(sums, SIZE)


class Chooser:
    """Takes the most probable token, or the one after it, and notes what it is shown."""

    def __init__(self, model: Sum, step: int = 0) -> None:
        self.model, self.step, self.read = model, step, list[int]()

    def __call__(self, logits: Tensor) -> Tensor:
        shape = tuple(logits.shape)
        if shape != (2, SIZE):
            raise CheckError(
                f"{NAME}: `choose` should be shown (b, s), here (2, {SIZE}), once for each new token; it was shown "
                f"{shape}. Are all texts there, and one row of the logits?"
            )
        if not torch.equal(logits.max(dim=-1).values, torch.full((2,), 3.0)):
            raise CheckError(
                f"{NAME}: `choose` should be shown the logits as the model gives them. Is there a softmax?"
            )
        self.read.append(self.model.read)
        self.model.read = 0
        return (logits.argmax(dim=-1) + self.step) % SIZE


@visible_check(points=2)
def generate(function) -> None:
    """Sums go on; another choice; what is read each time."""
    ids = torch.tensor([[1, 2], [4, 2]])
    sums = torch.tensor([[1, 2, 3, 6, 2], [4, 2, 6, 2, 4]])
    others = torch.tensor([[1, 2, 4, 8, 6], [4, 2, 7, 4, 8]])
    for cached in (False, True):
        case = f"use_cache={cached}"
        read = _writes(function, case, ids, 3, sums, cached)
        _writes(function, f"{case}, where `choose` takes the number after the sum", ids, 3, others, cached, step=1)
        _writes(function, f"{case}, one new token", ids, 1, sums[:, :3], cached)
        wanted = [2, 1, 1] if cached else [2, 3, 4]
        if read != wanted:
            why = (
                "With a cache the first call reads the beginning, and each later one the one token that is new."
                if cached
                else "Without a cache each call reads all there is."
            )
            raise CheckError(
                f"{NAME}, {case}: the model should read {wanted} columns before the three choices, it read {read}. "
                f"{why}"
            )


def _writes(function, case: str, ids: Tensor, new: int, wanted: Tensor, cached: bool, step: int = 0) -> list[int]:
    model = Sum()
    choose, before = Chooser(model, step), ids.clone()
    result = called(function, model, ids, new, choose, use_cache=cached, case=case)
    shape = tuple(wanted.shape)
    result = whole(tensor_of(result, shape, NAME, "The beginnings and all new tokens."), NAME)
    if not torch.equal(ids, before):
        raise CheckError(f"{NAME} changed the ids it was given.")
    if len(choose.read) != new:
        raise CheckError(f"{NAME}, {case}: {new} new tokens, and `choose` was called {len(choose.read)} times.")
    if not torch.equal(result, wanted):
        raise CheckError(
            f"{NAME}, {case}: a model says the sum of all it has read. [[1, 2], [4, 2]] should go on to "
            f"{wanted.tolist()}, yours "
            f"to {result.tolist()}. {_why(result, wanted, cached, step)}"
        )
    return choose.read


def _why(result: Tensor, wanted: Tensor, cached: bool, step: int) -> str:
    if result.shape == wanted.shape and torch.equal(result.flip(1)[:, :2].flip(1), wanted[:, :2]):
        return "Where do new tokens go?"
    if step:
        return "Is it what `choose` returns that is joined?"
    if cached:
        return "What has the model read, and how often? Which caches, made when, and which tokens are not in them yet?"
    return "Which row of the logits is asked, and what does the model read in the second call?"
