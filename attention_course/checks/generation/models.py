"""The visible check of the decoder and its loader, part by part: what is not looked at gives zeros."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from attention_course import decoder
from attention_course.checks.batched_attention.reading import output_of
from attention_course.checks.generation.attending import usable
from attention_course.checks.masked_language_model.reading import made, same, seeded
from attention_course.checks.report import CheckError, called, visible_check
from attention_course.probes.generators import DecoderConfig

NAME = "DecoderModel"
IDS = torch.tensor([[3, 1, 4, 1], [5, 2, 6, 0]])
SHAPE = (2, 4, 7)


@visible_check(points=4, own=2)
def DecoderModel(kind, load, KeyValueCache=None) -> None:
    """What it keeps; the logits, part by part; eps, tied words, more layers; a text in pieces; nothing shared."""
    _keeps(kind)
    with torch.no_grad():
        ends = "with o_proj and down_proj all zeros, so that neither attention nor SwiGLU adds anything"
        _agrees(kind, load, ends, ("o_proj", "down_proj"), _ENDS)
        _agrees(kind, load, "with down_proj all zeros, so that SwiGLU adds nothing", ("down_proj",), _ATTENTION)
        _agrees(kind, load, "with o_proj all zeros, so that attention adds nothing", ("o_proj",), _SWIGLU)
        question = "Attention and SwiGLU are right one by one. Does SwiGLU get what attention has added to x?"
        _agrees(kind, load, "of one layer", (), question)
        question = "One layer is right. Does each layer get what the one before gives, and the numbers of its index?"
        _agrees(kind, load, "of two layers", (), question, num_hidden_layers=2)
        question = "Two layers are right. As a text, 10 stands before 2: which numbers go into the last layer?"
        _agrees(kind, load, "of eleven layers", (), question, num_hidden_layers=11)
        question = "Which of the three norms does not get rms_norm_eps?"
        _agrees(kind, load, "with rms_norm_eps = 0.5", (), question, rms_norm_eps=0.5)
        _tied(kind, load)
        _pieces(kind, load, usable(KeyValueCache or decoder.KeyValueCache))
        _shares_nothing(kind, load)


_ENDS = (
    "Then the logits are lm_head(norm(word vectors)), plainly. Is x added to what each part gives, are the word "
    "vectors used "
    "as they are, is the norm before the logits there, and are model.embed_tokens, model.norm and lm_head loaded?"
)
_ATTENTION = (
    "Without both parts it was right. Does attention get norm(x), is its result added to x itself, the word vectors "
    "as they are, "
    "and are input_layernorm and q_proj, k_proj, v_proj, o_proj loaded, each where it belongs?"
)
_SWIGLU = (
    "Without both parts it was right. Is it down(silu(gate(x)) * up(x)) of the second norm of x, added to x, and are "
    "post_attention_layernorm and gate_proj, up_proj, down_proj loaded, each where it belongs?"
)


def _config(**changes) -> DecoderConfig:
    sizes = {"vocab_size": 7, "hidden_size": 16, "intermediate_size": 6, "num_hidden_layers": 1}
    return DecoderConfig(**{**sizes, "num_attention_heads": 4, "num_key_value_heads": 2, **changes})


def _theirs(config: DecoderConfig, zeros: tuple[str, ...] = ()) -> nn.Module:
    """A model with published names, its numbers drawn anew; the parts named are zeros."""
    model = decoder.DecoderModel(config).eval()
    with torch.no_grad():
        for seed, (name, parameter) in enumerate(model.named_parameters()):
            parameter.copy_(0.4 * seeded(*parameter.shape, seed=seed) + ("norm" in name))
            if any(zero in name for zero in zeros):
                parameter.zero_()
    return model


def _keeps(kind) -> None:
    for config in (_config(num_hidden_layers=2), _config(tie_word_embeddings=True)):
        model: Any = made(kind, NAME, config).eval()
        if getattr(model, "config", None) != config:
            raise CheckError(f"{NAME}: `self.config` should be the config it was made from.")
        layers = getattr(model, "layers", None)
        if not isinstance(layers, nn.ModuleList) or len(layers) != config.num_hidden_layers:
            raise CheckError(
                f"{NAME}: `self.layers` should be an nn.ModuleList of {config.num_hidden_layers} layers here."
            )
        hint = "Logits for each token, as many as there are words."
        output_of(model, NAME, SHAPE, IDS, hint=hint)
        got, wanted = (sum(p.numel() for p in one.parameters()) for one in (model, decoder.DecoderModel(config)))
        if got != wanted:
            raise CheckError(
                f"{NAME} whose config is {config} should have {wanted} numbers to learn, yours has {got}. Is there a "
                "bias, a norm too many or too few, do layers share their numbers, and are tied words one parameter?"
            )


def _loaded(kind, load, config: DecoderConfig, entries: dict[str, Tensor], case: str) -> nn.Module:
    model = made(kind, NAME, config).eval()
    try:
        with torch.enable_grad():  # as in a notebook's cell
            called(load, model, entries, case=case)
    except KeyError as error:
        raise CheckError(f"load_llama_weights, {case}: it asks for the entry {error}, which is not there.") from None
    except RuntimeError as error:
        if "leaf" not in str(error):
            raise
        raise CheckError(
            f"load_llama_weights, {case}: PyTorch refuses to write into a parameter while it takes notes for a "
            "gradient (a leaf Variable, in its words). Inside of which `with` does it take none?"
        ) from None
    return model


def _agrees(kind, load, case: str, zeros: tuple[str, ...], question: str, **changes) -> nn.Module:
    config = _config(**changes)
    theirs = _theirs(config, zeros)
    ours = _loaded(kind, load, config, dict(theirs.state_dict()), case)
    result = output_of(ours, NAME, SHAPE, IDS)
    if not same(result, theirs(IDS)):
        raise CheckError(f"{NAME} {case}: the logits after load_llama_weights are not Llama's. {question}")
    return ours


def _tied(kind, load) -> None:
    config = _config(tie_word_embeddings=True)
    theirs = _theirs(config)
    entries = dict(theirs.state_dict())
    for case, given in (
        ("tied words, with lm_head.weight", entries),
        ("tied words, without lm_head.weight", {n: x for n, x in entries.items() if n != "lm_head.weight"}),
    ):
        ours = _loaded(kind, load, config, given, case)
        if not same(output_of(ours, NAME, SHAPE, IDS), theirs(IDS)):
            raise CheckError(f"{NAME}, {case}: the logits are not Llama's. Which matrix gives them?")
        if sum(p.numel() for p in ours.parameters()) != sum(p.numel() for p in theirs.parameters()):
            raise CheckError(f"{NAME}, {case}: after loading there are other numbers to learn. Are words tied still?")


def _pieces(kind, load, cache) -> None:
    ours = _agrees(kind, load, "of two layers", (), "", num_hidden_layers=2)
    whole = ours(IDS)
    for sizes, case in (([3, 1], "three tokens and then one"), ([1, 2, 1], "one token, two and one")):
        caches = [cache(), cache()]
        got = torch.cat([called(ours, piece, caches, case=case) for piece in IDS.split(sizes, dim=1)], dim=1)
        if [one.length for one in caches] != [4, 4]:
            raise CheckError(
                f"{NAME}, {case}, with caches: both caches should hold 4 tokens in the end, they hold "
                f"{[one.length for one in caches]}. Which layer gets which?"
            )
        if not same(got, whole):
            raise CheckError(
                f"{NAME}, {case}, with caches: the logits differ from those of the whole text. Which layer gets which?"
            )


def _shares_nothing(kind, load) -> None:
    config = _config()
    theirs = _theirs(config)
    entries = {name: tensor.clone() for name, tensor in theirs.state_dict().items()}
    ours = _loaded(kind, load, config, entries, "of one layer")
    if not all(parameter.requires_grad for parameter in ours.parameters()):
        raise CheckError("load_llama_weights: after it some parameters can no longer be trained. What was set?")
    before = ours(IDS)
    for tensor in entries.values():
        tensor.zero_()
    if not same(ours(IDS), before):
        raise CheckError(
            "load_llama_weights: when the state dict is changed later, your model changes with it. Copy the numbers."
        )
