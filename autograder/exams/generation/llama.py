"""The oracle of the model: a Llama in plain float64 functions, on entries under the names of Hugging Face.

It is written from the published description, not from the reference answer; a test compares it with the transformers
library, which a grader need not have.
"""

import math

import torch
from torch.nn import functional as F

from autograder.exams.generation import attention, rms_norm
from autograder.exams.sequence_to_sequence.inputs import normal

SIZES = {
    "vocab_size": 11,
    "hidden_size": 16,
    "intermediate_size": 10,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-6,
    "tie_word_embeddings": False,
}
"""A small model: examining thousands of answers takes a while."""

PARTS = {"query": "q_proj", "key": "k_proj", "value": "v_proj", "output": "o_proj"}


def heads_of(sizes):
    """What a CausalSelfAttention of these sizes is made with."""
    return sizes["hidden_size"], sizes["num_attention_heads"], sizes["num_key_value_heads"]


def shapes(sizes):
    """The shapes of all entries, that of a tied lm_head left out."""
    m, hidden, table = sizes["hidden_size"], sizes["intermediate_size"], (sizes["vocab_size"], sizes["hidden_size"])
    found: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": table}
    for number in range(sizes["num_hidden_layers"]):
        layer = f"model.layers.{number}"
        for part, shape in attention.shapes(*heads_of(sizes)).items():
            found[f"{layer}.self_attn.{PARTS[part.removesuffix('.weight')]}.weight"] = shape
        found |= {f"{layer}.mlp.{part}_proj.weight": (hidden, m) for part in ("gate", "up")}
        found[f"{layer}.mlp.down_proj.weight"] = (m, hidden)
        found |= {f"{layer}.{norm}_layernorm.weight": (m,) for norm in ("input", "post_attention")}
    found["model.norm.weight"] = (m,)
    return found if sizes["tie_word_embeddings"] else found | {"lm_head.weight": table}


def published(rng, sizes):
    """Small random entries as `transformers.LlamaForCausalLM.state_dict()` has them; no norm is plain."""
    entries = {name: normal(rng, *shape, scale=0.3) for name, shape in shapes(sizes).items()}
    return {name: 1 + tensor if "norm" in name else tensor for name, tensor in entries.items()}


def logits(entries, sizes, input_ids):
    """(b, t, s) in float64, the whole text at once."""
    entries, eps = {name: tensor.double() for name, tensor in entries.items()}, sizes["rms_norm_eps"]
    x = entries["model.embed_tokens.weight"][input_ids]
    for number in range(sizes["num_hidden_layers"]):
        layer = f"model.layers.{number}"
        state = {f"{mine}.weight": entries[f"{layer}.self_attn.{theirs}.weight"] for mine, theirs in PARTS.items()}
        normed = rms_norm.right(entries[f"{layer}.input_layernorm.weight"], x, eps)
        x = x + attention.right(state, heads_of(sizes), normed)
        normed = rms_norm.right(entries[f"{layer}.post_attention_layernorm.weight"], x, eps)
        gate, up, down = (entries[f"{layer}.mlp.{part}_proj.weight"] for part in ("gate", "up", "down"))
        opened = normed @ gate.T
        x = x + (opened * torch.sigmoid(opened) * (normed @ up.T)) @ down.T
    table = entries["model.embed_tokens.weight"] if sizes["tie_word_embeddings"] else entries["lm_head.weight"]
    return F.linear(rms_norm.right(entries["model.norm.weight"], x, eps), table)


def learned(sizes):
    """How many numbers there are to learn."""
    return sum(math.prod(shape) for shape in shapes(sizes).values())
