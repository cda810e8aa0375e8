"""Visible check of the model with its two heads."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from attention_course.checks.batched_attention.reading import cause, gradients_flow
from attention_course.checks.masked_language_model import published
from attention_course.checks.masked_language_model.reading import (
    made,
    parts_of,
    randomise,
    same,
    seeded,
    shown,
    tensor_of,
)
from attention_course.checks.report import CheckError, called, visible_check
from attention_course.probes.modules import BertConfig

SIZES = BertConfig(
    vocab_size=11,
    hidden_size=8,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=12,
    max_position_embeddings=7,
    type_vocab_size=2,
    hidden_dropout_prob=0.0,
)


UNSEEN = [1, 4, 10]
"""Tokens that the published inputs do not have."""


@visible_check(points=4)
def BertForPreTraining(body, kind) -> None:
    """Named parts with their settings, shapes, the mask, the pooler, the tied decoder."""
    _body(body)
    name = "BertForPreTraining"
    model = made(kind, name, SIZES)
    _has(
        model,
        name,
        {"bert": nn.Module, "transform": nn.Linear, "transform_norm": nn.LayerNorm, "next_sentence": nn.Linear},
    )
    if (
        not isinstance(getattr(model, "bias", None), nn.Parameter)
        or tuple(model.bias.shape) != (11,)
        or model.bias.any()
    ):
        raise CheckError(f"{name}: `self.bias` should be an nn.Parameter of s zeros, one for each token.")
    inside = sum(parameter.numel() for parameter in model.bert.parameters())
    if sum(parameter.numel() for parameter in model.parameters()) != inside + 8 * 8 + 8 + 16 + 11 + 2 * 8 + 2:
        raise CheckError(f"{name} has other parameters than the docstring names. A decoder of its own is not tied.")
    randomise(model)
    logits, following = parts_of(called(model, **published.INPUTS), ("prediction_logits", "next_sentence_logits"), name)
    tensor_of(logits, (2, 6, 11), "prediction_logits")
    tensor_of(following, (2, 2), "next_sentence_logits", "One row for each pair.")
    if model.transform_norm.eps != 1e-12:
        raise CheckError(f"{name}: `transform_norm` has eps 1e-12; torch's default is 1e-5.")
    if not model.bias.requires_grad:
        raise CheckError(f"{name}: `self.bias` should be learned; is requires_grad turned off?")
    _handed_on(model, logits, name)
    _decoder(model, name)
    gradients_flow(name, called(model, **published.INPUTS)[0], model.bert.layers.parameters())
    with torch.no_grad():
        model.next_sentence.weight.zero_()
    if not same(called(model, **published.INPUTS)[1], model.next_sentence.bias.expand(2, 2)):
        raise CheckError(f"{name}: next_sentence_logits are what `next_sentence` makes of the pooled vector.")
    with torch.no_grad():
        model.bert.pooler.weight.zero_()  # so that every pooled vector is tanh of the bias
        model.next_sentence.weight.copy_(seeded(2, 8, seed=6))
        following = called(model, **published.INPUTS)[1]
        expected = model.next_sentence(torch.tanh(model.bert.pooler.bias)).expand(2, 2)
    if not same(following, expected):
        raise CheckError(f"{name}: `next_sentence` gets the pooled vector, not the state of [CLS] itself.")


def _handed_on(model: nn.Module, logits: Tensor, name: str) -> None:
    """What the body gets: three arguments, each in its place."""
    ids, segments, mask = (published.INPUTS[part] for part in ("input_ids", "token_type_ids", "attention_mask"))

    def scored(*given: Tensor) -> Tensor:
        hidden = model.transform_norm(nn.functional.gelu(model.transform(model.bert(*given)[0])))
        return hidden @ model.bert.embeddings.word.weight.T + model.bias

    with torch.no_grad():
        real = mask == 1
        for given, told in (
            (
                (ids, segments, torch.ones_like(mask)),
                "Nothing is padding in the body: hand attention_mask on.",
            ),
            (
                (ids, torch.zeros_like(segments), mask),
                "All is one segment in the body: hand token_type_ids on.",
            ),
            ((ids, mask, segments), "attention_mask and token_type_ids have changed places on the way to the body."),
        ):
            if not same(logits[real], scored(ids, segments, mask)[real]) and same(logits[real], scored(*given)[real]):
                raise CheckError(f"{name}: {told}")


def _settings_of_a_config(kind, name: str) -> None:
    """Dropout and segments are the config's own."""
    model = made(kind, name, replace(SIZES, hidden_dropout_prob=0.25, type_vocab_size=3))
    layer, embeddings = model.layers[0], model.embeddings
    found = {
        "the embeddings": getattr(getattr(embeddings, "dropout", None), "p", 0.25),
        "the layers": layer.dropout.p,
        "the layers' sums": layer.dropout1.p,
        "the layers' attention": layer.self_attn.dropout,
    }
    for part, chance in found.items():
        if chance != 0.25:
            raise CheckError(
                f"{name}: with hidden_dropout_prob=0.25 {part} should drop 0.25, yours {chance}. Both have a default "
                "of their own: `dropout=` of nn.TransformerEncoderLayer is 0.1."
            )
    segments = getattr(getattr(embeddings, "segment", None), "num_embeddings", 3)
    if segments != 3:
        raise CheckError(f"{name}: with type_vocab_size=3 the table of segments has 3 rows, yours {segments}.")


def _states(model: nn.Module, states: Tensor, name: str) -> None:
    """The same layers, called as they should be; and what comes out with one mistake."""
    ids, segments, mask = (published.INPUTS[part] for part in ("input_ids", "token_type_ids", "attention_mask"))
    real, future = mask == 1, torch.ones(6, 6).triu(1).bool()

    def read(x: Tensor, **options) -> Tensor:
        for layer in model.layers:
            x = layer(x, **{"src_key_padding_mask": mask == 0, **options})
        return x[real]

    x = model.embeddings(ids, segments)
    if same(states[real], read(x)):
        return
    suspects = (
        (model.layers[1](x, src_key_padding_mask=mask == 0)[real], "Each layer works on what the one before gives."),
        (model.layers[0](x, src_key_padding_mask=mask == 0)[real], "Only the first layer counts; call all of them."),
        (x[real], "The layers are not called, or their results are thrown away: `states = layer(states, ...)`."),
        (read(x, src_mask=future), "A token sees itself and earlier ones only; BERT reads from both sides."),
        (
            read(model.embeddings(ids, torch.zeros_like(ids))),
            "All is one segment: hand token_type_ids on.",
        ),
        (
            read(model.embeddings(ids, mask)),
            "The embeddings get attention_mask; their second argument is token_type_ids.",
        ),
        (read(x, src_key_padding_mask=None), "Padding is attended to: hand `attention_mask == 0` to every layer."),
    )
    told = cause(states[real], suspects) or "Embeddings, then layer after layer, each with the padding mask."
    raise CheckError(f"{name}: the states of real tokens are not what its layers make of its embeddings. {told}")


def _mask_while_learning(model: nn.Module, name: str) -> None:
    """PyTorch takes another way where gradients are needed, and there a mask of floats is added to the scores."""
    changed = dict(published.INPUTS, input_ids=published.INPUTS["input_ids"].clone())
    changed["input_ids"][1, 4:] = 10  # at padding
    with torch.enable_grad():
        one, other = (
            parts_of(called(model, **given), ("states", "pooled"), name) for given in (published.INPUTS, changed)
        )
    if not same(one[0][1, :4], other[0][1, :4]):
        raise CheckError(
            f"{name}: while gradients are recorded, what stands at padding changes the states of real tokens. (Without "
            "gradients it does not.) src_key_padding_mask should hold booleans, True at padding: `attention_mask == "
            "0`. A mask of floats is added to the scores, and 1 shuts nobody out."
        )


def _body(kind) -> None:
    name = "BertModel"
    model = made(kind, name, SIZES)
    _has(model, name, {"embeddings": nn.Module, "layers": nn.ModuleList, "pooler": nn.Linear})
    if len(model.layers) != 2 or not all(isinstance(layer, nn.TransformerEncoderLayer) for layer in model.layers):
        raise CheckError(f"{name}: `self.layers` holds num_hidden_layers modules nn.TransformerEncoderLayer, here 2.")
    _settings(model.layers[0], name)
    _settings_of_a_config(kind, name)
    if model.layers[0] is model.layers[1]:
        raise CheckError(f"{name}: every layer has weights of its own; yours are one and the same layer.")
    randomise(model)
    states, pooled = _read(model, name)
    changed = dict(published.INPUTS, input_ids=published.INPUTS["input_ids"].clone())
    changed["input_ids"][1, 4:] = 10  # at padding
    again, _ = _read(model, name, changed)
    if not same(again[1, :4], states[1, :4]):
        raise CheckError(
            f"{name}: what stands at padding changes the states of real tokens. src_key_padding_mask is True where "
            "nobody may look, the opposite of attention_mask and of this course."
        )
    ids, segments, mask = (published.INPUTS[part] for part in ("input_ids", "token_type_ids", "attention_mask"))
    with torch.no_grad():
        by_place, _ = called(model, ids, segments, mask, case="three arguments without their names")
    if not same(by_place[mask == 1], states[mask == 1]):
        raise CheckError(
            f"{name}: called without names, the arguments are input_ids, token_type_ids and attention_mask in this "
            "order; yours gives other numbers then. In which order does `forward` name them?"
        )
    _mask_while_learning(model, name)
    with torch.no_grad():
        _states(model, states, name)
    gradients_flow(name, called(model, **published.INPUTS)[0], model.layers.parameters())
    with torch.no_grad():
        if same(pooled, torch.tanh(states[:, 0])):
            raise CheckError(f"{name}: pooled is tanh of the pooler's output; yours leaves the pooler out.")
        model.pooler.weight.copy_(torch.eye(8))
        model.pooler.bias.zero_()
    _, pooled = _read(model, name)
    if not same(pooled, torch.tanh(states[:, 0])):
        raise CheckError(f"{name}: with a pooler that changes nothing, pooled is tanh of the state of [CLS].")
    last = model.layers[1].norm2
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(seeded(8, seed=5))
    real = published.INPUTS["attention_mask"] == 1
    if not same(_read(model, name)[0][real], last.bias.expand(10, 8)):
        raise CheckError(f"{name}: states are what the last layer gives, and each layer works on the one before.")


def _has(model: nn.Module, name: str, parts: dict[str, type]) -> None:
    for part, kind in parts.items():
        if not isinstance(getattr(model, part, None), kind):
            raise CheckError(f"{name}: `self.{part}` should be of type {kind.__name__}; see the docstring's names.")


def _settings(layer: nn.TransformerEncoderLayer, name: str) -> None:
    attention = layer.self_attn
    if not attention.batch_first:
        raise CheckError(f"{name}: the layers must be batch_first=True, since tokens come as (b, t).")
    if layer.norm_first:
        raise CheckError(f"{name}: BERT is post-LN, which torch calls norm_first=False.")
    if layer.norm1.eps != 1e-12 or layer.norm2.eps != 1e-12:
        raise CheckError(f"{name}: the layers' norms have eps 1e-12; torch's default is 1e-5. See layer_norm_eps.")
    if not same(called(layer.activation, torch.tensor([-1.0, 0, 1, 2])), [-0.15866, 0, 0.84134, 1.9545]):
        raise CheckError(f'{name}: the activation is the exact GELU, activation="gelu"; torch\'s default is ReLU.')
    if (attention.num_heads, layer.linear1.out_features, attention.embed_dim) != (2, 12, 8):
        raise CheckError(f"{name}: the layers have the sizes of the config: width 8, 2 heads, 12 in between.")


def _read(model: nn.Module, name: str, inputs: dict[str, Tensor] = published.INPUTS) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        states, pooled = parts_of(called(model, **inputs), ("states", "pooled"), name)
    tensor_of(states, (2, 6, 8), "states")
    tensor_of(pooled, (2, 8), "pooled", "One row for each input: the state of [CLS] alone.")
    if states[inputs["attention_mask"].bool()].isnan().any():
        raise CheckError(f"{name} gives NaN at real tokens. Is the padding mask the wrong way round?")
    return states, pooled


def _decoder(model: nn.Module, name: str) -> None:
    hidden = seeded(8, seed=3)
    with torch.no_grad():
        model.transform_norm.weight.zero_()  # so that the norm gives its bias, whatever comes in
        model.transform_norm.bias.copy_(hidden)
        model.bert.embeddings.word.weight.copy_(seeded(11, 8, seed=4))
        logits = called(model, **published.INPUTS)[0][0, 1]
        table = model.bert.embeddings.word.weight
        late = same(logits, table @ torch.nn.functional.gelu(hidden) + model.bias)
    if late:
        raise CheckError(f"{name}: gelu comes before `transform_norm`, and the normed vector goes to the table.")
    if same(logits.exp().sum(), 1.0) or (same(logits.sum(), 1.0) and (logits >= 0).all()):
        raise CheckError(f"{name}: prediction_logits are the scores before any softmax; yours are probabilities.")
    if not same(logits, seeded(11, 8, seed=4) @ hidden + model.bias):
        raise CheckError(
            f"{name}: the decoder is the table of word embeddings. When the table changes, the logits must follow; "
            "yours are not the normed vector's products with the table's rows plus `bias`."
        )
    called(model, **published.INPUTS)[0].sum().backward()
    gradient = model.bert.embeddings.word.weight.grad
    if gradient is None or not gradient[UNSEEN].any():
        raise CheckError(
            f"{name}: training the decoder trains the table too: also a token that the input does not have gets a "
            "gradient. Yours gets none; is the table detached or copied?"
        )
    with torch.no_grad():
        model.transform.weight.zero_()
        model.transform.bias.copy_(torch.tensor([-1.0, 0, 1, 2, -1, 0, 1, 2]))
        model.transform_norm.weight.fill_(1)
        model.transform_norm.bias.zero_()
        model.bias.zero_()
        model.bert.embeddings.word.weight.copy_(torch.eye(11, 8))
        logits = called(model, **published.INPUTS)[0][0, 1]
    if not same(logits[:4], [-0.9751, -0.7860, 0.2170, 1.5441]):
        raise CheckError(
            f"{name}: `transform`, then gelu, then `transform_norm`. From (-1, 0, 1, 2) that makes (-0.9751, -0.7860, "
            f"0.2170, 1.5441); yours {shown(logits[:4])}."
        )
