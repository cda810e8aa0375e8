"""DecoderModel(config) and load_llama_weights(model, state_dict): the right variants."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from autograder.exam.exercise import Exercise
from autograder.exams.generation.decoder_model_cases import cases
from autograder.exams.generation.earlier import NOTEBOOK, CausalSelfAttention, RMSNorm

DecoderModel = Exercise(NOTEBOOK, "DecoderModel", cases, functions=("DecoderModel", "load_llama_weights"))


PARTS = {"query": "q_proj", "key": "k_proj", "value": "v_proj", "output": "o_proj"}


class Layer(nn.Module):
    """Names as the reference has them, a method for each step; a variant with a slip replaces one of them."""

    def __init__(self, config):
        super().__init__()
        width, hidden = config.hidden_size, config.intermediate_size
        self.attention = CausalSelfAttention(width, config.num_attention_heads, config.num_key_value_heads)
        self.norm1, self.norm2 = (RMSNorm(width, eps=config.rms_norm_eps) for _ in range(2))
        self.gate, self.up = (nn.Linear(width, hidden, bias=False) for _ in range(2))
        self.down = nn.Linear(hidden, width, bias=False)

    def activate(self, x):
        return F.silu(x)

    def feed(self, x):
        return self.down(self.activate(self.gate(x)) * self.up(x))

    def forward(self, x, cache=None):
        x = x + self.attention(self.norm1(x), cache)
        return x + self.feed(self.norm2(x))


class InSmallSteps(nn.Module):
    layer: type[Layer] = Layer

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers: nn.ModuleList = nn.ModuleList(self.layer(config) for _ in range(config.num_hidden_layers))
        self.norm = RMSNorm(config.hidden_size, eps=config.rms_norm_eps)
        self.output = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.tie()

    def tie(self):
        if self.config.tie_word_embeddings:
            self.output.weight = self.embedding.weight

    def embed(self, input_ids):
        return self.embedding(input_ids)

    def through(self, x, caches):
        for number, layer in enumerate(self.layers):
            x = layer(x, None if caches is None else caches[number])
        return x

    def say(self, x):
        return self.output(self.norm(x))

    def forward(self, input_ids, caches=None):
        return self.say(self.through(self.embed(input_ids), caches))


class WithHuggingFacesNames(nn.Module):
    """Then loading is load_state_dict; the tied table has no second name."""

    class Layer(nn.Module):
        def __init__(self, config):
            super().__init__()
            width, hidden = config.hidden_size, config.intermediate_size
            self.input_layernorm = RMSNorm(width, config.rms_norm_eps)
            self.self_attn = CausalSelfAttention(width, config.num_attention_heads, config.num_key_value_heads)
            self.post_attention_layernorm = RMSNorm(width, config.rms_norm_eps)
            sizes = {"gate_proj": (width, hidden), "up_proj": (width, hidden), "down_proj": (hidden, width)}
            self.mlp = nn.ModuleDict({name: nn.Linear(*size, bias=False) for name, size in sizes.items()})

        def forward(self, x, cache):
            x = x + self.self_attn(self.input_layernorm(x), cache)
            inside = self.post_attention_layernorm(x)
            return x + self.mlp["down_proj"](F.silu(self.mlp["gate_proj"](inside)) * self.mlp["up_proj"](inside))

    def __init__(self, config):
        super().__init__()
        self.config, width = config, config.hidden_size
        self.embed_tokens, self.norm = nn.Embedding(config.vocab_size, width), RMSNorm(width, config.rms_norm_eps)
        self.layers = nn.ModuleList([self.Layer(config) for _ in range(config.num_hidden_layers)])
        if not config.tie_word_embeddings:
            self.lm_head = nn.Linear(width, config.vocab_size, bias=False)

    def forward(self, input_ids, caches=None):
        x = self.embed_tokens(input_ids)
        for layer, cache in zip(self.layers, caches or (None,) * len(self.layers), strict=True):
            x = layer(x, cache)
        table = self.embed_tokens if self.config.tie_word_embeddings else self.lm_head
        return self.norm(x) @ table.weight.T


def whole_at_once(model, state_dict):
    renamed = {}
    for name, tensor in state_dict.items():
        for part, theirs in PARTS.items():
            name = name.replace(f"self_attn.{theirs}", f"self_attn.{part}")
        renamed[name.removeprefix("model.")] = tensor
    if model.config.tie_word_embeddings:
        renamed.pop("lm_head.weight", None)
    model.load_state_dict(renamed)


class OfOneList(nn.Module):
    """Two lists of parameters; the parts of a layer in a dict."""

    def __init__(self, config):
        super().__init__()
        self.config, m, hidden = config, config.hidden_size, config.intermediate_size
        self.table = nn.Parameter(torch.randn(config.vocab_size, m) / 10)
        self.head = self.table if config.tie_word_embeddings else nn.Parameter(torch.randn(config.vocab_size, m) / 10)
        self.layers: Any = nn.ModuleList(
            nn.ModuleDict(
                {
                    "first": RMSNorm(m, config.rms_norm_eps),
                    "look": CausalSelfAttention(m, config.num_attention_heads, config.num_key_value_heads),
                    "second": RMSNorm(m, config.rms_norm_eps),
                    "open": nn.Linear(m, 2 * hidden, bias=False),
                    "shut": nn.Linear(hidden, m, bias=False),
                }
            )
            for _ in range(config.num_hidden_layers)
        )
        self.last = RMSNorm(m, config.rms_norm_eps)

    def forward(self, input_ids, caches=None):
        x = F.embedding(input_ids, self.table)
        for number, parts in enumerate(self.layers):
            x = x + parts["look"](parts["first"](x), caches[number] if caches else None)
            gate, up = parts["open"](parts["second"](x)).chunk(2, dim=-1)
            x = x + parts["shut"](gate * torch.sigmoid(gate) * up)
        return F.linear(self.last(x), self.head)


def piece_by_piece(model, state_dict):
    with torch.no_grad():
        model.table.copy_(state_dict["model.embed_tokens.weight"])
        if model.head is not model.table:
            model.head.copy_(state_dict["lm_head.weight"])
        model.last.weight.copy_(state_dict["model.norm.weight"])
        for number, parts in enumerate(model.layers):
            entry = {n.split(".", 3)[3]: x for n, x in state_dict.items() if n.startswith(f"model.layers.{number}.")}
            parts["first"].weight.copy_(entry["input_layernorm.weight"])
            parts["second"].weight.copy_(entry["post_attention_layernorm.weight"])
            for part, theirs in PARTS.items():
                getattr(parts["look"], part).weight.copy_(entry[f"self_attn.{theirs}.weight"])
            parts["open"].weight.copy_(torch.cat([entry["mlp.gate_proj.weight"], entry["mlp.up_proj.weight"]]))
            parts["shut"].weight.copy_(entry["mlp.down_proj.weight"])


IN_A_LAYER = {
    "norm1": "input_layernorm",
    "attention.query": "self_attn.q_proj",
    "attention.key": "self_attn.k_proj",
    "attention.value": "self_attn.v_proj",
    "attention.output": "self_attn.o_proj",
    "norm2": "post_attention_layernorm",
    "gate": "mlp.gate_proj",
    "up": "mlp.up_proj",
    "down": "mlp.down_proj",
}


class Loader:
    """A method for each step; a variant with a slip replaces one of them."""

    in_a_layer = IN_A_LAYER

    def __init__(self, model, state_dict):
        self.model, self.entries = model, state_dict

    def put(self, module, name):
        module.weight.data.copy_(self.entries[f"{name}.weight"])

    def index(self, index):
        return index

    def ends(self):
        self.put(self.model.embedding, "model.embed_tokens")
        self.put(self.model.norm, "model.norm")

    def head(self):
        if not self.model.config.tie_word_embeddings:
            self.put(self.model.output, "lm_head")

    def load(self):
        self.ends()
        for index, layer in enumerate(self.model.layers):
            for mine, theirs in self.in_a_layer.items():
                self.put(layer.get_submodule(mine), f"model.layers.{self.index(index)}.{theirs}")
        self.head()


def in_steps(model, state_dict):
    Loader(model, state_dict).load()


def copies_as_data(model, state_dict):
    """A parameter's `.data` is replaced by a copy: the parameter stays the same, and tied."""

    def put(module, name):
        module.weight.data = state_dict[f"{name}.weight"].detach().clone().contiguous()

    put(model.embedding, "model.embed_tokens")
    for index in range(len(model.layers)):
        for mine, theirs in IN_A_LAYER.items():
            put(model.layers[index].get_submodule(mine), f"model.layers.{index}.{theirs}")
    put(model.norm, "model.norm")
    if "lm_head.weight" in state_dict and not model.config.tie_word_embeddings:
        put(model.output, "lm_head")


PAIRS = [(InSmallSteps, in_steps), (WithHuggingFacesNames, whole_at_once), (OfOneList, piece_by_piece)]
DecoderModel.right_variants += [dict(zip(DecoderModel.functions, pair, strict=True)) for pair in PAIRS]
DecoderModel.right_variants.append({"load_llama_weights": copies_as_data})
