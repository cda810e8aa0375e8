"""What a learner's modules need besides a call: sizes, numbers in named parts, gradients, a part seen at work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from attention_course.probes.torch_answers import on_meta, undisturbed


@dataclass(frozen=True)
class BertConfig:
    """What a learner's model is made from: the fields of the BertConfig that the notebook gives."""

    vocab_size: int = 30522
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    hidden_dropout_prob: float = 0.1


def made(answer, sizes, numbers=None, *, training=False, **options) -> nn.Module:
    """An object of the learner's class with numbers in it.

    Args:
        sizes: the arguments in order, or the fields of a BertConfig.
        numbers: tensors under the dotted names of the parameters that they are copied into.
        options: further arguments by name.
    """
    arguments = (BertConfig(**sizes),) if isinstance(sizes, Mapping) else sizes
    model = answer(*arguments, **options).train(training)
    with torch.no_grad():
        for name, tensor in (numbers or {}).items():
            model.get_parameter(name).copy_(tensor)
    return model


@undisturbed
def parts(answer, sizes, names, numbers, **options):
    """What a new object has: the kind of each part in PyTorch's words, and the shapes of the parameters by dotted name.

    What is not there is None. A parameter may have other names besides.
    """
    model = made(answer, sizes, **options)
    kinds = {name: _kind(getattr(model, name, None)) for name in names}
    return [kinds, {name: _shape(model, name) for name in numbers}]


def _kind(part: Any) -> str | None:
    kinds = type(part).__mro__ if isinstance(part, (nn.Module, nn.Parameter)) else ()
    return next((kind.__name__ for kind in kinds if kind.__module__.startswith("torch.nn.")), None)


def _shape(model: nn.Module, name: str) -> list[int] | None:
    try:
        return list(model.get_parameter(name).shape)
    except AttributeError:
        return None


@undisturbed
def settings(answer, sizes, names):
    """The numbers that a new object keeps under these dotted names, such as a probability; None where it has none."""
    model = made(answer, sizes)
    found: dict[str, float | None] = {}
    for name in names:
        try:
            found[name] = float(attrgetter(name)(model))
        except AttributeError:
            found[name] = None
    return found


@undisturbed
def beginning(answer, sizes, name):
    """The numbers that a parameter of a new object starts with."""
    return made(answer, sizes).get_parameter(name)


@undisturbed
def learned(answer, sizes):
    """How many numbers a new object has to learn."""
    return sum(parameter.numel() for parameter in made(answer, sizes).parameters() if parameter.requires_grad)


@undisturbed
def output(answer, sizes, numbers, *inputs, training=False, options=None, **named):
    """What comes out with these numbers in the parameters of these names. Inputs come in order or by name."""
    model = made(answer, sizes, numbers, training=training, **options or {})
    with torch.no_grad():
        return model(*inputs, **named)


@undisturbed
def gradients(answer, sizes, numbers, *inputs, pulls):
    """The gradient of sum(pull * output), over all outputs, for each parameter that has got numbers."""
    model = made(answer, sizes, numbers)
    outputs = model(*inputs)
    torch.autograd.backward([outputs] if isinstance(outputs, Tensor) else list(outputs), pulls)
    parameters = {name: model.get_parameter(name) for name in numbers}
    return {name: torch.zeros_like(p) if p.grad is None else p.grad for name, p in parameters.items()}


class OneDevice(TorchDispatchMode):
    """An operation whose tensors live on several devices raises, as a GPU would make it do."""

    FREE = frozenset({"copy_", "index", "index_put", "index_put_"})  # PyTorch lets these reach across

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        tensors = [t for t in tree_leaves((args, kwargs or {})) if isinstance(t, Tensor) and t.dim()]
        name = func.overloadpacket.__name__
        if name not in self.FREE and len({t.device for t in tensors}) > 1:
            raise RuntimeError(f"{name}: tensors on different devices")
        return func(*args, **(kwargs or {}))


@undisturbed
def elsewhere(answer, sizes, *inputs):
    """What comes out, without numbers, of an object moved to another device."""
    model = made(answer, sizes).to("meta")
    with torch.no_grad(), OneDevice():
        return on_meta(model, *inputs)


def loaded(load, kind, sizes, entries) -> nn.Module:
    """A model of the learner's class into which the learner's function has put these entries."""
    model = made(kind, sizes)
    load(model, entries)
    return model.eval()


@undisturbed
def after_loading(load, kind, sizes, entries, inputs):
    """What comes out once the entries are loaded."""
    with torch.no_grad():
        return loaded(load, kind, sizes, entries)(*inputs)


@undisturbed
def at_work(load, kind, sizes, entries, inputs, part):
    """What a named part gives while the loaded model works.

    None if it is not called as a module, or several times, or on inputs that PyTorch has packed.
    """
    model, given = loaded(load, kind, sizes, entries), []
    model.get_submodule(part).register_forward_hook(lambda module, inputs, output: given.append(output))
    with torch.no_grad():
        model(*inputs)
    plain = [tensor for tensor in given if isinstance(tensor, Tensor) and not tensor.is_nested]
    return plain[0] if len(plain) == len(given) == 1 else None


@undisturbed
def after_a_change_of_the_entries(load, kind, sizes, entries, inputs):
    """What comes out when the entries are overwritten after loading."""
    copies = {name: tensor.clone() for name, tensor in entries.items()}
    model = loaded(load, kind, sizes, copies)
    for tensor in copies.values():
        tensor.zero_()
    with torch.no_grad():
        return model(*inputs)


@undisturbed
def same_parameters(load, kind, sizes, entries) -> Sequence[int]:
    """How many parameters the model had, has, has still, and how many of those can be trained."""
    model = made(kind, sizes)
    before = list(model.parameters())
    load(model, entries)
    after = {id(parameter) for parameter in model.parameters()}
    still = [parameter for parameter in before if id(parameter) in after]
    return [len(before), len(after), len(still), sum(parameter.requires_grad for parameter in still)]
