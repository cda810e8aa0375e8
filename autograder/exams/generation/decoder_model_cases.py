"""The cases of DecoderModel(config) and load_llama_weights(model, state_dict).

What is inside of a model is its author's choice, so it is examined with its author's loader, and the other way round.
"""

from functools import partial

import torch

from attention_course.probes import generators as probe
from autograder.exam.compare import Tolerance
from autograder.exam.exercise import Case
from autograder.exams.generation import earlier, llama
from autograder.exams.generation.attention import AGREES
from autograder.exams.generation.llama import SIZES
from autograder.exams.sequence_to_sequence.inputs import whole

TIED = SIZES | {"tie_word_embeddings": True}
DEEP = SIZES | {"hidden_size": 4, "num_attention_heads": 2, "intermediate_size": 3, "num_hidden_layers": 11}


def cases(rng, cache=None):
    """Cases with caches of this class, the reference's if none is given."""
    beside = (cache or earlier.KeyValueCache,)
    yield from fresh_cases(rng, beside)
    yield from loading_cases(rng)
    yield from piece_cases(rng, beside)
    yield from sharing_cases(rng)


def fresh_cases(rng, beside):
    """What a model does with the numbers it begins with, whatever they are."""

    def keeps(concept, sizes):
        ids = whole(rng, sizes["vocab_size"], 2, 3)
        expected = [True, sizes["num_hidden_layers"], llama.learned(sizes), [2, 3, sizes["vocab_size"]]]
        return Case(concept, (sizes, ids), expected=expected, function="DecoderModel", use=probe.kept)

    yield keeps("its config, its layers and how much there is to learn", SIZES)
    yield keeps("a model whose words are tied", TIED)
    yield keeps("a model of another size", SIZES | {"num_hidden_layers": 3, "num_key_value_heads": 4, "vocab_size": 7})
    first = whole(rng, 11, 2, 5)
    second = torch.cat([first[:, :3], (first[:, 3:] + 1 + whole(rng, 10, 2, 2)) % 11], dim=1)
    yield Case(
        "a future that must have no influence, and a text in pieces",
        (SIZES, first, second),
        expected=[True, True, True],
        function="DecoderModel",
        use=probe.read_apart,
        beside=beside,
        read=compared,
    )
    there = {"shape": [2, 3, 11], "dtype": "torch.float32", "device": "meta"}
    args = SIZES | {"num_hidden_layers": 1}, whole(rng, 11, 2, 3)
    yield Case("another device", args, expected=there, function="DecoderModel", use=probe.model_elsewhere)


def compared(result):
    """Does a later token leave earlier logits alone and change its own, and do pieces give what a whole gives?"""
    first, second, pieces = result
    alike = partial(torch.allclose, rtol=1e-4, atol=1e-5)
    return [alike(first[:, :3], second[:, :3]), not torch.equal(first[:, 3:], second[:, 3:]), alike(first, pieces)]


def expected_logits(entries, sizes, ids):
    return llama.logits(entries, sizes, ids).float()


def loading_cases(rng):
    def load(concept, sizes, b=2, t=4, *, entries=None, also=(), tolerance=AGREES, use=probe.logits_after_loading):
        entries, ids = entries or llama.published(rng, sizes), whole(rng, sizes["vocab_size"], b, t)
        wanted = partial(expected_logits, entries, sizes, ids)
        given = (sizes, {**entries, **dict(also)}, ids)
        return Case(
            concept, given, {}, tolerance, wanted, function="load_llama_weights", together=("DecoderModel",), use=use
        )

    yield load("the logits", SIZES)
    yield load("a single token", SIZES | {"num_hidden_layers": 1}, 1, 1)
    yield load("another eps", SIZES | {"rms_norm_eps": float(rng.uniform(0.2, 1))})
    yield load("a head of keys for each query head", SIZES | {"num_key_value_heads": 4, "num_hidden_layers": 1})
    yield load("words that are tied, without lm_head", TIED)
    entries = llama.published(rng, TIED)
    yield load(
        "words that are tied, with lm_head",
        TIED,
        entries=entries,
        also={"lm_head.weight": entries["model.embed_tokens.weight"]}.items(),
    )
    yield load("as many words, numbers and texts", SIZES | {"vocab_size": 16, "intermediate_size": 16}, 4, 4)
    yield load(
        "eleven layers, the last of which has a number of two digits", DEEP, 2, 3, tolerance=Tolerance(1e-3, 1e-3)
    )
    entries = llama.published(rng, SIZES)
    views = {name: tensor.T.contiguous().T if tensor.dim() == 2 else tensor for name, tensor in entries.items()}
    yield load("entries that are views with strides", SIZES, entries=views)
    yield load("the model after a change of the state dict", SIZES, use=probe.logits_after_a_change)


def pieces(entries, sizes, ids, count):
    return [[expected_logits(entries, sizes, ids)] * count, [ids.shape[1]] * sizes["num_hidden_layers"]]


def piece_cases(rng, beside):
    def read(concept, sizes, b, splits):
        t = sum(splits[0])
        entries, ids = llama.published(rng, sizes), whole(rng, sizes["vocab_size"], b, t)
        wanted = partial(pieces, entries, sizes, ids, len(splits))
        return Case(
            concept,
            (sizes, entries, ids, splits),
            {},
            AGREES,
            wanted,
            function="load_llama_weights",
            together=("DecoderModel",),
            use=probe.logits_in_pieces,
            beside=beside,
        )

    yield read("a text and one more token, with caches", TIED, 1, [[3, 1]])
    yield read("every way to cut a text in two, with caches", SIZES, 2, [*([n, 4 - n] for n in (1, 2, 3)), [1] * 4])


def sharing_cases(rng):
    for concept, sizes in (("how much there is to learn after loading", SIZES), ("words that stay tied", TIED)):
        args = sizes, llama.published(rng, sizes)
        expected, use = llama.learned(sizes), probe.learned_after_loading
        yield Case(concept, args, expected=expected, function="load_llama_weights", together=("DecoderModel",), use=use)
