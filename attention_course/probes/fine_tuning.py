"""What notebook 05's exams need besides a call: a small body under a head, what learns, many intervals at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from attention_course.probes.masked_language_model.texts import leaving_chance_alone
from attention_course.probes.torch_answers import undisturbed


class SmallBody(nn.Module):
    """A body of few numbers that treats its inputs as a BERT does: segments and mask count, [CLS] is pooled.

    Args:
        numbers: tensors `word` (s, m), `segment` (2, m), `mix` (m, m), `pooler.weight` (m, m), `pooler.bias` (m,).
    """

    def __init__(self, numbers: Mapping[str, Tensor]) -> None:
        super().__init__()
        width = numbers["mix"].shape[0]
        self.word, self.segment, self.mix = (nn.Parameter(numbers[name].clone()) for name in ("word", "segment", "mix"))
        self.pooler = nn.Linear(width, width)
        with torch.no_grad():
            self.pooler.weight.copy_(numbers["pooler.weight"])
            self.pooler.bias.copy_(numbers["pooler.bias"])

    def forward(self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        mask = attention_mask[..., None].to(self.mix.dtype)
        tokens = self.word[input_ids] + self.segment[token_type_ids]
        around = (tokens * mask).sum(1, keepdim=True) / mask.sum(1, keepdim=True)
        states = torch.tanh(tokens + around @ self.mix)
        return states, torch.tanh(self.pooler(states[:, 0]))


class OtherNames(SmallBody):
    """The same body, its arguments called otherwise."""

    def forward(self, tokens: Tensor, kinds: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        return super().forward(tokens, kinds, real)


BODIES = {"small": SmallBody, "other names": OtherNames}


def with_head(answer, body, head, *, kind="small", training=False, **options) -> nn.Module:
    """The learner's classifier on a small body, with these numbers in both."""
    model = answer(BODIES[kind](body), len(head["bias"]), **options)
    with torch.no_grad():
        for name, tensor in head.items():
            model.classifier.get_parameter(name).copy_(tensor)
    return model.train(training)


@undisturbed
def output(answer, body, head, *inputs, **options):
    """What comes out."""
    with torch.no_grad():
        return with_head(answer, body, head, **options)(*inputs)


@undisturbed
def by_name(answer, body, head, **inputs):
    """What comes out if the inputs are given by name."""
    with torch.no_grad():
        return with_head(answer, body, head)(**inputs)


@undisturbed
def gradients(answer, body, head, *inputs, pull):
    """The gradient of sum(pull * output) for each number of the body and of the head."""
    model = with_head(answer, body, head)
    names = [*(f"body.{name}" for name in body), *(f"classifier.{name}" for name in head)]
    model(*inputs).backward(pull)
    parameters = {name: model.get_parameter(name) for name in names}
    return {name: torch.zeros_like(p) if p.grad is None else p.grad for name, p in parameters.items()}


@undisturbed
def parts(answer, body, num_labels):
    """Whether the body is the one given, kind and sizes of the classifier, and how many parameters there are."""
    given = SmallBody(body)
    model = answer(given, num_labels)
    head = getattr(model, "classifier", None)
    kind = "Linear" if isinstance(head, nn.Linear) else type(head).__name__
    sizes = {name: list(p.shape) for name, p in head.named_parameters()} if isinstance(head, nn.Module) else {}
    return [getattr(model, "body", None) is given, kind, sizes, len(list(model.parameters()))]


class LayeredModel(nn.Module):
    """A classifier of few numbers with the parts that set_trainable speaks of.

    Args:
        layers: how many; they are all one and the same where `tied`.
    """

    def __init__(self, layers: int, tied: bool = False) -> None:
        super().__init__()
        self.body = nn.Module()
        self.body.embeddings = nn.ModuleDict({"word": nn.Embedding(11, 4), "norm": nn.LayerNorm(4)})
        made = [nn.TransformerEncoderLayer(4, 2, 3) for _ in range(1 if tied else layers)]
        self.body.layers = nn.ModuleList(made * layers if tied else made)
        self.body.pooler = nn.Linear(4, 4)
        self.classifier = nn.Linear(4, 3)


@undisturbed
def learning(answer, steps, *, layers, before=True, tied=False, training=True):
    """What learns after each of several calls on one model.

    Args:
        steps: the parts to ask for, one call each.
        before: whether everything learns at first, or nothing.

    Returns:
        For each call what came back, or the name of the error, and which parameters learn then; at the end whether
        the model is in training mode.
    """
    model = LayeredModel(layers, tied).train(training).requires_grad_(before)
    found: list[Any] = []
    for part in steps:
        try:
            result = answer(model, part)
        except NotImplementedError:
            raise
        except Exception as error:
            result = type(error).__name__
        flags = {name: p.requires_grad for name, p in model.named_parameters()}
        found.append([result, flags])
    return [*found, model.training]


@undisturbed
def kind_of_count(answer, part):
    """The type of what comes back."""
    return type(answer(LayeredModel(2), part)).__name__


def kind_of_array(answer, *args):
    """Of an array: its type and dtype; of anything else its type."""
    result = answer(*args)
    return [type(result).__name__, str(result.dtype) if isinstance(result, np.ndarray) else ""]


def kinds_of_members(answer, *args, **kwargs):
    """The type of each thing that comes back; NumPy's float64 is a float of Python's."""
    result = answer(*args, **kwargs)
    return ["float" if isinstance(one, float) else type(one).__name__ for one in result]


@leaving_chance_alone
def intervals(answer, correct, *, seeds, **options):
    """One interval for each seed, each with a fresh NumPy generator."""
    return [answer(correct, generator=np.random.default_rng(seed), **options) for seed in seeds]


@leaving_chance_alone
def fresh_intervals(answer, correct, *, calls, **options):
    """Several intervals in turn without a generator, in one state of all other sources of chance each."""
    return [answer(correct, **options) for _ in range(calls)]


@leaving_chance_alone
def one_generator(answer, correct, *, seed, calls, **options):
    """Several intervals that draw from one generator in turn."""
    generator = np.random.default_rng(seed)
    return [answer(correct, generator=generator, **options) for _ in range(calls)]
