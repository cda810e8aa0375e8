"""The cases of load_bert_weights(model, state_dict): parity, stage by stage in the order of the forward pass.

The model is one of the learner's own class, which the graded cell passes on; so a right loader may rely on whatever its
author's model has.
"""

from functools import partial

import torch

from attention_course.probes import modules as using
from autograder.exam.compare import Tolerance
from autograder.exam.exercise import Case
from autograder.exams.masked_language_model import earlier, oracle
from autograder.exams.masked_language_model.body_cases import ALIKE, real
from autograder.exams.masked_language_model.heads_cases import expected
from autograder.exams.masked_language_model.oracle import SIZES

PARITY = Tolerance(1e-4, 1e-4)
"""The docstring's 1e-5 is for models of ordinary width; a norm over six numbers that lie close together may make ten
times as much of float32's errors. Numbers that went through half precision are 1e-3 off."""

DEEP = Tolerance(1e-2, 1e-2)
"""Eleven layers of width 4 enlarge errors once more; a layer in the wrong place is off by 1."""

TWO = SIZES | {"num_hidden_layers": 2}


def cases(rng, kind=None):
    """Cases with models of this class, the reference's if none is given."""
    beside = (kind or earlier.BertForPreTraining,)
    yield from stage_cases(rng, beside)
    yield from parity_cases(rng, beside)
    yield from sharing_cases(rng, beside)
    yield from entry_cases(rng, beside)


def of_a_part(entries, batch, part):
    """What a part of a model with two layers gives at real tokens."""
    found = oracle.stages(entries, TWO, *batch)[part]
    return found[batch[2] == 1] if found.dim() == 3 else found


def as_far_as_seen(mask, axes, got):
    """What a part gave at real tokens.

    A right model may call a part on one token after another, or not as a module: then the logits have to tell.
    """
    if got is None or got.dim() != axes or (axes == 3 and got.shape[:2] != mask.shape):
        return NOT_SEEN
    return got[mask == 1] if axes == 3 else got


NOT_SEEN = "not seen"


def stage_cases(rng, beside):
    """One case for each stage; the first that fails is where the numbers part from Hugging Face's."""
    names = {
        "bert.embeddings": "the embeddings",
        "bert.layers.0": "the first block",
        "bert.layers.1": "the second block",
        "bert.pooler": "the pooler",
        "transform_norm": "the head for hidden tokens, before the decoder",
    }
    entries, batch = oracle.published(rng, TWO), oracle.batch(rng, TWO, [6, 4], 6)
    for part, name in names.items():
        concept = f"{name}, the first place where the numbers part from Hugging Face's"
        wanted, read = (
            partial(of_a_part, entries, batch, part),
            partial(as_far_as_seen, batch[2], 2 if part == "bert.pooler" else 3),
        )
        copies = dict(entries)
        args = TWO, copies, batch, part
        yield Case(concept, args, {}, PARITY, wanted, (NOT_SEEN,), use=using.at_work, beside=beside, read=read)


def case(concept, rng, beside, sizes, lengths=(6, 4), *, entries=None, use=using.after_loading, tolerance=PARITY):
    """A case of both heads' logits at real tokens."""
    entries = entries or oracle.published(rng, sizes)
    batch = oracle.batch(rng, sizes, lengths, max(lengths))
    wanted, read = partial(expected, entries, sizes, batch), partial(real, batch[2])
    return Case(concept, (sizes, entries, batch), {}, tolerance, wanted, use=use, beside=beside, read=read)


def parity_cases(rng, beside):
    yield case("the logits of a padded batch", rng, beside, TWO)
    yield case("a vocabulary, positions and hidden width as large as the width", rng, beside, TWO | ALL_SIX)
    small = {"hidden_size": 4, "num_attention_heads": 1, "intermediate_size": 3, "num_hidden_layers": 11}
    yield case(
        "eleven layers, the last of which has a number of two digits",
        rng,
        beside,
        SIZES | small,
        (3, 2),
        tolerance=DEEP,
    )
    sizes = SIZES | {"type_vocab_size": 4}
    entries = oracle.published(rng, sizes)
    views = {name: tensor.T.contiguous().T if tensor.dim() == 2 else tensor for name, tensor in entries.items()}
    yield case("four segments, and entries that are views with strides", rng, beside, sizes, entries=views)


ALL_SIX = dict.fromkeys(ALIKE, 6)


def sharing_cases(rng, beside):
    """The numbers are copied into the parameters that the model has."""
    changed = using.after_a_change_of_the_entries
    yield case("the model after a change of the state dict", rng, beside, SIZES, use=changed)
    entries = oracle.published(rng, SIZES)
    count = len(oracle.whole_model(entries, SIZES))
    concept = "the parameters, which stay the same objects and can be trained"
    args, expected = (SIZES, entries), [count] * 4
    yield Case(concept, args, expected=expected, use=using.same_parameters, beside=beside)


def entry_cases(rng, beside):
    """Entries beyond those that are needed, entries that may be missing, and entries that may not."""
    entries = oracle.published(rng, SIZES)
    few = {name: tensor for name, tensor in entries.items() if "decoder" not in name}
    yield case("a state dict without the tied decoder", rng, beside, SIZES, entries=few)
    more = few | {
        "bert.embeddings.position_ids": torch.arange(8)[None],
        "bert.encoder.layer.1.output.dense.weight": torch.ones(6, 10),
        "classifier.weight": torch.zeros(2, 6),
    }
    yield case("entries that the model has no use for", rng, beside, SIZES, entries=more)
    for what, missing in (
        ("a bias", "bert.pooler.dense.bias"),
        ("a weight of attention", "bert.encoder.layer.0.attention.self.key.weight"),
        ("the bias of the decoder", "cls.predictions.bias"),
    ):
        lacking = {name: tensor for name, tensor in few.items() if name != missing}
        args = SIZES, lacking, oracle.batch(rng, SIZES, (3, 2), 3)
        concept = f"a state dict that lacks {what}"
        yield Case(concept, args, raises="KeyError", use=using.after_loading, beside=beside)
