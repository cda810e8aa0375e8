"""Visible check of loading published weights."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from attention_course.checks.masked_language_model import published
from attention_course.checks.masked_language_model.models import SIZES
from attention_course.checks.masked_language_model.reading import made, randomise, same
from attention_course.checks.report import CheckError, called, visible_check

STAGES = {
    "bert.embeddings": ("the embeddings", [0.9182, 0.4861, 1.2552]),
    "bert.layers.0": ("`layers.0`", [1.1702, -1.9660, 1.0364]),
    "bert.layers.1": ("`layers.1`", [0.4135, 1.4445, 0.4162]),
    "bert.pooler": ("the pooler", [-1.4911, 1.2561, 0.3706]),
    "transform": ("`transform`", [-1.0274, 0.2297, 0.2166]),
    "transform_norm": ("`transform_norm`", [-1.8478, 0.0355, -0.8491]),
}
"""What Hugging Face's model gives after each part: of the pooler for the first input, else for its token 1."""


@visible_check(points=3)
def load_bert_weights(function, BertForPreTraining) -> None:
    """Every entry in one place, nothing shared, the logits that Hugging Face's own model gives, a missing entry."""
    name, entries = "load_bert_weights", published.state_dict()
    model = randomise(made(BertForPreTraining, "BertForPreTraining", SIZES))
    given = {key: tensor.clone() for key, tensor in entries.items()}
    before = {id(parameter) for parameter in model.parameters()}
    called(function, model, given)
    if {id(parameter) for parameter in model.parameters()} != before:
        raise CheckError(
            f"{name} puts new parameters in the place of the model's; an optimizer made before does not know them. "
            "Write numbers into those that are there: `.data.copy_(...)`, or a module's `load_state_dict`."
        )
    if not all(parameter.requires_grad for parameter in model.parameters()):
        raise CheckError(f"{name}: after loading, every parameter should still be there to be trained.")
    if given.keys() != entries.keys() or any(not torch.equal(given[key], entries[key]) for key in entries):
        raise CheckError(f"{name} changed the state dict it was given.")
    _used_once(model, entries, name)
    _logits(model, name)
    for tensor in given.values():
        tensor.zero_()
    try:
        _logits(model, name)
    except CheckError:
        changed = f"{name}: after the state dict was changed, the model changed with it. Copy the numbers."
        raise CheckError(changed) from None
    many = published.state_dict(layers=11)
    deep = randomise(made(BertForPreTraining, "BertForPreTraining", replace(SIZES, num_hidden_layers=11)))
    called(function, deep, many, case="a model of 11 layers")
    _used_once(deep, many, f"{name}, in a model of 11 layers")
    more = {**entries, "cls.predictions.decoder.bias": entries["cls.predictions.bias"], "extra": torch.zeros(3)}
    called(function, model, more)
    lacking = {key: tensor for key, tensor in entries.items() if key != "bert.pooler.dense.bias"}
    try:
        called(function, model, lacking)
    except KeyError:
        return
    raise CheckError(f"{name} should raise a KeyError when an entry is missing; look entries up with [...].")


def _used_once(model: nn.Module, entries: dict[str, Tensor], name: str) -> None:
    """Name the parameters that hold no entry, or the same as another one."""
    holders: dict[str, str] = {}
    for parameter_name, parameter in model.named_parameters():
        parts = parameter.chunk(3) if "in_proj" in parameter_name else (parameter,)
        for part in parts:
            found = [key for key, entry in entries.items() if entry.shape == part.shape and same(part, entry)]
            if not found:
                raise CheckError(
                    f"{name}: model.{parameter_name} holds no entry of the state dict. Was it left as it was, or "
                    "filled with something turned round?"
                )
            if found[0] in holders:
                raise CheckError(f"{name}: {parameter_name} and {holders[found[0]]} both hold {found[0]}.")
            holders[found[0]] = parameter_name


def _logits(model: nn.Module, name: str) -> None:
    """Name the first part after which the numbers differ from those of Hugging Face's model."""
    seen: dict[str, list[Tensor]] = {part: [] for part in STAGES}
    hooks = [
        model.get_submodule(part).register_forward_hook(lambda _, __, output, part=part: seen[part].append(output))
        for part in STAGES
    ]
    with torch.no_grad():
        logits, following = model(**published.INPUTS)
    for hook in hooks:
        hook.remove()
    for part, (told, expected) in STAGES.items():
        shape, place = ((2, 8), (0,)) if part == "bert.pooler" else ((2, 6, 8), (0, 1))
        # called on one token after another, or on packed inputs, a part cannot be compared; the logits can
        whole = len(seen[part]) == 1 and not seen[part][0].is_nested and seen[part][0].shape == shape
        outputs = seen[part] if whole else []
        if not all(_near(output[place][:3], expected) for output in outputs):
            raise CheckError(
                f"{name}: the first place where the numbers part from Hugging Face's is {told}. Every entry is "
                "somewhere, so two may be in each other's place: query, key and value, or two norms?"
            )
    if not _near(logits[0, 1, :5], [2.058, 1.45354, 1.06337, 0.39148, 0.95493]):
        raise CheckError(
            f"{name}: the token logits differ from Hugging Face's, after the decoder. Its table, its bias?"
        )
    if not _near(following, [[-0.03271, 0.19168], [-0.24025, 0.22707]]):
        raise CheckError(f"{name}: the next-sentence logits differ from Hugging Face's. What does next_sentence hold?")


def _near(got: Tensor, expected: list) -> bool:
    wanted = torch.tensor(expected)
    return got.shape == wanted.shape and torch.allclose(got, wanted, atol=1e-3)
