"""load_bert_weights: the right variants."""

import re

import torch

from autograder.exam.exercise import Exercise
from autograder.exams.masked_language_model.earlier import NOTEBOOK
from autograder.exams.masked_language_model.loading_cases import cases

load_bert_weights = Exercise(
    NOTEBOOK,
    "load_bert_weights",
    cases,
    survivors={"load_bert_weights: ('weight', 'bias') -> ('bias', 'weight')": "either may be copied first"},
)

IN_A_LAYER = {
    "self_attn.out_proj": "attention.output.dense",
    "norm1": "attention.output.LayerNorm",
    "linear1": "intermediate.dense",
    "linear2": "output.dense",
    "norm2": "output.LayerNorm",
}
OUTSIDE = {
    "bert.embeddings.word": "bert.embeddings.word_embeddings",
    "bert.embeddings.position": "bert.embeddings.position_embeddings",
    "bert.embeddings.segment": "bert.embeddings.token_type_embeddings",
    "bert.embeddings.norm": "bert.embeddings.LayerNorm",
    "bert.pooler": "bert.pooler.dense",
    "transform": "cls.predictions.transform.dense",
    "transform_norm": "cls.predictions.transform.LayerNorm",
    "next_sentence": "cls.seq_relationship",
}


class Loader:
    """A method for each step; a variant with a slip replaces one of them."""

    parts = "query", "key", "value"
    in_a_layer, outside = IN_A_LAYER, OUTSIDE

    def __init__(self, model, state_dict):
        self.model, self.entries = model, state_dict

    def entry(self, name):
        return self.entries[name]

    def put(self, parameter, tensor):
        with torch.no_grad():
            parameter.copy_(tensor)

    def fill(self, module, name):
        for kind, parameter in module.named_parameters():
            self.put(parameter, self.entry(f"{name}.{kind}"))

    def index(self, index):
        return index

    def attention(self, layer, name):
        for kind in ("weight", "bias"):
            parts = [self.entry(f"{name}.attention.self.{part}.{kind}") for part in self.parts]
            self.put(getattr(layer.self_attn, f"in_proj_{kind}"), torch.cat(parts))

    def layer(self, layer, name):
        self.attention(layer, name)
        for mine, theirs in self.in_a_layer.items():
            self.fill(layer.get_submodule(mine), f"{name}.{theirs}")

    def bias(self):
        self.put(self.model.bias, self.entry("cls.predictions.bias"))

    def load(self):
        for mine, theirs in self.outside.items():
            self.fill(self.model.get_submodule(mine), theirs)
        for index, layer in enumerate(self.model.bert.layers):
            self.layer(layer, f"bert.encoder.layer.{self.index(index)}")
        self.bias()


@load_bert_weights.right
def in_small_steps(model, state_dict):
    Loader(model, state_dict).load()


@load_bert_weights.right
def names_translated(model, state_dict):
    """From our names to theirs, parameter by parameter."""

    def translated(name):
        path, _, kind = name.rpartition(".")
        if path in OUTSIDE:
            return f"{OUTSIDE[path]}.{kind}"
        _, _, index, rest = path.split(".", 3)
        return f"bert.encoder.layer.{index}.{IN_A_LAYER[rest]}.{kind}"

    for name, parameter in model.named_parameters():
        if "in_proj" in name:
            index, kind = name.split(".")[2], name.rpartition("_")[2]
            names = [f"bert.encoder.layer.{index}.attention.self.{part}.{kind}" for part in ("query", "key", "value")]
            parameter.data.copy_(torch.cat([state_dict[theirs] for theirs in names]))
        else:
            parameter.data.copy_(state_dict["cls.predictions.bias" if name == "bias" else translated(name)])


@load_bert_weights.right
def renamed_and_loaded_whole(model, state_dict):
    """From their names to ours, then the model's own load_state_dict, which may know the table under two names."""
    rules = [
        (r"^bert\.encoder\.layer\.", "bert.layers."),
        (r"attention\.output\.dense", "self_attn.out_proj"),
        (r"attention\.output\.LayerNorm", "norm1"),
        (r"intermediate\.dense", "linear1"),
        (r"(layers\.\d+)\.output\.dense", r"\1.linear2"),
        (r"(layers\.\d+)\.output\.LayerNorm", r"\1.norm2"),
        (r"(word|position)_embeddings", r"\1"),
        (r"token_type_embeddings", "segment"),
        (r"embeddings\.LayerNorm", "embeddings.norm"),
        (r"pooler\.dense", "pooler"),
        (r"cls\.predictions\.transform\.dense", "transform"),
        (r"cls\.predictions\.transform\.LayerNorm", "transform_norm"),
        (r"cls\.predictions\.bias", "bias"),
        (r"cls\.seq_relationship", "next_sentence"),
    ]
    ours = {}
    for name, tensor in state_dict.items():
        for pattern, new in rules:
            name = re.sub(pattern, new, name)
        ours[name] = tensor
    for index in range(len(model.bert.layers)):
        for kind in ("weight", "bias"):
            names = [f"bert.layers.{index}.attention.self.{part}.{kind}" for part in ("query", "key", "value")]
            ours[f"bert.layers.{index}.self_attn.in_proj_{kind}"] = torch.vstack(
                [ours[n].reshape(-1, 1) for n in names]
            )
    for name, parameter in model.named_parameters():
        ours[name] = ours[name].reshape(parameter.shape)
    model.load_state_dict(ours, strict=False)


@load_bert_weights.right
def thirds_of_a_matrix(model, state_dict):
    """Query, key and value each go into their own third; plain assignment to a slice."""
    width = model.transform.in_features
    with torch.no_grad():
        for number, layer in enumerate(model.bert.layers):
            name = f"bert.encoder.layer.{number}."
            for third, part in enumerate(("query", "key", "value")):
                rows = slice(third * width, (third + 1) * width)
                layer.self_attn.in_proj_weight[rows] = state_dict[f"{name}attention.self.{part}.weight"]
                layer.self_attn.in_proj_bias[rows] = state_dict[f"{name}attention.self.{part}.bias"]
            for mine, theirs in IN_A_LAYER.items():
                module = layer.get_submodule(mine)
                module.weight[...] = state_dict[f"{name}{theirs}.weight"]
                module.bias[...] = state_dict[f"{name}{theirs}.bias"]
        for mine, theirs in OUTSIDE.items():
            module = model.get_submodule(mine)
            module.weight[...] = state_dict[f"{theirs}.weight"]
            if getattr(module, "bias", None) is not None:
                module.bias[...] = state_dict[f"{theirs}.bias"]
        model.bias[:] = state_dict["cls.predictions.bias"]


@load_bert_weights.right
def copies_as_data(model, state_dict):
    """A parameter's `.data` is replaced by a copy: the parameter stays the same."""
    copies = {name: tensor.detach().clone().contiguous() for name, tensor in state_dict.items()}

    def put(module, name):
        module.weight.data = copies[f"{name}.weight"]
        if hasattr(module, "bias"):
            module.bias.data = copies[f"{name}.bias"]

    for mine, theirs in OUTSIDE.items():
        put(model.get_submodule(mine), theirs)
    model.bias.data = copies["cls.predictions.bias"]
    for index in range(len(model.bert.layers)):
        layer, name = model.bert.layers[index], f"bert.encoder.layer.{index}"
        for mine, theirs in IN_A_LAYER.items():
            put(layer.get_submodule(mine), f"{name}.{theirs}")
        own = f"{name}.attention.self"
        weights = [copies[f"{own}.{part}.weight"] for part in ("query", "key", "value")]
        biases = [copies[f"{own}.{part}.bias"] for part in ("query", "key", "value")]
        layer.self_attn.in_proj_weight.data = torch.cat(weights, dim=0)
        layer.self_attn.in_proj_bias.data = torch.cat(biases)
