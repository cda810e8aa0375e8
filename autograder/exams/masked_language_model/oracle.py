"""The oracle of the model: a BERT in plain float64 functions, on entries under the names of Hugging Face.

It is written from the published description, not from the reference answer; a test compares it with the transformers
library, which a grader need not have.
"""

import torch
from torch.nn import functional as F

from autograder.exams.masked_language_model.random_inputs import normal, whole

SIZES = {
    "vocab_size": 11,
    "hidden_size": 6,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 10,
    "max_position_embeddings": 8,
    "type_vocab_size": 2,
    "hidden_dropout_prob": 0.0,
}
"""A small model: examining thousands of answers takes a while. Only for an even number of heads does an
nn.TransformerEncoder pack padded inputs."""


def published(rng, sizes):
    """Random entries as `transformers.BertForPreTraining.state_dict()` has them: no bias is zero, no norm is plain."""
    shapes = _shapes(sizes)
    numbers = normal(rng, sum(torch.Size(shape).numel() for shape in shapes.values()))
    parts = numbers.split([torch.Size(shape).numel() for shape in shapes.values()])
    entries = {name: part.view(shape) for part, (name, shape) in zip(parts, shapes.items(), strict=True)}
    for name, entry in entries.items():
        if name.endswith("LayerNorm.weight"):
            entry.div_(4).add_(1)
        elif name.endswith("bias"):
            entry.div_(2)
        elif "embeddings" not in name:
            entry.div_(entry.shape[1] ** 0.5)
    entries["cls.predictions.decoder.weight"] = entries["bert.embeddings.word_embeddings.weight"]
    entries["cls.predictions.decoder.bias"] = entries["cls.predictions.bias"]
    return entries


def _shapes(sizes):
    """The shapes of all entries but those of the tied decoder."""
    m, hidden = sizes["hidden_size"], sizes["intermediate_size"]

    def linear(name, rows, columns):
        return {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}

    def norm(name):
        return {f"{name}.weight": (m,), f"{name}.bias": (m,)}

    shapes = {
        "bert.embeddings.word_embeddings.weight": (sizes["vocab_size"], m),
        "bert.embeddings.position_embeddings.weight": (sizes["max_position_embeddings"], m),
        "bert.embeddings.token_type_embeddings.weight": (sizes["type_vocab_size"], m),
        **norm("bert.embeddings.LayerNorm"),
    }
    for index in range(sizes["num_hidden_layers"]):
        layer = f"bert.encoder.layer.{index}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            shapes |= linear(f"{layer}.attention.{part}", m, m)
        shapes |= norm(f"{layer}.attention.output.LayerNorm") | linear(f"{layer}.intermediate.dense", hidden, m)
        shapes |= linear(f"{layer}.output.dense", m, hidden) | norm(f"{layer}.output.LayerNorm")
    shapes |= linear("bert.pooler.dense", m, m) | {"cls.predictions.bias": (sizes["vocab_size"],)}
    shapes |= linear("cls.predictions.transform.dense", m, m) | norm("cls.predictions.transform.LayerNorm")
    return shapes | linear("cls.seq_relationship", 2, m)


PLACES = {
    "embeddings.word": "bert.embeddings.word_embeddings",
    "embeddings.position": "bert.embeddings.position_embeddings",
    "embeddings.segment": "bert.embeddings.token_type_embeddings",
    "embeddings.norm": "bert.embeddings.LayerNorm",
    "pooler": "bert.pooler.dense",
}
HEADS = {
    "transform": "cls.predictions.transform.dense",
    "transform_norm": "cls.predictions.transform.LayerNorm",
    "next_sentence": "cls.seq_relationship",
}
IN_A_LAYER = {
    "self_attn.out_proj": "attention.output.dense",
    "norm1": "attention.output.LayerNorm",
    "linear1": "intermediate.dense",
    "linear2": "output.dense",
    "norm2": "output.LayerNorm",
}
KINDS = "weight", "bias"


def body(entries, sizes):
    """The numbers of a BertModel under the names of its docstring."""
    places = dict(PLACES)
    numbers = {}
    for index in range(sizes["num_hidden_layers"]):
        theirs = f"bert.encoder.layer.{index}"
        places |= {f"layers.{index}.{part}": f"{theirs}.{name}" for part, name in IN_A_LAYER.items()}
        for kind in KINDS:
            parts = [entries[f"{theirs}.attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            numbers[f"layers.{index}.self_attn.in_proj_{kind}"] = torch.cat(parts)
    return numbers | _renamed(entries, places)


def whole_model(entries, sizes):
    """The numbers of a BertForPreTraining under the names of its docstring."""
    numbers = {f"bert.{name}": tensor for name, tensor in body(entries, sizes).items()}
    return numbers | _renamed(entries, HEADS) | {"bias": entries["cls.predictions.bias"]}


def _renamed(entries, places):
    return {
        f"{ours}.{kind}": entries[f"{theirs}.{kind}"]
        for ours, theirs in places.items()
        for kind in KINDS
        if f"{theirs}.{kind}" in entries
    }


def batch(rng, sizes, lengths, t, learned=False):
    """Input ids, segments and mask, (b, t) each: [CLS] first, then two sentences, then padding.

    The mask alone says what padding is: token 0 stands in the text too, and others at padding. Not so in a batch that
    is learned from: PyTorch's padding_idx would take the gradient of token 0 away.
    """
    b, lengths = len(lengths), torch.tensor(lengths)[:, None]
    place = torch.arange(t)
    mask = (place < lengths).long()
    ids = whole(rng, 1, sizes["vocab_size"], b, t)
    ids = ids * mask if learned else ids.masked_fill((place == lengths - 1) & (place > 0), 0)
    later = (place >= (lengths + 1) // 2).long()
    segments = whole(rng, 1, sizes["type_vocab_size"], b, 1) * later * mask
    return ids, segments, mask


def stages(entries, sizes, input_ids, token_type_ids, attention_mask):
    """What each part of the model gives, by the name of the part in the docstring, in the order of the forward pass.

    Besides: "pooled", the pooler's output after tanh, and "prediction", the logits of the tokens.
    """
    entries = {name: tensor.double() for name, tensor in entries.items()}
    eps = 1e-12

    def linear(name, x):
        return x @ entries[f"{name}.weight"].T + entries[f"{name}.bias"]

    def norm(name, x):
        return F.layer_norm(x, x.shape[-1:], entries[f"{name}.weight"], entries[f"{name}.bias"], eps)

    def heads(x):
        return x.unflatten(-1, (sizes["num_attention_heads"], -1)).transpose(1, 2)

    tables = (f"bert.embeddings.{part}_embeddings.weight" for part in ("word", "position", "token_type"))
    word, position, segment = (entries[name] for name in tables)
    x = norm("bert.embeddings.LayerNorm", word[input_ids] + position[: input_ids.shape[1]] + segment[token_type_ids])
    found = {"bert.embeddings": x}
    for index in range(sizes["num_hidden_layers"]):
        layer = f"bert.encoder.layer.{index}"
        query, key, value = (heads(linear(f"{layer}.attention.self.{part}", x)) for part in ("query", "key", "value"))
        scores = query @ key.mT / query.shape[-1] ** 0.5
        weights = scores.masked_fill(attention_mask[:, None, None, :] == 0, -torch.inf).softmax(dim=-1)
        attended = (weights @ value).transpose(1, 2).flatten(2)
        x = norm(f"{layer}.attention.output.LayerNorm", x + linear(f"{layer}.attention.output.dense", attended))
        wide = linear(f"{layer}.intermediate.dense", x)
        wide = wide * (1 + torch.erf(wide / 2**0.5)) / 2
        x = norm(f"{layer}.output.LayerNorm", x + linear(f"{layer}.output.dense", wide))
        found[f"bert.layers.{index}"] = x
    found["bert.pooler"] = linear("bert.pooler.dense", x[:, 0])
    found["pooled"] = found["bert.pooler"].tanh()
    found["transform"] = linear("cls.predictions.transform.dense", x)
    found["transform_norm"] = norm("cls.predictions.transform.LayerNorm", F.gelu(found["transform"]))
    found["prediction"] = found["transform_norm"] @ word.T + entries["cls.predictions.bias"]
    found["next_sentence"] = linear("cls.seq_relationship", found["pooled"])
    return found
