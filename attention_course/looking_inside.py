"""What goes on inside a trained model: its attention weights, and whether it gets the number of a verb right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from attention_course.language.lexicon import LEXICON, Lexicon


def attention_maps(model: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
    """The attention weights of every layer and head, in eval mode.

    Each nn.TransformerEncoderLayer of the model is watched for what goes into it; its attention is then asked for the
    weights that belong to that input.

    Args:
        model: called with input_ids, token_type_ids and attention_mask.
        batch: these three, each (b, t); they are moved to the model's device.

    Returns:
        (layers, b, h, t, t): row i says how token i shared its attention. On the CPU.
    """
    names, device = ("input_ids", "token_type_ids", "attention_mask"), next(model.parameters()).device
    given = [batch[name].to(device) for name in names]
    inputs: list[Tensor] = []

    def watch(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        inputs.append(args[0] if args else kwargs["src"])

    layers = [module for module in model.modules() if isinstance(module, nn.TransformerEncoderLayer)]
    hooks = [layer.register_forward_pre_hook(watch, with_kwargs=True) for layer in layers]
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            model(*given)
            padding = given[2] == 0
            maps = [_weights(layer, x, padding) for layer, x in zip(layers, inputs, strict=True)]
    finally:
        for hook in hooks:
            hook.remove()
        model.train(was_training)
    return torch.stack(maps).cpu()


def _weights(layer: nn.TransformerEncoderLayer, x: Tensor, padding: Tensor) -> Tensor:
    """(b, h, t, t)"""
    return layer.self_attn(x, x, x, key_padding_mask=padding, need_weights=True, average_attn_weights=False)[1]


def verb_forms(lexicon: Lexicon = LEXICON) -> dict[str, str]:
    """Each verb of the small language with its other form.

    >>> verb_forms()["mends"], verb_forms()["mend"]
    ('mend', 'mends')
    """
    verbs = [*lexicon.watching, *(action for topic in lexicon.topics.values() for action, _ in topic.actions)]
    return {one: other for forms in verbs for one, other in (forms, forms[::-1])}


@dataclass(frozen=True)
class VerbTest:
    """Sentences with a hidden verb, and its two forms.

    Args:
        batch: input_ids, token_type_ids and attention_mask, each (b, t).
        places: (b,) where the verb is hidden.
        right, wrong: (b,) the numbers of its form that agrees with the subject, and of the other one.
    """

    batch: Mapping[str, Tensor]
    places: Tensor
    right: Tensor
    wrong: Tensor

    def share(self, logits: Tensor) -> float:
        """The share of the sentences in which the right form has the higher score; logits are (b, t, s)."""
        rows = torch.arange(len(self.places))
        scores = logits.cpu()[rows, self.places]
        return float((scores[rows, self.right] > scores[rows, self.wrong]).float().mean())


@dataclass
class WhileTraining:
    """A watcher that takes the verb test every few steps, and hands what it is told on to another watcher.

    Args:
        predictions: gives both logits of the model for a batch, without learning from it.
        test: what to ask.
        watch: the other watcher.
        every: steps between two tests; one costs about as much as a step.

    Attributes:
        shares: rows of (step, share of right forms).
    """

    predictions: Callable[[Mapping[str, Tensor]], tuple[Tensor, Tensor]]
    test: VerbTest
    watch: Callable[[Any], None]
    every: int = 25
    shares: list[tuple[int, float]] = field(default_factory=list)

    def __call__(self, progress: Any) -> None:
        step = len(progress.curve.losses)
        asked = self.shares[-1][0] if self.shares else -self.every
        if step >= asked + self.every or (progress.share >= 1 and step > asked):
            self.shares.append((step, self.test.share(self.predictions(self.test.batch)[0])))
        self.watch(progress)


@contextmanager
def without_head(model: nn.Module, layer: int, head: int) -> Iterator[None]:
    """In the body, one head adds nothing: its columns of the output projection are zero. Afterwards they are as before.

    Args:
        model: with nn.TransformerEncoderLayers, counted from 0 in their order.
        head: counted from 0.
    """
    layers = [module for module in model.modules() if isinstance(module, nn.TransformerEncoderLayer)]
    attention = layers[layer].self_attn
    weight, size = attention.out_proj.weight, attention.head_dim
    before = weight.detach().clone()
    with torch.no_grad():
        weight[:, head * size : (head + 1) * size] = 0
    try:
        yield
    finally:
        with torch.no_grad():
            weight.copy_(before)


def most_probable(logits: Tensor, tokens: Sequence[str] | Mapping[int, str], count: int = 5) -> list[tuple[str, float]]:
    """The most probable tokens for one position, best first, with their probabilities.

    Args:
        logits: (s,) scores before the softmax.
        tokens: from number to token, a list or a dict.
    """
    best = torch.softmax(logits.detach().float().cpu(), dim=-1).topk(count)
    return [(tokens[index], share) for index, share in zip(best.indices.tolist(), best.values.tolist(), strict=True)]


def fill_masks(
    model: nn.Module, rows: Mapping[str, Sequence[int]], vocabulary: Mapping[str, int], count: int = 5
) -> list[list[tuple[str, float]]]:
    """What a model says about every [MASK] of one input: for each its most probable tokens, best first.

    Args:
        model: a model for pre-training; it is asked in eval mode.
        rows: input_ids, token_type_ids and attention_mask of one input, as lists.
        vocabulary: from token to number.
    """
    names = ("input_ids", "token_type_ids", "attention_mask")
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    with torch.no_grad():
        logits = model(*(torch.tensor([list(rows[name])], device=device) for name in names))[0][0]
    model.train(was_training)
    tokens = {number: token for token, number in vocabulary.items()}
    gaps = [place for place, number in enumerate(rows["input_ids"]) if number == vocabulary["[MASK]"]]
    return [most_probable(logits[place], tokens, count) for place in gaps]
