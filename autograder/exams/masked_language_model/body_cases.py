"""The cases of BertModel(config): what the body of BERT makes of a batch."""

from functools import partial

import torch

from attention_course.probes import modules as using
from autograder.exam.compare import Tolerance
from autograder.exam.exercise import Case
from autograder.exams.masked_language_model import oracle
from autograder.exams.masked_language_model.oracle import SIZES
from autograder.exams.masked_language_model.random_inputs import normal

NUMBERS = Tolerance(1e-4, 6e-5)
"""float32 comes to 1e-5 in hundreds of exams; a norm over six numbers that lie close together may make more of it. The
tanh form of GELU is 3e-4 off."""

GRADIENTS = Tolerance(1e-3, 3e-4)
"""On their way back, numbers pass all norms again."""


def real(mask, got):
    """The states of the real tokens, and the pooled vectors: what stands at padding does not matter."""
    states, pooled = got
    return [states[mask == 1], pooled]


def expected(entries, sizes, batch):
    """The oracle's states of real tokens, and pooled vectors."""
    found = oracle.stages(entries, sizes, *batch)
    last = sizes["num_hidden_layers"] - 1
    return real(batch[2], [found[f"bert.layers.{last}"], found["pooled"]])


def case(concept, entries, sizes, batch, /, **kwargs):
    """A case of the whole body in which only real tokens are compared."""
    args = sizes, oracle.body(entries, sizes), *batch
    wanted, read = partial(expected, entries, sizes, batch), partial(real, batch[2])
    return Case(concept, args, kwargs, NUMBERS, wanted, function="BertModel", use=using.output, read=read)


def cases(rng):
    yield from made_of(rng)
    entries = oracle.published(rng, SIZES)

    def plain(concept, lengths, t, **kwargs):
        return case(concept, entries, SIZES, oracle.batch(rng, SIZES, lengths, t), **kwargs)

    def of_another_size(concept, lengths, t, **changes):
        sizes = SIZES | changes
        return case(concept, oracle.published(rng, sizes), sizes, oracle.batch(rng, sizes, lengths, t))

    yield plain("inputs without padding", [5, 5], 5)
    yield plain("a padded batch", [8, 1, 4], 8)
    yield plain("a batch in which every input is padded", [4, 2], 7)
    yield plain("a single token in a batch of one", [1], 1)
    yield plain("training mode without dropout", [5, 3], 5, training=True)
    yield of_another_size("two layers of one head", [5, 3], 5, num_hidden_layers=2, num_attention_heads=1)
    yield of_another_size("three layers and four segments", [5, 4, 6], 6, num_hidden_layers=3, type_vocab_size=4)
    alike = dict.fromkeys((*ALIKE, "num_attention_heads"), 6)
    yield of_another_size("inputs, tokens, heads and columns all the same", [6, 5, 4, 3, 2, 1], 6, **alike)
    yield of_another_size("eval mode of a model with much dropout", [5, 3], 5, hidden_dropout_prob=0.9)
    yield small_numbers(rng)
    batch = [x.T.contiguous().T for x in oracle.batch(rng, SIZES, [5, 3], 5)]
    named = dict(zip(("attention_mask", "token_type_ids", "input_ids"), batch[::-1], strict=True))
    args, wanted = (SIZES, oracle.body(entries, SIZES)), partial(expected, entries, SIZES, batch)
    concept, read = "arguments by name, views with strides", partial(real, batch[2])
    yield Case(concept, args, named, NUMBERS, wanted, function="BertModel", use=using.output, read=read)
    yield learning(rng, entries)


ALIKE = "vocab_size", "hidden_size", "intermediate_size", "max_position_embeddings"


def made_of(rng):
    """Kinds and sizes of the parts, and how much dropout there is in which."""
    shapes = {name: list(t.shape) for name, t in oracle.body(oracle.published(rng, SIZES), SIZES).items()}
    kinds = {"embeddings": "Module", "layers": "ModuleList", "pooler": "Linear"}
    args, wanted, function = (SIZES, tuple(kinds), tuple(shapes)), [kinds, shapes], "BertModel"
    yield Case("the names, kinds and sizes of the parts", args, expected=wanted, function=function, use=using.parts)
    names = "layers.0.dropout.p", "layers.0.dropout1.p", "layers.0.dropout2.p", "layers.0.self_attn.dropout"
    names = "embeddings.dropout.p", *names
    args = SIZES | {"hidden_dropout_prob": 0.375}, names
    wanted = dict.fromkeys(names, 0.375)
    yield Case("the dropout of the config", args, expected=wanted, function=function, use=using.settings)


def small_numbers(rng):
    """Each norm of the layers gets numbers whose variance is near its eps."""
    entries = oracle.published(rng, SIZES)
    tiny = 1e-6
    entries["bert.embeddings.LayerNorm.weight"] *= tiny
    entries["bert.embeddings.LayerNorm.bias"] *= tiny
    layer = "bert.encoder.layer.0"
    for kind in ("weight", "bias"):
        for name in ("attention.output.dense", "output.dense", "attention.output.LayerNorm"):
            entries[f"{layer}.{name}.{kind}"] *= tiny
    return case("small numbers, where eps counts", entries, SIZES, oracle.batch(rng, SIZES, [5, 3], 5))


def slopes(entries, batch, outputs, pulls):
    """The oracle's gradient of sum(pull * output) for each entry."""
    leaves = {name: tensor.double().requires_grad_() for name, tensor in entries.items()}
    found = oracle.stages(leaves, SIZES, *batch)
    sum((pull * found[name]).sum() for name, pull in zip(outputs, pulls, strict=True)).backward()
    return {name: torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for name, leaf in leaves.items()}


def learning(rng, entries):
    """The gradients of all parameters."""
    batch = oracle.batch(rng, SIZES, [5, 3], 5, learned=True)
    pulls = [normal(rng, 2, 5, 6) * batch[2][..., None], normal(rng, 2, 6)]

    def wanted():
        return oracle.body(slopes(entries, batch, ("bert.layers.0", "pooled"), pulls), SIZES)

    args = SIZES, oracle.body(entries, SIZES), *batch
    kwargs = {"pulls": pulls}
    return Case("learning", args, kwargs, GRADIENTS, wanted, function="BertModel", use=using.gradients)
