"""The body that is fine-tuned: the learner's BertModel of notebook 04 where it is right, else one that is lent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from attention_course.own_work import own_class
from attention_course.probes.modules import BertConfig

NOTEBOOK = "04_masked_language_model"
WIDTH, LAYERS, HEADS, HIDDEN = 64, 2, 4, 256

Body = Callable[..., nn.Module]
"""Makes a fresh body: `body(vocab_size=..., max_position_embeddings=..., ...)`, the rest as in the notebook."""


class _Sum(nn.Module):
    """Word, place and segment, added up and normed."""

    def __init__(self, size: int, width: int, places: int, segments: int) -> None:
        super().__init__()
        tables = {"word": size, "position": places, "segment": segments}
        for name, rows in tables.items():
            self.add_module(name, nn.Embedding(rows, width))
        self.norm = nn.LayerNorm(width, eps=1e-12)

    def forward(self, tokens: Tensor, segments: Tensor) -> Tensor:
        here = self.position.weight[: tokens.shape[1]]
        return self.norm(self.word(tokens) + self.segment(segments) + here)


class LentBody(nn.Module):
    """A BERT's body made of PyTorch's own encoder, for those whose own one is not there yet.

    Args:
        sizes: vocab_size, max_position_embeddings and what else should differ from the notebook's small model, under
            Hugging Face's names.
    """

    def __init__(self, **sizes: Any) -> None:
        super().__init__()
        size = _sizes(**sizes)
        width = size.hidden_size
        layer = nn.TransformerEncoderLayer(
            width, size.num_attention_heads, size.intermediate_size, size.hidden_dropout_prob,
            "gelu", 1e-12, batch_first=True,
        )  # fmt: skip
        self.layers = nn.TransformerEncoder(layer, size.num_hidden_layers, enable_nested_tensor=False).layers
        self.embeddings = _Sum(size.vocab_size, width, size.max_position_embeddings, size.type_vocab_size)
        self.pooler = nn.Linear(width, width)

    def forward(self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        states = self.embeddings(input_ids, token_type_ids)
        for layer in self.layers:
            states = layer(states, src_key_padding_mask=~attention_mask.bool())
        return states, self.pooler(states[:, 0]).tanh()


def a_body(folder: Path | None = None) -> Body:
    """The learner's own BertModel if it does what a lent one does, else the lent one; one line says which.

    Args:
        folder: of this notebook; by default the current one.
    """
    names = own_class(NOTEBOOK, "BertModel", _problem, folder=folder)
    if names is None:
        return LentBody
    return lambda **sizes: names["BertModel"](_config(names, **sizes))


def initialise(body: nn.Module, seed: int) -> nn.Module:
    """Fill a body with its first numbers, the same for the same seed: normal ones in matrices, zeros in biases."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(body.named_parameters()):
            if parameter.ndim > 1:
                std = 0.125 if name.endswith("word.weight") else 0.05
                parameter.copy_(std * torch.randn(parameter.shape, generator=generator))
            elif name.endswith("bias"):
                parameter.zero_()
    return body


def _sizes(**sizes: Any) -> BertConfig:
    small = {
        "hidden_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "intermediate_size": HIDDEN,
        "hidden_dropout_prob": 0.0,
    }  # fmt: skip
    return BertConfig(**{**small, **sizes})


def _config(names: dict[str, Any], **sizes: Any) -> Any:
    return names.get("BertConfig", BertConfig)(**vars(_sizes(**sizes)))


def _problem(names: dict[str, Any]) -> str | None:
    """What is the matter with the learner's BertModel, None if it gives the numbers of a lent one."""
    sizes = {"vocab_size": 23, "max_position_embeddings": 9, "hidden_size": 8, "intermediate_size": 12}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        lent = LentBody(**sizes).eval()
        own = names["BertModel"](_config(names, **sizes)).eval()
        own.load_state_dict(lent.state_dict())
        mask = (torch.arange(7) < torch.tensor([[7], [4]])).long()
        batch = torch.randint(23, (2, 7)), torch.randint(2, (2, 7)) * mask, mask
    (states, pooled), (expected, expected_pooled) = own(*batch), lent(*batch)
    real = mask == 1
    if not torch.allclose(states[real], expected[real], rtol=1e-3, atol=1e-4):
        return "does not give the numbers of a BERT yet"
    if not torch.allclose(pooled, expected_pooled, rtol=1e-3, atol=1e-4):
        return "does not pool as a BERT does yet"
    return None if states.requires_grad else "lets no gradient through"
